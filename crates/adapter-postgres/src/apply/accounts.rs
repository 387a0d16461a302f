use accounts::Change;
use diesel_async::AsyncPgConnection;
use kernel::{OrganizationId, Sealer, Signal, UserId};

use super::Apply;
use crate::refusal::Refusal;

impl Apply for Change {
    fn founds(&self) -> Option<OrganizationId> {
        match self {
            Self::Identity(change) => change.founds(),
            Self::Tenancy(change) => change.founds(),
            Self::Rbac(change) => change.founds(),
        }
    }

    fn adds_user(&self) -> Option<UserId> {
        match self {
            Self::Identity(change) => change.adds_user(),
            Self::Tenancy(change) => change.adds_user(),
            Self::Rbac(change) => change.adds_user(),
        }
    }

    fn holds_user(&self) -> Option<UserId> {
        match self {
            Self::Identity(change) => change.holds_user(),
            Self::Tenancy(change) => change.holds_user(),
            Self::Rbac(change) => change.holds_user(),
        }
    }

    async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        sealer: &dyn Sealer,
        signals: &mut Vec<Signal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Identity(change) => change.apply(connection, sealer, signals).await,
            Self::Tenancy(change) => change.apply(connection, sealer, signals).await,
            Self::Rbac(change) => change.apply(connection, sealer, signals).await,
        }
    }
}
