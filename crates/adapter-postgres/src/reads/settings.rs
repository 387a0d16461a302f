use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::StoredSettings;
use identity::ports::SettingsStore;
use kernel::{Fault, Scope};
use serde_json::Value;

use crate::fault::{corrupt, fault};
use crate::pool::Database;
use crate::schema::settings;

#[async_trait]
impl SettingsStore for Database {
    async fn stored(&self) -> Result<StoredSettings, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row: Option<(Value, i64)> = settings::table
            .select((settings::patch, settings::version))
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        let Some((patch, version)) = row else { return Ok(StoredSettings::default()) };
        Ok(StoredSettings { patch: serde_json::from_value(patch).map_err(|_| corrupt("set of settings"))?, version })
    }
}
