DROP INDEX mails_sent, webhook_deliveries_settled, events_relayed, mailed_tokens_expiry, refresh_tokens_expiry;
ALTER TABLE sessions DROP COLUMN silent_after;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
