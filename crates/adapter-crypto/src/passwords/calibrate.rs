use std::fmt;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use argon2::Params;
use kernel::{Clock, Fault, Secret};

use super::argon2::{Argon2Parameters, Memory, compute};

/// Memory in KiB, and the fewest passes OWASP asks for with so much.
const LADDER: [(u32, u32); 7] =
    [(19_456, 2), (47_104, 1), (65_536, 1), (98_304, 1), (131_072, 1), (196_608, 1), (262_144, 1)];
/// How often each is measured; the fastest counts, for the machine may have had other things to do.
const ROUNDS: u32 = 5;

/// What this machine can do, and what follows from it. `Display` is a table and the lines for `portcullis.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// How long a hash may take.
    pub target: Duration,
    /// How many hashed at once.
    pub at_once: usize,
    /// What was tried, the cheapest first.
    pub measured: Vec<Measured>,
    /// The most of them that fits the target, and never less than OWASP's minimum.
    pub proposed: Argon2Parameters,
}

/// What one hash took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// By which parameters.
    pub parameters: Argon2Parameters,
    /// While as many others were under way as may be.
    pub took: Duration,
}

/// Measures this machine, for some seconds, with `at_once` threads that hash at the same time.
pub fn calibrate(clock: &dyn Clock, target: Duration, at_once: usize) -> Result<Calibration, Fault> {
    let at_once = at_once.max(1);
    let mut measured: Vec<Measured> = Vec::new();
    for (memory, passes) in LADDER {
        let one = measure(clock, Argon2Parameters { memory, passes, lanes: 1 }, at_once)?;
        measured.push(one);
        if one.took > target {
            break;
        }
    }
    let proposed = propose(target, &measured);
    Ok(Calibration { target, at_once, measured, proposed })
}

fn measure(clock: &dyn Clock, parameters: Argon2Parameters, at_once: usize) -> Result<Measured, Fault> {
    let argon2 = parameters.argon2().map_err(|e| Fault::Failed(e.into()))?;
    let password = Secret::new("Tr0ub4dor&3");
    let line = Barrier::new(at_once);
    let one_thread = || {
        let mut memory = Memory::new(argon2.params().block_count());
        let mut hash = || compute(&argon2, &password, &[0; 16], Params::DEFAULT_OUTPUT_LEN, &mut memory).map(drop);
        // The first one only takes the memory.
        let ready = hash();
        line.wait();
        ready?;
        (0..ROUNDS).try_fold(Duration::MAX, |fastest, _| {
            let begin = clock.now();
            hash()?;
            Ok(fastest.min((clock.now() - begin).to_std().unwrap_or_default()))
        })
    };
    let threads: Vec<Result<Duration, Fault>> = thread::scope(|scope| {
        let started: Vec<_> = (0..at_once).map(|_| scope.spawn(one_thread)).collect();
        let lost = |_| Err(Fault::defect("a thread that measured is lost"));
        started.into_iter().map(|it| it.join().unwrap_or_else(lost)).collect()
    });
    let slowest = threads.into_iter().try_fold(Duration::ZERO, |slowest, it| it.map(|it| slowest.max(it)))?;
    Ok(Measured { parameters, took: slowest })
}

