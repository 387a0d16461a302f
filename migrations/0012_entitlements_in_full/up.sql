ALTER TABLE services ADD COLUMN retired_at timestamptz;

-- What a plan gave, version by version: never changed, for subscriptions keep theirs until they renew or move.
CREATE TABLE plan_versions (
    service  text NOT NULL,
    plan     text NOT NULL,
    version  integer NOT NULL CHECK (version > 0),
    features jsonb NOT NULL CHECK (jsonb_typeof(features) = 'array'),
    PRIMARY KEY (service, plan, version),
    FOREIGN KEY (service, plan) REFERENCES plans DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO plan_versions (service, plan, version, features) SELECT service, key, 1, features FROM plans;
ALTER TABLE plans
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN retired_at timestamptz,
    DROP COLUMN features;

ALTER TABLE subscriptions
    ADD COLUMN plan_version integer NOT NULL DEFAULT 1,
    ADD COLUMN anchor timestamptz,
    ADD COLUMN suspension jsonb,
    ADD COLUMN next_plan text,
    ADD COLUMN external_reference text,
    ADD COLUMN settled_until timestamptz;
UPDATE subscriptions SET
    anchor = started_at,
    suspension = CASE WHEN suspended_at IS NOT NULL
        THEN jsonb_build_object('since', suspended_at, 'reason', 'other', 'blocks', 'use') END,
    settled_until = started_at;
ALTER TABLE subscriptions
    ALTER COLUMN anchor SET NOT NULL,
    ALTER COLUMN plan_version DROP DEFAULT,
    DROP COLUMN suspended_at,
    ADD FOREIGN KEY (service, plan, plan_version) REFERENCES plan_versions DEFERRABLE INITIALLY DEFERRED;
-- What has a timed move before it, the most overdue first.
CREATE INDEX subscriptions_due ON subscriptions (settled_until, id) WHERE settled_until IS NOT NULL;

-- A meter in the period it is in: the one row its consumers take turns at.
CREATE TABLE meters (
    organization_id uuid NOT NULL,
    service         text NOT NULL,
    meter           text NOT NULL,
    period          text NOT NULL CHECK (period IN ('day', 'month', 'lifetime')),
    window_start    timestamptz NOT NULL,
    used            bigint NOT NULL CHECK (used >= 0),
    quota           bigint NOT NULL CHECK (quota >= 0),
    granted         bigint NOT NULL CHECK (granted BETWEEN 0 AND used),
    carried         bigint NOT NULL CHECK (carried >= 0),
    announced       smallint NOT NULL,
    resting         jsonb NOT NULL DEFAULT '[]',
    version         bigint NOT NULL,
    PRIMARY KEY (organization_id, service, meter)
) WITH (fillfactor = 50);
INSERT INTO meters (organization_id, service, meter, period, window_start, used, quota, granted, carried, announced, version)
SELECT DISTINCT ON (organization_id, service, meter)
    organization_id, service, meter, 'month', window_start, used, 0, 0, 0, 0, 1
FROM meter_usage ORDER BY organization_id, service, meter, window_start DESC;
DROP TABLE meter_usage;

-- The ledger keeps who, and answers a key for as long as its window lasts.
ALTER TABLE consumptions
    ADD COLUMN window_end timestamptz,
    ADD COLUMN remaining_after bigint NOT NULL DEFAULT 0,
    ADD COLUMN limit_after bigint NOT NULL DEFAULT 0,
    ADD COLUMN actor_kind text NOT NULL DEFAULT 'system',
    ADD COLUMN actor_id uuid,
    DROP CONSTRAINT consumptions_quantity_check,
    DROP CONSTRAINT consumptions_check,
    DROP CONSTRAINT consumptions_pkey,
    ADD PRIMARY KEY (organization_id, service, meter, key, window_start),
    ADD CHECK (quantity <> 0 AND used_after >= 0);
UPDATE consumptions SET window_end = window_start + interval '32 days';
ALTER TABLE consumptions
    ALTER COLUMN remaining_after DROP DEFAULT,
    ALTER COLUMN limit_after DROP DEFAULT,
    ALTER COLUMN actor_kind DROP DEFAULT;

-- How much was used hour by hour, added to with every consumption.
CREATE TABLE usage_hours (
    organization_id uuid NOT NULL,
    service         text NOT NULL,
    meter           text NOT NULL,
    hour            timestamptz NOT NULL,
    used            bigint NOT NULL,
    times           bigint NOT NULL,
    PRIMARY KEY (organization_id, service, meter, hour)
);
INSERT INTO usage_hours (organization_id, service, meter, hour, used, times)
SELECT organization_id, service, meter, date_trunc('hour', at), sum(quantity), count(*) FROM consumptions
GROUP BY 1, 2, 3, 4;

-- What an organization may use beyond its plan's quota.
CREATE TABLE quota_grants (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    service         text NOT NULL REFERENCES services DEFERRABLE INITIALLY DEFERRED,
    meter           text NOT NULL,
    amount          bigint NOT NULL CHECK (amount > 0),
    used            bigint NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND amount),
    priority        smallint NOT NULL,
    expires_at      timestamptz,
    created_at      timestamptz NOT NULL,
    version         bigint NOT NULL
);
CREATE INDEX quota_grants_of_meter ON quota_grants (organization_id, service, meter);

-- What is kept free for work whose size is not known yet.
CREATE TABLE reservations (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    service         text NOT NULL,
    meter           text NOT NULL,
    key             bytea NOT NULL CHECK (octet_length(key) = 32),
    quantity        bigint NOT NULL CHECK (quantity > 0),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    closed_at       timestamptz,
    confirmed       bigint CHECK (confirmed > 0),
    used_after      bigint NOT NULL,
    remaining_after bigint NOT NULL,
    limit_after     bigint NOT NULL,
    resets_at       timestamptz,
    UNIQUE (organization_id, key),
    CHECK (confirmed IS NULL OR closed_at IS NOT NULL)
);
CREATE INDEX reservations_open ON reservations (organization_id, service, meter, expires_at) WHERE closed_at IS NULL;
CREATE INDEX reservations_over ON reservations (expires_at);
