DROP INDEX invitations_in_order;
ALTER TABLE invitations DROP COLUMN key_id;
DROP TABLE organization_slugs;
DROP TABLE permissions;
DROP TABLE grants;
DROP TABLE roles;
