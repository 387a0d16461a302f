use kernel::{Detail, Write};

use crate::model::Endpoint;

/// What this domain changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An endpoint.
    Endpoint(Write<Endpoint>),
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        let Self::Endpoint(write) = self;
        write.diff()
    }
}
