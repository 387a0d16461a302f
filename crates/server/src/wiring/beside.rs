//! Which workers there are, how often each looks, and which adapter stands behind which of their ports.

use std::sync::Arc;
use std::time::Duration;

use accounts::{EraseAccounts, EraseOrganizations, SnapshotCaretakers};
use adapter_crypto::JwtAccessTokens;
use audit::Keep;
use audit::ports::Sequencing;
use entitlements::MoveSubscriptions;
use identity::AnswerMailRequests;
use identity::ports::SigningKeys;
use kernel::Mailer;
use webhooks::{Deliver, DisableEndpoint};

use super::Shared;
use crate::foundation::Foundation;
use crate::workers::{self, Hourly, Lane, Relaying, Workers};

/// Mails one node sends at a time.
const MAILS: usize = 4;
/// How often a node looks for new keys: shorter than the notice they are given.
const KEYS: Duration = Duration::from_secs(1);
/// How often it is looked whether time has done something to a subscription.
const SUBSCRIPTIONS: Duration = Duration::from_secs(1);
/// How often a node looks for entries to take up: each is in the log within a second.
const SEQUENCE: Duration = Duration::from_millis(250);
/// How often it is written down which sessions were used.
const LAST_SEEN: Duration = Duration::from_secs(2);

/// What goes on beside the requests.
pub fn start_workers(
    shared: &Shared,
    signer: Arc<JwtAccessTokens>,
    mailer: &Arc<dyn Mailer>,
    lanes: &[Lane],
) -> Workers {
    let Foundation { database, node, store, clock, ids, .. } = &shared.foundation;
    let mut workers = Workers::new(database.listen(node.clone()));
    let caretakers = SnapshotCaretakers { node: node.clone(), organizations: database.clone(), team: database.clone() };
    let deliver = Deliver {
        deliveries: store.clone(),
        sender: shared.sender.clone(),
        disable: DisableEndpoint { store: store.clone(), endpoints: store.clone(), caretakers: Arc::new(caretakers) },
        clock: clock.clone(),
        ids: ids.clone(),
    };
    for _ in 0..MAILS {
        let (queue, mailer, time) = (store.clone(), mailer.clone(), clock.clone());
        workers.spawn("mail", move || workers::mail(queue.clone(), mailer.clone(), time.clone()));
    }
    let wishes = Arc::new(AnswerMailRequests {
        store: store.clone(),
        requests: database.clone(),
        users: database.clone(),
        allowances: store.clone(),
        settings: node.clone(),
    });
    let (time, fresh) = (clock.clone(), ids.clone());
    workers.spawn("mail requests", move || workers::mail_requests(wishes.clone(), time.clone(), fresh.clone()));
    let (keys, time): (Arc<dyn SigningKeys>, _) = (store.clone(), clock.clone());
    workers.spawn_every(KEYS, "keys", move || workers::keys(keys.clone(), signer.clone(), time.clone()));
    let seen = shared.last_seen.clone();
    workers.spawn_every(LAST_SEEN, "last seen", move || workers::last_seen(seen.clone()));
    let erase = Arc::new(EraseAccounts {
        store: store.clone(),
        users: database.clone(),
        holdings: database.clone(),
        settings: node.clone(),
        files: shared.gallery.files.clone(),
    });
    let (hourly, fresh) = (Hourly::new(clock.clone()), ids.clone());
    workers.spawn("erasure", move || workers::erasure(erase.clone(), fresh.clone(), hourly.clone()));
    let clear = Arc::new(EraseOrganizations {
        store: store.clone(),
        organizations: database.clone(),
        files: shared.gallery.files.clone(),
    });
    let (hourly, fresh) = (Hourly::new(clock.clone()), ids.clone());
    workers.spawn("clearance", move || workers::clearance(clear.clone(), fresh.clone(), hourly.clone()));
    let moving = Arc::new(MoveSubscriptions {
        store: store.clone(),
        catalogue: database.clone(),
        subscriptions: database.clone(),
    });
    let (time, fresh) = (clock.clone(), ids.clone());
    workers.spawn_every(SUBSCRIPTIONS, "subscriptions", move || {
        workers::subscriptions(moving.clone(), time.clone(), fresh.clone())
    });
    let relaying = Relaying::new(database.clone(), clock.clone());
    workers.spawn("relay", move || workers::relay(relaying.clone()));
    for lane in lanes {
        let (deliver, lane) = (deliver.clone(), lane.clone());
        workers.spawn("deliveries", move || workers::deliveries(deliver.clone(), lane.clone()));
    }
    let (kept, hourly) = (store.clone(), Hourly::new(clock.clone()));
    workers.spawn("retention", move || workers::retention(kept.clone(), hourly.clone()));
    let months = Arc::new(Keep { keeping: store.clone(), months: shared.config.audit_keep_months });
    let (hourly, fresh) = (Hourly::new(clock.clone()), ids.clone());
    workers.spawn("audit months", move || workers::keep(months.clone(), fresh.clone(), hourly.clone()));
    let (log, time): (Arc<dyn Sequencing>, _) = (Arc::new(shared.foundation.sequencer()), clock.clone());
    workers.spawn_every(SEQUENCE, "sequencer", move || workers::sequencer(log.clone(), time.clone()));
    let (folded, time) = (shared.denials.clone(), clock.clone());
    workers.spawn("denials", move || workers::denials(folded.clone(), time.clone()));
    workers
}
