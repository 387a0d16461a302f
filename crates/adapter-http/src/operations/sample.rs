use async_trait::async_trait;
use kernel::Fault;

/// Somebody who can be asked for figures whenever metrics are read.
#[async_trait]
pub trait Source: Send + Sync {
    /// What it is called where it does not answer.
    fn name(&self) -> &'static str;

    /// Its figures; those of one name stand together.
    async fn samples(&self) -> Result<Vec<Sample>, Fault>;
}

/// One figure. Labels name parts of the program, never who uses it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Without the prefix all of them have.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub help: &'static str,
    /// How it moves.
    pub kind: SampleKind,
    /// What tells it from others of its name.
    pub labels: Vec<(&'static str, &'static str)>,
    /// How much.
    pub value: f64,
}

/// How a figure moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// Only up, from when the process began.
    Counter,
    /// Up and down.
    Gauge,
}

impl Sample {
    /// One that goes up and down.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, kind: SampleKind::Gauge, labels: Vec::new(), value }
    }

    /// One that only goes up.
    #[must_use]
    pub const fn counter(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, kind: SampleKind::Counter, labels: Vec::new(), value }
    }

    /// The same, of this.
    #[must_use]
    pub fn of(mut self, label: &'static str, value: &'static str) -> Self {
        self.labels.push((label, value));
        self
    }
}
