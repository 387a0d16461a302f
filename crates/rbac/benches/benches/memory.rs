//! Bytes for each membership, as asked of the allocator.

use std::alloc::System;

use rbac_benches::Contender;
use rbac_benches::casbin::Plain;
use rbac_benches::cedar::Cedar;
use rbac_benches::ours::Ours;
use rbac_benches::workload::{CROWDED, LARGE, MEDIUM, SMALL, World};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    println!("\nbytes for each membership{:>12}{:>12}{:>12}", Ours::NAME, Plain::NAME, Cedar::NAME);
    for size in [SMALL, MEDIUM, LARGE, CROWDED] {
        let world = World::new(size);
        let [ours, plain, cedar] = [taken::<Ours>(&world), taken::<Plain>(&world), taken::<Cedar>(&world)];
        println!("{:<25}{ours:>12}{plain:>12}{cedar:>12}", size.name);
    }
}

fn taken<C: Contender>(world: &World) -> usize {
    let before = in_use();
    let contender = C::build(world.facts.clone());
    let taken = in_use() - before;
    drop(contender);
    taken / world.memberships()
}

fn in_use() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
