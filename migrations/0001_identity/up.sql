CREATE TABLE users (
    id           uuid PRIMARY KEY,
    email        text NOT NULL,
    email_key    text NOT NULL,
    username     text NOT NULL,
    username_key text NOT NULL,
    password     text,
    verified_at  timestamptz,
    status       text NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    created_at   timestamptz NOT NULL,
    version      bigint NOT NULL,
    CONSTRAINT users_email UNIQUE (email_key),
    CONSTRAINT users_username UNIQUE (username_key)
);

CREATE TABLE sessions (
    id                 uuid PRIMARY KEY,
    user_id            uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    organization_id    uuid,
    auth_time          timestamptz NOT NULL,
    created_at         timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    access_lifetime_s  bigint NOT NULL CHECK (access_lifetime_s > 0),
    refresh_lifetime_s bigint NOT NULL CHECK (refresh_lifetime_s > 0),
    address            text,
    agent              text,
    ended_at           timestamptz,
    version            bigint NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id, created_at DESC);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- A token is used up by setting rotated_at and successor, together and once.
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    rotated_at timestamptz,
    successor  bytea,
    CHECK ((rotated_at IS NULL) = (successor IS NULL))
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

CREATE TABLE mailed_tokens (
    hash       bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    purpose    text NOT NULL,
    user_id    uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    email_key  text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX mailed_tokens_of_user ON mailed_tokens (user_id);
