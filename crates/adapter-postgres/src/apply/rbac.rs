use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Id, Sealer, Signal};
use rbac::{Change, CustomPermission, CustomRole, Grant};

use super::{Apply, one, write_row};
use crate::refusal::Refusal;
use crate::rows::{CustomPermissionRow, GrantRow, RoleRow};
use crate::schema::{grants, permissions, roles};

impl Apply for Change {
    async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        _: &dyn Sealer,
        _: &mut Vec<Signal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Role(write) => {
                let this = |it: &CustomRole| roles::id.eq(it.id.uuid());
                write_row!(connection, write, roles, |it| RoleRow::from(it), this)
            }
            Self::Grant(write) => {
                let this = |it: &Grant| {
                    grants::organization_id
                        .eq(it.organization.uuid())
                        .and(grants::user_id.eq(it.user.uuid()))
                        .and(grants::permission.eq(it.permission.as_str().to_owned()))
                };
                write_row!(connection, write, grants, |it| GrantRow::from(it), this)
            }
            Self::Permission(write) => {
                let this = |it: &CustomPermission| {
                    permissions::organization_id
                        .eq(it.organization.uuid())
                        .and(permissions::key.eq(it.permission.as_str().to_owned()))
                };
                write_row!(connection, write, permissions, |it| CustomPermissionRow::from(it), this)
            }
        }
    }
}
