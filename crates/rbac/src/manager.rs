use crate::model::Pattern;
use crate::{Holder, Snapshot, system};

/// What whoever manages roles and grants lacks to do so, if anything. It was asked at the door, and is asked again with every
/// decision: a decision that is made anew is made on what holds then.
pub(crate) fn lacking(snapshot: &Snapshot, holder: Holder<'_>) -> Option<Pattern> {
    let may = snapshot.check(holder, &system::TEAM_MANAGE_ROLES).allowed;
    (!may).then_some(Pattern::One(system::TEAM_MANAGE_ROLES))
}
