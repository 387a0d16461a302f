UPDATE audit_entries SET actor_kind = 'user' WHERE actor_kind = 'token';
UPDATE audit_entries SET actor_kind = 'system' WHERE actor_kind = 'key';
ALTER TABLE audit_entries
    DROP CONSTRAINT audit_entries_actor_kind_check,
    ADD CONSTRAINT audit_entries_actor_kind_check CHECK (actor_kind IN ('user', 'system', 'nobody'));
ALTER TABLE organizations DROP COLUMN require_mfa;
ALTER TABLE sessions DROP COLUMN factors;
DELETE FROM login_failures WHERE email_key NOT LIKE '%@%';
DROP TABLE key_sightings, keys, provider_identities, passkeys, totps;
