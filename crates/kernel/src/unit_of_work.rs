use crate::{Act, Action, Change, Evidence, Happening, Mail, Once, OrganizationId, UserId};

/// What was decided on, and must still hold when the unit is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// Who may do what in the organization: its `authorization_version`. It also stands for the organization itself.
    Authorization {
        /// Whose.
        organization: OrganizationId,
        /// The version that was decided on.
        version: i64,
    },
    /// The user: password, status, address.
    User {
        /// Who.
        user: UserId,
        /// The version that was decided on.
        version: i64,
    },
}

/// All that should have happened, as one value: committed whole or not at all, never without evidence.
#[derive(Clone, Debug)]
pub struct UnitOfWork<C> {
    act: Act,
    /// What must still hold.
    pub guards: Vec<Guard>,
    /// What is to change, in order.
    pub changes: Vec<C>,
    /// What it leaves behind.
    pub evidence: Evidence,
    /// The repetition it is remembered by.
    pub once: Option<Once>,
}

impl<C: Change> UnitOfWork<C> {
    /// There is no way to build one without saying who did what.
    #[must_use]
    pub fn of(act: &Act, action: &impl Action) -> Self {
        let evidence = Evidence { audit: vec![act.entry(action)], ..Evidence::default() };
        Self { act: act.clone(), guards: Vec::new(), changes: Vec::new(), evidence, once: None }
    }

    /// What was decided on must still hold; said again, it is said once.
    #[must_use]
    pub fn expect(mut self, guard: Guard) -> Self {
        if !self.guards.contains(&guard) {
            self.guards.push(guard);
        }
        self
    }

    /// A change; its before and after join the unit's entry.
    #[must_use]
    pub fn change(mut self, change: impl Into<C>) -> Self {
        let change = change.into();
        if let Some(entry) = self.evidence.audit.first_mut() {
            self.act.tell(entry, change.diff());
        }
        self.changes.push(change);
        self
    }

    /// A webhook event.
    #[must_use]
    pub fn announce(mut self, happening: &impl Happening) -> Self {
        self.evidence.events.push(self.act.event(happening));
        self
    }

    /// A mail, sealed until it is sent.
    #[must_use]
    pub fn mail(mut self, mail: Mail) -> Self {
        self.evidence.mail.push(mail);
        self
    }

    /// What another domain decided joins this unit.
    #[must_use]
    pub fn and<D: Into<C>>(mut self, other: UnitOfWork<D>) -> Self {
        self.guards.extend(other.guards);
        self.changes.extend(other.changes.into_iter().map(Into::into));
        self.evidence = self.evidence.and(other.evidence);
        self
    }
}

impl<C> UnitOfWork<C> {
    /// The same unit in a wider domain's words.
    #[must_use]
    pub fn widen<W: From<C>>(self) -> UnitOfWork<W> {
        UnitOfWork {
            act: self.act,
            guards: self.guards,
            changes: self.changes.into_iter().map(W::from).collect(),
            evidence: self.evidence,
            once: self.once,
        }
    }
}

impl<C: PartialEq> PartialEq for UnitOfWork<C> {
    fn eq(&self, other: &Self) -> bool {
        self.guards == other.guards
            && self.changes == other.changes
            && self.evidence == other.evidence
            && self.once == other.once
    }
}

impl Evidence {
    /// The evidence of a single statement, which a port's `witness` makes of what the statement proved.
    #[must_use]
    pub fn of(act: &Act, action: &impl Action) -> Self {
        Self { audit: vec![act.entry(action)], ..Self::default() }
    }

    /// A webhook event.
    #[must_use]
    pub fn announce(mut self, act: &Act, happening: &impl Happening) -> Self {
        self.events.push(act.event(happening));
        self
    }

    /// A mail, sealed until it is sent.
    #[must_use]
    pub fn send(mut self, mail: Mail) -> Self {
        self.mail.push(mail);
        self
    }
}

#[cfg(test)]
mod tests;
