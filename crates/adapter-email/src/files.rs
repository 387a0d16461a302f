use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use kernel::{Fault, Mailer, QueuedMail};

use crate::Composer;
use crate::message::Wire;

/// Writes every mail as `<id>.eml` into a directory; ids sort by time. They hold tokens: only the owner may read them.
#[derive(Clone, Debug)]
pub struct FileMailer {
    directory: PathBuf,
    composer: Composer,
}

impl FileMailer {
    /// The directory is made when the first mail is written.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, composer: Composer) -> Self {
        Self { directory: directory.into(), composer }
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &QueuedMail) -> Result<(), Fault> {
        let message = self.composer.compose(mail, Wire::EightBit)?.formatted();
        let (directory, name) = (self.directory.clone(), mail.id.to_string());
        tokio::task::spawn_blocking(move || write(&directory, &name, &message))
            .await
            .map_err(|e| Fault::Failed(e.into()))?
            .map_err(|e| Fault::Unavailable(e.into()))
    }
}

/// On disk when it returns, and never there in part.
fn write(directory: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    make(directory)?;
    let unfinished = directory.join(format!(".{name}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&unfinished, directory.join(format!("{name}.eml")))?;
    File::open(directory)?.sync_all()
}

fn make(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    // Only the directory itself is closed to others; what it lies in is not ours to close.
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use mail_parser::MessageParser;

    use super::*;
    use crate::render::tests::{invitation, mail};

    /// A path of this test's own, gone when the test is over.
    struct Place(PathBuf);

    impl Place {
        fn new(test: &str) -> Self {
            let place = std::env::temp_dir().join(format!("portcullis-{}-{test}", std::process::id()));
            let _ = fs::remove_dir_all(&place);
            Self(place)
        }

        fn mailer(&self) -> FileMailer {
            FileMailer::new(self.0.join("data/outbox"), Composer::new("http://127.0.0.1:8080", None).unwrap())
        }

        fn files(&self) -> Vec<PathBuf> {
            fs::read_dir(self.0.join("data/outbox")).unwrap().map(|it| it.unwrap().path()).collect()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    /// As the README's reader does.
    fn grep_links(file: &Path) -> Vec<String> {
        let found = Command::new("grep").args(["-o", "http[^ ]*token=[A-Za-z0-9_-]*"]).arg(file).output().unwrap();
        String::from_utf8(found.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
    }

    #[tokio::test]
    async fn a_mail_becomes_a_file_whose_link_can_be_copied() {
        let place = Place::new("link");
        let token = "mJ-0_c4tZ2x8kQvWn5Yh1sRbU7eGdLpA3iXoTfKyHzM";
        for mail in [invitation("Größe 蜂"), mail("verify_email", &[("username", "ada"), ("token", token)])] {
            place.mailer().send(&mail).await.unwrap();
            let [file] = place.files().try_into().unwrap();
            assert_eq!(file.file_name().unwrap(), "00000000-0000-0000-0000-000000000007.eml");

            let links = grep_links(&file);
            let link = links.first().unwrap();
            assert!(link.starts_with("http://127.0.0.1:8080/") && link.ends_with(&format!("?token={token}")), "{link}");
            assert!(links.iter().all(|it| it == link), "{links:?}");

            let source = fs::read(&file).unwrap();
            let message = MessageParser::default().parse(&source).unwrap();
            assert!(message.body_text(0).unwrap().lines().any(|it| it == link));
        }
    }

    #[tokio::test]
    async fn only_the_owner_may_read() {
        let place = Place::new("modes");
        place.mailer().send(&invitation("Bees")).await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let [file] = place.files().try_into().unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        // What it lies in is as open as any other directory.
        fs::create_dir(place.0.join("other")).unwrap();
        assert_eq!(mode(&place.0.join("data")), mode(&place.0.join("other")));
    }

    #[tokio::test]
    async fn mailer_1_a_mail_that_can_not_be_written_was_not_sent() {
        let place = Place::new("fails");
        fs::create_dir(&place.0).unwrap();
        fs::write(place.0.join("data"), "in the way").unwrap();
        assert!(matches!(place.mailer().send(&invitation("Bees")).await, Err(Fault::Unavailable(_))));
    }

    #[tokio::test]
    async fn a_mail_sent_again_is_one_file() {
        let place = Place::new("again");
        for _ in 0..2 {
            place.mailer().send(&invitation("Bees")).await.unwrap();
        }
        assert_eq!(place.files().len(), 1);
    }
}
