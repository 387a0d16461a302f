use audit::Change;
use diesel_async::AsyncPgConnection;
use kernel::{Sealer, Signal};

use super::Apply;
use crate::refusal::Refusal;

impl Apply for Change {
    async fn apply(&self, _: &mut AsyncPgConnection, _: &dyn Sealer, _: &mut Vec<Signal>) -> Result<(), Refusal> {
        match *self {}
    }
}
