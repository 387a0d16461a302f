use std::borrow::Cow;
use std::collections::BTreeMap;

use diesel_async::AsyncPgConnection;
use entitlements::{Answer, Meter, MeterKey, Order, Written};
use kernel::{Evidence, Scope};

use super::{read, write};
use crate::refusal::Refusal;
use crate::store::PgStore;
use crate::transaction::{Done, Transaction};

/// Orders by their meters, in the order they came.
pub(super) type Batch = BTreeMap<MeterKey, Vec<Order>>;

/// One transaction on the meters of a batch.
pub(super) struct Flush {
    pub(super) batch: Batch,
    /// Whether it waits for a meter that somebody else holds, or leaves it out.
    pub(super) waits: bool,
}

/// The answers by meter, in the order of its orders; nothing of a meter that was left out.
pub(super) type Answers = BTreeMap<MeterKey, Vec<Answer>>;

impl Transaction for Flush {
    type Answer = Answers;

    fn scope(&self) -> Scope {
        let mut organizations = self.batch.keys().map(|it| it.organization);
        match organizations.next() {
            Some(first) if organizations.all(|it| it == first) => Scope::Organization(first),
            _ => Scope::Installation,
        }
    }

    async fn run<'a>(
        &'a self,
        _: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> Result<Done<'a, Answers>, Refusal> {
        let mut facts = read::lock(connection, &self.batch, self.waits).await?;
        read::read(connection, &self.batch, &mut facts).await?;
        let mut answers = Answers::new();
        let mut written: Vec<Written> = Vec::new();
        for (key, facts) in facts {
            let mut meter = Meter::open(key.clone(), facts);
            let orders = self.batch.get(&key).into_iter().flatten();
            answers.insert(key, orders.map(|it| meter.deal(it)).collect());
            written.extend(meter.close());
        }
        write::write(connection, &written).await?;
        let evidence = written.into_iter().map(|it| it.evidence).fold(Evidence::default(), Evidence::and);
        Ok(Done { answer: answers, evidence: Cow::Owned(evidence), signals: Vec::new() })
    }
}
