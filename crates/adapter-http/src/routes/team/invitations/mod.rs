mod cancel;
mod list;
mod resend;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_invitations, list::list_invitations);
    routes.add(resend::__path_resend_invitation, resend::resend_invitation);
    routes.add(cancel::__path_cancel_invitation, cancel::cancel_invitation);
}
