use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Act, Fault};

/// What a kept file is called: `logos/<id>.png`. Names are made here and never by who sends the file, so there is nothing
/// in them to get out of a directory by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileName(String);

impl FileName {
    /// A name that no file has had: what is kept under it never changes.
    #[must_use]
    pub fn fresh(act: &Act, folder: &'static str, ending: &'static str) -> Self {
        Self(format!("{folder}/{}.{ending}", act.ids.uuid(act.at)))
    }

    /// The name as it was written down; `None` where it is none of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (folder, file) = text.split_once('/')?;
        let (id, ending) = file.split_once('.')?;
        let is_word = |it: &str| !it.is_empty() && it.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let is_id = Uuid::try_parse(id).is_ok_and(|it| it.to_string() == id);
        (is_word(folder) && is_word(ending) && is_id).then(|| Self(text.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part no other file shares: good as an `ETag`.
    #[must_use]
    pub fn id(&self) -> &str {
        let file = self.0.split_once('/').map_or("", |(_, file)| file);
        file.split_once('.').map_or(file, |(id, _)| id)
    }

    /// What it ends with, behind the dot.
    #[must_use]
    pub fn ending(&self) -> &str {
        self.0.rsplit_once('.').map_or("", |(_, ending)| ending)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Files that are kept for good, all nodes' alike. None is larger than an upload, so they are handed about whole.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait FileStore: Send + Sync {
    /// FILES-1 MUST answer `Ok` only when every node can read the file, also after this one was killed.
    /// FILES-2 MUST show a file whole or not at all, also where another is put under its name.
    async fn put(&self, name: &FileName, bytes: Vec<u8>) -> Result<(), Fault>;

    /// FILES-3 MUST answer what was put byte by byte, and nothing under a name that nothing was put under.
    async fn get(&self, name: &FileName) -> Result<Option<Vec<u8>>, Fault>;

    /// FILES-4 MUST leave nothing under the name, and be content where nothing is.
    async fn remove(&self, name: &FileName) -> Result<(), Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::act;

    #[test]
    fn a_fresh_name_says_folder_and_ending() {
        let name = FileName::fresh(&act(), "logos", "png");
        assert_eq!(name.as_str(), "logos/00000000-0000-0000-0000-000000000001.png");
        assert_eq!((name.id(), name.ending()), ("00000000-0000-0000-0000-000000000001", "png"));
        assert_eq!(FileName::parse(name.as_str()), Some(name));
        let act = act();
        assert_ne!(FileName::fresh(&act, "logos", "png"), FileName::fresh(&act, "logos", "png"));
    }

    #[test]
    fn what_leads_elsewhere_is_no_name() {
        let id = "00000000-0000-0000-0000-000000000001";
        for bad in [
            String::new(),
            id.to_owned(),
            format!("logos/{id}"),
            format!("logos/{id}."),
            format!("/{id}.png"),
            format!("../{id}.png"),
            format!("logos/../{id}.png"),
            format!("logos/{id}.png/x"),
            format!("logos/{id}.png\0"),
            format!("logos/{id}.p.ng"),
            format!("logos\\{id}.png"),
            "logos/acme.png".to_owned(),
            "logos/00000000-0000-0000-0000-00000000000A.png".to_owned(),
            "logos/00000000000000000000000000000001.png".to_owned(),
        ] {
            assert_eq!(FileName::parse(&bad), None, "{bad:?}");
        }
    }
}
