pub(super) mod address;
mod change_password;
mod confirm_forgot_password;
mod csrf;
mod forgot_password;
mod jwks;
mod login;
mod logout;
mod me;
mod passkey;
mod providers;
mod recover_account;
mod refresh;
mod register;
mod resend_verification;
mod step_up;
mod switch_tenant;
mod tenants;
mod undo_email_change;
mod verify_email;

pub(super) use providers::target;

use crate::registry::{Place, Routes};

pub(super) fn routes(routes: &mut Routes) {
    routes.add(register::__path_register, register::register);
    routes.add(login::__path_login, login::login);
    routes.add(csrf::__path_csrf, csrf::csrf);
    routes.add(refresh::__path_refresh, refresh::refresh);
    routes.add(logout::__path_logout, logout::logout);
    routes.add(verify_email::__path_verify_email, verify_email::verify_email);
    routes.add(resend_verification::__path_resend_verification, resend_verification::resend_verification);
    routes.add(me::__path_me, me::me);
    routes.add(tenants::__path_my_tenants, tenants::my_tenants);
    routes.add(switch_tenant::__path_switch_tenant, switch_tenant::switch_tenant);
    routes.add(step_up::__path_step_up, step_up::step_up);
    routes.add(change_password::__path_change_password, change_password::change_password);
    routes.add(forgot_password::__path_forgot_password, forgot_password::forgot_password);
    routes
        .add(confirm_forgot_password::__path_confirm_forgot_password, confirm_forgot_password::confirm_forgot_password);
    routes.add(undo_email_change::__path_undo_email_change, undo_email_change::undo_email_change);
    routes.add(recover_account::__path_recover_account, recover_account::recover_account);
    passkey::routes(routes);
    providers::routes(routes);
    routes.add_at(Place::Root, jwks::__path_jwks, jwks::jwks);
}
