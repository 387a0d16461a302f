use audit::Filter;
use kernel::Problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::routes::times::time;

/// Which entries are wanted; all conditions hold together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The id of who did it.
    pub actor: Option<String>,
    /// What was done, such as `invitation.created`.
    pub action: Option<String>,
    /// The id of what it was done to.
    pub target: Option<String>,
    /// At or after; RFC 3339.
    #[schema(format = DateTime)]
    pub from: Option<String>,
    /// Before; RFC 3339.
    #[schema(format = DateTime)]
    pub to: Option<String>,
}

impl Wanted {
    pub fn read(self) -> Result<Filter, Problems> {
        let Self { actor, action, target, from, to } = self;
        let mut problems = Problems::default();
        let from = time(&mut problems, "from", from.as_deref());
        let to = time(&mut problems, "to", to.as_deref());
        if problems.is_empty() { Ok(Filter { actor, action, target, from, to }) } else { Err(problems) }
    }
}
