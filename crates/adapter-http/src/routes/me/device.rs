use std::sync::LazyLock;

use woothee::parser::Parser;

/// The longest name of a program, in characters.
const LONGEST: usize = 40;
/// What the parser says where it can't tell.
const UNKNOWN: &str = "UNKNOWN";

/// A short name for people, such as `Firefox on Linux`, guessed from a user agent.
pub(super) fn device(agent: Option<&str>) -> String {
    static PARSER: LazyLock<Parser> = LazyLock::new(Parser::new);
    let agent = agent.unwrap_or_default();
    let found = PARSER.parse(agent).filter(|it| it.name != UNKNOWN && it.category != "misc");
    let Some(found) = found else {
        return program(agent).map_or_else(|| "Unknown device".to_owned(), str::to_owned);
    };
    match found.os {
        UNKNOWN => found.name.to_owned(),
        "Mac OSX" => format!("{} on macOS", found.name),
        os => format!("{} on {os}", found.name),
    }
}

/// `curl` of `curl/8.5.0`: programs name themselves first. Browsers all call themselves Mozilla.
fn program(agent: &str) -> Option<&str> {
    let (name, _version) = agent.split_once('/')?;
    let is_name = (1..=LONGEST).contains(&name.len())
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_. ".contains(&it));
    (is_name && name != "Mozilla").then_some(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_with_their_system() {
        let named = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                 Safari/537.36 Edg/126.0",
                "Edge on Windows 10",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 \
                 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
        ];
        for (agent, name) in named {
            assert_eq!(device(Some(agent)), name);
        }
    }

    #[test]
    fn programs_are_named_as_they_name_themselves() {
        for (agent, name) in [
            ("curl/8.5.0", "curl"),
            ("python-requests/2.31.0", "python-requests"),
            ("Go-http-client/1.1", "Go-http-client"),
            ("Wget/1.21", "Wget"),
            ("PostmanRuntime/7.36", "PostmanRuntime"),
        ] {
            assert_eq!(device(Some(agent)), name);
        }
    }

    #[test]
    fn what_tells_nothing_is_unknown() {
        let long = format!("{}/1", "x".repeat(41));
        for agent in
            [None, Some(""), Some("Mozilla/5.0"), Some("<b>x</b>/1"), Some("/"), Some("x"), Some(long.as_str())]
        {
            assert_eq!(device(agent), "Unknown device", "{agent:?}");
        }
    }
}
