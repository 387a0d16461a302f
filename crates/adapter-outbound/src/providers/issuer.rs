use std::fmt;

use identity::ports::Refused;
use uuid::{Uuid, uuid};

const TENANT: &str = "{tenantid}";
/// The tenant of all private Microsoft accounts.
const CONSUMERS: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// Which of a provider's tenants people may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tenants {
    Any,
    Organizations,
    Consumers,
    One(Uuid),
}

impl Tenants {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "common" => Some(Self::Any),
            "organizations" => Some(Self::Organizations),
            "consumers" => Some(Self::Consumers),
            other => guid(other).map(Self::One),
        }
    }

    fn admits(self, tenant: Uuid) -> bool {
        match self {
            Self::Any => true,
            Self::Organizations => tenant != CONSUMERS,
            Self::Consumers => tenant == CONSUMERS,
            Self::One(it) => tenant == it,
        }
    }

    /// The tenant, where it can be only one.
    fn only(self) -> Option<Uuid> {
        match self {
            Self::Any | Self::Organizations => None,
            Self::Consumers => Some(CONSUMERS),
            Self::One(it) => Some(it),
        }
    }
}

impl fmt::Display for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("common"),
            Self::Organizations => f.write_str("organizations"),
            Self::Consumers => f.write_str("consumers"),
            Self::One(tenant) => tenant.fmt(f),
        }
    }
}

/// Of the forms a UUID can be written in, that of tenants' ids only.
fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == uuid::fmt::Hyphenated::LENGTH)
}

fn fill(template: &str, tenant: impl fmt::Display) -> String {
    template.replace(TENANT, &tenant.to_string())
}

/// Whose word counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Issuer {
    /// This one's, for people of these tenants where it tells of tenants.
    One(String, Option<Tenants>),
    /// That of each of these tenants for its own people: `{tenantid}` stands for the tenant's id.
    Each(String, Tenants),
}

impl Issuer {
    /// `None` where the issuer is one of many tenants' and it is not said which.
    pub fn new(configured: &str, tenants: Option<Tenants>) -> Option<Self> {
        if configured.contains(TENANT) {
            return Some(Self::Each(configured.to_owned(), tenants?));
        }
        Some(Self::One(configured.to_owned(), tenants))
    }

    /// Where it publishes what is to be known of it.
    pub fn url(&self) -> String {
        match self {
            Self::One(url, _) => url.clone(),
            Self::Each(template, tenants) => fill(template, tenants),
        }
    }

    /// The issuer that what it published is good for; `None` where that is another's (OpenID Connect Discovery 1.0,
    /// section 4.3). A door to many tenants publishes the template of their issuers.
    pub fn confirmed_by(&self, published: &str) -> Option<Self> {
        match self {
            Self::One(url, _) if url == published => Some(self.clone()),
            Self::One(url, Some(tenants)) if published.contains(TENANT) && fill(published, tenants) == *url => {
                Some(Self::Each(published.to_owned(), *tenants))
            }
            Self::One(..) => None,
            Self::Each(template, tenants) => {
                let is_only = |tenant| fill(template, tenant) == published;
                (template == published || tenants.only().is_some_and(is_only)).then(|| self.clone())
            }
        }
    }

    /// Whether a response that says to come from this issuer can be its (RFC 9207, section 2.4).
    pub fn may_be(&self, said: &str) -> bool {
        match self {
            Self::One(url, _) => url == said,
            Self::Each(template, tenants) => {
                let tenant = template
                    .split_once(TENANT)
                    .and_then(|(before, after)| guid(said.strip_prefix(before)?.strip_suffix(after)?));
                tenant.is_some_and(|it| tenants.admits(it))
            }
        }
    }

    /// Whether a token is its, by `iss` and `tid`.
    pub fn check(&self, iss: &str, tid: Option<&str>) -> Result<(), Refused> {
        let (right, tenants) = match self {
            Self::One(url, tenants) => (url == iss, tid.and(*tenants)),
            Self::Each(template, tenants) => {
                let tid = tid.filter(|it| guid(it).is_some()).ok_or(Refused("tenant"))?;
                (fill(template, tid) == iss, Some(*tenants))
            }
        };
        if !right {
            return Err(Refused("issuer"));
        }
        let admitted = |tenants: Tenants| tid.and_then(guid).is_some_and(|it| tenants.admits(it));
        if tenants.is_none_or(admitted) { Ok(()) } else { Err(Refused("tenant")) }
    }
}

/// Whether a key signs for this issuer: a set of keys for many tenants says so of each.
pub(super) fn signs_for(key_issuer: Option<&str>, iss: &str, tid: Option<&str>) -> bool {
    key_issuer.is_none_or(|it| match tid {
        Some(tid) => fill(it, tid) == iss,
        None => it == iss,
    })
}
