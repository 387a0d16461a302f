ALTER TABLE audit_waiting DROP COLUMN seal;
