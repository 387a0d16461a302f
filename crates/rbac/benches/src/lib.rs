//! What the decision engine costs, beside casbin and Cedar: all three are told the same facts and asked the same questions.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark fails by panicking"
)]

pub mod casbin;
pub mod cedar;
pub mod ours;
pub mod report;
pub mod table;
pub mod workload;

use rbac::Facts;
use workload::{MemberChange, Question, World};

/// Something that can decide who may do what.
pub trait Contender {
    /// As told in tables.
    const NAME: &'static str;
    /// A question, in the form it is quickest to answer.
    type Asked;

    fn build(facts: Vec<Facts>) -> Self;

    fn ask(&self, question: &Question) -> Self::Asked;

    fn may(&self, asked: &Self::Asked) -> bool;

    fn change(&mut self, change: &MemberChange);
}

/// Panics with the first question that is not answered as the definition answers it: of these, and of all about these changes
/// once they are made.
pub fn examine<C: Contender>(contender: &mut C, world: &World, questions: &[Question], changes: &[MemberChange]) {
    agree(contender, world, questions);
    let mut next = world.clone();
    for change in changes {
        contender.change(change);
        next.change(change);
    }
    agree(contender, &next, &next.questions_about(changes));
    for change in changes {
        contender.change(&change.undone());
    }
    agree(contender, world, questions);
}

fn agree<C: Contender>(contender: &C, world: &World, questions: &[Question]) {
    for question in questions {
        let (answer, expected) = (contender.may(&contender.ask(question)), world.defines(question));
        assert!(answer == expected, "{}: {question:?} is answered {answer}, by definition it is {expected}", C::NAME);
    }
}
