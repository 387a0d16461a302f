use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Decided, Store, UnitOfWork, Write, carry_out};

use crate::model::{Algorithm, SigningKey};
use crate::ports::SigningKeys;
use crate::{Action, Change, Error};

/// Makes keys that sign access tokens.
pub struct RotateKeys {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which keys there are.
    pub keys: Arc<dyn SigningKeys>,
    /// What the configuration signs with.
    pub algorithm: Algorithm,
}

/// What becomes of the keys before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retire {
    /// What they signed counts for this long: the longest that an access token lives.
    After(TimeDelta),
    /// What they signed is worth nothing from now on: one of them may be stolen.
    AtOnce,
}

impl RotateKeys {
    /// How long a key is known before it signs, so that every node has heard of it. Nodes look once a second.
    pub const NOTICE: TimeDelta = TimeDelta::seconds(3);

    /// A first key, where there is none of the configured algorithm. Of several nodes that start at once one makes it. Where
    /// there is one that does not open, somebody must say that it is to go: it may be the node that has the wrong secret.
    pub async fn ensure(&self, act: &Act) -> Result<(), Error> {
        let made = carry_out(self.store.as_ref(), act, || async {
            let keys = self.keys.counting(act.at).await?;
            match keys.iter().find(|it| it.algorithm == self.algorithm && it.retires_at.is_none()) {
                Some(key) if key.secret.is_none() => Err(Error::SigningKeySealed),
                Some(_) => Ok(Decided::Nothing(())),
                None => {
                    let key = self.fresh(act);
                    let unit = UnitOfWork::of(act, &Action::SigningKeyCreated(key.id));
                    Ok(Decided::Done(unit.change(Change::SigningKey(Write::Add(key))), ()))
                }
            }
        });
        match made.await {
            // Another node was faster.
            Err(Error::SigningKeyTaken) => Ok(()),
            outcome => outcome,
        }
    }

    /// A new key; those before it, of every algorithm, go. Those that do not open go at once or not at all: it may be us who
    /// have the wrong secret.
    pub async fn run(&self, act: &Act, retire: Retire) -> Result<SigningKey, Error> {
        let made = carry_out::<_, (), Error, _, _>(self.store.as_ref(), act, || async {
            let notice = if retire == Retire::AtOnce { TimeDelta::zero() } else { Self::NOTICE };
            let key = SigningKey { signs_from: act.at + notice, ..self.fresh(act) };
            let before = self.keys.counting(act.at).await?;
            if retire != Retire::AtOnce && before.iter().any(|it| it.secret.is_none()) {
                return Err(Error::SigningKeySealed);
            }
            let unit = before.into_iter().fold(UnitOfWork::of(act, &Action::SigningKeyCreated(key.id)), |unit, old| {
                let until = match retire {
                    Retire::AtOnce => act.at,
                    Retire::After(overlap) => key.signs_from + overlap,
                };
                let retires_at = Some(old.retires_at.map_or(until, |it| it.min(until)));
                let next = SigningKey { retires_at, ..old.clone() };
                unit.change(Change::SigningKey(Write::Save { expected: old, next }))
            });
            Ok(Decided::Done(unit.change(Change::SigningKey(Write::Add(key))), ()))
        });
        made.await?;
        let keys = self.keys.counting(act.at).await?;
        let newest = keys.into_iter().rev().find(|it| it.algorithm == self.algorithm && it.retires_at.is_none());
        newest.ok_or_else(|| kernel::Fault::defect("a signing key that was made is not there").into())
    }

    fn fresh(&self, act: &Act) -> SigningKey {
        SigningKey {
            id: act.id(),
            algorithm: self.algorithm,
            secret: Some(act.token().secret().clone()),
            created_at: act.at,
            signs_from: act.at,
            retires_at: None,
            version: 0,
        }
    }
}

#[cfg(test)]
mod tests;
