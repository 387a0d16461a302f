mod checkpoint;
mod entry;
mod export;
mod filter;
mod list;
mod proof;
mod verify;
mod writer;

pub(super) use entry::AuditEntry;
pub(super) use filter::Wanted;

use crate::registry::Routes;

pub(super) fn routes(routes: &mut Routes) {
    routes.add(list::__path_list_audit_logs, list::list_audit_logs);
    routes.add(export::__path_export_audit_logs, export::export_audit_logs);
    routes.add(checkpoint::__path_get_audit_checkpoint, checkpoint::get_audit_checkpoint);
    routes.add(verify::__path_verify_audit_logs, verify::verify_audit_logs);
    routes.add(proof::__path_prove_audit_log, proof::prove_audit_log);
}
