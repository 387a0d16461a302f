use diesel::pg::Pg;
use diesel::prelude::*;
use identity::{MailRequest, MailRequestKind};
use kernel::{EmailAddress, Fault, Id, Time};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::mail_requests;

#[derive(Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = mail_requests, check_for_backend(Pg))]
pub(crate) struct MailRequestRow {
    id: Uuid,
    kind: String,
    email: String,
    email_key: String,
    asked_at: Time,
    due_at: Time,
}

impl From<&MailRequest> for MailRequestRow {
    fn from(request: &MailRequest) -> Self {
        Self {
            id: request.id.uuid(),
            kind: request.kind.as_str().to_owned(),
            email: request.email.as_str().to_owned(),
            email_key: request.email.key(),
            asked_at: request.asked_at,
            due_at: request.asked_at,
        }
    }
}

impl TryFrom<MailRequestRow> for MailRequest {
    type Error = Fault;

    fn try_from(row: MailRequestRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            kind: MailRequestKind::parse(&row.kind).ok_or_else(|| corrupt("wish for a mail"))?,
            email: EmailAddress::parse(&row.email).ok_or_else(|| corrupt("address"))?,
            asked_at: row.asked_at,
        })
    }
}
