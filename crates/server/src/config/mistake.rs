use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// What is wrong with this text: the line, the key by its full name, and what is wanted there. Never what stands there,
/// which may be a secret.
pub fn told(text: &str, error: &Error) -> String {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = 1 + text[..at].matches('\n').count();
    // Without a document, there are no keys yet.
    match DeTable::parse(text).ok().and_then(|document| in_table(document.get_ref(), at, "")) {
        Some(key) => format!("line {line}: {key}: {}", problem(error.message())),
        None => format!("line {line}: {}", error.message()),
    }
}

/// The innermost key that this place belongs to.
fn in_table(table: &DeTable<'_>, at: usize, within: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let dot = if within.is_empty() { "" } else { "." };
        in_value(value, &key.span(), at, format!("{within}{dot}{}", key.get_ref()))
    })
}

fn in_value(value: &Spanned<DeValue<'_>>, key: &Range<usize>, at: usize, name: String) -> Option<String> {
    // `[[x]]` begins a list and the first in it.
    if value.span().start == at {
        return Some(name);
    }
    let inside = match value.get_ref() {
        DeValue::Table(table) => in_table(table, at, &name),
        DeValue::Array(list) => {
            list.iter().enumerate().find_map(|(i, it)| in_value(it, &it.span(), at, format!("{name}[{i}]")))
        }
        _ => None,
    };
    inside.or_else(|| (key.contains(&at) || value.span().contains(&at)).then_some(name))
}

