mod activate;
mod cancel;
mod change;
mod create;
mod get;
mod list;
mod resume;
mod subscription;
mod suspend;
mod when;

use subscription::Subscription;
use when::When;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(create::__path_subscribe, create::subscribe);
    routes.add(list::__path_list_subscriptions, list::list_subscriptions);
    routes.add(get::__path_get_subscription, get::get_subscription);
    routes.add(change::__path_change_subscription, change::change_subscription);
    routes.add(cancel::__path_cancel_subscription, cancel::cancel_subscription);
    routes.add(resume::__path_resume_subscription, resume::resume_subscription);
    routes.add(suspend::__path_suspend_subscription, suspend::suspend_subscription);
    routes.add(activate::__path_activate_subscription, activate::activate_subscription);
}
