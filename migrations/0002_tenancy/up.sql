CREATE TABLE organizations (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    slug       text NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version    bigint NOT NULL,
    CONSTRAINT organizations_slug UNIQUE (slug)
);

-- Apart from the organization, so that who may do what can be guarded without touching what it is called.
CREATE TABLE authorization_versions (
    organization_id uuid PRIMARY KEY REFERENCES organizations ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    version         bigint NOT NULL CHECK (version > 0)
);

CREATE TABLE members (
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    user_id         uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    role            text NOT NULL,
    status          text NOT NULL CHECK (status IN ('active', 'suspended')),
    joined_at       timestamptz NOT NULL,
    version         bigint NOT NULL,
    CONSTRAINT members_once PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX members_in_order ON members (organization_id, joined_at, user_id);
CREATE INDEX members_of_user ON members (user_id, joined_at, organization_id);

CREATE TABLE invitations (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    email           text NOT NULL,
    email_key       text NOT NULL,
    role            text NOT NULL,
    token           bytea NOT NULL UNIQUE CHECK (octet_length(token) = 32),
    invited_by      uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    status          text NOT NULL CHECK (status IN ('pending', 'accepted', 'cancelled')),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    version         bigint NOT NULL
);
CREATE UNIQUE INDEX invitations_pending ON invitations (organization_id, email_key) WHERE status = 'pending';

ALTER TABLE sessions
    ADD CONSTRAINT sessions_organization FOREIGN KEY (organization_id) REFERENCES organizations
    DEFERRABLE INITIALLY DEFERRED;
