-- The outbox: an event waits here, in the order it happened, until the relay has made its deliveries.
CREATE TABLE events (
    id         uuid PRIMARY KEY,
    at         timestamptz NOT NULL,
    kind       text NOT NULL,
    scope_kind text NOT NULL CHECK (scope_kind IN ('organization', 'user', 'installation')),
    scope_id   uuid,
    data       jsonb NOT NULL,
    relayed_at timestamptz,
    CHECK ((scope_kind = 'installation') = (scope_id IS NULL))
);
CREATE INDEX events_waiting ON events (at, id) WHERE relayed_at IS NULL;

CREATE TABLE webhook_endpoints (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    url             text NOT NULL,
    event_types     text[] NOT NULL,
    description     text,
    secret          bytea NOT NULL,
    status          text NOT NULL CHECK (status IN ('enabled', 'disabled')),
    created_at      timestamptz NOT NULL,
    version         bigint NOT NULL
);
CREATE INDEX webhook_endpoints_of_organization ON webhook_endpoints (organization_id);

-- Waiting while settled_at is null; due_at also holds a claimer's lease.
CREATE TABLE webhook_deliveries (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    endpoint_id     uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    event_id        uuid NOT NULL REFERENCES events DEFERRABLE INITIALLY DEFERRED,
    organization_id uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    tries           integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    delivered       boolean,
    last_status     integer,
    last_error      text,
    settled_at      timestamptz,
    CHECK ((delivered IS NULL) = (settled_at IS NULL)),
    UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, id) WHERE settled_at IS NULL;
CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id);
