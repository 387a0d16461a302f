-- Who wrote a leaf that waits: the log takes up nothing without it, once it has begun.
ALTER TABLE audit_waiting ADD COLUMN seal bytea;
-- What has no moment can be neither ordered nor told.
ALTER TABLE audit_waiting ADD CONSTRAINT audit_waiting_at_check CHECK (isfinite(at));
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_at_check CHECK (isfinite(at));
ALTER TABLE audit_personal ADD CONSTRAINT audit_personal_at_check CHECK (isfinite(at));
ALTER TABLE audit_leaves ADD CONSTRAINT audit_leaves_at_check CHECK (isfinite(at));
