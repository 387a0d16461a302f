-- Who wrote a leaf that waits: the log takes up nothing without it, once it has begun.
ALTER TABLE audit_waiting ADD COLUMN seal bytea;
