DROP TABLE audit_checkpoints, audit_leaves, audit_waiting;

ALTER TABLE audit_entries RENAME TO audit_entries_after;
ALTER TABLE audit_entries_after RENAME CONSTRAINT audit_entries_pkey TO audit_entries_after_pkey;
ALTER TABLE audit_personal RENAME TO audit_personal_after;
ALTER TABLE audit_personal_after RENAME CONSTRAINT audit_personal_pkey TO audit_personal_after_pkey;
CREATE TABLE audit_entries (
    id              uuid PRIMARY KEY,
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
    public          jsonb NOT NULL
);
CREATE TABLE audit_personal (
    entry_id uuid NOT NULL,
    position integer NOT NULL,
    subject  uuid,
    key      text NOT NULL,
    before   jsonb NOT NULL,
    after    jsonb NOT NULL,
    salt     bytea NOT NULL CHECK (octet_length(salt) = 16),
    PRIMARY KEY (entry_id, position)
);
INSERT INTO audit_entries SELECT * FROM audit_entries_after;
INSERT INTO audit_personal SELECT entry_id, position, subject, key, before, after, salt FROM audit_personal_after;
DROP TABLE audit_personal_after, audit_entries_after;
DROP FUNCTION audit_open_month;
ALTER TABLE audit_personal ADD CONSTRAINT audit_personal_entry_id_fkey
    FOREIGN KEY (entry_id) REFERENCES audit_entries DEFERRABLE INITIALLY DEFERRED;

CREATE INDEX audit_entries_newest ON audit_entries (organization_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_actor ON audit_entries (organization_id, actor_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_action ON audit_entries (organization_id, action, at DESC, id DESC);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, at DESC, id DESC);
CREATE INDEX audit_entries_of_actor ON audit_entries (actor_id, at DESC, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_personal_of_subject ON audit_personal (subject) WHERE subject IS NOT NULL;
CREATE INDEX audit_personal_of_address ON audit_personal (lower(after #>> '{}'))
    WHERE subject IS NULL AND key = 'email';
