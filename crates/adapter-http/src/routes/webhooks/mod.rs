mod create;
mod delete;
mod deliveries;
mod event_types;
mod get;
mod list;
mod replay;
mod rotate_secret;
mod test;
mod update;
mod webhook;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_webhooks, list::list_webhooks);
    routes.add(create::__path_create_webhook, create::create_webhook);
    routes.add(event_types::__path_list_event_types, event_types::list_event_types);
    routes.add(get::__path_get_webhook, get::get_webhook);
    routes.add(update::__path_update_webhook, update::update_webhook);
    routes.add(delete::__path_delete_webhook, delete::delete_webhook);
    routes.add(rotate_secret::__path_rotate_webhook_secret, rotate_secret::rotate_webhook_secret);
    routes.add(test::__path_test_webhook, test::test_webhook);
    routes.add(replay::__path_replay_webhook, replay::replay_webhook);
    deliveries::routes(routes);
}
