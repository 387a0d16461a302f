mod change_email;
mod confirm_email;
mod delete;
mod device;
mod end_session;
mod export;
mod get_avatar;
mod get_profile;
mod identities;
mod list_sessions;
mod mfa;
mod passkeys;
mod profile;
mod remove_avatar;
mod revoke_all_sessions;
mod set_avatar;
mod tokens;
mod update_profile;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(get_profile::__path_get_profile, get_profile::get_profile);
    routes.add(update_profile::__path_update_profile, update_profile::update_profile);
    routes.add(get_avatar::__path_get_avatar, get_avatar::get_avatar);
    routes.add(set_avatar::__path_set_avatar, set_avatar::set_avatar);
    routes.add(remove_avatar::__path_remove_avatar, remove_avatar::remove_avatar);
    routes.add(change_email::__path_change_email, change_email::change_email);
    routes.add(confirm_email::__path_confirm_email, confirm_email::confirm_email);
    routes.add(list_sessions::__path_list_sessions, list_sessions::list_sessions);
    routes.add(end_session::__path_end_session, end_session::end_session);
    routes.add(revoke_all_sessions::__path_revoke_all_sessions, revoke_all_sessions::revoke_all_sessions);
    routes.add(export::__path_export, export::export);
    routes.add(delete::__path_delete_account, delete::delete_account);
    mfa::routes(routes);
    passkeys::routes(routes);
    identities::routes(routes);
    tokens::routes(routes);
}
