use std::path::PathBuf;
use std::sync::Arc;

use adapter_crypto::{RandomIds, SystemClock};
use adapter_files::{Bucket, StoredFiles};
use kernel::{Act, Clock, Fault, FileName, FileStore, Ids};

use crate::support::race;
use crate::support::s3::FakeS3;

/// Where two nodes keep files.
enum Kept {
    /// Gone with the test.
    Directory(PathBuf),
    Bucket(FakeS3),
}

struct Shared {
    kept: Kept,
    nodes: [Arc<dyn FileStore>; 2],
}

impl Shared {
    fn both() -> [Self; 2] {
        server::use_aws_lc_rs();
        [Self::directory(), Self::of(Kept::Bucket(FakeS3::start()))]
    }

    fn directory() -> Self {
        let own = RandomIds::default().uuid(SystemClock.now());
        Self::of(Kept::Directory(std::env::temp_dir().join(format!("portcullis_files_{own}")).join("files")))
    }

    fn of(kept: Kept) -> Self {
        let nodes = [kept.node(), kept.node()];
        Self { kept, nodes }
    }

    async fn put(&self, name: &FileName, bytes: &[u8]) {
        self.nodes[0].put(name, bytes.to_vec()).await.expect("there is room");
    }

    /// As the other node reads it.
    async fn get(&self, name: &FileName) -> Option<Vec<u8>> {
        self.nodes[1].get(name).await.expect("it answers")
    }

    /// Everything that is kept.
    fn lying_about(&self) -> Vec<String> {
        match &self.kept {
            Kept::Directory(directory) => {
                let logos = std::fs::read_dir(directory.join("logos")).into_iter().flatten();
                logos.map(|it| it.expect("an entry can be read").path().display().to_string()).collect()
            }
            Kept::Bucket(s3) => s3.names(),
        }
    }
}

impl Kept {
    fn node(&self) -> Arc<dyn FileStore> {
        Arc::new(match self {
            Self::Directory(directory) => StoredFiles::in_directory(directory).expect("a directory"),
            Self::Bucket(s3) => StoredFiles::in_bucket(&s3.bucket()).expect("a bucket"),
        })
    }
}

fn name() -> FileName {
    FileName::fresh(&Act::of_system(SystemClock.now(), Arc::new(RandomIds::default())), "logos", "png")
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Kept::Directory(directory) = &self.kept {
            std::fs::remove_dir_all(directory.parent().expect("it lies in a directory of its own")).ok();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_1_what_was_put_is_there_for_every_node() {
    for files in Shared::both() {
        let put = race(40, |i| {
            let (node, name) = (files.nodes[i % 2].clone(), name());
            async move {
                node.put(&name, vec![u8::try_from(i).unwrap(); 1000]).await.unwrap();
                (i, name)
            }
        })
        .await;
        // One that begins now, too.
        let later = files.kept.node();
        for (i, name) in put {
            let expected = Some(vec![u8::try_from(i).unwrap(); 1000]);
            assert_eq!(files.get(&name).await, expected);
            assert_eq!(later.get(&name).await.unwrap(), expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_2_a_file_is_seen_whole_or_not_at_all() {
    for files in Shared::both() {
        let name = name();
        let seen = race(60, |i| {
            let (node, name) = (files.nodes[i % 2].clone(), name.clone());
            async move {
                if i % 3 == 0 {
                    node.put(&name, vec![u8::try_from(i).unwrap(); 300_000]).await.unwrap();
                }
                node.get(&name).await.unwrap()
            }
        })
        .await;
        assert!(seen.iter().flatten().count() >= 20, "those who put one see one");
        for file in seen.into_iter().flatten() {
            assert_eq!(file.len(), 300_000);
            assert!(file.iter().all(|it| *it == file[0]), "two files in one");
        }
        assert_eq!(files.lying_about().len(), 1, "{:?}", files.lying_about());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_3_what_comes_out_is_what_went_in() {
    for files in Shared::both() {
        let every_byte: Vec<u8> = (0..=255).cycle().take(10 * 1024 * 1024).collect();
        for bytes in [&every_byte[..], b"\0\r\n\xff", b""] {
            let name = name();
            files.put(&name, bytes).await;
            assert!(files.get(&name).await.as_deref() == Some(bytes), "{} bytes are not the same", bytes.len());
        }
        assert_eq!(files.get(&name()).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_4_what_was_removed_is_gone_however_often() {
    for files in Shared::both() {
        let (gone, stays) = (name(), name());
        files.put(&gone, b"a").await;
        files.put(&stays, b"b").await;
        race(20, |i| {
            let (node, name) = (files.nodes[i % 2].clone(), gone.clone());
            async move { node.remove(&name).await.unwrap() }
        })
        .await;
        assert_eq!(files.get(&gone).await, None);
        assert_eq!(files.get(&stays).await.as_deref(), Some(&b"b"[..]));
        assert_eq!(files.lying_about().len(), 1, "{:?}", files.lying_about());
        files.nodes[0].remove(&name()).await.unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_looks_into_the_directory() {
    use std::os::unix::fs::PermissionsExt;
    let files = Shared::directory();
    let Kept::Directory(directory) = &files.kept else { panic!("a directory") };
    let mode = std::fs::metadata(directory).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_gone_or_lets_nobody_in_is_a_fault_and_no_missing_file() {
    server::use_aws_lc_rs();
    let s3 = FakeS3::start();
    let strangers = Bucket { access_key_id: "SOMEBODY".to_owned(), ..s3.bucket() };
    let refused = StoredFiles::in_bucket(&strangers).unwrap();
    let own = StoredFiles::in_bucket(&s3.bucket()).unwrap();
    own.put(&name(), vec![1]).await.unwrap();
    assert!(s3.names()[0].starts_with("/pictures/of/tests/logos/"), "{:?}", s3.names());
    refused.get(&name()).await.unwrap_err();
    refused.put(&name(), vec![1]).await.unwrap_err();
    refused.remove(&name()).await.unwrap_err();
    s3.stop().await;
    let fault = own.get(&name()).await.unwrap_err();
    assert!(matches!(fault, Fault::Unavailable(_)), "{fault:?}");
}
