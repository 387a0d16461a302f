//! Whose credential a request shows, looked at once.

use accounts::{Caller, Error, Person};
use actix_web::{HttpMessage, HttpRequest};
use identity::Worth;
use kernel::{Act, Actor, Id, Payer, RequestKind, Secret, TokenHash};

use super::credential::{Presented, is_by_cookie, presented};
use super::{act as acts, app};
use crate::App;
use crate::cookies::Kept;
use crate::error::{ApiError, Kind};

/// A credential, and what came of looking at it, for the door.
struct Looked(Secret, Result<Caller, Error>);

/// Who presents this.
pub(super) async fn authenticate(
    app: &App,
    request: &HttpRequest,
    act: &Act,
    presented: Presented<'_>,
) -> Result<Caller, Error> {
    let looked = request.extensions_mut().remove::<Looked>();
    match looked {
        Some(Looked(text, found)) if text.expose() == presented.text => found,
        _ => app.access.authenticate(act, &presented.text).await,
    }
}

/// As [`authenticate`], where no program may act.
pub(super) async fn authenticate_person(
    app: &App,
    request: &HttpRequest,
    act: &Act,
    presented: Presented<'_>,
) -> Result<Person, Error> {
    let caller = authenticate(app, request, act, presented).await?;
    app.access.require_person(&act.by(caller.actor()), &caller).await.copied()
}

/// Who asks, as far as their requests are counted.
pub(crate) struct Asking {
    pub act: Act,
    pub kind: RequestKind,
    pub payer: Payer,
}

impl Asking {
    /// Somebody of whom nothing but the address is looked at.
    ///
    /// What another site makes browsers send uses up nobody's tries to sign in.
    pub fn from_there(request: &HttpRequest, kind: RequestKind) -> Result<Self, ApiError> {
        let act = acts::begin(request)?;
        let is_foreign = presented(request).is_err_and(|it| it.kind() == Kind::CSRF);
        let kind = if is_foreign { RequestKind::Anonymous } else { kind };
        let payer = Payer::at(act.address);
        Ok(Self { act, kind, payer })
    }

    /// Whoever their credential says, else somebody from there. A refresh token is one too: in the body, where the route
    /// takes it there, and in a browser's cookie.
    pub async fn of(request: &HttpRequest, in_body: Option<&Secret>) -> Result<Self, ApiError> {
        let app = app(request)?;
        let somebody = Self::from_there(request, RequestKind::Anonymous)?;
        let shown = presented(request);
        let by_cookie = shown.is_ok() && is_by_cookie(request);
        if let Ok(Some(shown)) = shown {
            let found = app.access.authenticate(&somebody.act, &shown.text).await;
            let actor = found.as_ref().map(Caller::actor);
            let is_known = match actor {
                Ok(actor) => Some(Known::As(actor)),
                Err(Error::Fault(_)) => Some(Known::Not),
                Err(_) => None,
            };
            request.extensions_mut().insert(Looked(Secret::new(&*shown.text), found));
            if let Some(known) = is_known {
                return Ok(somebody.known(known));
            }
        }
        let cookie = app.cookies.shown(request, Kept::Refresh).filter(|_| by_cookie);
        // With a cookie that another tab has just used a page is served; nobody is given new tokens for it.
        let of_body = in_body.map(|it| (it.expose(), &[Worth::Good][..]));
        let of_browser = cookie.map(|it| (it, &[Worth::Good, Worth::JustUsed][..]));
        for (token, enough) in of_body.into_iter().chain(of_browser) {
            let at = somebody.act.at;
            match app.sessions.by_refresh_token(&TokenHash::of(token), at).await {
                Ok(Some((session, worth)))
                    if enough.contains(&worth) && session.ended_at.is_none() && session.expires_at > at =>
                {
                    return Ok(somebody.known(Known::As(Actor::User { id: session.user, session: session.id })));
                }
                Ok(_) => {}
                Err(_) => return Ok(somebody.known(Known::Not)),
            }
        }
        Ok(somebody)
    }

    fn known(self, known: Known) -> Self {
        let kind = RequestKind::Usual;
        match known {
            Known::As(actor) => {
                let payer = match actor {
                    Actor::User { id, .. } => Payer::Credential(id.uuid()),
                    Actor::Token { id, .. } | Actor::Key { id, .. } => Payer::Credential(id.uuid()),
                    Actor::Nobody | Actor::System => self.payer,
                };
                Self { act: self.act.by(actor), kind, payer }
            }
            Known::Not => Self { kind, ..self },
        }
    }
}

#[derive(Clone, Copy)]
enum Known {
    As(Actor),
    /// What would tell is out of reach. Nobody's neighbours pay for that.
    Not,
}
