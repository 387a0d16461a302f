DROP TABLE reservations, quota_grants, usage_hours;
DELETE FROM consumptions WHERE quantity < 0;
ALTER TABLE consumptions
    DROP CONSTRAINT consumptions_check,
    DROP CONSTRAINT consumptions_pkey,
    DROP COLUMN window_end,
    DROP COLUMN remaining_after,
    DROP COLUMN limit_after,
    DROP COLUMN actor_kind,
    DROP COLUMN actor_id,
    ADD PRIMARY KEY (organization_id, service, meter, window_start, key),
    ADD CONSTRAINT consumptions_quantity_check CHECK (quantity > 0),
    ADD CONSTRAINT consumptions_check CHECK (used_after >= quantity);
CREATE TABLE meter_usage (
    organization_id uuid NOT NULL,
    service         text NOT NULL,
    meter           text NOT NULL,
    window_start    timestamptz NOT NULL,
    used            bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY (organization_id, service, meter, window_start)
);
INSERT INTO meter_usage SELECT organization_id, service, meter, window_start, used FROM meters;
DROP TABLE meters;
DROP INDEX subscriptions_due;
ALTER TABLE subscriptions
    ADD COLUMN suspended_at timestamptz;
UPDATE subscriptions SET suspended_at = (suspension->>'since')::timestamptz;
ALTER TABLE subscriptions
    DROP COLUMN plan_version,
    DROP COLUMN anchor,
    DROP COLUMN suspension,
    DROP COLUMN next_plan,
    DROP COLUMN external_reference,
    DROP COLUMN settled_until;
ALTER TABLE plans ADD COLUMN features jsonb CHECK (jsonb_typeof(features) = 'array');
UPDATE plans p SET features = v.features FROM plan_versions v
WHERE (v.service, v.plan, v.version) = (p.service, p.key, p.version);
ALTER TABLE plans ALTER COLUMN features SET NOT NULL, DROP COLUMN version, DROP COLUMN retired_at;
DROP TABLE plan_versions;
ALTER TABLE services DROP COLUMN retired_at;
