use std::sync::Arc;

use kernel::{
    Act, Actor, Decided, OrganizationId, Page, PageRequest, Store, SubscriptionId, Time, UnitOfWork, Write, carry_out,
};

use crate::model::{Alteration, Service, Subscription};
use crate::ports::{Catalogue, Subscriptions};
use crate::{Action, Change, Error, Happening, SubscriptionView};

/// Reads and changes subscriptions. Everything is told and decided as it stands at the moment, whether what time did to a
/// subscription before is written already or not.
pub struct ManageSubscription {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// Who has what.
    pub subscriptions: Arc<dyn Subscriptions>,
}

/// A subscription as it should be, and what became of it on the way.
pub(crate) type Altered = (Subscription, Vec<Alteration>);

impl ManageSubscription {
    /// One of the organization's.
    pub async fn get(
        &self,
        organization: OrganizationId,
        id: SubscriptionId,
        at: Time,
    ) -> Result<SubscriptionView, Error> {
        let written = self.find(Some(organization), id).await?;
        let service = self.catalogue.service(&written.service).await?;
        Ok(view(&written, service.as_ref(), at))
    }

    /// The organization's, the newest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        page: PageRequest,
        at: Time,
    ) -> Result<Page<SubscriptionView>, Error> {
        let Page { data, next } = self.subscriptions.of(organization, page).await?;
        let services = self.catalogue.services().await?;
        let service = |it: &Subscription| services.iter().find(|service| service.code == it.service);
        Ok(Page { data: data.iter().map(|it| view(it, service(it), at)).collect(), next })
    }

    /// Decides on one, the organization's where one is named, as it stands; where time has done something to it before, that
    /// is written with it.
    pub(crate) async fn alter(
        &self,
        act: &Act,
        organization: Option<OrganizationId>,
        id: SubscriptionId,
        decide: impl Fn(&Subscription, &Service) -> Result<Altered, Error> + Send + Sync,
    ) -> Result<SubscriptionView, Error> {
        carry_out(self.store.as_ref(), act, || async {
            let written = self.find(organization, id).await?;
            let service = self.catalogue.service(&written.service).await?.ok_or(Error::ServiceNotFound)?;
            let settled = settle(act, &written, Some(&service));
            let standing = settled.as_ref().map_or(&written, |(_, it)| it);
            let (next, alterations) = decide(standing, &service)?;
            let answer = SubscriptionView::of(&next, act.at);
            if next == *standing {
                return Ok(Decided::Nothing(answer));
            }
            let unit = altered(act, standing, &next, &alterations);
            let unit = match settled {
                Some((before, _)) => before.and(unit),
                None => unit,
            };
            Ok(Decided::Done(unit, answer))
        })
        .await
    }

    async fn find(&self, organization: Option<OrganizationId>, id: SubscriptionId) -> Result<Subscription, Error> {
        let found = self.subscriptions.by_id(id).await?;
        found.filter(|it| organization.is_none_or(|wanted| it.organization == wanted)).ok_or(Error::NotFound)
    }
}

fn view(written: &Subscription, service: Option<&Service>, at: Time) -> SubscriptionView {
    let standing = written.advance(newest(service), at);
    SubscriptionView::of(standing.as_ref().map_or(written, |(it, _)| it), at)
}

fn newest(service: Option<&Service>) -> impl Fn(&str) -> Option<i32> {
    move |plan| Some(service?.plan(plan)?.version)
}

/// What time alone has done to a subscription since it was written, and how it stands then; nothing where it did nothing.
pub(crate) fn settle(
    act: &Act,
    written: &Subscription,
    service: Option<&Service>,
) -> Option<(UnitOfWork<Change>, Subscription)> {
    let (next, alterations) = written.advance(newest(service), act.at)?;
    let unit = altered(&act.by(Actor::System), written, &next, &alterations);
    Some((unit, Subscription { version: written.version + 1, ..next }))
}

/// One unit for what became of a subscription: each alteration is announced.
fn altered(act: &Act, expected: &Subscription, next: &Subscription, alterations: &[Alteration]) -> UnitOfWork<Change> {
    let action = Action::Subscription {
        organization: next.organization,
        subscription: next.id,
        alterations: alterations.to_vec(),
    };
    let unit = UnitOfWork::of(act, &action)
        .change(Change::Subscription(Write::Save { expected: expected.clone(), next: next.clone() }));
    alterations.iter().fold(unit, |unit, alteration| {
        let subscription = SubscriptionView::of(next, act.at);
        unit.announce(&Happening::Subscription { alteration: alteration.clone(), subscription })
    })
}

#[cfg(test)]
pub(crate) mod tests;
