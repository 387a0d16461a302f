use kernel::{Retention, rfc3339};

use crate::support::rig::{Rig, uuid};

/// `$at` is the moment; ids and hashes begin with `a` where the row has served its purpose and with `b` where it has not.
const ROWS: &str = "
    INSERT INTO remembered (key, fingerprint, answer, expires_at)
    SELECT decode('aa' || lpad(to_hex(n), 62, '0'), 'hex'), decode(repeat('00', 32), 'hex'), '', $at
    FROM generate_series(1, 2500) n;
    INSERT INTO remembered (key, fingerprint, answer, expires_at)
    VALUES (decode(repeat('bb', 32), 'hex'), decode(repeat('00', 32), 'hex'), '', $at + interval '1 second');

    INSERT INTO mails (id, sealed, created_at, due_at, sent_at) VALUES
        (('a' || $id), NULL, $old, $old, $old),
        (('b' || $id), NULL, $old, $old, $old + interval '1 second'),
        (('c' || $id), '', $old, $old, NULL);

    INSERT INTO webhook_endpoints (id, organization_id, url, event_types, secret, status, created_at, version)
    VALUES (('a' || $id), $organization, '', '{}', '', 'enabled', $old, 0),
        (('b' || $id), $organization, '', '{}', '', 'enabled', $old, 0),
        (('c' || $id), $organization, '', '{}', '', 'disabled', $old, 0);
    INSERT INTO events (id, at, kind, scope_kind, data, relayed_at) VALUES
        (('a0' || $short), $old, '', 'installation', '{}', $old),
        (('a1' || $short), $old, '', 'installation', '{}', $old),
        (('b0' || $short), $old, '', 'installation', '{}', $old),
        (('b1' || $short), $old, '', 'installation', '{}', $old),
        (('b2' || $short), $old, '', 'installation', '{}', $old + interval '1 second'),
        (('b3' || $short), $old, '', 'installation', '{}', NULL);
    INSERT INTO webhook_deliveries (id, endpoint_id, event_id, organization_id, created_at, due_at, delivered, settled_at)
    VALUES
        (('a0' || $short), ('a' || $id), ('a1' || $short), $organization, $old, $old, true, $old),
        (('a1' || $short), ('a' || $id), ('b0' || $short), $organization, $old, $old, false, $old),
        (('b0' || $short), ('b' || $id), ('b0' || $short), $organization, $old, $old, NULL, NULL),
        (('b1' || $short), ('a' || $id), ('b1' || $short), $organization, $old, $old, true, $old + interval '1 second');

    INSERT INTO organizations (id, name, slug, created_at, deleted_at, version)
    VALUES (('d' || $id), 'Gone', 'gone', $old, $old, 0), (('e' || $id), 'Going', 'going', $old, $at, 0);
    INSERT INTO events (id, at, kind, scope_kind, data) VALUES (('c0' || $short), $old, '', 'installation', '{}');
    INSERT INTO webhook_deliveries (id, endpoint_id, event_id, organization_id, created_at, due_at) VALUES
        (('a2' || $short), ('a' || $id), ('c0' || $short), ('d' || $id), $old, $old),
        (('b2' || $short), ('b' || $id), ('c0' || $short), ('e' || $id), $old, $old),
        (('a3' || $short), ('c' || $id), ('c0' || $short), $organization, $old, $old),
        (('b3' || $short), ('c' || $id), ('b3' || $short), $organization, $old, $old + interval '1 second');
    INSERT INTO webhook_tries (delivery_id, at, took_ms, url) SELECT id, $old, 0, '' FROM webhook_deliveries;

    INSERT INTO mailed_tokens (hash, purpose, user_id, email_key, expires_at, used_at) VALUES
        (decode(repeat('a0', 32), 'hex'), '0', $user, '', $at, NULL),
        (decode(repeat('a1', 32), 'hex'), '1', $user, '', $at + interval '1 second', $at),
        (decode(repeat('b0', 32), 'hex'), '2', $user, '', $at + interval '1 second', NULL);

    INSERT INTO login_failures (email_key, failures, locked_at, last_at) VALUES
        ('a', 9, NULL, $old), ('b0', 9, NULL, $old + interval '1 second'), ('b1', 10, $old, $old);
    INSERT INTO login_failures (email_key, failures, locked_at, last_at) VALUES
        ('a code of one', 4, NULL, $old), ('code of another', 4, NULL, $old + interval '1 second');
    INSERT INTO totps (user_id, sealed, recovery_codes, confirmed_at, last_step, created_at, version)
    VALUES ($user, '', '{}', NULL, 0, $old, 0);
    INSERT INTO keys (id, user_id, maker_id, name, hash, hint, multi_factor, expires_at, created_at, text_at,
        version)
    SELECT (letter || $id), $user, $user, '', sha256(letter::bytea), '', false, expires_at, $old, $old, 0
    FROM (VALUES ('a', $old), ('b', $old + interval '1 second'), ('c', NULL)) AS keys (letter, expires_at);
    INSERT INTO key_sightings (key_id, at) SELECT id, $old FROM keys;
    INSERT INTO reservations (id, organization_id, service, meter, key, quantity, created_at, expires_at, used_after,
        remaining_after, limit_after)
    VALUES (('a' || $id), $organization, '', '', decode(repeat('a0', 32), 'hex'), 1, $old, $old, 0, 0, 0),
        (('b' || $id), $organization, '', '', decode(repeat('b0', 32), 'hex'), 1, $old, $old + interval '1 second', 0, 0, 0);
    INSERT INTO mail_allowances (whom, what, began_at, spent) VALUES
        ('a', '', $at - interval '1 hour', 3), ('b', '', $at - interval '59 minutes', 3);
    INSERT INTO signing_keys (id, algorithm, sealed, created_at, signs_from, retires_at, version) VALUES
        (('a' || $id), '', '', $old, $old, $old, 0),
        (('b' || $id), '', '', $old, $old, $old + interval '1 second', 0),
        (('c' || $id), '', '', $old, $old, NULL, 0);

    INSERT INTO sessions (id, user_id, auth_time, created_at, expires_at, access_lifetime_s, refresh_lifetime_s, ended_at,
        version)
    VALUES
        (('a0' || $short), $user, $old, $old, $old, 900, 900, NULL, 0),
        (('a1' || $short), $user, $old, $old, $at, 900, 900, $old, 0),
        (('b0' || $short), $user, $old, $old, $old + interval '1 second', 900, 900, NULL, 0),
        (('b1' || $short), $user, $old, $old, $at, 900, 900, $old + interval '1 second', 0);
    INSERT INTO session_sightings (session_id, at, address) SELECT id, $old, NULL FROM sessions;
    INSERT INTO refresh_tokens (hash, session_id, issued_at, expires_at, rotated_at, successor) VALUES
        (decode(repeat('a0', 32), 'hex'), ('b0' || $short), $old, $old, NULL, NULL),
        (decode(repeat('a1', 32), 'hex'), ('a0' || $short), $old, $old, $old, ''),
        (decode(repeat('a2', 32), 'hex'), ('a1' || $short), $old, $at, $old, ''),
        (decode(repeat('a3', 32), 'hex'), ('a1' || $short), $old, $at, NULL, NULL),
        (decode(repeat('b0', 32), 'hex'), ('b0' || $short), $old, $old, $old, ''),
        (decode(repeat('b1', 32), 'hex'), ('b0' || $short), $old, $old + interval '1 second', NULL, NULL),
        (decode(repeat('b2', 32), 'hex'), ('b1' || $short), $old, $old, $old, '');