/// Memory first (RFC 9106, section 4), then as many passes over it as there is time for.
fn propose(target: Duration, measured: &[Measured]) -> Argon2Parameters {
    let Some(best) = measured.iter().rev().find(|it| it.took <= target) else { return Argon2Parameters::default() };
    let Argon2Parameters { memory, passes, lanes } = best.parameters;
    let pass = (best.took / passes).max(Duration::from_nanos(1));
    let most = Argon2Parameters::MOST_WORK / u64::from(memory);
    let fitting = u64::try_from(target.as_nanos() / pass.as_nanos()).unwrap_or(most).min(most);
    Argon2Parameters { memory, passes: u32::try_from(fitting).unwrap_or(passes).max(passes), lanes }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, at_once, measured, proposed } = self;
        writeln!(f, "{at_once} at once, {} ms for each:\n", target.as_millis())?;
        writeln!(f, "  memory, KiB   passes   one hash, ms   memory of all, MiB")?;
        for Measured { parameters: Argon2Parameters { memory, passes, .. }, took } in measured {
            let all = u64::from(*memory) * u64::try_from(*at_once).unwrap_or(u64::MAX) / 1_024;
            writeln!(f, "  {memory:>11}   {passes:>6}   {:>12.1}   {all:>18}", took.as_secs_f64() * 1_000.0)?;
        }
        if measured.iter().all(|it| it.took > *target) {
            writeln!(f, "\nEven the least that is safe takes longer.")?;
        }
        let Argon2Parameters { memory, passes, lanes } = proposed;
        write!(f, "\n[argon2]\nmemory = {memory}\npasses = {passes}\nlanes = {lanes}\n")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use chrono::TimeDelta;
    use kernel::Time;
    use kernel::testing::NOON;

    use super::*;

    /// Ten milliseconds pass between any two looks at it.
    #[derive(Default)]
    struct Ticking(AtomicU32);

    impl Clock for Ticking {
        fn now(&self) -> Time {
            NOON + TimeDelta::milliseconds(10) * i32::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
        }
    }

    fn measured(memory: u32, passes: u32, millis: u64) -> Measured {
        let took = Duration::from_millis(millis);
        Measured { parameters: Argon2Parameters { memory, passes, lanes: 1 }, took }
    }

    fn proposed(millis: u64, measured: &[Measured]) -> (u32, u32, u32) {
        let Argon2Parameters { memory, passes, lanes } = propose(Duration::from_millis(millis), measured);
        (memory, passes, lanes)
    }

    #[test]
    fn the_most_memory_that_fits_is_proposed_then_passes() {
        let steps =
            [measured(19_456, 2, 16), measured(47_104, 1, 20), measured(65_536, 1, 28), measured(98_304, 1, 41)];
        assert_eq!(proposed(30, &steps), (65_536, 1, 1));
        assert_eq!(proposed(41, &steps), (98_304, 1, 1));
        assert_eq!(proposed(50, &steps), (98_304, 1, 1));
        assert_eq!(proposed(500, &steps), (98_304, 12, 1));
        assert_eq!(proposed(18, &steps), (19_456, 2, 1));
        assert_eq!(proposed(u64::MAX, &steps), (98_304, 170, 1), "no more than is verified");
        assert_eq!(proposed(10, &[measured(19_456, 2, 0)]).0, 19_456);
    }

    #[test]
    fn no_machine_is_too_slow_for_the_minimum() {
        assert_eq!(proposed(10, &[measured(19_456, 2, 16)]), (19_456, 2, 1));
        assert_eq!(proposed(10, &[]), (19_456, 2, 1));
    }

    #[test]
    fn every_step_is_a_set_of_parameters_and_costs_more_than_the_one_before() {
        for ((memory, passes), (more, again)) in LADDER.into_iter().zip(LADDER.into_iter().skip(1)) {
            assert!(memory * passes < more * again);
        }
        for (memory, passes) in LADDER {
            assert!(Argon2Parameters { memory, passes, lanes: 1 }.argon2().is_ok());
            assert!((memory >= 19_456 && passes >= 2) || (memory >= 47_104 && passes >= 1));
        }
    }

    #[test]
    fn a_machine_is_measured_until_it_takes_too_long() {
        let calibration = calibrate(&Ticking::default(), Duration::from_millis(1), 2).unwrap();
        assert_eq!(calibration.measured.len(), 1);
        assert_eq!(calibration.proposed, Argon2Parameters::default());
        let said = calibration.to_string();
        assert!(said.contains("takes longer"), "{said}");
        assert!(said.ends_with("\n[argon2]\nmemory = 19456\npasses = 2\nlanes = 1\n"), "{said}");
    }

    #[test]
    fn the_table_has_a_line_for_each() {
        let measured = vec![measured(19_456, 2, 16), measured(47_104, 1, 20)];
        let proposed = measured[1].parameters;
        let said = Calibration { target: Duration::from_millis(50), at_once: 2, measured, proposed }.to_string();
        let expected = "2 at once, 50 ms for each:\n\n  \
            memory, KiB   passes   one hash, ms   memory of all, MiB\n        \
            19456        2           16.0                   38\n        \
            47104        1           20.0                   92\n\n\
            [argon2]\nmemory = 47104\npasses = 1\nlanes = 1\n";
        assert_eq!(said, expected);
    }
}
