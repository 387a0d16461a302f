//! What was measured in one run, as ratios.

use std::time::Duration;

/// What a contender took.
struct Entry {
    size: &'static str,
    what: &'static str,
    contender: &'static str,
    nanoseconds: f64,
}

/// Everything that was measured, in order.
#[derive(Default)]
pub struct Report(Vec<Entry>);

impl Report {
    /// Adds samples, each of how often it was done and what that took. Of those that Criterion measured (it warms up with
    /// less) the tenth that was disturbed least counts: they are short, and whatever else the machine does only adds.
    #[expect(clippy::cast_precision_loss, reason = "nobody repeats anything so often")]
    pub fn add(
        &mut self,
        size: &'static str,
        what: &'static str,
        contender: &'static str,
        samples: &[(u64, Duration)],
    ) {
        let most = samples.iter().map(|(times, _)| *times).max().unwrap_or_default();
        let measured = samples.iter().filter(|(times, _)| *times == most);
        let mut each: Vec<f64> = measured.map(|(times, took)| took.as_secs_f64() * 1e9 / *times as f64).collect();
        each.sort_by(f64::total_cmp);
        let Some(&nanoseconds) = each.get(each.len() / 10) else { return };
        self.0.push(Entry { size, what, contender, nanoseconds });
    }

    /// A line for each thing that was measured: what ours took, and how many times as long the others took.
    pub fn print(&self, contenders: &[&'static str]) {
        let [ours, others @ ..] = contenders else { return };
        let heads: Vec<String> = others.iter().map(|it| format!("{it:>16}")).collect();
        println!("\n{:<10}{:<24}{ours:>12}{}", "", "", heads.concat());
        for entry in self.0.iter().filter(|it| it.contender == *ours) {
            let other = |name: &str| self.find(entry.size, entry.what, name);
            let ratios = others.iter().map(|it| match other(it) {
                Some(theirs) => format!("{:>15.1}x", theirs / entry.nanoseconds),
                None => format!("{:>16}", "-"),
            });
            let ratios: Vec<String> = ratios.collect();
            println!("{:<10}{:<24}{:>12}{}", entry.size, entry.what, pretty(entry.nanoseconds), ratios.concat());
        }
    }

    fn find(&self, size: &str, what: &str, contender: &str) -> Option<f64> {
        let found = self.0.iter().find(|it| it.size == size && it.what == what && it.contender == contender);
        found.map(|it| it.nanoseconds)
    }
}

fn pretty(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (unit, name) = units.into_iter().find(|(unit, _)| nanoseconds >= *unit).unwrap_or((1.0, "ns"));
    format!("{:.1} {name}", nanoseconds / unit)
}
