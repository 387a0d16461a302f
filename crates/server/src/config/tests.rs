use super::*;

pub fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, BadConfig> {
    let environment = environment.iter().map(|(key, value)| ((*key).into(), (*value).into()));
    Config::from_parts(File::parse(Path::new("portcullis.toml"), file)?, Environment::of(environment)?)
}

pub fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).unwrap_err().to_string()
}

#[test]
fn nothing_set_gives_the_contracts_defaults() {
    let config = load("", &[("PATH", "/bin"), ("HOME", "/")]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url, "http://127.0.0.1:8080");
    assert_eq!(config.data_dir, Path::new(".portcullis"));
    assert_eq!(config.jwt_issuer, "portcullis");
    assert_eq!((config.settings, config.jwt_algorithm), (Settings::default(), Algorithm::Hs256));
}

#[test]
fn the_environment_wins_over_the_file() {
    let config = load("listen = '127.0.0.1:1'\njwt_issuer = 'file'", &[("PORTCULLIS_LISTEN", "127.0.0.1:2")]).unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.jwt_issuer, "file");
}

#[test]
fn what_may_change_while_it_runs_begins_with_the_file() {
    let file = "[lockout]\nrelease_after = 900\n[registration]\nconceal = true\n[lifetimes]\naccess = 60";
    let config = load(file, &[("JWT_ALGORITHM", "EdDSA")]).unwrap();
    assert_eq!(config.settings.lockout.release_after, Some(TimeDelta::minutes(15)));
    assert!(config.settings.registration.conceal && config.settings.registration.open);
    assert_eq!(config.settings.lifetimes.access, TimeDelta::minutes(1));
    assert_eq!(config.jwt_algorithm, Algorithm::EdDsa);
}

#[test]
fn requests_are_limited_as_the_file_says_or_not_at_all() {
    let config = load("", &[]).unwrap();
    assert_eq!((config.rate_limits, config.limits), (true, LimitTable::default()));
    let file = "rate_limits = 'off'\n[limits]\nrequests_per_minute = 60\nmails_per_hour = 7";
    let config = load(file, &[]).unwrap();
    assert_eq!((config.rate_limits, config.settings.limits.mails_per_hour), (false, 7));
    assert_eq!(config.limits, LimitTable { requests_per_minute: 60, ..LimitTable::default() });
    assert!(load(file, &[("PORTCULLIS_RATE_LIMITS", "on")]).unwrap().rate_limits);
    assert!(refusal("[limits]\nrequests_per_hour = 60", &[]).contains("requests_per_hour"));
}

#[test]
fn an_address_suggests_a_name() {
    for (email, name) in [("ada.lovelace@x.org", "ada_lovelace"), ("a@x.org", "a_admin"), ("@", "_admin")] {
        assert_eq!(Administrator::username(email), name);
    }
}

#[test]
fn what_is_unknown_is_named() {
    assert!(refusal("", &[("PORTCULLIS_LISTNE", "x")]).contains("PORTCULLIS_LISTNE"));
    assert!(refusal("listne = 'x'", &[]).contains("listne"));
    assert!(refusal("[lifetimes]\nacces = 1", &[]).contains("acces"));
}

#[test]
fn what_is_bad_is_named() {
    assert!(refusal("", &[("PORTCULLIS_LISTEN", "8080")]).contains("PORTCULLIS_LISTEN"));
    assert!(refusal("", &[("PORTCULLIS_PUBLIC_URL", "example.com")]).contains("PORTCULLIS_PUBLIC_URL"));
    assert!(refusal("", &[("JWT_AUDIENCE", " ")]).contains("JWT_AUDIENCE"));
    assert!(refusal("[lifetimes]\naccess = 0", &[]).contains("lifetimes.access"));
    assert!(refusal("", &[("PORTCULLIS_RATE_LIMITS", "no")]).contains("PORTCULLIS_RATE_LIMITS"));
    for name in ["login_per_minute", "sign_up_per_minute", "anonymous_per_hour", "requests_per_minute"] {
        for number in [0_i64, -1, 1_000_001, 4_294_967_297] {
            assert!(refusal(&format!("[limits]\n{name} = {number}"), &[]).contains(&format!("limits.{name}")));
        }
    }
    assert!(refusal("listen = 5", &[]).contains("portcullis.toml"));
    assert!(refusal("jwt_issuer = 'x'\nlisten = 5", &[]).contains("line 2"));
    assert!(refusal("[audit]\nkeep_months = 0", &[]).contains("audit.keep_months"));
    assert!(refusal("[argon2]\nmemory = 8", &[]).contains("argon2.memory"));
    assert!(refusal("[argon2]\npasses = 1", &[]).contains("argon2.passes"));
    assert!(refusal("", &[("PORTCULLIS_WEBHOOK_ALLOW_HOSTS", "a.internal,http://x/")]).contains("ALLOW_HOSTS"));
    assert!(refusal("", &[("PORTCULLIS_WEBHOOK_ALLOW_HOSTS", "x\\y")]).contains("ALLOW_HOSTS"));
    let twice = [("PORTCULLIS_LISTEN", "127.0.0.1:9090"), ("PORTCULLIS_METRICS_LISTEN", "127.0.0.1:9090")];
    assert!(refusal("", &twice).starts_with("PORTCULLIS_METRICS_LISTEN"));
    assert!(refusal("", &[("JWT_ALGORITHM", "none")]).contains("JWT_ALGORITHM"));
    assert!(refusal("[lockout]\nthreshold = 0", &[]).contains("lockout.threshold"));
    assert!(refusal("[limits]\nsessions = 5", &[]).contains("sessions"));
    assert!(refusal("[lifetimes]\ninvitation = 0", &[]).contains("lifetimes.invitation"));
    assert!(refusal("", &[("PORTCULLIS_ADMIN_EMAIL", "a@b.co")]).contains("PORTCULLIS_ADMIN_PASSWORD"));
}

#[tokio::test]
async fn what_only_its_part_understands_is_tried_on_it() {
    let refused = |environment: &[(&str, &str)]| check(&load("", environment).unwrap()).unwrap_err().to_string();
    assert!(refused(&[("PORTCULLIS_MAIL_FROM", "xx")]).contains("PORTCULLIS_MAIL_FROM"));
    assert!(refused(&[("SMTP_URL", "http://x")]).contains("SMTP_URL"));
    let key = ("SECRET_KEY", "9f2c1f0be3a7d45860712bd94c8e55aa61d0b3f7");
    assert!(refused(&[("DATABASE_URL", "mysql://u:hunter2@h/d"), key]).contains("DATABASE_URL"));
    assert!(refused(&[("SECRET_KEY", "changeme")]).contains("SECRET_KEY"));
    let weak = [("PORTCULLIS_ADMIN_EMAIL", "ada@x.org"), ("PORTCULLIS_ADMIN_PASSWORD", "Password12345678!")];
    let said = refused(&weak);
    assert!(said.contains("PORTCULLIS_ADMIN_PASSWORD") && !said.contains("12345678"));
    assert!(check(&load("", &[key]).unwrap()).is_ok());
}

#[test]
fn a_database_of_ones_own_needs_the_secret_too() {
    let config = load("", &[("DATABASE_URL", "postgres://u:hunter2@h/d")]).unwrap();
    let said = check_secret(&config).unwrap_err().to_string();
    assert!(said.contains("SECRET_KEY") && !said.contains("hunter2"));
}
