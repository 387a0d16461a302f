use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use foldhash::fast::RandomState;
use kernel::Permission;

/// Where a permission stands: its bit in every set.
pub(super) type Bit = u16;

/// The permissions an organization knows, each with its place.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// In order.
    pub permissions: Box<[Permission]>,
    index: HashMap<Permission, Bit, RandomState>,
}

impl Vocabulary {
    fn of(permissions: Vec<Permission>) -> Self {
        let index = (0..).zip(&permissions).map(|(bit, it)| (it.clone(), bit)).collect();
        Self { permissions: permissions.into(), index }
    }

    pub fn bit(&self, permission: &Permission) -> Option<Bit> {
        self.index.get(permission).copied()
    }

    pub fn permission(&self, bit: Bit) -> &Permission {
        &self.permissions[usize::from(bit)]
    }
}

/// The vocabularies in use: most organizations have the same, and then it is kept once.
#[derive(Debug, Default)]
pub struct Vocabularies(Mutex<Vec<Weak<Vocabulary>>>);

impl Vocabularies {
    /// How many different ones are looked through: who declares permissions of their own pays for themselves.
    const SHARED: usize = 64;

    pub(super) fn share(&self, mut permissions: Vec<Permission>) -> Arc<Vocabulary> {
        permissions.sort_unstable();
        permissions.dedup();
        permissions.truncate(usize::from(Bit::MAX));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = kept.iter().filter_map(Weak::upgrade).find(|it| *it.permissions == *permissions) {
            return shared;
        }
        let vocabulary = Arc::new(Vocabulary::of(permissions));
        kept.retain(|it| it.strong_count() > 0);
        if kept.len() < Self::SHARED {
            kept.push(Arc::downgrade(&vocabulary));
        }
        vocabulary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{AUDIT_VIEW, TEAM_VIEW};

    #[test]
    fn equal_vocabularies_are_one() {
        let all = Vocabularies::default();
        let one = all.share(vec![TEAM_VIEW, AUDIT_VIEW, TEAM_VIEW]);
        assert_eq!(*one.permissions, [AUDIT_VIEW, TEAM_VIEW]);
        assert!(Arc::ptr_eq(&one, &all.share(vec![AUDIT_VIEW, TEAM_VIEW])));
        assert!(!Arc::ptr_eq(&one, &all.share(vec![AUDIT_VIEW])));
        assert_eq!(one.bit(&TEAM_VIEW), Some(1));
    }

    #[test]
    fn what_nobody_uses_any_more_is_forgotten() {
        let all = Vocabularies::default();
        for n in 0..200 {
            drop(all.share(vec![Permission::parse(&format!("hives.open_{n}")).unwrap()]));
        }
        assert!(all.0.lock().unwrap().len() <= 1);
    }
}
