/// For `WITH RECURSIVE`: the endpoints that deliveries wait for, each with when its first is due; found one after the other, as
/// their index is.
macro_rules! waiting_endpoints {
    () => {
        "waiting AS (
        (SELECT endpoint_id, due_at FROM webhook_deliveries WHERE settled_at IS NULL ORDER BY endpoint_id, due_at LIMIT 1)
        UNION ALL
        SELECT next.endpoint_id, next.due_at FROM waiting w CROSS JOIN LATERAL (
            SELECT endpoint_id, due_at FROM webhook_deliveries
            WHERE settled_at IS NULL AND endpoint_id > w.endpoint_id ORDER BY endpoint_id, due_at LIMIT 1
        ) next
    )"
    };
}

pub(crate) use waiting_endpoints;
