use diesel::sql_types::{Array, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Fault, Signal};

use crate::refusal::Refusal;

/// Where nodes hear of each other.
pub(crate) const CHANNEL: &str = "portcullis";

diesel::define_sql_function! { fn pg_notify(channel: Text, payload: Text); }

/// Tells the other nodes, when and only if the transaction is committed.
pub(crate) async fn tell(connection: &mut AsyncPgConnection, signals: &[Signal]) -> Result<(), Refusal> {
    if signals.is_empty() {
        return Ok(());
    }
    let payloads: Result<Vec<String>, _> = signals.iter().map(serde_json::to_string).collect();
    let payloads = payloads.map_err(|e| Fault::Failed(e.into()))?;
    diesel::sql_query("SELECT pg_notify($1, payload) FROM unnest($2) payload")
        .bind::<Text, _>(CHANNEL)
        .bind::<Array<Text>, _>(payloads)
        .execute(connection)
        .await?;
    Ok(())
}

/// What another node told; `None` where it is none of ours.
pub(crate) fn read(payload: &str) -> Option<Signal> {
    serde_json::from_str(payload).ok()
}

#[cfg(test)]
mod tests {
    use kernel::Touched;
    use kernel::testing::{NOON, nth};

    use super::*;

    #[test]
    fn what_is_told_is_heard() {
        for signal in [
            Signal::SessionEnded { session: nth(1), until: NOON },
            Signal::Authorization { organization: nth(2), version: 3, touched: Some(vec![Touched::Member(nth(5))]) },
            Signal::Settings,
            Signal::KeyChanged { key: nth(4) },
            Signal::UserBlocked { user: nth(5) },
        ] {
            assert_eq!(read(&serde_json::to_string(&signal).unwrap()), Some(signal));
        }
        assert_eq!(read("heartbeat"), None);
    }
}
