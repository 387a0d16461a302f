//! One endpoint, one file: request, response, documentation, handler. Folders are resources.

mod admin;
mod api_keys;
mod audit_logs;
mod auth;
mod camel_case;
mod compliance;
mod decisions;
mod delivery;
mod entitlements;
mod invitations;
mod lengths;
mod links;
mod me;
mod nullable;
mod operations;
mod organizations;
mod passwords;
mod permissions;
mod reservations;
mod second_factors;
mod services;
mod subscriptions;
mod team;
mod tenants;
mod times;
mod usage;
mod users;
mod views;
mod webhooks;

use crate::registry::Routes;

/// Every endpoint.
pub(crate) fn all() -> Routes {
    let mut routes = Routes::default();
    for add in [
        tenants::routes,
        auth::routes,
        camel_case::routes,
        me::routes,
        users::routes,
        organizations::routes,
        team::routes,
        invitations::routes,
        permissions::routes,
        services::routes,
        subscriptions::routes,
        entitlements::routes,
        reservations::routes,
        usage::routes,
        decisions::routes,
        audit_logs::routes,
        compliance::routes,
        webhooks::routes,
        api_keys::routes,
        admin::routes,
        operations::routes,
    ] {
        add(&mut routes);
    }
    routes
}
