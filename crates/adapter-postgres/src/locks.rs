use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Guard, Id, OrganizationId, Signal, Touched, UnitOfWork, UserId};

use crate::apply::Apply;
use crate::refusal::Refusal;
use crate::schema::{authorization_versions, users};

/// What a unit must hold before it changes anything. Everybody takes organizations first, then users, each in order, and
/// each at once as strongly as it will be needed: so nobody waits in a circle.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Locks {
    founded: BTreeSet<OrganizationId>,
    organizations: BTreeMap<OrganizationId, Hold>,
    users: BTreeMap<UserId, Hold>,
    /// Two guards of one thing want two versions: one of them is wrong.
    contradictory: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Hold {
    /// The version that was decided on, where it was.
    expected: Option<i64>,
    /// Whether the unit moves it on, or changes what is the user's: nobody else may meanwhile.
    moves: bool,
    /// What of an organization's authorization is another then.
    touched: Vec<Touched>,
}

impl Hold {
    /// A notification is short: of more than these is said that it may be anything.
    const TELLS: usize = 50;

    fn allows(&self, version: i64) -> bool {
        self.expected.is_none_or(|it| it == version)
    }

    fn told(&self) -> Option<Vec<Touched>> {
        (self.touched.len() <= Self::TELLS).then(|| self.touched.clone())
    }
}

impl Locks {
    pub(crate) fn of<C: Apply>(unit: &UnitOfWork<C>) -> Self {
        let mut locks = Self::default();
        for change in &unit.changes {
            locks.founded.extend(change.founds());
            if let Some((organization, touched)) = change.authorization() {
                let hold = locks.organizations.entry(organization).or_default();
                hold.moves = true;
                if !hold.touched.contains(&touched) {
                    hold.touched.push(touched);
                }
            }
        }
        locks.organizations.retain(|organization, _| !locks.founded.contains(organization));
        for guard in &unit.guards {
            let (hold, version) = match *guard {
                Guard::Authorization { organization, version } => {
                    (locks.organizations.entry(organization).or_default(), version)
                }
                Guard::User { user, version } => (locks.users.entry(user).or_default(), version),
            };
            locks.contradictory |= !hold.allows(version);
            hold.expected = Some(version);
        }
        for user in unit.changes.iter().filter_map(Apply::holds_user) {
            locks.users.entry(user).or_default().moves = true;
        }
        for user in unit.changes.iter().filter_map(Apply::adds_user) {
            locks.users.remove(&user);
        }
        locks
    }

    /// The organizations whose authorization moves on.
    pub(crate) fn moves(&self) -> impl Iterator<Item = OrganizationId> {
        self.organizations.iter().filter(|(_, hold)| hold.moves).map(|(it, _)| *it)
    }

