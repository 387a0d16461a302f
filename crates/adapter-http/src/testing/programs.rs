use identity::ports::MockKeys;
use identity::{Key, KeyOwner, KeyPrefixes, Label, Scopes};
use kernel::testing::{NOON, SeqIds, nth};
use kernel::{Ids, Permission, TokenHash};

use super::{acme, caller};

/// What a program presents, and how it is stored. All are of `owner`'s making.
pub(crate) struct Program {
    pub text: String,
    pub key: Key,
}

/// `key`: acme's, as good as an admin; `scoped`: acme's, to look at the team; `token`: personal, to look at the team.
pub(crate) fn program(name: &str) -> Program {
    let maker = caller("owner").unwrap().user;
    let scopes = Scopes::Only(vec![Permission::known("team.view")]);
    let (n, owner, scopes) = match name {
        "key" => (1, KeyOwner::Organization(acme()), Scopes::Admin),
        "scoped" => (2, KeyOwner::Organization(acme()), scopes),
        "token" => (3, KeyOwner::User(maker), scopes),
        _ => panic!("there is no program {name}"),
    };
    let ids = SeqIds::default();
    for _ in 0..n {
        ids.bytes();
    }
    let prefixes = KeyPrefixes::default();
    let text = prefixes.mint(&ids, owner);
    let key = Key {
        id: nth(970 + n),
        owner,
        maker,
        organization: Some(acme()),
        name: Label::parse(name).unwrap(),
        hash: TokenHash::of(text.expose()),
        hint: prefixes.hint(owner, &text),
        scopes,
        multi_factor: false,
        previous: None,
        expires_at: None,
        created_at: NOON,
        text_at: NOON,
        version: 1,
    };
    Program { text: text.expose().to_owned(), key }
}

/// They are all known.
pub(super) fn known(keys: &mut MockKeys) {
    keys.expect_by_hash().returning(|hash| {
        let all = ["key", "scoped", "token"].map(|name| program(name).key);
        Ok(all.into_iter().find(|it| it.hash == *hash))
    });
}
