mod login;
mod logout;
mod me;
mod refresh;
mod register;
mod tenants;
mod verify_email;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(register::__path_register, register::register);
    routes.add(login::__path_login, login::login);
    routes.add(refresh::__path_refresh, refresh::refresh);
    routes.add(logout::__path_logout, logout::logout);
    routes.add(verify_email::__path_verify_email, verify_email::verify_email);
    routes.add(me::__path_me, me::me);
    routes.add(tenants::__path_my_tenants, tenants::my_tenants);
}