";

#[tokio::test(flavor = "multi_thread")]
async fn retention_1_what_has_served_its_purpose_goes_and_nothing_else() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let at = rig.act().at;
    let moment = format!("'{}'::timestamptz", rfc3339(at));
    let old = format!("({moment} - interval '720 hours')");
    let rows = ROWS
        .replace("|| $id)", "|| '0000000-0000-7000-8000-000000000000')::uuid")
        .replace("|| $short)", "|| '000000-0000-7000-8000-000000000000')::uuid")
        .replace("$organization", &format!("'{}'", uuid(acme)))
        .replace("$user", &format!("'{}'", uuid(ada.id)))
        .replace("$old", &old)
        .replace("$at", &moment);
    let tables = [
        ("remembered", "encode(key, 'hex')", 2500),
        ("mails", "id::text", 1),
        ("events", "id::text", 2),
        ("webhook_deliveries", "id::text", 4),
        ("webhook_tries", "delivery_id::text", 4),
        ("mailed_tokens", "encode(hash, 'hex')", 2),
        ("refresh_tokens", "encode(hash, 'hex')", 4),
        ("sessions", "id::text", 2),
        ("session_sightings", "session_id::text", 2),
        ("login_failures", "email_key", 2),
        ("totps", "user_id::text || ' is none of them'", 0),
        ("keys", "id::text", 1),
        ("key_sightings", "key_id::text", 1),
        ("mail_allowances", "whom", 1),
        ("reservations", "id::text", 1),
        ("signing_keys", "id::text", 1),
    ];
    // What making a user mailed has a name by chance, which may begin as those of the rows do.
    rig.database.execute("DELETE FROM mailed_tokens").await;
    rig.database.execute(&rows).await;
    let mut stay = Vec::new();
    for (table, name, gone) in tables {
        let served = rig.count(&format!("{table} WHERE {name} LIKE 'a%'")).await;
        assert_eq!(served, gone, "{table}");
        stay.push(rig.count(table).await - gone);
    }

    rig.race(4, |_, store| async move { store.forget(at).await.unwrap() }).await;
    // Of several at once each leaves alone what another is at; what is left is the next one's.
    rig.stores[0].forget(at).await.unwrap();

    for ((table, name, _), stay) in tables.into_iter().zip(stay) {
        assert_eq!(rig.count(&format!("{table} WHERE {name} LIKE 'a%'")).await, 0, "{table}");
        assert_eq!(rig.count(table).await, stay, "{table}");
    }
}
