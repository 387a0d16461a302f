DROP INDEX audit_entries_by_actor, audit_entries_by_target, webhook_deliveries_failed;
CREATE INDEX audit_entries_by_actor ON audit_entries (organization_id, actor_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, at DESC, id DESC);
