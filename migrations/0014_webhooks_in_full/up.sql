ALTER TABLE webhook_endpoints
    ADD COLUMN filters         jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN sealed_headers  bytea,
    ADD COLUMN retired_secrets bytea;

-- Endpoints whose last try was not taken. Beside them: workers write here, and nobody who changes an endpoint waits.
CREATE TABLE webhook_failures (
    endpoint_id uuid PRIMARY KEY REFERENCES webhook_endpoints ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    since       timestamptz NOT NULL,
    tried_at    timestamptz NOT NULL
);

CREATE TABLE webhook_tries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    at          timestamptz NOT NULL,
    took_ms     bigint NOT NULL CHECK (took_ms >= 0),
    url         text NOT NULL,
    status      integer,
    error       text,
    response    text
);
CREATE INDEX webhook_tries_of_delivery ON webhook_tries (delivery_id, id);

-- What waits is looked for endpoint by endpoint, so that none with a long queue is in another's way.
DROP INDEX webhook_deliveries_due;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, due_at, id) WHERE settled_at IS NULL;
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX events_in_order ON events (scope_id, at, id);
