mod get;
mod list;
mod list_plans;
mod service;

pub(super) use service::{PlanView, ServiceView};

use entitlements::{Service, ServiceCode};
use kernel::{Cursor, Page, PageRequest};

use crate::App;
use crate::error::{ApiError, Kind};
use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_services, list::list_services);
    routes.add(get::__path_get_service, get::get_service);
    routes.add(list_plans::__path_list_plans, list_plans::list_plans);
}

/// The service so named, with what can be subscribed to of it.
async fn offered(app: &App, code: &str) -> Result<Service, ApiError> {
    let code = ServiceCode::parse(code).ok_or(Kind::NOT_FOUND)?;
    let service = app.catalogue.service(&code).await?;
    Ok(service.and_then(Service::offered).ok_or(Kind::NOT_FOUND)?)
}

/// A page of services. The whole catalogue is read at once; a cursor is the code of the last service told.
pub(super) fn page_of(services: Vec<Service>, PageRequest { limit, after }: PageRequest) -> Page<Service> {
    let told = after.and_then(|after| services.iter().position(|it| it.code.as_str() == after.0));
    let rest = services.into_iter().skip(told.map_or(0, |it| it + 1)).collect();
    Page::from_one_more(rest, limit, |last| Cursor(last.code.to_string()))
}
