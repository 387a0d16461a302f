//! What those who run an installation see of it beside its answers.

mod parts;
mod render;
mod sample;
mod traffic;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;

pub use parts::{Part, Parts};
pub(crate) use render::{CONTENT_TYPE, render};
pub use sample::{Sample, SampleKind, Source};
pub use traffic::Traffic;

/// What `/metrics` tells of, and whether this process is about to end.
#[derive(Default)]
pub struct Operations {
    /// What requests came to.
    pub traffic: Traffic,
    /// Who else has something to tell.
    pub sources: Vec<Arc<dyn Source>>,
    /// Whether `/metrics` has an address of its own.
    pub metrics_apart: bool,
    /// What is done with the spans of requests, where traces are taken.
    pub spans: Option<Spans>,
    /// Whether `/readyz` says no, whatever the parts say.
    pub draining: Draining,
}

/// Of whoever takes traces.
#[derive(Clone, Copy, Debug)]
pub struct Spans {
    /// Puts a span that has not begun under its caller's: `traceparent`, `tracestate`.
    pub adopt: fn(&Span, &str, &str),
    /// Names a span.
    pub name: fn(&Span, String),
}

/// Set once, when the process is told to stop.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on nobody should send anything here.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
