//! Contract tests of the ports, journeys over HTTP, golden files, the architecture and crashes: one binary, one
//! PostgreSQL, a database of its own for every test.

mod architecture;
mod contracts;
mod crash;
mod golden;
mod journeys;
mod support;
