//! Contract tests of the ports, journeys over HTTP, golden files, the architecture and crashes: one binary, one
//! PostgreSQL, a database of its own for every test.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod architecture;
mod command_line;
mod contracts;
mod crash;
mod deployment;
mod documentation;
mod golden;
mod journeys;
mod logs;
mod private_postgres;
mod stopping;
mod support;
mod traces;
mod upgrades;
