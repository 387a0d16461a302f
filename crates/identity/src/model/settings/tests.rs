use serde_json::from_value;

use super::*;

fn patch(json: Value) -> SettingsPatch {
    from_value(json).unwrap()
}

fn applied(json: Value) -> Result<Settings, Problems> {
    patch(json).apply(&Settings::default())
}

/// One setting, nested as it is sent.
fn one(name: &str, value: &Value) -> Value {
    let (group, field) = name.split_once('.').unwrap();
    json!({group: {field: value}})
}

fn fields(problems: &Problems) -> Vec<String> {
    problems.iter().map(|(field, _)| field.to_owned()).collect()
}

/// Every setting that has bounds, with its most.
fn bounded() -> Vec<(String, i64)> {
    let longest = |name: &str| if name.starts_with("access") { 604_800 } else { 315_360_000 };
    let lifetimes = LifetimesPatch::NAMES.iter().map(|it| (format!("lifetimes.{it}"), longest(it)));
    let others = [
        ("lockout.threshold", 100),
        ("lockout.release_after", 31_536_000),
        ("limits.sessions_per_user", 10_000),
        ("limits.mails_per_hour", 1_000),
    ];
    others.map(|(name, most)| (name.to_owned(), most)).into_iter().chain(lifetimes).collect()
}

