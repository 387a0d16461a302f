//! Answers, which must be equal; then times.
#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};
use rbac_benches::casbin::{Cached, Plain};
use rbac_benches::cedar::Cedar;
use rbac_benches::ours::{Found, Ours};
use rbac_benches::report::Report;
use rbac_benches::table::Table;
use rbac_benches::workload::{CROWDED, LARGE, MEDIUM, MemberChange, Question, SMALL, Size, World};
use rbac_benches::{Contender, examine};

fn main() {
    let mut criterion = Criterion::default()
        .configure_from_args()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(400));
    let mut report = Report::default();
    for size in [SMALL, MEDIUM, LARGE, CROWDED] {
        Bench { size, criterion: &mut criterion, report: &mut report }.run();
    }
    report.print(&[Ours::NAME, Table::NAME, Plain::NAME, Cached::NAME, Cedar::NAME]);
    criterion.final_summary();
}

/// Enough questions that no answer is still in the CPU's caches when it is asked for again.
const MANY: usize = 1 << 16;

struct Bench<'a> {
    size: Size,
    criterion: &'a mut Criterion,
    report: &'a mut Report,
}

impl Bench<'_> {
    fn run(&mut self) {
        let world = World::new(self.size);
        let [allow, deny] = [true, false].map(|answer| world.questions(MANY, answer));
        // casbin looks at every rule of every organization; where there are many it is asked little, and its cache holds 200.
        let few = if world.memberships() > 50_000 { 8 } else { 64 };
        self.compare::<Ours>(&world, [&allow, &deny], &world.changes(1_000));
        self.compare_checks::<Table>(&world, [&allow, &deny], &world.changes(8));
        self.compare::<Cedar>(&world, [&allow[..1 << 14], &deny[..1 << 14]], &world.changes(8));
        self.compare::<Plain>(&world, [&allow[..few], &deny[..few]], &world.changes(1));
        self.compare::<Cached>(&world, [&allow[..64], &deny[..64]], &world.changes(1));
        self.only_ours(&world, &allow, &deny);
    }

    fn compare<C: Contender>(&mut self, world: &World, questions: [&[Question]; 2], changes: &[MemberChange]) {
        let mut contender: C = self.compare_checks(world, questions, changes);
        let there_and_back: Vec<MemberChange> =
            changes.iter().cloned().chain(changes.iter().map(MemberChange::undone)).collect();
        self.time("change of a member", C::NAME, &there_and_back, |it| contender.change(it));
        self.time_build::<C>(world);
    }

    fn compare_checks<C: Contender>(
        &mut self,
        world: &World,
        questions: [&[Question]; 2],
        changes: &[MemberChange],
    ) -> C {
        let mut contender = C::build(world.facts.clone());
        examine(&mut contender, world, &questions.concat(), &changes[..changes.len().min(8)]);
        for (what, questions) in ["check, allow", "check, deny"].into_iter().zip(questions) {
            let asked: Vec<C::Asked> = questions.iter().map(|it| contender.ask(it)).collect();
            self.time(what, C::NAME, &asked, |it| contender.may(it));
        }
        contender
    }

    fn only_ours(&mut self, world: &World, allow: &[Question], deny: &[Question]) {
        let ours = Ours::build(world.facts.clone());
        for (what, questions) in [("allow, found", allow), ("deny, found", deny)] {
            let asked: Vec<_> = questions.iter().map(|it| ours.ask_found(it)).collect();
            self.time(what, Ours::NAME, &asked, Found::may);
        }
        self.time("explain, allow", Ours::NAME, allow, |it| ours.explain(it));
        self.time("explain, deny", Ours::NAME, deny, |it| ours.explain(it));
    }

    fn time_build<C: Contender>(&mut self, world: &World) {
        self.measure("build", C::NAME, |times| {
            let builds = (0..times).map(|_| {
                let facts = world.facts.clone();
                let start = Instant::now();
                let built = black_box(C::build(facts));
                let took = start.elapsed();
                drop(built);
                took
            });
            builds.sum()
        });
    }

    /// Times what is done with one of many after the other, over and over.
    fn time<T, R>(
        &mut self,
        what: &'static str,
        contender: &'static str,
        many: &[T],
        mut routine: impl FnMut(&T) -> R,
    ) {
        let mut next = many.iter().cycle();
        self.measure(what, contender, |times| {
            let start = Instant::now();
            for _ in 0..times {
                black_box(routine(black_box(next.next().expect("there are some"))));
            }
            start.elapsed()
        });
    }

    fn measure(&mut self, what: &'static str, contender: &'static str, mut routine: impl FnMut(u64) -> Duration) {
        let mut samples = Vec::new();
        let mut group = self.criterion.benchmark_group(format!("{}/{what}", self.size.name));
        let slow = routine(1) > Duration::from_millis(1);
        group.sampling_mode(SamplingMode::Flat).sample_size(if slow { 10 } else { 200 });
        group.bench_function(contender, |bencher| {
            bencher.iter_custom(|times| {
                let took = routine(times);
                samples.push((times, took));
                took
            });
        });
        drop(group);
        self.report.add(self.size.name, what, contender, &samples);
    }
}
