use accounts::Change;
use diesel_async::AsyncPgConnection;
use kernel::{OrganizationId, Sealer, UserId};

use super::Apply;
use crate::refusal::Refusal;

impl Apply for Change {
    fn founds(&self) -> Option<OrganizationId> {
        match self {
            Self::Identity(change) => change.founds(),
            Self::Tenancy(change) => change.founds(),
        }
    }

    fn saves_user(&self) -> Option<UserId> {
        match self {
            Self::Identity(change) => change.saves_user(),
            Self::Tenancy(change) => change.saves_user(),
        }
    }

    async fn apply(&self, connection: &mut AsyncPgConnection, sealer: &dyn Sealer) -> Result<(), Refusal> {
        match self {
            Self::Identity(change) => change.apply(connection, sealer).await,
            Self::Tenancy(change) => change.apply(connection, sealer).await,
        }
    }
}
