DROP INDEX events_in_order, webhook_deliveries_in_order, webhook_deliveries_waiting;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at, id) WHERE settled_at IS NULL;
DROP TABLE webhook_tries, webhook_failures;
ALTER TABLE webhook_endpoints DROP COLUMN retired_secrets, DROP COLUMN sealed_headers, DROP COLUMN filters;
