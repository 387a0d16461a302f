use kernel::Time;

/// Which entries are wanted; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Done by the actor with this id.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// Done to the thing with this id.
    pub target: Option<String>,
    /// At or after.
    pub from: Option<Time>,
    /// Before.
    pub to: Option<Time>,
}
