use std::collections::HashSet;

use kernel::EmailAddress;
use kernel::testing::{NOON, act, nth};
use proptest::prelude::*;

use super::*;
use crate::testing::johndoe;
use crate::world::{code, recovery_code, seconds, totp};

/// Seconds since 1970 and the code's eight digits: RFC 6238, appendix B, SHA-1.
const VECTORS: [(i64, &str); 6] = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
];

fn moment(seconds: i64) -> Time {
    Time::from_timestamp(seconds, 0).unwrap()
}

fn step(at: Time) -> i64 {
    at.timestamp() / 30
}

fn given(code: &str) -> Code {
    Code::Totp(Secret::new(code))
}

/// The step that is used up, where the code of one moment is given at another.
fn used_up(totp: &Totp, of: Time, at: Time) -> Option<i64> {
    match totp.judge(&Code::Totp(code(of)), at) {
        Judged::Right(left) => Some(left.last_step),
        Judged::Used | Judged::Wrong => None,
    }
}

#[test]
fn codes_are_those_of_rfc_6238() {
    for (at, digits) in VECTORS {
        let Judged::Right(left) = totp().judge(&given(&digits[2..]), moment(at)) else { panic!("{digits}") };
        assert_eq!(left, Totp { last_step: at / 30, ..totp() }, "nothing else changes");
        assert_eq!(totp().judge(&given(&digits[..6]), moment(at)), Judged::Wrong, "{digits}");
    }
}

#[test]
fn a_code_counts_one_step_before_and_after_its_own() {
    for (off, counts) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let of = seconds(30 * off);
        assert_eq!(used_up(&totp(), of, NOON), counts.then(|| step(of)), "{off}");
        // From the first second of a step to its last.
        assert_eq!(used_up(&totp(), of, seconds(29)), counts.then(|| step(of)), "{off}");
    }
}

#[test]
fn a_code_counts_once_and_none_before_it_after_it() {
    let Judged::Right(left) = totp().judge(&Code::Totp(code(NOON)), NOON) else { panic!() };
    for (of, at) in [(0, 0), (0, 29), (0, 59), (-30, 0)] {
        assert_eq!(left.judge(&Code::Totp(code(seconds(of))), seconds(at)), Judged::Used, "{of} {at}");
    }
    assert_eq!(used_up(&left, seconds(30), NOON), Some(step(NOON) + 1));
    assert_eq!(left.judge(&given("000000"), NOON), Judged::Wrong, "a wrong one stays wrong");
}

#[test]
fn what_is_not_six_digits_is_wrong() {
    let right = code(NOON);
    let right = right.expose();
    let wide: String = right.bytes().map(|it| char::from_u32(0xFF10 + u32::from(it - b'0')).unwrap()).collect();
    let (head, tail) = right.split_at(3);
    for bad in [
        format!(" {right}"),
        format!("{right} "),
        format!("{right}\n"),
        format!("{head} {tail}"),
        format!("{head}-{tail}"),
        format!("0{right}"),
        right[..5].to_owned(),
        format!("{right}0"),
        format!("+{}", &right[1..]),
        wide,
        "\u{0661}\u{0662}\u{0663}".to_owned(),
        String::new(),
        "1".repeat(1 << 16),
    ] {
        assert_eq!(totp().judge(&given(&bad), NOON), Judged::Wrong, "{bad:.20}");
    }
    assert!(matches!(totp().judge(&given(right), NOON), Judged::Right(_)));
}

#[test]
fn before_1970_and_with_a_broken_secret_no_code_is_right() {
    assert_eq!(totp().judge(&Code::Totp(code(NOON)), moment(-1)), Judged::Wrong);
    for broken in ["", "not base32!", "GEZDGNBV"] {
        let totp = Totp { secret: Secret::new(broken), ..totp() };
        assert_eq!(totp.judge(&Code::Totp(code(NOON)), NOON), Judged::Wrong, "{broken}");
    }
}

#[test]
fn a_recovery_code_counts_once_however_it_is_typed() {
    let typed = ["abcd-abcd-abcd-abcp", "ABCDABCDABCDABCP", " abcd abcd abcd abcp ", "Abcd-abcdAbcd  abcp\t"];
    for text in typed {
        let Judged::Right(left) = totp().judge(&Code::Recovery(Secret::new(text)), NOON) else { panic!("{text}") };
        assert_eq!(left, Totp { recovery_codes: totp().recovery_codes[1..].to_vec(), ..totp() });
        for again in typed {
            assert_eq!(left.judge(&Code::Recovery(Secret::new(again)), NOON), Judged::Wrong);
        }
        assert!(matches!(left.judge(&Code::Recovery(recovery_code(1)), NOON), Judged::Right(_)));
    }
}

