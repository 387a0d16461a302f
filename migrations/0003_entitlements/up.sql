CREATE TABLE services (
    code        text NOT NULL,
    position    bigint GENERATED ALWAYS AS IDENTITY,
    name        text NOT NULL,
    description text NOT NULL,
    version     bigint NOT NULL,
    CONSTRAINT services_code PRIMARY KEY (code)
);

CREATE TABLE plans (
    service  text NOT NULL REFERENCES services ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    key      text NOT NULL,
    position integer NOT NULL,
    name     text NOT NULL,
    features jsonb NOT NULL CHECK (jsonb_typeof(features) = 'array'),
    PRIMARY KEY (service, key)
);

CREATE TABLE subscriptions (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    service         text NOT NULL,
    plan            text NOT NULL,
    started_at      timestamptz NOT NULL,
    trial_ends_at   timestamptz,
    suspended_at    timestamptz,
    ends_at         timestamptz,
    cancelled_at    timestamptz,
    version         bigint NOT NULL,
    FOREIGN KEY (service, plan) REFERENCES plans DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX subscriptions_living ON subscriptions (organization_id, service) WHERE ends_at IS NULL;
CREATE INDEX subscriptions_newest ON subscriptions (organization_id, service, started_at DESC, id DESC);

CREATE TABLE meter_usage (
    organization_id uuid NOT NULL,
    service         text NOT NULL,
    meter           text NOT NULL,
    window_start    timestamptz NOT NULL,
    used            bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY (organization_id, service, meter, window_start)
);

-- The ledger: rows are added and never changed.
CREATE TABLE consumptions (
    organization_id uuid NOT NULL,
    service         text NOT NULL,
    meter           text NOT NULL,
    window_start    timestamptz NOT NULL,
    key             bytea NOT NULL CHECK (octet_length(key) = 32),
    subscription_id uuid NOT NULL,
    quantity        bigint NOT NULL CHECK (quantity > 0),
    used_after      bigint NOT NULL CHECK (used_after >= quantity),
    at              timestamptz NOT NULL,
    PRIMARY KEY (organization_id, service, meter, window_start, key)
);