#[test]
fn each_bound_holds_and_is_told_by_name() {
    assert_eq!(bounded().len(), 14);
    for (name, most) in bounded() {
        for good in [1, most] {
            assert!(applied(one(&name, &json!(good))).is_ok(), "{name} {good}");
        }
        for bad in [0, most + 1] {
            let problems = applied(one(&name, &json!(bad))).unwrap_err();
            assert_eq!(fields(&problems), [name.as_str()], "{bad}");
            let sentence = &problems.iter().next().unwrap().1[0];
            assert!(sentence.starts_with(&format!("The field must be 1 to {most}")), "{sentence}");
        }
    }
    for extreme in [i64::MAX, i64::MIN] {
        assert!(applied(one("lockout.release_after", &json!(extreme))).is_err());
        assert!(applied(one("lifetimes.access", &json!(extreme))).is_err());
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_nothing_of_it_counts() {
    let wrong = json!({"lockout": {"threshold": 0, "release_after": -1}, "limits": {"mails_per_hour": 0},
        "lifetimes": {"access": 0, "session": 0}, "registration": {"open": false}});
    let expected = [
        "lifetimes.access",
        "lifetimes.session",
        "limits.mails_per_hour",
        "lockout.release_after",
        "lockout.threshold",
    ];
    assert_eq!(fields(&applied(wrong).unwrap_err()), expected);
}

#[test]
fn each_setting_is_its_own() {
    let every = json!({
        "registration": {"open": false, "conceal": true},
        "lockout": {"threshold": 3, "release_after": 60},
        "limits": {"sessions_per_user": 4, "mails_per_hour": 5},
        "lifetimes": {"access": 11, "access_remembered": 12, "refresh": 13, "refresh_short": 14, "session": 15,
            "verification": 16, "temporary_password": 17, "email_change": 18, "email_undo": 19, "deletion": 20},
    });
    let seconds = TimeDelta::seconds;
    let expected = Settings {
        registration: Registration { open: false, conceal: true },
        lockout: Lockout { threshold: 3, release_after: Some(seconds(60)) },
        limits: Limits { sessions_per_user: 4, mails_per_hour: 5 },
        lifetimes: Lifetimes {
            access: seconds(11),
            access_remembered: seconds(12),
            refresh: seconds(13),
            refresh_short: seconds(14),
            session: seconds(15),
            verification: seconds(16),
            temporary_password: seconds(17),
            email_change: seconds(18),
            email_undo: seconds(19),
            deletion: seconds(20),
        },
    };
    assert_eq!(applied(every.clone()).unwrap(), expected);
    assert_eq!(serde_json::to_value(patch(every.clone())).unwrap(), every, "and is stored as it was sent");
    // Each alone changes itself alone.
    for (group, fields) in every.as_object().unwrap() {
        for (field, value) in fields.as_object().unwrap() {
            let mut whole = serde_json::to_value(of(&Settings::default())).unwrap();
            whole[group][field] = value.clone();
            let alone = applied(json!({group: {field: value}})).unwrap();
            assert_eq!(serde_json::to_value(of(&alone)).unwrap(), whole, "{group}.{field}");
        }
    }
}

/// The patch that says all that the settings say.
fn of(settings: &Settings) -> SettingsPatch {
    SettingsPatch {
        registration: RegistrationPatch {
            open: Some(settings.registration.open),
            conceal: Some(settings.registration.conceal),
        },
        lockout: LockoutPatch {
            threshold: Some(settings.lockout.threshold),
            release_after: Some(settings.lockout.release_after.map(|it| it.num_seconds())),
        },
        lifetimes: settings.lifetimes.as_patch(),
        limits: LimitsPatch {
            sessions_per_user: Some(settings.limits.sessions_per_user),
            mails_per_hour: Some(settings.limits.mails_per_hour),
        },
    }
}

#[test]
fn what_is_absent_stays_as_configured() {
    let configured = applied(json!({"registration": {"open": false}, "lockout": {"release_after": 60}})).unwrap();
    assert_eq!(SettingsPatch::default().apply(&configured).unwrap(), configured);
    assert_eq!(of(&configured).apply(&Settings::default()).unwrap(), configured);
}

#[test]
fn null_is_never_and_absent_is_as_configured() {
    let configured = applied(json!({"lockout": {"release_after": 60}})).unwrap();
    let after = |json: Value| patch(json).apply(&configured).unwrap().lockout.release_after;
    assert_eq!(after(json!({"lockout": {"release_after": null}})), None);
    assert_eq!(after(json!({"lockout": {}})), Some(TimeDelta::seconds(60)));
    let null = json!({"registration": {}, "lockout": {"release_after": null}, "lifetimes": {}, "limits": {}});
    assert_eq!(serde_json::to_value(patch(null.clone())).unwrap(), null, "null is stored as null");
}

#[test]
fn what_is_not_a_setting_is_an_error() {
    for wrong in [
        json!({"lockouts": {}}),
        json!({"lockout": {"treshold": 3}}),
        json!({"lifetimes": {"acces": 3}}),
        json!({"registration": {"open": "yes"}}),
        json!({"limits": {"mails_per_hour": -1}}),
    ] {
        assert!(from_value::<SettingsPatch>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn the_newer_patch_wins_where_it_says_something() {
    let older = json!({"registration": {"open": false}, "lockout": {"threshold": 3, "release_after": 60},
        "lifetimes": {"access": 11}, "limits": {"mails_per_hour": 5}});
    let newer = json!({"registration": {"conceal": true}, "lockout": {"threshold": 4, "release_after": null},
        "lifetimes": {"access": 12, "refresh": 13}, "limits": {"sessions_per_user": 6}});
    let both = json!({"registration": {"open": false, "conceal": true},
        "lockout": {"threshold": 4, "release_after": null}, "lifetimes": {"access": 12, "refresh": 13},
        "limits": {"mails_per_hour": 5, "sessions_per_user": 6}});
    assert_eq!(patch(older.clone()).or(patch(newer.clone())), patch(both));
    let all = of(&Settings::default());
    for patch in [patch(older), patch(newer)] {
        assert_eq!(patch.clone().or(SettingsPatch::default()), patch);
        assert_eq!(SettingsPatch::default().or(patch.clone()), patch);
        assert_eq!(patch.or(all.clone()), all, "what says everything leaves nothing");
    }
}

#[test]
fn the_trail_always_tells_the_same_fields() {
    let record = |patch: SettingsPatch| StoredSettings { patch, version: 0 }.record();
    let keys = |details: &[Detail]| details.iter().map(|it| it.key.to_string()).collect::<Vec<_>>();
    let (nothing, all) = (record(SettingsPatch::default()), record(of(&Settings::default())));
    assert_eq!(keys(&nothing), keys(&all));
    assert_eq!(keys(&nothing).len(), bounded().len() + 2);
    assert!(bounded().iter().all(|(name, _)| keys(&nothing).contains(name)));
    assert!(nothing.iter().all(|it| it.after == Value::Null && it.personal.is_none()));
    assert!(all.iter().all(|it| it.after != Value::Null));
    let never = record(patch(json!({"lockout": {"release_after": null}})));
    assert!(never.iter().any(|it| it.key == "lockout.release_after" && it.after == "never"), "{never:?}");
}
