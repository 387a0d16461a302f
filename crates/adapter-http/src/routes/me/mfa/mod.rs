mod disable;
mod recovery_codes;
mod setup;
mod status;
mod verify;

pub(super) use status::MfaStatus;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(status::__path_mfa_status, status::mfa_status);
    routes.add(setup::__path_set_up_mfa, setup::set_up_mfa);
    routes.add(verify::__path_verify_mfa, verify::verify_mfa);
    routes.add(disable::__path_disable_mfa, disable::disable_mfa);
    routes.add(recovery_codes::__path_replace_recovery_codes, recovery_codes::replace_recovery_codes);
}
