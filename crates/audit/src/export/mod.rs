//! What leaves the log: lines that prove themselves, and what other programs read.

pub mod csv;
mod line;
pub mod ocsf;

pub use line::{Begin, End, Line, Manifest};
