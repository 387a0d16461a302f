-- Entries month by month, so that old ones go at once. Nothing refers to them.
ALTER TABLE audit_personal DROP CONSTRAINT audit_personal_entry_id_fkey;
ALTER TABLE audit_entries RENAME TO audit_entries_before;
ALTER TABLE audit_entries_before RENAME CONSTRAINT audit_entries_pkey TO audit_entries_before_pkey;
ALTER TABLE audit_personal RENAME TO audit_personal_before;
ALTER TABLE audit_personal_before RENAME CONSTRAINT audit_personal_pkey TO audit_personal_before_pkey;

CREATE TABLE audit_entries (
    id              uuid NOT NULL,
    at              timestamptz NOT NULL,
    actor_kind      text NOT NULL CHECK (actor_kind IN ('user', 'token', 'key', 'system', 'nobody')),
    actor_id        uuid,
    actor_session   uuid,
    action          text NOT NULL,
    target_kind     text NOT NULL,
    target_id       text NOT NULL,
    scope_kind      text NOT NULL CHECK (scope_kind IN ('organization', 'user', 'installation')),
    scope_id        uuid,
    organization_id uuid,
    refused         text,
    request_id      text NOT NULL,
    public          jsonb NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
-- For a moment that no month is open for yet.
CREATE TABLE audit_entries_rest PARTITION OF audit_entries DEFAULT;

CREATE TABLE audit_personal (
    entry_id   uuid NOT NULL,
    at         timestamptz NOT NULL,
    position   integer NOT NULL,
    subject    uuid,
    key        text NOT NULL,
    before     jsonb NOT NULL,
    after      jsonb NOT NULL,
    salt       bytea NOT NULL CHECK (octet_length(salt) = 16),
    -- What the log holds in its place; absent until an entry of before there was a log is taken up.
    commitment bytea CHECK (octet_length(commitment) = 32),
    PRIMARY KEY (entry_id, position, at)
) PARTITION BY RANGE (at);
CREATE TABLE audit_personal_rest PARTITION OF audit_personal DEFAULT;

-- Opens the month of a moment, unless it is open, or the rest holds some of it already. Answers whether it did.
CREATE FUNCTION audit_open_month(moment timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    month timestamptz := date_trunc('month', moment, 'UTC');
    next timestamptz := date_trunc('month', month + interval '32 days', 'UTC');
    name text := to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass('audit_entries_' || name) IS NOT NULL
        OR EXISTS (SELECT FROM audit_entries_rest WHERE at >= month AND at < next)
        OR EXISTS (SELECT FROM audit_personal_rest WHERE at >= month AND at < next)
    THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF audit_entries FOR VALUES FROM (%L) TO (%L)',
        'audit_entries_' || name, month, next);
    EXECUTE format('CREATE TABLE %I PARTITION OF audit_personal FOR VALUES FROM (%L) TO (%L)',
        'audit_personal_' || name, month, next);
    RETURN true;
END $$;

SELECT audit_open_month(month)
FROM (SELECT min(at) AS first FROM audit_entries_before) AS log,
    generate_series(date_trunc('month', coalesce(first, now()), 'UTC'), now() + interval '93 days', interval '1 month')
        AS month;

INSERT INTO audit_entries SELECT * FROM audit_entries_before;
INSERT INTO audit_personal
SELECT p.entry_id, e.at, p.position, p.subject, p.key, p.before, p.after, p.salt, NULL
FROM audit_personal_before p JOIN audit_entries_before e ON e.id = p.entry_id;
DROP TABLE audit_personal_before, audit_entries_before;

CREATE INDEX audit_entries_newest ON audit_entries (organization_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_actor ON audit_entries (organization_id, actor_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_action ON audit_entries (organization_id, action, at DESC, id DESC);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, at DESC, id DESC);
CREATE INDEX audit_entries_of_actor ON audit_entries (actor_id, at DESC, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_personal_of_subject ON audit_personal (subject) WHERE subject IS NOT NULL;
CREATE INDEX audit_personal_of_address ON audit_personal (lower(after #>> '{}'))
    WHERE subject IS NULL AND key = 'email';

-- Leaves that wait to be taken up by the log, each written with its entry. Those of before there was a log have no hash.
CREATE TABLE audit_waiting (
    at              timestamptz NOT NULL,
    entry_id        uuid NOT NULL,
    organization_id uuid,
    hash            bytea CHECK (octet_length(hash) = 32),
    PRIMARY KEY (at, entry_id)
);
INSERT INTO audit_waiting (at, entry_id, organization_id) SELECT at, id, organization_id FROM audit_entries;

-- The log. It stays when entries go: it is what proves those that were exported. Beside its own hash a leaf keeps those of
-- the subtrees it fills.
CREATE TABLE audit_leaves (
    index           bigint PRIMARY KEY CHECK (index >= 0),
    entry_id        uuid NOT NULL,
    at              timestamptz NOT NULL,
    organization_id uuid,
    hashes          bytea NOT NULL
);
CREATE UNIQUE INDEX audit_leaves_of_entry ON audit_leaves (entry_id);
CREATE INDEX audit_leaves_of_organization ON audit_leaves (organization_id, index);

-- What it came to, as signed: the newest, and the last of every hour.
CREATE TABLE audit_checkpoints (
    size bigint PRIMARY KEY CHECK (size > 0),
    at   timestamptz NOT NULL,
    note text NOT NULL
);
