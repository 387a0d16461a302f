use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::Accepts;
use crate::pages::{html_of, reading_page, rendered};

/// As it is in the repository.
const CHANGELOG: &str = include_str!("../../../../../CHANGELOG.md");

/// Every release, the newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Changelog {
    data: Vec<ReleaseNotes>,
    /// All of it is here.
    next_cursor: Option<String>,
}

/// What changed with a release.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
struct ReleaseNotes {
    /// `Unreleased` is what the next will bring, or what runs from a checkout.
    #[schema(example = "1.4.0")]
    version: String,
    /// The day it was released.
    #[schema(example = "2026-11-28")]
    released_on: Option<String>,
    /// A sentence or two each, in Markdown.
    changes: Vec<String>,
}

/// What changed, release by release
///
/// JSON; Markdown or a page where one of these is asked for.
#[utoipa::path(get, path = "/changelog", tag = "operations", responses(
    (status = 200, description = "All releases.", content(
        (Changelog = "application/json"),
        (String = "text/markdown"),
        (String = "text/html"),
    )),
))]
pub(super) async fn changelog(accepts: Accepts) -> Result<HttpResponse, ApiError> {
    let mut answer = HttpResponse::Ok();
    Ok(match accepts.choose(&[Accepts::JSON, Accepts::MARKDOWN, Accepts::HTML]) {
        Accepts::HTML => reading_page(html_of("Changelog", &rendered(CHANGELOG))),
        Accepts::MARKDOWN => answer.content_type("text/markdown; charset=utf-8").body(CHANGELOG),
        _ => answer.json(Changelog { data: releases(CHANGELOG), next_cursor: None }),
    })
}

/// `## 1.4.0 - 2026-11-28`, and a list below it whose longer items go on indented.
fn releases(text: &str) -> Vec<ReleaseNotes> {
    let mut releases: Vec<ReleaseNotes> = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let (version, day) =
                heading.split_once(" - ").map_or((heading, None), |(version, day)| (version, Some(day)));
            let (version, released_on) = (version.trim().to_owned(), day.map(|it| it.trim().to_owned()));
            releases.push(ReleaseNotes { version, released_on, changes: Vec::new() });
        } else if let Some(release) = releases.last_mut() {
            if let Some(change) = line.strip_prefix("- ") {
                release.changes.push(change.to_owned());
            } else if let (Some(more), Some(change)) = (line.strip_prefix("  "), release.changes.last_mut()) {
                change.push(' ');
                change.push_str(more.trim());
            }
        }
    }
    releases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read() {
        let text = "# Changelog\n\nWords.\n\n## Unreleased\n\n## 1.4.0 - 2026-11-28\n\n- One.\n- Two\n  goes on.\n";
        let release = |version: &str, day: Option<&str>, changes: &[&str]| ReleaseNotes {
            version: version.to_owned(),
            released_on: day.map(str::to_owned),
            changes: changes.iter().map(ToString::to_string).collect(),
        };
        let expected =
            vec![release("Unreleased", None, &[]), release("1.4.0", Some("2026-11-28"), &["One.", "Two goes on."])];
        assert_eq!(releases(text), expected);
    }

    #[test]
    fn ours_is_read_whole() {
        let releases = releases(CHANGELOG);
        assert!(releases.iter().all(|it| !it.changes.is_empty() && it.changes.iter().all(|it| it.ends_with('.'))));
        let items = CHANGELOG.lines().filter(|line| line.starts_with("- ")).count();
        assert_eq!(releases.iter().map(|it| it.changes.len()).sum::<usize>(), items);
    }
}
