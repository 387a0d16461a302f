//! The tables as the migrations leave them: one list, as long as there are tables, so that each is looked for in one place.

mod identity;

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

pub(crate) use identity::*;

table! {
    organizations (id) {
        id -> Uuid,
        name -> Text,
        slug -> Text,
        created_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        version -> BigInt,
        require_mfa -> Bool,
        logo -> Nullable<Text>,
        erased_at -> Nullable<Timestamptz>,
    }
}

table! {
    authorization_versions (organization_id) {
        organization_id -> Uuid,
        version -> BigInt,
    }
}

table! {
    members (organization_id, user_id) {
        organization_id -> Uuid,
        user_id -> Uuid,
        role -> Text,
        status -> Text,
        joined_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    invitations (id) {
        id -> Uuid,
        organization_id -> Uuid,
        email -> Text,
        email_key -> Text,
        role -> Text,
        token -> Binary,
        invited_by -> Uuid,
        status -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        version -> BigInt,
        key_id -> Nullable<Uuid>,
    }
}

table! {
    organization_slugs (slug) {
        slug -> Text,
        organization_id -> Uuid,
    }
}

table! {
    roles (id) {
        id -> Uuid,
        organization_id -> Uuid,
        key -> Text,
        name -> Text,
        permissions -> Array<Text>,
        inherits -> Array<Text>,
        created_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    grants (organization_id, user_id, permission) {
        organization_id -> Uuid,
        user_id -> Uuid,
        permission -> Text,
        effect -> Text,
        expires_at -> Nullable<Timestamptz>,
        granted_by -> Uuid,
        created_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    permissions (organization_id, key) {
        organization_id -> Uuid,
        key -> Text,
        description -> Text,
        created_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    services (code) {
        code -> Text,
        position -> BigInt,
        name -> Text,
        description -> Text,
        version -> BigInt,
        retired_at -> Nullable<Timestamptz>,
    }
}

table! {
    plans (service, key) {
        service -> Text,
        key -> Text,
        position -> Integer,
        name -> Text,
        version -> Integer,
        retired_at -> Nullable<Timestamptz>,
    }
}

table! {
    plan_versions (service, plan, version) {
        service -> Text,
        plan -> Text,
        version -> Integer,
        features -> Jsonb,
    }
}

table! {
    subscriptions (id) {
        id -> Uuid,
        organization_id -> Uuid,
        service -> Text,
        plan -> Text,
        started_at -> Timestamptz,
        trial_ends_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        cancelled_at -> Nullable<Timestamptz>,
        version -> BigInt,
        plan_version -> Integer,
        anchor -> Timestamptz,
        suspension -> Nullable<Jsonb>,
        next_plan -> Nullable<Text>,
        external_reference -> Nullable<Text>,
        settled_until -> Nullable<Timestamptz>,
    }
}

table! {
    meters (organization_id, service, meter) {
        organization_id -> Uuid,
        service -> Text,
        meter -> Text,
        period -> Text,
        window_start -> Timestamptz,
        used -> BigInt,
        quota -> BigInt,
        granted -> BigInt,
        carried -> BigInt,
        announced -> SmallInt,
        resting -> Jsonb,
        version -> BigInt,
    }
}

table! {
    consumptions (organization_id, service, meter, key, window_start) {
        organization_id -> Uuid,
        service -> Text,
        meter -> Text,
        window_start -> Timestamptz,
        key -> Binary,
        subscription_id -> Uuid,
        quantity -> BigInt,
        used_after -> BigInt,
        at -> Timestamptz,
        window_end -> Nullable<Timestamptz>,
        remaining_after -> BigInt,
        limit_after -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<Uuid>,
    }
}

table! {
    usage_hours (organization_id, service, meter, hour) {
        organization_id -> Uuid,
        service -> Text,
        meter -> Text,
        hour -> Timestamptz,
        used -> BigInt,
        times -> BigInt,
    }
}

table! {
    quota_grants (id) {
        id -> Uuid,
        organization_id -> Uuid,
        service -> Text,
        meter -> Text,
        amount -> BigInt,
        used -> BigInt,
        priority -> SmallInt,
        expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        version -> BigInt,
    }
}

table! {
    reservations (id) {
        id -> Uuid,
        organization_id -> Uuid,
        service -> Text,
        meter -> Text,
        key -> Binary,
        quantity -> BigInt,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
        confirmed -> Nullable<BigInt>,
        used_after -> BigInt,
        remaining_after -> BigInt,
        limit_after -> BigInt,
        resets_at -> Nullable<Timestamptz>,
    }
}

table! {
    audit_entries (id, at) {
        id -> Uuid,
        at -> Timestamptz,
        actor_kind -> Text,
        actor_id -> Nullable<Uuid>,
        actor_session -> Nullable<Uuid>,
        action -> Text,
        target_kind -> Text,
        target_id -> Text,
        scope_kind -> Text,
        scope_id -> Nullable<Uuid>,
        organization_id -> Nullable<Uuid>,
        refused -> Nullable<Text>,
        request_id -> Text,
        public -> Jsonb,
    }
}

table! {
    audit_personal (entry_id, position, at) {
        entry_id -> Uuid,
        at -> Timestamptz,
        position -> Integer,
        subject -> Nullable<Uuid>,
        key -> Text,
        before -> Jsonb,
        after -> Jsonb,
        salt -> Binary,
        commitment -> Nullable<Binary>,
    }
}

table! {
    audit_waiting (at, entry_id) {
        at -> Timestamptz,
        entry_id -> Uuid,
        organization_id -> Nullable<Uuid>,
        hash -> Nullable<Binary>,
        seal -> Nullable<Binary>,
    }
}

table! {
    audit_leaves (index) {
        index -> BigInt,
        entry_id -> Uuid,
        at -> Timestamptz,
        organization_id -> Nullable<Uuid>,
        hashes -> Binary,
    }
}

table! {
    audit_checkpoints (size) {
        size -> BigInt,
        at -> Timestamptz,
        note -> Text,
    }
}

table! {
    events (id) {
        id -> Uuid,
        at -> Timestamptz,
        kind -> Text,
        scope_kind -> Text,
        scope_id -> Nullable<Uuid>,
        data -> Jsonb,
        relayed_at -> Nullable<Timestamptz>,
    }
}

table! {
    webhook_endpoints (id) {
        id -> Uuid,
        organization_id -> Uuid,
        url -> Text,
        event_types -> Array<Text>,
        description -> Nullable<Text>,
        secret -> Binary,
        status -> Text,
        created_at -> Timestamptz,
        version -> BigInt,
        filters -> Jsonb,
        sealed_headers -> Nullable<Binary>,
        retired_secrets -> Nullable<Binary>,
    }
}

table! {
    webhook_failures (endpoint_id) {
        endpoint_id -> Uuid,
        since -> Timestamptz,
        tried_at -> Timestamptz,
    }
}

table! {
    webhook_tries (id) {
        id -> BigInt,
        delivery_id -> Uuid,
        at -> Timestamptz,
        took_ms -> BigInt,
        url -> Text,
        status -> Nullable<Integer>,
        error -> Nullable<Text>,
        response -> Nullable<Text>,
    }
}

table! {
    webhook_deliveries (id) {
        id -> Uuid,
        endpoint_id -> Uuid,
        event_id -> Uuid,
        organization_id -> Uuid,
        created_at -> Timestamptz,
        due_at -> Timestamptz,
        tries -> Integer,
        delivered -> Nullable<Bool>,
        last_status -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        settled_at -> Nullable<Timestamptz>,
    }
}

table! {
    mails (id) {
        id -> Uuid,
        sealed -> Nullable<Binary>,
        created_at -> Timestamptz,
        due_at -> Timestamptz,
        attempts -> Integer,
        sent_at -> Nullable<Timestamptz>,
    }
}

table! {
    remembered (key) {
        key -> Binary,
        fingerprint -> Binary,
        answer -> Binary,
        expires_at -> Timestamptz,
    }
}

joinable!(sessions -> users (user_id));
joinable!(refresh_tokens -> sessions (session_id));
joinable!(session_sightings -> sessions (session_id));
joinable!(key_sightings -> keys (key_id));
joinable!(invitations -> organizations (organization_id));
joinable!(authorization_versions -> organizations (organization_id));
joinable!(members -> organizations (organization_id));
joinable!(members -> users (user_id));
joinable!(plans -> services (service));
joinable!(webhook_deliveries -> events (event_id));

allow_tables_to_appear_in_same_query!(users, sessions, refresh_tokens, organizations, authorization_versions, members,);
allow_tables_to_appear_in_same_query!(sessions, session_sightings);
allow_tables_to_appear_in_same_query!(keys, key_sightings);
allow_tables_to_appear_in_same_query!(keys, users);
allow_tables_to_appear_in_same_query!(keys, organizations);
allow_tables_to_appear_in_same_query!(invitations, organizations);
allow_tables_to_appear_in_same_query!(invitations, members);
allow_tables_to_appear_in_same_query!(organizations, organization_slugs);
allow_tables_to_appear_in_same_query!(organizations, subscriptions);
allow_tables_to_appear_in_same_query!(services, plans, plan_versions);
allow_tables_to_appear_in_same_query!(webhook_deliveries, events);
allow_tables_to_appear_in_same_query!(audit_entries, audit_leaves, audit_waiting);
