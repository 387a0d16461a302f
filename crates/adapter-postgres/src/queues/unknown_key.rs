use chrono::TimeDelta;
use kernel::Time;

/// Entries that wait because they were sealed under a key that is not known here. They are looked at several times a
/// second, and told of when they begin to wait, once a minute, and when none waits any more.
#[derive(Default)]
pub struct UnknownKey {
    told: Option<Time>,
}

/// What is to be told.
#[derive(Debug, PartialEq, Eq)]
pub enum Word {
    /// So many wait.
    Wait(usize),
    /// None does any more.
    Over,
}

impl UnknownKey {
    const PAUSE: TimeDelta = TimeDelta::minutes(1);

    /// So many wait now.
    pub fn found(&mut self, entries: usize, now: Time) -> Option<Word> {
        match (entries, self.told) {
            (0, told) => {
                self.told = None;
                told.map(|_| Word::Over)
            }
            (_, Some(told)) if now - told < Self::PAUSE => None,
            _ => {
                self.told = Some(now);
                Some(Word::Wait(entries))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use super::*;

    #[test]
    fn it_is_told_at_the_begin_each_minute_and_at_the_end() {
        let mut unknown = UnknownKey::default();
        for (milliseconds, entries, word) in [
            (0, 0, None),
            (250, 3, Some(Word::Wait(3))),
            (500, 4, None),
            (60_249, 5, None),
            (60_250, 5, Some(Word::Wait(5))),
            (60_500, 5, None),
            (60_750, 0, Some(Word::Over)),
            (61_000, 0, None),
            (61_250, 1, Some(Word::Wait(1))),
        ] {
            let now = NOON + TimeDelta::milliseconds(milliseconds);
            assert_eq!(unknown.found(entries, now), word, "at {milliseconds}");
        }
    }
}
