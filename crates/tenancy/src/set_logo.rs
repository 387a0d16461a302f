use std::sync::Arc;

use kernel::{
    Act, Decided, FileName, FileStore, OrganizationId, OrganizationRef, PictureError, Pictures, Problems, Store,
    UnitOfWork, Write, carry_out,
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
    /// What makes a picture of the upload.
    pub pictures: Arc<dyn Pictures>,
    /// Where the picture is kept.
    pub files: Arc<dyn FileStore>,
}

impl SetLogo {
    /// Where the files of logos are kept.
    pub(crate) const FOLDER: &str = "logos";

    /// The picture is kept under a fresh name, then the name is committed, then the file before it is removed. Whatever
    /// stops this on the way leaves a file that nobody names, at worst, and never a name without a file.
    pub async fn run(&self, act: &Act, id: OrganizationId, upload: Vec<u8>) -> Result<(), Error> {
        let picture = match self.pictures.redraw(upload).await {
            Ok(picture) => picture,
            Err(error) => {
                if let Some(reason) = reason(&error) {
                    self.refuse(act, id, reason).await?;
                }
                return Err(error.into());
            }
        };
        let file = FileName::fresh(act, Self::FOLDER, picture.kind.ending());
        self.files.put(&file, picture.bytes).await?;
        let committed: Result<_, Error> = carry_out(self.store.as_ref(), act, || async {
            let found = self.organizations.find(&OrganizationRef::Id(id)).await?;
            let organization = found.ok_or(Error::NotFound)?;
            let guard = self.authority.require(id, act, &ORGANIZATION_UPDATE).await?;
            let (unit, before) = decide(act, organization, Some(file.clone()));
            Ok(Decided::Done(unit.expect(guard), before))
        })
        .await;
        match committed {
            // Nobody names it any more. Where it stays, it costs its room and nothing else.
            Ok(before) => discard(self.files.as_ref(), before).await,
            // A fault may have come after the commit: then the name is there, and the file must be.
            Err(Error::Fault(fault)) => return Err(fault.into()),
            Err(error) => {
                discard(self.files.as_ref(), Some(file)).await;
                return Err(error);
            }
        }
        Ok(())
    }

    /// What was sent is not taken: that is written down, also by who would not even receive it.
    pub async fn refuse(&self, act: &Act, organization: OrganizationId, reason: &'static str) -> Result<(), Error> {
        let action = Action::LogoRefused { organization, reason };
        carry_out(self.store.as_ref(), act, || std::future::ready(Ok(Decided::Done(UnitOfWork::of(act, &action), ()))))
            .await
    }
}

const fn reason(error: &PictureError) -> Option<&'static str> {
    match error {
        PictureError::NotAPicture => Some("not_a_picture"),
        PictureError::TooLarge => Some("picture_too_large"),
        PictureError::Broken => Some("picture_broken"),
        PictureError::Fault(_) => None,
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

pub(crate) async fn discard(files: &dyn FileStore, file: Option<FileName>) {
    if let Some(file) = file {
        files.remove(&file).await.ok();
    }
}

impl From<PictureError> for Error {
    fn from(error: PictureError) -> Self {
        let sentence = match error {
            PictureError::NotAPicture => return Self::NotAPicture,
            PictureError::TooLarge => "The logo must have at most 16 megapixels, and no side longer than 16384.",
            PictureError::Broken => "The logo is damaged: it can't be read to its end.",
            PictureError::Fault(fault) => return Self::Fault(fault),
        };
        Problems::one("logo", sentence).into()
    }
}

#[cfg(test)]
mod tests;
