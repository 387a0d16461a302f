use std::collections::BTreeSet;

use kernel::{OrganizationId, Queues, TokenHash};

/// What is done one after the other, because the database would let only one at a time do it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Turn {
    /// Writes of an organization's authorization.
    Authorization(OrganizationId),
    /// Repetitions of one request.
    Once([u8; 32]),
    /// Claims of one single-use token.
    Token(TokenHash),
    /// Tries of the temporary password of one address.
    Address(String),
}

/// Who would wait for a row waits here instead, before holding a connection: so a burst on one row takes one connection
/// of this process and leaves the others to everybody else, and races rarely reach the database as staleness.
#[derive(Default)]
pub(crate) struct Turns(Queues<Turn>);

impl Turns {
    /// Waits for all of these, in their order: nobody waits in a circle.
    pub(crate) async fn take(&self, turns: BTreeSet<Turn>) -> Vec<kernel::Turn> {
        let mut taken = Vec::with_capacity(turns.len());
        for turn in turns {
            taken.push(self.0.enter(turn).await);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use kernel::testing::nth;

    use super::*;

    fn authorization(organization: u64) -> Turn {
        Turn::Authorization(nth(organization))
    }

    #[tokio::test]
    async fn one_turn_is_taken_by_one_at_a_time() {
        let turns = Turns::default();
        let first = turns.take(BTreeSet::from([authorization(1), Turn::Once([1; 32])])).await;
        assert!(turns.take(BTreeSet::from([authorization(1)])).now_or_never().is_none());
        let other = turns.take(BTreeSet::from([authorization(2)])).now_or_never();
        assert!(other.is_some());
        drop((first, other));
        assert!(turns.take(BTreeSet::from([authorization(1)])).now_or_never().is_some());
    }
}
