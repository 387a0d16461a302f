mod entry;
mod list;

pub(super) use entry::AuditEntry;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_audit_logs, list::list_audit_logs);
}
