use std::collections::{BTreeMap, BTreeSet};

use kernel::{Touched, UserId};

/// What was said of versions that are not loaded yet.
#[derive(Debug, Default)]
pub(super) struct News(BTreeMap<i64, Vec<Touched>>);

/// What is another than at an earlier version.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Gap {
    pub rules: bool,
    pub members: Vec<UserId>,
}

impl News {
    /// Versions that are remembered; whoever is further behind reads everything.
    const MOST: usize = 128;

    pub fn hear(&mut self, version: i64, touched: &[Touched]) {
        if self.0.len() < Self::MOST {
            self.0.insert(version, touched.to_vec());
        }
    }

    pub fn forget_until(&mut self, version: i64) {
        self.0 = self.0.split_off(&(version + 1));
    }

    /// All that is said of the versions after `old`, `newest` included; `None` where one of them was not heard of.
    pub fn between(&self, old: i64, newest: i64) -> Option<Gap> {
        let mut gap = Gap::default();
        let mut members = BTreeSet::new();
        for version in old + 1..=newest {
            for touched in self.0.get(&version)? {
                match touched {
                    Touched::Rules => gap.rules = true,
                    Touched::Member(user) => {
                        members.insert(*user);
                    }
                }
            }
        }
        gap.members = members.into_iter().collect();
        Some(gap)
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::nth;

    use super::*;

    #[test]
    fn what_is_between_two_versions_is_said_of_each() {
        let mut news = News::default();
        news.hear(4, &[Touched::Member(nth(1))]);
        news.hear(6, &[Touched::Rules, Touched::Member(nth(2)), Touched::Member(nth(1))]);
        assert_eq!(news.between(3, 4), Some(Gap { rules: false, members: vec![nth(1)] }));
        assert_eq!(news.between(3, 6), None, "nothing was heard of 5");
        news.hear(5, &[]);
        assert_eq!(news.between(3, 6), Some(Gap { rules: true, members: vec![nth(1), nth(2)] }));
        news.forget_until(5);
        assert_eq!(news.between(5, 6).map(|it| it.rules), Some(true));
        assert_eq!(news.between(4, 6), None);
    }

    #[test]
    fn news_do_not_pile_up() {
        let mut news = News::default();
        for version in 0..1_000_000 {
            news.hear(version, &[Touched::Rules]);
        }
        assert_eq!(news.0.len(), News::MOST);
        assert_eq!(news.between(0, 999_999), None);
    }
}
