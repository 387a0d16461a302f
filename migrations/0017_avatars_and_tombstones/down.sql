DROP INDEX organizations_to_erase;
ALTER TABLE organizations DROP COLUMN erased_at;
ALTER TABLE users DROP COLUMN avatar;
