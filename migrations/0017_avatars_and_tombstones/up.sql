-- What its avatar's file is called.
ALTER TABLE users ADD COLUMN avatar text;
-- When all that was in it was removed: of a deleted organization only its id and its slugs stay, so that they never lead to
-- another one.
ALTER TABLE organizations ADD COLUMN erased_at timestamptz;
CREATE INDEX organizations_to_erase ON organizations (deleted_at, id) WHERE deleted_at IS NOT NULL AND erased_at IS NULL;
