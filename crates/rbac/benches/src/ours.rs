use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use rbac::{Explanation, Facts, Holder, OrganizationId, Permission, Snapshot, UserId, Vocabularies};

use crate::Contender;
use crate::workload::{MemberChange, NOW, Question};

/// A snapshot for each organization, and a map to find it.
pub struct Ours {
    snapshots: HashMap<OrganizationId, Arc<Snapshot>, RandomState>,
}

impl Ours {
    fn snapshot(&self, organization: OrganizationId) -> &Snapshot {
        &self.snapshots[&organization]
    }

    #[must_use]
    pub fn explain(&self, asked: &Question) -> Explanation {
        self.snapshot(asked.organization).explain(Holder::at(asked.user, NOW), &asked.permission)
    }

    #[must_use]
    pub fn ask_found<'a>(&'a self, question: &'a Question) -> Found<'a> {
        Found(self.snapshot(question.organization), question.user, &question.permission)
    }
}

/// A question to whoever has found the snapshot already.
pub struct Found<'a>(&'a Snapshot, UserId, &'a Permission);

impl Found<'_> {
    #[must_use]
    pub fn may(&self) -> bool {
        self.0.check(Holder::at(self.1, NOW), self.2).allowed
    }
}

impl Contender for Ours {
    const NAME: &'static str = "ours";
    type Asked = Question;

    fn build(facts: Vec<Facts>) -> Self {
        let vocabularies = Vocabularies::default();
        let snapshots =
            facts.into_iter().map(|it| (it.organization, Arc::new(Snapshot::build_sharing(it, &vocabularies))));
        Self { snapshots: snapshots.collect() }
    }

    fn ask(&self, question: &Question) -> Question {
        question.clone()
    }

    fn may(&self, asked: &Question) -> bool {
        self.snapshot(asked.organization).check(Holder::at(asked.user, NOW), &asked.permission).allowed
    }

    fn change(&mut self, MemberChange { organization, after, .. }: &MemberChange) {
        let snapshot = self.snapshots.get_mut(organization).expect("there is such an organization");
        let next = snapshot.with_members(snapshot.version() + 1, &[(after.user, Some(after.clone()))]);
        *snapshot = Arc::new(next);
    }
}
