//! The smallest domain there can be, to try the kernel on.

use serde_json::{Value, json};

use crate::{Action, Detail, Fault, Happening, Outcome, Recorded, Scope, Taken, Target, UserId, Write};

#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub author: UserId,
    pub title: &'static str,
    pub text: Option<&'static str>,
}

impl Recorded for Note {
    fn record(&self) -> Vec<Detail> {
        vec![Detail::personal(Some(self.author), "title", self.title), Detail::public("text", self.text)]
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change(pub Write<Note>);

impl crate::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        self.0.diff()
    }
}

pub struct Noted(pub Scope);

impl Action for Noted {
    fn code(&self) -> &'static str {
        "note.written"
    }

    fn target(&self) -> Target {
        Target::new("note", "n1")
    }

    fn scope(&self) -> Scope {
        self.0
    }

    fn outcome(&self) -> Outcome {
        Outcome::Refused("too_long")
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::public("length", 5)]
    }
}

impl Happening for Noted {
    fn code(&self) -> &'static str {
        "note.written"
    }

    fn scope(&self) -> Scope {
        self.0
    }

    fn data(&self) -> Value {
        json!({"note": "n1"})
    }
}

#[derive(Debug)]
pub enum Error {
    Taken(Taken),
    Fault(Fault),
    Refused,
}

impl From<Taken> for Error {
    fn from(taken: Taken) -> Self {
        Self::Taken(taken)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