#[test]
fn no_code_stands_for_one_of_the_other_kind_nor_a_strangers_for_ones_own() {
    let (_, strangers) = Totp::generate(&act(), nth(77));
    let wrong = [
        Code::Recovery(strangers[0].clone()),
        Code::Recovery(code(NOON)),
        Code::Totp(recovery_code(0)),
        Code::Recovery(Secret::new("")),
        Code::Recovery(Secret::new("----")),
        Code::Recovery(Secret::new("abcd-abcd-abcd-abc")),
    ];
    for code in wrong {
        assert_eq!(totp().judge(&code, NOON), Judged::Wrong, "{code:?}");
    }
}

#[test]
fn what_is_made_waits_to_be_confirmed_and_is_made_of_160_bits() {
    let act = act();
    let (made, codes) = Totp::generate(&act, nth(50));
    assert!(!made.is_on() && totp().is_on());
    assert_eq!((made.user, made.created_at, made.last_step, made.version), (nth(50), NOON, 0, 0));
    assert_eq!(made.secret.expose().len() * 5, 160);
    assert_eq!(codes.len(), Totp::RECOVERY_CODES);
    let hashes: HashSet<_> = made.recovery_codes.iter().map(|it| *it.as_bytes()).collect();
    assert_eq!(hashes.len(), codes.len());
    for code in &codes {
        let groups: Vec<_> = code.expose().split('-').collect();
        assert!(groups.len() == 4 && groups.iter().all(|it| it.len() == 4), "{groups:?}");
        assert!(matches!(made.judge(&Code::Recovery(code.clone()), NOON), Judged::Right(_)));
    }
    let (other, _) = Totp::generate(&act, nth(50));
    assert_ne!(made.secret, other.secret);
}

#[test]
fn the_uri_says_secret_issuer_and_account() {
    let uri = totp().uri("Acme & Co", &johndoe(nth(50))).unwrap();
    assert_eq!(
        uri.expose(),
        "otpauth://totp/Acme%20%26%20Co:user%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%26%20Co"
    );
}

#[test]
fn the_uri_is_read_back_whatever_issuer_and_address_hold() {
    for (issuer, told) in
        [("Portcullis", "Portcullis"), ("auth.test:8080", "auth.test 8080"), ("A&secret=B#?", "A&secret=B#?")]
    {
        for email in ["user@example.com", "a&b+c%41@example.com", "a#b?c=d@example.com"] {
            let user = User { email: EmailAddress::parse(email).unwrap(), ..johndoe(nth(50)) };
            let uri = totp().uri(issuer, &user).unwrap();
            let read = Generator::from_url(uri.expose()).unwrap();
            assert_eq!((read.issuer(), read.account_name()), (Some(told), email), "{}", uri.expose());
            assert_eq!(read.secret().to_base32(), totp().secret.expose());
            assert_eq!((read.digits(), read.step(), read.algorithm()), (6, 30, totp_rs::Algorithm::SHA1));
        }
    }
    assert_eq!(Totp { secret: Secret::new("?"), ..totp() }.uri("Portcullis", &johndoe(nth(50))), None);
}

#[test]
fn the_audit_log_is_told_no_secret() {
    let told = format!("{:?} {:?}", totp().record(), totp());
    assert!(!told.contains("GEZDGNBV"));
}

proptest! {
    /// However the clock goes and whatever is given, no step counts that is not after the last one.
    #[test]
    fn steps_only_go_on(last in -3i64..4, of in -90i64..120, at in -60i64..90) {
        let before = Totp { last_step: step(NOON) + last, ..totp() };
        match before.judge(&Code::Totp(code(seconds(of))), seconds(at)) {
            Judged::Right(left) => {
                prop_assert!(left.last_step > before.last_step);
                prop_assert!((left.last_step - step(seconds(at))).abs() <= 1);
                prop_assert_eq!(left.last_step, step(seconds(of)));
            }
            Judged::Used => prop_assert!(step(seconds(of)) <= before.last_step),
            Judged::Wrong => prop_assert!((step(seconds(of)) - step(seconds(at))).abs() > 1),
        }
    }

    #[test]
    fn nothing_that_is_typed_breaks_it(text in "\\PC*") {
        prop_assert_eq!(totp().judge(&Code::Recovery(Secret::new(text.clone())), NOON), Judged::Wrong);
        let _ = totp().judge(&given(&text), NOON);
    }
}
