//! What the command line does beside serving. Each command works on the installation's database, whether the server runs
//! or not.

use std::future::Future;
use std::io::{IsTerminal, Read, stdin};
use std::sync::Arc;

use adapter_crypto::{RandomIds, SystemClock};
use audit::ports::Resigning;
use identity::{Lifetimes, Retire, RotateKeys};
use kernel::{EmailAddress, Problems, Resealed, Resealing, Secret};

use crate::command::chain;
use crate::config::{Administrator, Config};
use crate::foundation::{Foundation, Reached};
use crate::serve::Trouble;

/// The longest password that is read.
const LONGEST: u64 = 4_096;

/// Makes a platform administrator.
pub async fn create_administrator(email: Option<String>, username: Option<String>) -> Result<(), Trouble> {
    let config = Config::load()?;
    let configured = config.administrator.clone();
    let (email, password) = match (email, configured) {
        (Some(email), Some(it)) if email == it.email => (it.email, it.password),
        (Some(email), _) => (email, read_password()?),
        (None, Some(it)) => (it.email, it.password),
        (None, None) => return Err("name the address: portcullis admin create EMAIL".into()),
    };
    let username = username.unwrap_or_else(|| Administrator::username(&email));
    on_foundation(&config, async |foundation| {
        let create = foundation.create_administrator();
        let made = create.run(&foundation.act(), email.clone(), username, password).await;
        let id = made.map_err(explained)?;
        println!("{email} administers this installation ({id}).");
        Ok(())
    })
    .await
}

/// Releases a lock.
pub async fn unlock(email: &str) -> Result<(), Trouble> {
    let config = Config::load()?;
    let address = EmailAddress::parse(email).ok_or_else(|| format!("{email:?} is no email address"))?;
    on_foundation(&config, async |foundation| {
        foundation.unlock_user().of_address(&foundation.act(), address.clone()).await?;
        println!("{address} is unlocked.");
        Ok(())
    })
    .await
}

/// Makes a new key for access tokens, and seals anew what is sealed under an earlier secret.
pub async fn rotate_keys(at_once: bool) -> Result<(), Trouble> {
    let config = Config::load()?;
    on_foundation(&config, async |foundation| {
        let retire = if at_once { Retire::AtOnce } else { Retire::After(Lifetimes::LONGEST_ACCESS) };
        let key = foundation.rotate_keys(&config).run(&foundation.act(), retire).await?;
        if !at_once {
            // Whoever signs in after this command is signed in with the new key.
            tokio::time::sleep(RotateKeys::NOTICE.to_std()?).await;
        }
        let before = if at_once {
            "All access tokens signed before are worth nothing; refresh tokens go on."
        } else {
            "Access tokens signed before stay good until they expire."
        };
        println!("New access tokens are signed by {} key {}.\n{before}", key.algorithm.as_str(), key.id);
        let Resealed { resealed, unopened } = foundation.store.reseal().await?;
        println!("{resealed} secrets that were sealed under an earlier SECRET_KEY are sealed under this one.");
        let signed = foundation.sequencer().resign(foundation.clock.now(), false).await;
        let trouble = format!(
            "{unopened} secrets do not open: they were sealed under yet another SECRET_KEY; name it in \
             PORTCULLIS_PREVIOUS_SECRET_KEY and rotate again"
        );
        // What was asked for is done, and the secret before may be lost.
        if at_once {
            if unopened > 0 {
                println!("{trouble}, or do without what they are for.");
            }
            if let Err(fault) = signed {
                println!("The audit log stands still: {}.", chain(&fault));
            }
            return Ok(());
        }
        if unopened > 0 {
            return Err(trouble.into());
        }
        Ok(signed.map(drop)?)
    })
    .await
}

/// Signs an audit log that nobody known has signed, and says so.
pub async fn adopt_log() -> Result<(), Trouble> {
    let config = Config::load()?;
    on_foundation(&config, async |foundation| {
        let head = foundation.sequencer().resign(foundation.clock.now(), true).await?;
        match head {
            Some(head) => println!(
                "The audit log of {} entries ({}) is signed with this key. Whether it is what it was, only a checkpoint tells that was \
                 kept elsewhere: portcullis audit verify --checkpoint FILE.",
                head.size, head.root
            ),
            None => println!("There is no audit log yet."),
        }
        Ok(())
    })
    .await
}

pub(crate) async fn on_foundation<F>(config: &Config, work: impl FnOnce(Foundation) -> F) -> Result<(), Trouble>
where
    F: Future<Output = Result<(), Trouble>>,
{
    let reached = Reached::reach(config).await?;
    let done = async {
        let foundation =
            Foundation::lay(config, &reached.url, Arc::new(SystemClock), Arc::new(RandomIds::default())).await?;
        work(foundation).await
    }
    .await;
    let left = reached.leave().await;
    done?;
    left
}

/// From whoever types it, or from what is piped in; never from the arguments, which everybody on the machine can see.
fn read_password() -> Result<Secret, Trouble> {
    if stdin().is_terminal() {
        let first = Secret::new(rpassword::prompt_password("Password: ")?);
        if first != Secret::new(rpassword::prompt_password("Again: ")?) {
            return Err("the passwords differ".into());
        }
        return Ok(first);
    }
    let mut text = String::new();
    stdin().take(LONGEST).read_to_string(&mut text)?;
    let password = text.strip_suffix('\n').map_or(text.as_str(), |it| it.strip_suffix('\r').unwrap_or(it));
    if password.is_empty() {
        return Err("the password is read from standard input, and there is none".into());
    }
    Ok(Secret::new(password))
}

/// Every broken rule in words.
fn explained(error: identity::Error) -> Trouble {
    let list = |problems: &Problems| -> String {
        problems.iter().flat_map(|(_, said)| said.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    };
    match error {
        identity::Error::Invalid(problems) => list(&problems).into(),
        identity::Error::UsernameTaken => "this username is taken; choose another with --username".into(),
        identity::Error::IllegalState => "this account is suspended, or on its way out".into(),
        other => other.into(),
    }
}
