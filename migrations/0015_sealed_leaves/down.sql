ALTER TABLE audit_leaves DROP CONSTRAINT audit_leaves_at_check;
ALTER TABLE audit_personal DROP CONSTRAINT audit_personal_at_check;
ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_at_check;
ALTER TABLE audit_waiting DROP CONSTRAINT audit_waiting_at_check;
ALTER TABLE audit_waiting DROP COLUMN seal;
