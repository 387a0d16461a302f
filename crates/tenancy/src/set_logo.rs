use std::sync::Arc;

use kernel::{
    Act, Album, Decided, FileName, Gallery, OrganizationId, OrganizationRef, Store, Unfit, UnitOfWork, Write, carry_out,
};

use crate::model::Organization;
use crate::ports::{Authority, Organizations};
use crate::update_organization::ORGANIZATION_UPDATE;
use crate::{Action, Change, Error, Happening};

/// Gives an organization a logo, or another one.
pub struct SetLogo {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Who may do what.
    pub authority: Arc<dyn Authority>,
    /// Where pictures are drawn and kept.
    pub gallery: Gallery,
}

impl SetLogo {
    const LOGOS: Album = Album { folder: "logos", called: "logo" };

    /// The picture is kept, then its name is committed, then the file before it is removed.
    pub async fn run(&self, act: &Act, id: OrganizationId, upload: Vec<u8>) -> Result<(), Error> {
        let file = match self.gallery.keep(act, Self::LOGOS, upload).await {
            Ok(file) => file,
            Err(unfit) => {
                if let Some(reason) = unfit.reason() {
                    self.refuse(act, id, reason).await?;
                }
                return Err(unfit.into());
            }
        };
        let committed = carry_out(self.store.as_ref(), act, || async {
            let found = self.organizations.find(&OrganizationRef::Id(id)).await?;
            let organization = found.ok_or(Error::NotFound)?;
            let guard = self.authority.require(id, act, &ORGANIZATION_UPDATE).await?;
            let (unit, before) = decide(act, organization, Some(file.clone()));
            Ok(Decided::Done(unit.expect(guard), before))
        })
        .await;
        self.gallery.settle(file, committed, |error| matches!(error, Error::Fault(_))).await
    }

    /// What was sent is not taken: that is written down, also by who would not even receive it.
    pub async fn refuse(&self, act: &Act, organization: OrganizationId, reason: &'static str) -> Result<(), Error> {
        let action = Action::LogoRefused { organization, reason };
        carry_out(self.store.as_ref(), act, || std::future::ready(Ok(Decided::Done(UnitOfWork::of(act, &action), ()))))
            .await
    }
}

/// The organization with this logo, and the file of the one before.
pub(crate) fn decide(
    act: &Act,
    organization: Organization,
    logo: Option<FileName>,
) -> (UnitOfWork<Change>, Option<FileName>) {
    let before = organization.logo.clone();
    let next = Organization { logo, ..organization.clone() };
    let unit = UnitOfWork::of(act, &Action::OrganizationUpdated(organization.id))
        .change(Change::Organization(Write::Save { expected: organization, next: next.clone() }))
        .announce(&Happening::OrganizationUpdated(next));
    (unit, before)
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NotAPicture => Self::NotAPicture,
            Unfit::TooLarge(problems) | Unfit::Broken(problems) => Self::Invalid(problems),
            Unfit::Fault(fault) => Self::Fault(fault),
        }
    }
}

#[cfg(test)]
mod tests;
