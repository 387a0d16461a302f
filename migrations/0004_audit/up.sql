CREATE TABLE audit_entries (
    id              uuid PRIMARY KEY,
    at              timestamptz NOT NULL,
    actor_kind      text NOT NULL CHECK (actor_kind IN ('user', 'system', 'nobody')),
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
CREATE INDEX audit_entries_newest ON audit_entries (organization_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_actor ON audit_entries (organization_id, actor_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_action ON audit_entries (organization_id, action, at DESC, id DESC);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, at DESC, id DESC);

-- What is about a person, apart, so that it can be erased.
CREATE TABLE audit_personal (
    entry_id uuid NOT NULL REFERENCES audit_entries DEFERRABLE INITIALLY DEFERRED,
    position integer NOT NULL,
    subject  uuid,
    key      text NOT NULL,
    before   jsonb NOT NULL,
    after    jsonb NOT NULL,
    salt     bytea NOT NULL CHECK (octet_length(salt) = 16),
    PRIMARY KEY (entry_id, position)
);
CREATE INDEX audit_personal_of_subject ON audit_personal (subject) WHERE subject IS NOT NULL;
