use chrono::TimeDelta;

/// How many tries to an endpoint may be under way at once as long as it is not known to take anything.
pub const FIRST_PLACES: u16 = 1;

/// How many may be after one has ended, where there could be `places`: one more where it was taken, `took` being how long
/// that was, `most` at most; as at first where it was not. Who takes long gets fewer, so that none holds many places for long.
/// Nor do they get more where this one `overtook` another that is still under way: that one may hang.
#[must_use]
pub fn places(places: u16, took: Option<TimeDelta>, overtook: bool, most: u16) -> u16 {
    let Some(took) = took else { return FIRST_PLACES };
    let seconds = u16::try_from((took.num_milliseconds().max(0) - 1) / 1_000 + 1).unwrap_or(u16::MAX).max(1);
    (places + u16::from(!overtook)).min(most / seconds).max(FIRST_PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(tries: &[Option<i64>]) -> u16 {
        tries.iter().fold(FIRST_PLACES, |had, took| places(had, took.map(TimeDelta::milliseconds), false, 8))
    }

    #[test]
    fn who_takes_what_they_are_sent_gets_more_at_once_and_one_that_is_not_taken_ends_it() {
        let quick = Some(20);
        assert_eq!((1..=9).map(|n| after(&vec![quick; n])).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8, 8, 8]);
        assert_eq!(after(&[None]), 1);
        assert_eq!(after(&[quick, quick, quick, None]), 1);
        assert_eq!(after(&[quick, quick, quick, None, quick]), 2, "it begins anew");
        assert_eq!(after(&[quick, None, quick, None, quick]), 2, "now and then is not enough");
    }

    #[test]
    fn who_takes_long_gets_fewer() {
        let slow = |milliseconds| after(&[Some(milliseconds); 9]);
        let took = [0, 1_000, 1_001, 2_000, 4_000, 8_000, 14_999, i64::MAX, -5];
        assert_eq!(took.map(slow), [8, 8, 4, 4, 2, 1, 1, 1, 8]);
        assert_eq!(after(&[Some(20), Some(20), Some(20), Some(20), Some(9_000)]), 1, "at once");
    }

    #[test]
    fn there_may_be_no_more_than_one() {
        assert_eq!(places(1, Some(TimeDelta::zero()), false, 1), 1);
    }

    #[test]
    fn one_that_overtakes_says_nothing_of_those_that_may_hang() {
        assert_eq!(places(2, Some(TimeDelta::zero()), true, 8), 2);
        assert_eq!(places(8, Some(TimeDelta::seconds(4)), true, 8), 2);
        assert_eq!(places(2, None, true, 8), 1);
    }
}
