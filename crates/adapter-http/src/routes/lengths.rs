use kernel::Problems;

/// A text that is no longer than the specification says.
pub(super) fn at_most(longest: usize, field: &'static str, text: String) -> Result<String, Problems> {
    if text.chars().count() > longest {
        return Err(Problems::one(field, format!("The {field} field must be at most {longest} characters.")));
    }
    Ok(text)
}
