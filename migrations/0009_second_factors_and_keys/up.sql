-- What makes codes of the moment, and the hashes of the recovery codes that are left.
CREATE TABLE totps (
    user_id        uuid PRIMARY KEY REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    sealed         bytea NOT NULL,
    recovery_codes bytea[] NOT NULL,
    confirmed_at   timestamptz,
    last_step      bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    version        bigint NOT NULL
);

CREATE TABLE passkeys (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    name         text NOT NULL,
    credential   bytea NOT NULL,
    public       jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    version      bigint NOT NULL,
    CONSTRAINT passkeys_credential UNIQUE (credential)
);
CREATE INDEX passkeys_of_user ON passkeys (user_id, created_at, id);

CREATE TABLE provider_identities (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    provider   text NOT NULL,
    issuer     text NOT NULL,
    subject    text NOT NULL,
    email      text,
    created_at timestamptz NOT NULL,
    version    bigint NOT NULL,
    CONSTRAINT provider_identities_subject UNIQUE (issuer, subject),
    CONSTRAINT provider_identities_once UNIQUE (user_id, provider)
);

-- Organizations' keys and people's tokens. A token acts in its home where a request names no organization; scopes that are
-- null are those of the admin role. A rotation makes another text, and its maker answers for it.
CREATE TABLE keys (
    id                   uuid PRIMARY KEY,
    organization_id      uuid REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    user_id              uuid REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    home_organization_id uuid REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    maker_id             uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    name                 text NOT NULL,
    hash                 bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    hint                 text NOT NULL,
    scopes               text[],
    multi_factor         boolean NOT NULL,
    previous_hash        bytea CHECK (octet_length(previous_hash) = 32),
    previous_until       timestamptz,
    expires_at           timestamptz,
    created_at           timestamptz NOT NULL,
    text_at              timestamptz NOT NULL,
    version              bigint NOT NULL,
    CHECK ((organization_id IS NULL) <> (user_id IS NULL)),
    CHECK (home_organization_id IS NULL OR user_id IS NOT NULL),
    CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);
CREATE INDEX keys_previous ON keys (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX keys_of_organization ON keys (organization_id, created_at, id) WHERE organization_id IS NOT NULL;
CREATE INDEX keys_of_user ON keys (user_id, created_at, id) WHERE user_id IS NOT NULL;
CREATE INDEX keys_of_maker ON keys (maker_id) WHERE organization_id IS NOT NULL;
CREATE INDEX keys_expiry ON keys (expires_at) WHERE expires_at IS NOT NULL;

-- When a key was last used: apart, as of sessions.
CREATE TABLE key_sightings (
    key_id uuid PRIMARY KEY REFERENCES keys ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    at     timestamptz NOT NULL
);

-- A release that knows no other factor leaves it out.
ALTER TABLE sessions ADD COLUMN factors text[] NOT NULL DEFAULT '{pwd}';

ALTER TABLE organizations ADD COLUMN require_mfa boolean NOT NULL DEFAULT false;

-- What is there met the narrower check.
ALTER TABLE audit_entries
    DROP CONSTRAINT audit_entries_actor_kind_check,
    ADD CONSTRAINT audit_entries_actor_kind_check
        CHECK (actor_kind IN ('user', 'token', 'key', 'system', 'nobody')) NOT VALID;
