-- Until when an ended session's access tokens could still seem good: what a starting node must learn.
ALTER TABLE sessions ADD COLUMN silent_after timestamptz;
UPDATE sessions SET silent_after = ended_at + access_lifetime_s * interval '1 second' + interval '1 minute'
WHERE ended_at IS NOT NULL;
DROP INDEX sessions_ended;
CREATE INDEX sessions_silent ON sessions (silent_after) WHERE silent_after IS NOT NULL;

-- By when what is kept only for a while can go.
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
CREATE INDEX mailed_tokens_expiry ON mailed_tokens (expires_at);
CREATE INDEX events_relayed ON events (relayed_at) WHERE relayed_at IS NOT NULL;
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX mails_sent ON mails (sent_at) WHERE sent_at IS NOT NULL;
