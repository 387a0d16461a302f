DROP INDEX events_of_user, invitations_of_address, audit_personal_of_address, audit_entries_of_actor;
DROP TABLE signing_keys, settings, mail_allowances, mail_requests, login_failures, session_sightings;
CREATE INDEX mailed_tokens_of_user ON mailed_tokens (user_id);
DROP INDEX mailed_tokens_slot, mailed_tokens_ways_back;
ALTER TABLE mailed_tokens DROP COLUMN email, DROP COLUMN issued_at, DROP COLUMN tries, DROP COLUMN slot;
ALTER TABLE refresh_tokens DROP COLUMN repeat_key, DROP COLUMN sealed, DROP COLUMN repeats;
DROP INDEX sessions_end, sessions_expiry;
ALTER TABLE sessions DROP COLUMN rotates;
DROP INDEX users_on_their_way_out, users_administrators, users_by_username, users_by_domain, users_by_email,
    users_in_order;
UPDATE users SET status = 'deleted' WHERE status = 'erased';
ALTER TABLE users DROP COLUMN name, DROP COLUMN administrator, DROP COLUMN deleted_at,
    DROP CONSTRAINT users_status_check,
    ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended', 'deleted'));
