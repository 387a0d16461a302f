use std::collections::HashSet;

use kernel::{Act, Decided, Fault, OrganizationId, Problems, UnitOfWork, carry_out};
use serde::{Deserialize, Serialize};

use super::{Invite, InviteInput, Invited, check};
use crate::ports::Invitee;
use crate::{Change, Error};

/// Each try after the first is owed to somebody else who invited one of them meanwhile.
const TRIES: usize = 10;

/// What became of many invitations. It is remembered whole, so that a repetition learns exactly the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedMany {
    /// The request that made them.
    pub request_id: String,
    /// One each, in order.
    pub results: Vec<Result<Invited, Refusal>>,
}

/// Why one of many was not invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The input breaks rules.
    Invalid(Problems),
    /// The person is a member already.
    AlreadyMember,
    /// An invitation to this address is waiting.
    AlreadyInvited,
    /// The role holds this, and the inviter does not.
    RoleBeyondOwn(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(problems) => Self::Invalid(problems),
            Refusal::AlreadyMember => Self::AlreadyMember,
            Refusal::AlreadyInvited => Self::AlreadyInvited,
            Refusal::RoleBeyondOwn(lacking) => Self::Beyond(lacking),
        }
    }
}

impl TryFrom<Error> for Refusal {
    type Error = Error;

    /// What is no refusal of one is an error of all.
    fn try_from(error: Error) -> Result<Self, Error> {
        match error {
            Error::Invalid(problems) => Ok(Self::Invalid(problems)),
            Error::AlreadyMember => Ok(Self::AlreadyMember),
            Error::AlreadyInvited => Ok(Self::AlreadyInvited),
            Error::Beyond(lacking) => Ok(Self::RoleBeyondOwn(lacking)),
            other => Err(other),
        }
    }
}

impl Invite {
    /// Invites many, each with a result of its own, in one unit: so one key stands for all of them. A repetition gets the
    /// same results, the failed ones included, and another request under the key does nothing. Where there was nothing to
    /// write, nothing is remembered either.
    pub async fn many(
        &self,
        act: &Act,
        organization: OrganizationId,
        inputs: &[InviteInput],
    ) -> Result<InvitedMany, Error> {
        for _ in 0..TRIES {
            match carry_out(self.store.as_ref(), act, || self.decide_many(act, organization, inputs)).await {
                // Of one of them, and not said of which: who decides again finds it.
                Err(Error::AlreadyInvited) => {}
                answer => return answer,
            }
        }
        Err(Fault::Contended.into())
    }

    async fn decide_many(
        &self,
        act: &Act,
        organization: OrganizationId,
        inputs: &[InviteInput],
    ) -> Result<Decided<Change, InvitedMany, Error>, Error> {
        let host = self.host(act, organization).await?;
        let checked: Vec<_> = inputs.iter().map(check).collect();
        let addresses: Vec<_> = checked.iter().flatten().map(|(email, _)| email.clone()).collect();
        // One question for all, however many there are.
        let standings = match addresses.as_slice() {
            [] => Vec::new(),
            some => self.invitations.standings_of(organization, some).await?,
        };
        let mut standings = standings.into_iter();
        let mut units = Vec::new();
        let mut results = Vec::with_capacity(inputs.len());
        let mut invited = HashSet::new();
        for input in checked {
            let decided = match input {
                Ok((email, role)) => {
                    let standing = standings.next().unwrap_or(Invitee::Stranger);
                    self.decide_for(act, &host, &email, &role, standing).await
                }
                Err(problems) => Err(problems.into()),
            };
            results.push(match decided {
                Ok(Decided::Done(_, one)) if !invited.insert(one.email.key()) => Err(Refusal::AlreadyInvited),
                Ok(Decided::Done(unit, one)) => {
                    units.push(unit);
                    Ok(one)
                }
                Ok(Decided::Refused(unit, error)) => {
                    units.push(unit);
                    Err(error.try_into()?)
                }
                Ok(Decided::Nothing(one)) => Ok(one),
                Err(error) => Err(error.try_into()?),
            });
        }
        let many = InvitedMany { request_id: act.request_id.clone(), results };
        Ok(match units.into_iter().reduce(UnitOfWork::and) {
            Some(unit) => Decided::Done(unit, many),
            None => Decided::Nothing(many),
        })
    }
}