    /// Takes them all, and answers what the nodes must learn. One statement a lock: a statement that takes several takes
    /// them in no certain order. Units hold one, rarely two.
    pub(crate) async fn take(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Signal>, Refusal> {
        if self.contradictory {
            return Err(Refusal::Stale(None));
        }
        let mut signals = self.found(connection).await?;
        for (&organization, hold) in &self.organizations {
            if hold.moves {
                signals.push(move_on(connection, organization, hold).await?);
            } else {
                hold_still(connection, organization, hold).await?;
            }
        }
        for (&user, hold) in &self.users {
            hold_user(connection, user, hold).await?;
        }
        Ok(signals)
    }

    async fn found(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Signal>, Refusal> {
        if self.founded.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<_> = self
            .founded
            .iter()
            .map(|it| {
                (authorization_versions::organization_id.eq(it.uuid()), authorization_versions::version.eq(1_i64))
            })
            .collect();
        diesel::insert_into(authorization_versions::table).values(rows).execute(connection).await?;
        Ok(self
            .founded
            .iter()
            .map(|&organization| Signal::Authorization { organization, version: 1, touched: None })
            .collect())
    }
}

async fn move_on(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    hold: &Hold,
) -> Result<Signal, Refusal> {
    let row = authorization_versions::table.filter(authorization_versions::organization_id.eq(organization.uuid()));
    let any = hold.expected.is_none().into_sql::<Bool>();
    let expected = authorization_versions::version.eq(hold.expected.unwrap_or_default());
    let moved = diesel::update(row.filter(any.or(expected)))
        .set(authorization_versions::version.eq(authorization_versions::version + 1))
        .returning(authorization_versions::version)
        .get_result(connection)
        .await
        .optional()?;
    if let Some(version) = moved {
        return Ok(Signal::Authorization { organization, version, touched: hold.told() });
    }
    let version: Option<i64> = row.select(authorization_versions::version).first(connection).await.optional()?;
    Err(Refusal::Stale(version.map(|version| Signal::Authorization { organization, version, touched: None })))
}

async fn hold_still(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    hold: &Hold,
) -> Result<(), Refusal> {
    let row = authorization_versions::table.filter(authorization_versions::organization_id.eq(organization.uuid()));
    let version = row.select(authorization_versions::version).for_share().first(connection).await.optional()?;
    match version {
        Some(version) if hold.allows(version) => Ok(()),
        _ => Err(Refusal::Stale(version.map(|version| Signal::Authorization { organization, version, touched: None }))),
    }
}

async fn hold_user(connection: &mut AsyncPgConnection, user: UserId, hold: &Hold) -> Result<(), Refusal> {
    let row = users::table.filter(users::id.eq(user.uuid())).select(users::version);
    let version = if hold.moves {
        row.for_no_key_update().first(connection).await.optional()?
    } else {
        row.for_share().first(connection).await.optional()?
    };
    if version.is_some_and(|it| hold.allows(it)) { Ok(()) } else { Err(Refusal::Stale(None)) }
}

#[cfg(test)]
mod tests {
    use identity::rules::{NewUser, register};
    use identity::{Lifetimes, Username};
    use kernel::testing::{act, nth};
    use kernel::{EmailAddress, RoleKey, Slug, Write};
    use tenancy::{Member, MemberStatus, OrganizationName};

    use super::*;

    fn member(organization: OrganizationId) -> Member {
        Member {
            organization,
            user: nth(7),
            role: RoleKey::MEMBER,
            status: MemberStatus::Active,
            joined_at: act().at,
            version: 0,
        }
    }

    fn unit_of(change: tenancy::Change) -> UnitOfWork<tenancy::Change> {
        let action = tenancy::Action::OrganizationCreated(nth(1));
        UnitOfWork::of(&act(), &action).change(change)
    }

    #[test]
    fn a_founded_organization_is_begun_and_not_moved_on() {
        let name = OrganizationName::parse("Acme").unwrap();
        let (unit, founded) = tenancy::rules::found(&act(), name, Slug::parse("acme").unwrap(), nth(9));
        let locks = Locks::of(&unit);
        assert_eq!(locks.founded, BTreeSet::from([founded.organization.id]));
        assert!(locks.organizations.is_empty());
    }

    #[test]
    fn a_guard_and_a_change_of_one_organization_are_one_hold() {
        let organization = nth(3);
        let unit = unit_of(tenancy::Change::Member(Write::Add(member(organization))))
            .expect(Guard::Authorization { organization, version: 4 });
        let locks = Locks::of(&unit);
        let hold = Hold { expected: Some(4), moves: true, touched: vec![Touched::Member(nth(7))] };
        assert_eq!(locks.organizations, BTreeMap::from([(organization, hold)]));
        assert!(locks.moves().eq([organization]));
    }

    #[test]
    fn guards_that_contradict_each_other_are_noticed() {
        let organization = nth(3);
        let unit = unit_of(tenancy::Change::Member(Write::Add(member(organization))))
            .expect(Guard::Authorization { organization, version: 4 })
            .expect(Guard::Authorization { organization, version: 5 });
        assert!(Locks::of(&unit).contradictory);
    }

    #[test]
    fn a_user_that_is_changed_is_held_for_it() {
        let new = NewUser {
            id: nth(5),
            email: EmailAddress::parse("u1@x.test").unwrap(),
            username: Username::parse("user_1").unwrap(),
            password: None,
            verified: false,
            administrator: false,
        };
        let (registration, user) = register(&act(), new, &Lifetimes::default());
        assert_eq!(Locks::of(&registration).users, BTreeMap::new(), "nobody else knows a user that is added");
        let saved = identity::Change::User(Write::Save { expected: user.clone(), next: user.clone() });
        let unit: UnitOfWork<identity::Change> = UnitOfWork::of(&act(), &identity::Action::UserCreated(user.id))
            .change(saved)
            .expect(Guard::User { user: user.id, version: 0 });
        assert_eq!(
            Locks::of(&unit).users,
            BTreeMap::from([(user.id, Hold { expected: Some(0), moves: true, touched: vec![] })])
        );
        let ended = identity::Change::EndSessions { user: user.id, except: None, at: act().at };
        let unit: UnitOfWork<identity::Change> =
            UnitOfWork::of(&act(), &identity::Action::SessionsEnded(user.id)).change(ended);
        assert_eq!(
            Locks::of(&unit).users,
            BTreeMap::from([(user.id, Hold { expected: None, moves: true, touched: vec![] })])
        );
    }
}
