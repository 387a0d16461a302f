use kernel::Detail;

/// What this domain changes: nothing. What it does is only written down.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match *self {}
    }
}
