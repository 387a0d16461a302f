use diesel::pg::Pg;
use diesel::prelude::*;
use identity::{PasswordHash, PersonName, User, UserStatus, Username};
use kernel::{EmailAddress, Fault, FileName, Id, Secret, Time};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::users;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct UserRow {
    pub(crate) id: Uuid,
    email: String,
    email_key: String,
    username: String,
    username_key: String,
    password: Option<String>,
    verified_at: Option<Time>,
    status: String,
    created_at: Time,
    pub(crate) version: i64,
    name: Option<String>,
    administrator: bool,
    deleted_at: Option<Time>,
    avatar: Option<String>,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.uuid(),
            email: user.email.as_str().to_owned(),
            email_key: user.email.key(),
            username: user.username.as_str().to_owned(),
            username_key: user.username.key(),
            password: user.password.as_ref().map(|it| it.0.expose().to_owned()),
            verified_at: user.verified_at,
            status: user.status.as_str().to_owned(),
            created_at: user.created_at,
            version: user.version,
            name: user.name.as_ref().map(|it| it.as_str().to_owned()),
            administrator: user.administrator,
            deleted_at: user.deleted_at,
            avatar: user.avatar.as_ref().map(ToString::to_string),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = Fault;

    fn try_from(row: UserRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            email: EmailAddress::parse(&row.email).ok_or_else(|| corrupt("address"))?,
            username: Username::parse(&row.username).ok_or_else(|| corrupt("username"))?,
            name: row.name.map(|it| PersonName::parse(&it).ok_or_else(|| corrupt("name"))).transpose()?,
            avatar: row.avatar.map(|it| FileName::parse(&it).ok_or_else(|| corrupt("avatar"))).transpose()?,
            password: row.password.map(|it| PasswordHash(Secret::new(it))),
            verified_at: row.verified_at,
            status: UserStatus::parse(&row.status).ok_or_else(|| corrupt("user's status"))?,
            administrator: row.administrator,
            deleted_at: row.deleted_at,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
