use kernel::{Cursor, Page, PageRequest, Permission, Time, UserId};
use rbac::{Reason, Snapshot};

/// Who may, by id, each with why; `None` where there is no such permission. A cursor that is not one begins anew.
#[must_use]
pub fn holders(
    snapshot: &Snapshot,
    permission: &Permission,
    at: Time,
    page: &PageRequest,
) -> Option<Page<(UserId, Reason)>> {
    if !snapshot.knows(permission) {
        return None;
    }
    let after: Option<UserId> = page.after.as_ref().and_then(|it| it.0.parse().ok());
    let beyond = snapshot.holders(permission, at).filter(|(user, _)| after.is_none_or(|it| *user > it));
    let mut holders: Vec<_> = beyond.collect();
    holders.sort_unstable_by_key(|(user, _)| *user);
    holders.truncate(usize::from(page.limit) + 1);
    Some(Page::from_one_more(holders, page.limit, |(user, _)| Cursor(user.to_string())))
}

#[cfg(test)]
mod tests {
    use kernel::RoleKey;
    use kernel::testing::{NOON, nth};
    use rbac::system::{TEAM_INVITE, TEAM_VIEW};

    use super::*;
    use crate::testing::{facts, member, suspended};

    #[test]
    fn who_may_is_listed_in_pages() {
        let members = vec![
            member(3, RoleKey::OWNER),
            member(1, RoleKey::ADMIN),
            member(2, RoleKey::MEMBER),
            suspended(4, RoleKey::OWNER),
        ];
        let snapshot = Snapshot::build(facts(members));
        let list = |permission: &Permission, limit, after: Option<Cursor>| {
            holders(&snapshot, permission, NOON, &PageRequest { limit, after }).unwrap()
        };
        let ids = |page: &Page<(UserId, Reason)>| page.data.iter().map(|(user, _)| *user).collect::<Vec<_>>();
        let first = list(&TEAM_VIEW, 2, None);
        assert_eq!((ids(&first), first.data[0].1), (vec![nth(1), nth(2)], Reason::HeldByRole));
        let second = list(&TEAM_VIEW, 2, first.next);
        assert_eq!((ids(&second), second.next), (vec![nth(3)], None));
        assert_eq!(ids(&list(&TEAM_INVITE, 50, None)), [nth(1), nth(3)]);
        let unknown = Permission::known("hives.open");
        assert_eq!(holders(&snapshot, &unknown, NOON, &PageRequest { limit: 50, after: None }), None);
    }
}
