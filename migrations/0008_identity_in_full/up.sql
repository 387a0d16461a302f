ALTER TABLE users
    ADD COLUMN name          text,
    ADD COLUMN administrator boolean NOT NULL DEFAULT false,
    ADD COLUMN deleted_at    timestamptz,
    DROP CONSTRAINT users_status_check,
    ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended', 'deleted', 'erased'));
CREATE INDEX users_in_order ON users (created_at, id);
CREATE INDEX users_by_email ON users (email_key text_pattern_ops);
CREATE INDEX users_by_domain ON users (split_part(email_key, '@', 2) text_pattern_ops);
CREATE INDEX users_by_username ON users (username_key text_pattern_ops);
CREATE INDEX users_administrators ON users (id) WHERE administrator;
CREATE INDEX users_on_their_way_out ON users (deleted_at) WHERE deleted_at IS NOT NULL AND status <> 'erased';

ALTER TABLE sessions ADD COLUMN rotates boolean NOT NULL DEFAULT true;
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- When and from where a session was last used: apart, because it changes all the time and decides nothing.
CREATE TABLE session_sightings (
    session_id uuid PRIMARY KEY REFERENCES sessions ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    at         timestamptz NOT NULL,
    address    text
);

-- What lets an answer that got lost be given again, sealed under what only the caller has.
ALTER TABLE refresh_tokens
    ADD COLUMN repeat_key bytea CHECK (octet_length(repeat_key) = 32),
    ADD COLUMN sealed     bytea,
    ADD COLUMN repeats    integer NOT NULL DEFAULT 0 CHECK (repeats >= 0),
    ADD CHECK ((repeat_key IS NULL) = (sealed IS NULL));

-- Of a user's tokens with one purpose and one slot there is one, the newest; the one that is used up goes. A release that
-- does not know the address beside its key leaves it out.
ALTER TABLE mailed_tokens
    ADD COLUMN email     text,
    ADD COLUMN issued_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN tries     integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    ADD COLUMN slot      text NOT NULL DEFAULT '';
DELETE FROM mailed_tokens old USING mailed_tokens new
WHERE new.user_id = old.user_id AND new.purpose = old.purpose AND new.slot = old.slot
    AND (new.expires_at, new.hash) > (old.expires_at, old.hash);
CREATE UNIQUE INDEX mailed_tokens_slot ON mailed_tokens (user_id, purpose, slot);
CREATE INDEX mailed_tokens_ways_back ON mailed_tokens (slot) WHERE slot <> '';
DROP INDEX mailed_tokens_of_user;

-- Wrong passwords in a row, by address, whether it is anybody's or not.
CREATE TABLE login_failures (
    email_key text PRIMARY KEY,
    failures  integer NOT NULL CHECK (failures >= 0),
    locked_at timestamptz,
    last_at   timestamptz NOT NULL
);
CREATE INDEX login_failures_last ON login_failures (last_at) WHERE locked_at IS NULL;

-- Wishes for mails that nobody has looked at yet.
CREATE TABLE mail_requests (
    id        uuid PRIMARY KEY,
    kind      text NOT NULL,
    email     text NOT NULL,
    email_key text NOT NULL,
    asked_at  timestamptz NOT NULL,
    -- Also holds a claimer's lease.
    due_at    timestamptz NOT NULL
);
CREATE INDEX mail_requests_in_order ON mail_requests (asked_at, id);
CREATE INDEX mail_requests_of_address ON mail_requests (email_key);

-- Mails that were sent in the hour that began then.
CREATE TABLE mail_allowances (
    whom     text NOT NULL,
    what     text NOT NULL,
    began_at timestamptz NOT NULL,
    spent    integer NOT NULL CHECK (spent > 0),
    PRIMARY KEY (whom, what)
);
CREATE INDEX mail_allowances_began ON mail_allowances (began_at);

-- What stands above the configuration: one row, or none.
CREATE TABLE settings (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    patch     jsonb NOT NULL,
    version   bigint NOT NULL CHECK (version > 0)
);

CREATE TABLE signing_keys (
    id         uuid PRIMARY KEY,
    algorithm  text NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL,
    retires_at timestamptz,
    version    bigint NOT NULL
);
CREATE UNIQUE INDEX signing_keys_endless ON signing_keys (algorithm) WHERE retires_at IS NULL;

-- What the log says of one person, whoever may read it, and of an address that was nobody's yet.
CREATE INDEX audit_entries_of_actor ON audit_entries (actor_id, at DESC, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_personal_of_address ON audit_personal (lower(after #>> '{}'))
    WHERE subject IS NULL AND key = 'email';
CREATE INDEX invitations_of_address ON invitations (email_key);
CREATE INDEX events_of_user ON events (scope_id) WHERE scope_kind = 'user';