/// In words of those who write the file.
fn problem(message: &str) -> String {
    let Some((found, wanted)) = message.split_once(", expected ") else { return message.to_owned() };
    match wanted {
        _ if found.starts_with("unknown field") => format!("there is no such key here; expected {wanted}"),
        "i64" => "must be a whole number".to_owned(),
        "u32" => format!("must be a whole number from 0 to {}", u32::MAX),
        "a boolean" => "must be true or false".to_owned(),
        "a sequence" => "must be a list".to_owned(),
        "path string" => "must be a string".to_owned(),
        _ => format!("must be {wanted}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::refusal;

    /// What stands instead, and what is said to be wanted.
    type Wrong = (&'static [&'static str], &'static str);

    const TEXT: Wrong = (&["5", "true", "1.5", "['a']", "{ a = 1 }", "2026-01-01"], "must be a string");
    const FLAG: Wrong = (&["5", "'on'", "[true]", "{ a = 1 }"], "must be true or false");
    const NUMBER: Wrong = (&["'5'", "true", "1.5", "[5]", "{ a = 1 }"], "must be a whole number");
    const LIST: Wrong = (&["5", "'a'", "true", "{ a = 1 }"], "must be a list");
    const TABLE: Wrong = (&["5", "'a'", "true", "[]", "[5]", "['a', 'b']", "[{ a = 1 }]"], "must be a table");

    const KEYS: &[(&str, Wrong, &[&str])] = &[
        (
            "",
            TEXT,
            &[
                "listen",
                "public_url",
                "data_dir",
                "database_url",
                "smtp_url",
                "mail_from",
                "redis_url",
                "secret_key",
                "previous_secret_key",
                "files",
                "jwt_issuer",
                "jwt_audience",
                "jwt_algorithm",
                "require_https",
                "tls_cert",
                "tls_key",
                "rate_limits",
                "log",
                "metrics_listen",
            ],
        ),
        ("", NUMBER, &["drain_seconds"]),
        ("", LIST, &["redirect_uris", "webhook_allow_hosts", "trusted_proxies", "cors_origins"]),
        (
            "",
            TABLE,
            &[
                "google",
                "microsoft",
                "aws",
                "api_key",
                "registration",
                "lockout",
                "lifetimes",
                "limits",
                "audit",
                "argon2",
            ],
        ),
        ("google", TEXT, &["client_id", "client_secret", "issuer_url", "tenant_id"]),
        ("microsoft", TEXT, &["client_id", "client_secret", "issuer_url", "tenant_id"]),
        ("aws", TEXT, &["access_key_id", "secret_access_key", "region", "endpoint_url"]),
        ("api_key", TEXT, &["prefix"]),
        ("registration", FLAG, &["open", "conceal"]),
        ("lockout", NUMBER, &["threshold", "release_after"]),
        (
            "lifetimes",
            NUMBER,
            &[
                "access",
                "access_remembered",
                "refresh",
                "refresh_short",
                "session",
                "verification",
                "temporary_password",
                "email_change",
                "email_undo",
                "deletion",
                "invitation",
            ],
        ),
        (
            "limits",
            NUMBER,
            &[
                "sessions_per_user",
                "mails_per_hour",
                "login_per_minute",
                "sign_up_per_minute",
                "anonymous_per_hour",
                "requests_per_minute",
            ],
        ),
        ("audit", NUMBER, &["keep_months"]),
        ("argon2", NUMBER, &["memory", "passes", "lanes"]),
    ];

    /// A key by its full name, and a file that sets it on its second line.
    fn written(section: &str, key: &str, value: &str) -> (String, String) {
        match section {
            "" => (key.to_owned(), format!("# first\n{key} = {value}")),
            _ => (format!("{section}.{key}"), format!("[{section}]\n{key} = {value}")),
        }
    }

    #[test]
    fn a_value_of_another_type_is_told_by_line_key_and_what_is_wanted() {
        for (section, (values, wanted), keys) in KEYS {
            for (key, value) in keys.iter().flat_map(|key| values.iter().map(move |value| (key, value))) {
                let (name, file) = written(section, key, value);
                let said = refusal(&file, &[]);
                let start = format!("portcullis.toml: line 2: {name}: {wanted}");
                assert!(said.starts_with(&start), "{file}\n{said}");
            }
        }
    }

    #[test]
    fn a_number_that_is_none_of_its_kind_is_told_by_its_key() {
        for (section, _, keys) in KEYS.iter().filter(|(_, wrong, _)| *wrong == NUMBER) {
            for (key, value) in keys.iter().flat_map(|key| ["-1", "9223372036854775807"].map(|value| (key, value))) {
                let (name, file) = written(section, key, value);
                let said = refusal(&file, &[]).to_lowercase();
                assert!(said.contains(&name), "{file}\n{said}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_told_beside_all_there_are() {
        for (section, ..) in KEYS {
            let known = KEYS.iter().filter(|(it, ..)| it == section).flat_map(|(.., keys)| keys.iter());
            let (name, file) = written(section, "unheard_of", "1");
            let said = refusal(&file, &[]);
            assert!(said.starts_with(&format!("portcullis.toml: line 2: {name}: there is no such key")), "{said}");
            let told = said.split('`').skip(1).step_by(2);
            let [mut known, mut told] = [known.copied().collect::<Vec<_>>(), told.collect()];
            known.sort_unstable();
            told.sort_unstable();
            assert_eq!(told, known, "{section}");
        }
    }

    #[test]
    fn it_is_found_however_it_is_written() {
        for (file, start) in [
            (
                "limits.mails_per_hour = 'x'",
                "line 1: limits.mails_per_hour: must be a whole number from 0 to 4294967295",
            ),
            ("limits = { mails_per_hour = 'x' }", "line 1: limits.mails_per_hour: "),
            ("\n\n[lockout]\n\nthreshold = -1", "line 5: lockout.threshold: must be a whole number"),
            ("[listen]\na = 1", "line 1: listen: must be a string"),
            ("[[limits]]\nmails_per_hour = 1", "line 1: limits: must be a table"),
            ("cors_origins = [\n'https://a.example',\n5]", "line 3: cors_origins[1]: must be a string"),
            ("[limit]\nx = 1", "line 1: limit: there is no such key"),
            ("listen = ", "line 1: "),
            ("listen = 'a'\nlisten = 'b'", "line 2: "),
        ] {
            let said = refusal(file, &[]);
            assert!(said.starts_with(&format!("portcullis.toml: {start}")), "{file}\n{said}");
        }
    }

    #[test]
    fn what_stands_there_is_not_repeated() {
        for file in ["secret_key = 123456789", "database_url = ['123456789']", "[google]\nclient_secret = 123456789.5"]
        {
            assert!(!refusal(file, &[]).contains("123456789"), "{file}");
        }
    }
}
