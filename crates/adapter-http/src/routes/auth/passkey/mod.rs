mod options;
mod verify;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(options::__path_passkey_sign_in_options, options::passkey_sign_in_options);
    routes.add(verify::__path_passkey_sign_in, verify::passkey_sign_in);
}
