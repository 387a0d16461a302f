-- What was not taken is looked for among much that was.
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (endpoint_id, created_at, id) WHERE NOT delivered;

-- Who asks for two things that are often, and never together, has the index looked through and not the entries.
ALTER INDEX audit_entries_by_actor RENAME TO audit_entries_by_actor_before;
ALTER INDEX audit_entries_by_target RENAME TO audit_entries_by_target_before;
CREATE INDEX audit_entries_by_actor ON audit_entries (organization_id, actor_id, at DESC, id DESC, action);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, at DESC, id DESC, action, actor_id);
DROP INDEX audit_entries_by_actor_before, audit_entries_by_target_before;
