-- Roles of an organization's own. The system's are in the code.
CREATE TABLE roles (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    key             text NOT NULL,
    name            text NOT NULL,
    permissions     text[] NOT NULL,
    inherits        text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    version         bigint NOT NULL,
    CONSTRAINT roles_key UNIQUE (organization_id, key)
);

-- What members were given or denied directly. It goes with the membership, whatever ends that.
CREATE TABLE grants (
    organization_id uuid NOT NULL,
    user_id         uuid NOT NULL,
    permission      text NOT NULL,
    effect          text NOT NULL CHECK (effect IN ('allow', 'deny')),
    expires_at      timestamptz,
    granted_by      uuid NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    created_at      timestamptz NOT NULL,
    version         bigint NOT NULL,
    CONSTRAINT grants_once PRIMARY KEY (organization_id, user_id, permission),
    FOREIGN KEY (organization_id, user_id) REFERENCES members ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX grants_of_permission ON grants (organization_id, permission);

-- What organizations declare for their own applications.
CREATE TABLE permissions (
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED,
    key             text NOT NULL,
    description     text NOT NULL,
    created_at      timestamptz NOT NULL,
    version         bigint NOT NULL,
    CONSTRAINT permissions_key PRIMARY KEY (organization_id, key)
);

-- Every slug an organization has or had: an old link never leads to another one.
CREATE TABLE organization_slugs (
    slug            text PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO organization_slugs (slug, organization_id) SELECT slug, id FROM organizations;

-- By which key or token somebody was invited. No reference: where the key is gone the invitation is worth nothing.
ALTER TABLE invitations ADD COLUMN key_id uuid;
CREATE INDEX invitations_in_order ON invitations (organization_id, created_at, id) WHERE status = 'pending';
