mod delete;
mod list;
mod options;
mod passkey;
mod register;

pub(super) use passkey::MyPasskey;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_passkeys, list::list_passkeys);
    routes.add(options::__path_passkey_options, options::passkey_options);
    routes.add(register::__path_register_passkey, register::register_passkey);
    routes.add(delete::__path_delete_passkey, delete::delete_passkey);
}
