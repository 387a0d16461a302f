use diesel::table;

table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        email_key -> Text,
        username -> Text,
        username_key -> Text,
        password -> Nullable<Text>,
        verified_at -> Nullable<Timestamptz>,
        status -> Text,
        created_at -> Timestamptz,
        version -> BigInt,
        name -> Nullable<Text>,
        administrator -> Bool,
        deleted_at -> Nullable<Timestamptz>,
        avatar -> Nullable<Text>,
    }
}

table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        organization_id -> Nullable<Uuid>,
        auth_time -> Timestamptz,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        access_lifetime_s -> BigInt,
        refresh_lifetime_s -> BigInt,
        address -> Nullable<Text>,
        agent -> Nullable<Text>,
        ended_at -> Nullable<Timestamptz>,
        silent_after -> Nullable<Timestamptz>,
        version -> BigInt,
        rotates -> Bool,
        factors -> Array<Text>,
    }
}

table! {
    session_sightings (session_id) {
        session_id -> Uuid,
        at -> Timestamptz,
        address -> Nullable<Text>,
    }
}

table! {
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> Uuid,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        rotated_at -> Nullable<Timestamptz>,
        successor -> Nullable<Binary>,
        repeat_key -> Nullable<Binary>,
        sealed -> Nullable<Binary>,
        repeats -> Integer,
    }
}

table! {
    mailed_tokens (hash) {
        hash -> Binary,
        purpose -> Text,
        user_id -> Uuid,
        email_key -> Text,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        email -> Nullable<Text>,
        issued_at -> Timestamptz,
        tries -> Integer,
        slot -> Text,
    }
}

table! {
    login_failures (email_key) {
        email_key -> Text,
        failures -> Integer,
        locked_at -> Nullable<Timestamptz>,
        last_at -> Timestamptz,
    }
}

table! {
    mail_requests (id) {
        id -> Uuid,
        kind -> Text,
        email -> Text,
        email_key -> Text,
        asked_at -> Timestamptz,
        due_at -> Timestamptz,
    }
}

table! {
    mail_allowances (whom, what) {
        whom -> Text,
        what -> Text,
        began_at -> Timestamptz,
        spent -> Integer,
    }
}

table! {
    settings (singleton) {
        singleton -> Bool,
        patch -> Jsonb,
        version -> BigInt,
    }
}

table! {
    signing_keys (id) {
        id -> Uuid,
        algorithm -> Text,
        sealed -> Binary,
        created_at -> Timestamptz,
        signs_from -> Timestamptz,
        retires_at -> Nullable<Timestamptz>,
        version -> BigInt,
    }
}

table! {
    totps (user_id) {
        user_id -> Uuid,
        sealed -> Binary,
        recovery_codes -> Array<Binary>,
        confirmed_at -> Nullable<Timestamptz>,
        last_step -> BigInt,
        created_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    passkeys (id) {
        id -> Uuid,
        user_id -> Uuid,
        name -> Text,
        credential -> Binary,
        public -> Jsonb,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        version -> BigInt,
    }
}

table! {
    provider_identities (id) {
        id -> Uuid,
        user_id -> Uuid,
        provider -> Text,
        issuer -> Text,
        subject -> Text,
        email -> Nullable<Text>,
        created_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    keys (id) {
        id -> Uuid,
        organization_id -> Nullable<Uuid>,
        user_id -> Nullable<Uuid>,
        home_organization_id -> Nullable<Uuid>,
        maker_id -> Uuid,
        name -> Text,
        hash -> Binary,
        hint -> Text,
        scopes -> Nullable<Array<Text>>,
        multi_factor -> Bool,
        previous_hash -> Nullable<Binary>,
        previous_until -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        text_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    key_sightings (key_id) {
        key_id -> Uuid,
        at -> Timestamptz,
    }
}
