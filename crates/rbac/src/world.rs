//! What this domain's use cases are tried in: an organization with an owner (1), an admin (2), a member (3) and a keeper (4),
//! who manages roles, sees the team and opens hives.

use std::sync::Arc;

use kernel::testing::{NOON, Units, act, nth};
use kernel::{Act, Actor, Guard, OrganizationId, Outcome, Permission, RoleKey, UnitOfWork, UserId};

use crate::model::{CustomPermission, CustomRole, Effect, Grant, Pattern};
use crate::ports::{
    CustomPermissions, Grants, MockCustomPermissions, MockGrants, MockRoles, MockSnapshots, Roles, Snapshots,
};
use crate::{Change, Facts, GrantFact, MemberFact, Role, Rules, Snapshot};

pub const OWNER: u64 = 1;
pub const ADMIN: u64 = 2;
pub const MEMBER: u64 = 3;
pub const KEEPER: u64 = 4;
pub const HIVES_OPEN: Permission = Permission::known("hives.open");

pub fn acme() -> OrganizationId {
    nth(60)
}

pub fn by(user: u64) -> Act {
    act().by(Actor::User { id: nth(user), session: nth(90) }).within(acme())
}

pub fn guard() -> Guard {
    Guard::Authorization { organization: acme(), version: 7 }
}

pub struct World {
    pub store: Arc<Units<Change>>,
    pub roles: Vec<CustomRole>,
    pub permissions: Vec<CustomPermission>,
    pub grants: Vec<Grant>,
}

impl Default for World {
    fn default() -> Self {
        let keeper = role("keeper", &["hives.open", "team.view", "team.manage_roles"], &[]);
        let idle = role("idle_hands", &[], &[]);
        Self {
            store: Arc::default(),
            roles: vec![keeper, idle],
            permissions: vec![declared("hives.open")],
            grants: vec![],
        }
    }
}

pub fn role(key: &str, permissions: &[&str], inherits: &[&str]) -> CustomRole {
    CustomRole {
        id: nth(u64::from(key.bytes().map(u32::from).sum::<u32>())),
        organization: acme(),
        key: RoleKey::parse(key).unwrap(),
        name: key.to_owned(),
        permissions: permissions.iter().map(|it| Pattern::parse(it).unwrap()).collect(),
        inherits: inherits.iter().map(|it| RoleKey::parse(it).unwrap()).collect(),
        created_at: NOON,
        version: 3,
    }
}

pub fn declared(permission: &str) -> CustomPermission {
    CustomPermission {
        organization: acme(),
        permission: Permission::parse(permission).unwrap(),
        description: "For beekeepers".to_owned(),
        created_at: NOON,
        version: 1,
    }
}

pub fn grant(user: u64, permission: &Permission, effect: Effect) -> Grant {
    Grant {
        organization: acme(),
        user: nth(user),
        permission: permission.clone(),
        effect,
        expires_at: None,
        granted_by: nth(OWNER),
        created_at: NOON,
        version: 1,
    }
}

impl World {
    pub fn snapshots(&self) -> Arc<dyn Snapshots> {
        let member = |n, role: &str| MemberFact {
            user: nth(n),
            role: RoleKey::parse(role).unwrap(),
            active: true,
            grants: self.grants.iter().filter(|it| it.user == nth(n)).map(GrantFact::from).collect(),
        };
        let facts = Facts {
            organization: acme(),
            version: 7,
            rules: Rules {
                require_mfa: false,
                roles: self.roles.iter().map(Role::from).collect(),
                permissions: self.permissions.iter().map(|it| it.permission.clone()).collect(),
            },
            members: vec![
                member(OWNER, "owner"),
                member(ADMIN, "admin"),
                member(MEMBER, "member"),
                member(KEEPER, "keeper"),
                // Somebody who holds nothing.
                member(5, "idle_hands"),
            ],
        };
        let snapshot = Arc::new(Snapshot::build(facts));
        let mut snapshots = MockSnapshots::new();
        snapshots.expect_current().returning(move |it| Ok((it == acme()).then(|| Arc::clone(&snapshot))));
        Arc::new(snapshots)
    }

    pub fn roles(&self) -> Arc<dyn Roles> {
        let (mut roles, all) = (MockRoles::new(), self.roles.clone());
        roles.expect_of().returning(move |_| Ok(all.clone()));
        Arc::new(roles)
    }

    pub fn grants(&self) -> Arc<dyn Grants> {
        let (mut grants, all) = (MockGrants::new(), self.grants.clone());
        let of = move |_, user: UserId| Ok(all.iter().filter(|it| it.user == user).cloned().collect());
        grants.expect_of().returning(of);
        Arc::new(grants)
    }

    pub fn permissions(&self) -> Arc<dyn CustomPermissions> {
        let (mut permissions, all, grants) =
            (MockCustomPermissions::new(), self.permissions.clone(), self.grants.clone());
        permissions.expect_of().returning(move |_| Ok(all.clone()));
        let is_granted = move |it: &CustomPermission| Ok(grants.iter().any(|grant| grant.permission == it.permission));
        permissions.expect_is_granted().returning(is_granted);
        Arc::new(permissions)
    }

    /// Nothing but that it was refused was written.
    #[track_caller]
    pub fn refused(&self, action: &str) {
        let unit: UnitOfWork<Change> = self.store.only();
        assert_eq!(unit.changes, []);
        assert_eq!(unit.evidence.audit[0].action, action);
        assert!(matches!(unit.evidence.audit[0].outcome, Outcome::Refused(_)));
        assert!(unit.evidence.events.is_empty());
    }

    #[track_caller]
    pub fn wrote_nothing(&self) {
        assert_eq!(self.store.all(), []);
    }
}
