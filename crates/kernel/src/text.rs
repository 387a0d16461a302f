/// Control characters, and those that turn or hide text: they would make one name look like another.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// What people call somebody or something: 1 to 100 characters, none of them invisible, without the space around it. `None`
/// where that is not met.
#[must_use]
pub fn display_name(text: &str) -> Option<&str> {
    let text = text.trim();
    let good = (1..=100).contains(&text.chars().count()) && !text.chars().any(is_invisible);
    good.then_some(text)
}
