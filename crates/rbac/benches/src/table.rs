use std::collections::HashMap;

use foldhash::fast::RandomState;
use rbac::{Facts, Holder, OrganizationId, Permission, Snapshot, UserId, system};

use crate::Contender;
use crate::workload::{MemberChange, NOW, Question};

/// What each member may, as bits in one table: no roles, no reasons, no end of a grant. Nothing that answers from a table of all
/// members is quicker, so it tells what the machine can do.
pub struct Table {
    bits: HashMap<Permission, usize, RandomState>,
    members: HashMap<(OrganizationId, UserId), [u64; 4], RandomState>,
    /// Without members, to compile changes by.
    facts: HashMap<OrganizationId, Facts>,
}

impl Table {
    fn put(&mut self, facts: Facts) {
        let organization = facts.organization;
        let users: Vec<UserId> = facts.members.iter().map(|it| it.user).collect();
        let snapshot = Snapshot::build(facts);
        for user in users {
            let mut held = [0; 4];
            for permission in snapshot.permissions_of(Holder::at(user, NOW)) {
                let bit = self.bits[permission];
                held[bit / 64] |= 1 << (bit % 64);
            }
            self.members.insert((organization, user), held);
        }
    }
}

impl Contender for Table {
    const NAME: &'static str = "table";
    type Asked = Question;

    fn build(facts: Vec<Facts>) -> Self {
        let mut table =
            Self { bits: HashMap::default(), members: HashMap::default(), facts: HashMap::with_capacity(facts.len()) };
        for it in facts {
            for permission in system::PERMISSIONS.iter().map(|(it, _)| it).chain(&it.rules.permissions) {
                let next = table.bits.len();
                table.bits.entry(permission.clone()).or_insert(next);
            }
            table.facts.insert(it.organization, Facts { members: Vec::new(), ..it.clone() });
            table.put(it);
        }
        table
    }

    fn ask(&self, question: &Question) -> Question {
        question.clone()
    }

    fn may(&self, asked: &Question) -> bool {
        let Some(bit) = self.bits.get(&asked.permission) else { return false };
        let held = self.members.get(&(asked.organization, asked.user));
        held.is_some_and(|it| it[bit / 64] & (1 << (bit % 64)) != 0)
    }

    fn change(&mut self, MemberChange { organization, after, .. }: &MemberChange) {
        let members = vec![after.clone()];
        self.put(Facts { members, ..self.facts[organization].clone() });
    }
}
