use diesel::sql_types::{Nullable, Timestamptz};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Scope, Time};

use crate::fault::fault;
use crate::pool::Database;
use crate::queues::waiting_endpoints;

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

const BACKLOG: &str = concat!(
    "WITH RECURSIVE ",
    waiting_endpoints!(),
    "
    SELECT
        (SELECT min(created_at) FROM mails WHERE sent_at IS NULL) AS mail,
        (SELECT min(at) FROM events WHERE relayed_at IS NULL) AS events,
        (SELECT min(due_at) FROM waiting WHERE due_at <= $1) AS deliveries,
        (SELECT min(at) FROM audit_waiting) AS audit"
);

impl Database {
    /// What waits at `at`, of all organizations.
    pub async fn backlog(&self, at: Time) -> Result<Backlog, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        sql_query(BACKLOG).bind::<Timestamptz, _>(at).get_result(&mut connection).await.map_err(fault)
    }
}
