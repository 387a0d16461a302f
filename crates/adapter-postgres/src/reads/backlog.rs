use diesel::sql_types::{Nullable, Timestamptz};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Scope, Time};

use crate::fault::fault;
use crate::pool::Database;

/// Since when the oldest of each waits; absent where nothing does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct Backlog {
    /// A mail that is not sent.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub mail: Option<Time>,
    /// An event nobody was told of yet.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub events: Option<Time>,
    /// A delivery whose time has come.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub deliveries: Option<Time>,
    /// An entry the audit log has not taken up.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub audit: Option<Time>,
}

/// Deliveries are looked for endpoint by endpoint, as their index is.
const BACKLOG: &str = "
    WITH RECURSIVE waiting AS (
        (SELECT endpoint_id, due_at FROM webhook_deliveries WHERE settled_at IS NULL ORDER BY endpoint_id, due_at LIMIT 1)
        UNION ALL
        SELECT n.endpoint_id, n.due_at FROM waiting w CROSS JOIN LATERAL (
            SELECT endpoint_id, due_at FROM webhook_deliveries
            WHERE settled_at IS NULL AND endpoint_id > w.endpoint_id ORDER BY endpoint_id, due_at LIMIT 1
        ) n
    )
    SELECT
        (SELECT min(created_at) FROM mails WHERE sent_at IS NULL) AS mail,
        (SELECT min(at) FROM events WHERE relayed_at IS NULL) AS events,
        (SELECT min(due_at) FROM waiting WHERE due_at <= $1) AS deliveries,
        (SELECT min(at) FROM audit_waiting) AS audit";

impl Database {
    /// What waits at `at`, of all organizations.
    pub async fn backlog(&self, at: Time) -> Result<Backlog, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        sql_query(BACKLOG).bind::<Timestamptz, _>(at).get_result(&mut connection).await.map_err(fault)
    }
}
