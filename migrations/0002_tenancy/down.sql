ALTER TABLE sessions DROP CONSTRAINT sessions_organization;
DROP TABLE invitations, members, authorization_versions, organizations;
