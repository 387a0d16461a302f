use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Actor, Fault, OrganizationId, RoleKey};
use tenancy::ports::{Authority, MayGive, Verdict};

use crate::Node;

/// The tenancy domain's question, answered from the organization's snapshot.
pub struct SnapshotAuthority {
    /// What this node knows by heart.
    pub node: Arc<Node>,
}

#[async_trait]
impl Authority for SnapshotAuthority {
    async fn may_give(&self, organization: OrganizationId, actor: Actor, role: &RoleKey) -> Result<MayGive, Fault> {
        let snapshot = self
            .node
            .snapshot(organization)
            .await?
            .ok_or_else(|| Fault::defect("an organization that was entered is gone"))?;
        let verdict = match actor.user() {
            _ if !snapshot.has_role(role) => Verdict::NoSuchRole,
            Some(user) => snapshot.beyond(user, role).map_or(Verdict::Yes, |it| Verdict::Beyond(it.clone())),
            None => Verdict::Yes,
        };
        Ok(MayGive { version: snapshot.version(), verdict })
    }
}
