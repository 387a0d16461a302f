use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Id, Taken, Write};
use tenancy::Organization;

use crate::refusal::Refusal;
use crate::schema::organization_slugs;

/// A slug is an organization's for good, from the first time it has it: it may take an old one of its own again, and nobody
/// else may.
pub(super) async fn keep_slug(connection: &mut AsyncPgConnection, write: &Write<Organization>) -> Result<(), Refusal> {
    let organization = match write {
        Write::Add(next) => next,
        Write::Save { expected, next } if expected.slug != next.slug => next,
        Write::Save { .. } | Write::Remove { .. } => return Ok(()),
    };
    let row = (
        organization_slugs::slug.eq(organization.slug.as_str()),
        organization_slugs::organization_id.eq(organization.id.uuid()),
    );
    let own = organization_slugs::organization_id.eq(excluded(organization_slugs::organization_id));
    let kept = diesel::insert_into(organization_slugs::table)
        .values(row)
        .on_conflict(organization_slugs::slug)
        .do_update()
        .set(organization_slugs::organization_id.eq(excluded(organization_slugs::organization_id)))
        .filter(own)
        .execute(connection)
        .await?;
    if kept == 1 { Ok(()) } else { Err(Refusal::Taken(Taken("slug"))) }
}
