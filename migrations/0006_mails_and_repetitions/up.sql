-- What a mail says is sealed while it waits and wiped when it is sent; due_at also holds a claimer's lease.
CREATE TABLE mails (
    id         uuid PRIMARY KEY,
    sealed     bytea,
    created_at timestamptz NOT NULL,
    due_at     timestamptz NOT NULL,
    attempts   integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    sent_at    timestamptz,
    CHECK ((sealed IS NULL) = (sent_at IS NOT NULL))
);
CREATE INDEX mails_due ON mails (due_at, id) WHERE sent_at IS NULL;

-- What was answered under an Idempotency-Key.
CREATE TABLE remembered (
    key         bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    answer      bytea NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX remembered_expiry ON remembered (expires_at);
