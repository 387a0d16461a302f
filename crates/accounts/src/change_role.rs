use std::sync::Arc;

use identity::UserStatus;
use identity::ports::Users;
use kernel::{Act, Decided, Guard, OrganizationId, Problems, RoleKey, Store, UnitOfWork, UserId, carry_out};
use rbac::ports::{Grants, Snapshots};
use rbac::system::TEAM_MANAGE_ROLES;
use rbac::{Holder, Pattern};
use tenancy::ports::Members;
use tenancy::{MemberStatus, Place};

use crate::{Change, Error};

/// Gives a member another role.
pub struct ChangeRole {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which members there are.
    pub members: Arc<dyn Members>,
    /// Who has an account.
    pub users: Arc<dyn Users>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// What members were given and denied directly.
    pub grants: Arc<dyn Grants>,
}

impl ChangeRole {
    /// Nobody gives a role that holds what they do not, nor changes the role of somebody above them; who tries is written
    /// down. The last owner who may act stays one: of two owners who demote each other at the same moment one is too late.
    /// The role is named by its key.
    pub async fn run(&self, act: &Act, organization: OrganizationId, user: UserId, role: &str) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || self.decide(act, organization, user, role)).await
    }

    async fn decide(
        &self,
        act: &Act,
        organization: OrganizationId,
        user: UserId,
        role: &str,
    ) -> Result<Decided<Change, (), Error>, Error> {
        let place = self.members.place(organization, user).await?.ok_or(Error::NotFound)?;
        // Who is on their way out is a member no more, and who is on it meanwhile makes the unit stale.
        let account = self.users.by_id(user).await?.filter(|it| it.deleted_at.is_none()).ok_or(Error::NotFound)?;
        let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
        let role = snapshot.role_named(role).ok_or_else(|| Problems::one("role", "There is no such role."))?;
        let giver = Holder::of(act).ok_or(Error::NotFound)?;
        // Nobody is above themselves, whatever was denied to them.
        let is_own = giver.user == user && giver.narrowed.is_none();
        let above = if is_own { None } else { snapshot.above(giver, user) };
        if let Some(lacking) = above {
            let refused = tenancy::rules::refused(act, organization, user, None);
            return Ok(Decided::Refused(refused.widen(), rbac::Error::Beyond(lacking).into()));
        }
        let manages = snapshot.check(giver, &TEAM_MANAGE_ROLES).allowed;
        let lacking = if manages { snapshot.beyond(giver, role) } else { Some(Pattern::One(TEAM_MANAGE_ROLES)) };
        if let Some(lacking) = lacking {
            let refused = tenancy::rules::refused(act, organization, user, Some(role));
            return Ok(Decided::Refused(refused.widen(), rbac::Error::Beyond(lacking).into()));
        }
        match self.reassign(act, &place, role).await? {
            Some(unit) => {
                let guard = Guard::Authorization { organization, version: snapshot.version() };
                Ok(Decided::Done(unit.expect(guard).expect(identity::rules::session_guard(&account)), ()))
            }
            None => Ok(Decided::Nothing(())),
        }
    }

    /// Owners hold everything: what was said of a member before they became one is said no more.
    async fn reassign(&self, act: &Act, place: &Place, role: &RoleKey) -> Result<Option<UnitOfWork<Change>>, Error> {
        let Some(unit) = tenancy::rules::change_role(act, place, role)? else { return Ok(None) };
        let unit = unit.widen();
        if *role != RoleKey::OWNER {
            return Ok(Some(unit));
        }
        let grants = self.grants.of(place.organization.id, place.member.user).await?;
        Ok(Some(grants.iter().map(|it| rbac::rules::revoke(act, it)).fold(unit, UnitOfWork::and)))
    }

    /// The member owns the organization from now on, and who acts is an admin: only owners hand it over, and to somebody who
    /// may act.
    pub async fn transfer_ownership(&self, act: &Act, organization: OrganizationId, user: UserId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let giver = Holder::of(act).ok_or(Error::NotFound)?;
            let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
            if let Some(lacking) = snapshot.beyond(giver, &RoleKey::OWNER) {
                let refused = tenancy::rules::refused(act, organization, user, Some(&RoleKey::OWNER));
                return Ok(Decided::Refused(refused.widen(), rbac::Error::Beyond(lacking).into()));
            }
            let own = self.members.place(organization, giver.user).await?.ok_or(Error::NotFound)?;
            let theirs = self.members.place(organization, user).await?.ok_or(Error::NotFound)?;
            if giver.user == user || theirs.member.status == MemberStatus::Suspended {
                return Err(tenancy::Error::IllegalState.into());
            }
            let able = self.able(user).await?;
            // There is another owner then, whoever else there is.
            let own = Place { other_owners: own.other_owners + 1, ..own };
            let promoted = self.reassign(act, &theirs, &RoleKey::OWNER).await?;
            let demoted = tenancy::rules::change_role(act, &own, &RoleKey::ADMIN)?.map(UnitOfWork::widen);
            let units = promoted.into_iter().chain(demoted);
            Ok(match units.reduce(UnitOfWork::and) {
                Some(unit) => {
                    let guard = Guard::Authorization { organization, version: snapshot.version() };
                    Decided::Done(unit.expect(guard).expect(able), ())
                }
                None => Decided::Nothing(()),
            })
        })
        .await
    }

    /// The member owns the organization too from now on: a platform administrator says so, who needs no rights within it.
    pub async fn appoint_owner(&self, act: &Act, organization: OrganizationId, user: UserId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let place = self.members.place(organization, user).await?.ok_or(Error::NotFound)?;
            if place.organization.deleted_at.is_some() || place.member.status == MemberStatus::Suspended {
                return Err(tenancy::Error::IllegalState.into());
            }
            let able = self.able(user).await?;
            Ok(match self.reassign(act, &place, &RoleKey::OWNER).await? {
                Some(unit) => Decided::Done(unit.expect(able), ()),
                None => Decided::Nothing(()),
            })
        })
        .await
    }

    /// That who is to own an organization by themselves can sign in: it would be nobody's otherwise.
    async fn able(&self, user: UserId) -> Result<Guard, Error> {
        let user = self.users.by_id(user).await?.ok_or(Error::NotFound)?;
        if user.status != UserStatus::Active {
            return Err(tenancy::Error::IllegalState.into());
        }
        Ok(identity::rules::session_guard(&user))
    }
}

#[cfg(test)]
mod tests;
