use kernel::Problems;

use crate::routes::lengths::at_most;

/// What a list is searched for; blank, for nothing.
pub(super) fn searched(search: Option<String>, longest: usize) -> Result<Option<String>, Problems> {
    let search = search.map(|it| at_most(longest, "search", it)).transpose()?;
    Ok(search.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()))
}
