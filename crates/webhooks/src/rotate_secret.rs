use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, Store, UnitOfWork, WebhookId, Write, carry_out};

use crate::model::{Endpoint, RetiredSecret, SigningSecret};
use crate::ports::Endpoints;
use crate::{Action, Change, Deed, Error, Verifier};

/// Gives an endpoint another secret; the one before signs beside it for a day.
pub struct RotateSecret {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which endpoints there are.
    pub endpoints: Arc<dyn Endpoints>,
}

impl RotateSecret {
    /// Replaced ones that sign at a time; each makes every delivery longer.
    const MOST: usize = 4;

    /// The new one is shown this once.
    pub async fn run(&self, act: &Act, organization: OrganizationId, id: WebhookId) -> Result<Verifier, Error> {
        carry_out(self.store.as_ref(), act, || async {
            let endpoint = self.endpoints.by_id(organization, id).await?.ok_or(Error::NotFound)?;
            let replaced = RetiredSecret { secret: endpoint.secret.clone(), until: act.at + Endpoint::OVERLAP };
            let still = endpoint.retired.iter().filter(|it| act.at < it.until).cloned();
            let next = Endpoint {
                secret: SigningSecret::generate(endpoint.secret.scheme(), act.ids.as_ref()),
                retired: std::iter::once(replaced).chain(still).collect(),
                ..endpoint.clone()
            };
            if next.retired.len() > Self::MOST {
                return Err(Error::TooManySecrets);
            }
            let answer = Verifier::of(&next.secret);
            let unit = UnitOfWork::of(act, &Action { organization, webhook: id, deed: Deed::Rotated })
                .change(Change::Endpoint(Write::Save { expected: endpoint, next }));
            Ok(Decided::Done(unit, answer))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::testing::{NOON, Units, act};

    use super::*;
    use crate::model::Scheme;
    use crate::testing::{endpoint, endpoints, secret};

    async fn rotate(endpoint: Endpoint) -> (Result<Verifier, Error>, Vec<UnitOfWork<Change>>) {
        let store = Arc::new(Units::default());
        let use_case = RotateSecret { store: store.clone(), endpoints: endpoints(endpoint.clone()) };
        let rotated = use_case.run(&act(), endpoint.organization, endpoint.id).await;
        (rotated, store.all())
    }

    fn retired(n: u64, hours: i64) -> RetiredSecret {
        RetiredSecret { secret: secret(n), until: NOON + TimeDelta::hours(hours) }
    }

    fn next(unit: &UnitOfWork<Change>) -> &Endpoint {
        let Change::Endpoint(write) = &unit.changes[0] else { panic!("no endpoint") };
        write.subject()
    }

    #[tokio::test]
    async fn the_one_before_signs_for_a_day() {
        let (rotated, units) = rotate(Endpoint { retired: vec![retired(7, 5), retired(8, 0)], ..endpoint() }).await;
        let next = next(&units[0]);
        assert_eq!(rotated.unwrap().secret(), Some(next.secret.secret()));
        assert_ne!(next.secret, endpoint().secret);
        let before = RetiredSecret { secret: endpoint().secret, until: NOON + TimeDelta::hours(24) };
        assert_eq!(next.retired, [before, retired(7, 5)], "what is over is gone");
        assert!(units[0].evidence.audit[0].public.is_empty(), "nothing of a secret is recorded");
    }

    #[tokio::test]
    async fn it_stays_with_its_scheme() {
        let asymmetric = SigningSecret::generate(Scheme::Asymmetric, &kernel::testing::SeqIds::default());
        let (rotated, units) = rotate(Endpoint { secret: asymmetric, ..endpoint() }).await;
        assert_eq!(rotated.unwrap().public_key(), next(&units[0]).secret.public_key().as_deref());
    }

    #[tokio::test]
    async fn five_sign_at_most() {
        let three = (1..=3).map(|n| retired(n, 1)).collect();
        assert!(rotate(Endpoint { retired: three, ..endpoint() }).await.0.is_ok());
        let four = (1..=4).map(|n| retired(n, 1)).collect();
        let (rotated, units) = rotate(Endpoint { retired: four, ..endpoint() }).await;
        assert!(matches!(rotated, Err(Error::TooManySecrets)));
        assert_eq!(units, []);
    }
}
