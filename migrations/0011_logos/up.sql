-- What its logo's file is called.
ALTER TABLE organizations ADD COLUMN logo text;
