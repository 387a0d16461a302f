use std::sync::Mutex;

use super::*;
use crate::testing::act;
use crate::{MockFileStore, MockPictures, Picture, PictureKind};

const LOGOS: Album = Album { folder: "logos", called: "logo" };

/// What became of files, in order.
type Trace = Arc<Mutex<Vec<String>>>;

fn name() -> FileName {
    FileName::fresh(&act(), "logos", "png")
}

fn old() -> FileName {
    FileName::parse("logos/00000000-0000-0000-0000-00000000aaaa.jpg").unwrap()
}

fn gallery(redrawn: fn() -> Result<Picture, PictureError>) -> (Gallery, Trace) {
    let trace = Trace::default();
    let mut files = MockFileStore::new();
    let put = Arc::clone(&trace);
    files.expect_put().withf(|_, bytes| *bytes == [7]).returning(move |name, _| {
        put.lock().unwrap().push(format!("put {name}"));
        Ok(())
    });
    let removed = Arc::clone(&trace);
    files.expect_remove().returning(move |name| {
        removed.lock().unwrap().push(format!("remove {name}"));
        // It costs its room where it stays.
        Err(Fault::Contended)
    });
    let mut pictures = MockPictures::new();
    pictures.expect_redraw().withf(|_, upload| *upload == [1, 2]).returning(move |_, _| redrawn());
    (Gallery { pictures: Arc::new(pictures), files: Arc::new(files) }, trace)
}

fn png() -> Picture {
    Picture { kind: PictureKind::Png, bytes: vec![7] }
}

#[tokio::test]
async fn what_is_drawn_is_kept_under_a_fresh_name() {
    let (gallery, trace) = gallery(|| Ok(png()));
    assert_eq!(gallery.keep(&act(), LOGOS, vec![1, 2]).await.unwrap(), name());
    assert_eq!(*trace.lock().unwrap(), [format!("put {}", name())]);
}

#[tokio::test]
async fn why_an_upload_is_refused_is_said_of_what_it_was_to_be() {
    for refused in [|| Err(PictureError::TooLarge), || Err(PictureError::Broken)] {
        let (gallery, trace) = gallery(refused);
        let Err(Unfit::TooLarge(problems) | Unfit::Broken(problems)) = gallery.keep(&act(), LOGOS, vec![1, 2]).await
        else {
            panic!("it is the input's fault")
        };
        assert!(problems.iter().map(|(field, _)| field).eq(["logo"]));
        assert_eq!(*trace.lock().unwrap(), [""; 0]);
    }
    let (gallery, _) = gallery(|| Err(PictureError::NotAPicture));
    assert!(matches!(gallery.keep(&act(), LOGOS, vec![1, 2]).await, Err(Unfit::NotAPicture)));
}

#[tokio::test]
async fn what_nobody_names_is_removed_and_nothing_else() {
    let settled = async |committed: Result<Option<FileName>, &'static str>| {
        let (gallery, trace) = gallery(|| Ok(png()));
        let outcome = gallery.settle(name(), committed, |it| *it == "fault").await;
        (outcome, trace.lock().unwrap().join(", "))
    };
    assert_eq!(settled(Ok(None)).await, (Ok(()), String::new()));
    assert_eq!(settled(Ok(Some(old()))).await, (Ok(()), format!("remove {}", old())));
    assert_eq!(settled(Err("no")).await, (Err("no"), format!("remove {}", name())));
    // It may have been committed.
    assert_eq!(settled(Err("fault")).await, (Err("fault"), String::new()));
}

/// Where the pictures are these, one after the other, and only `there` has a file.
async fn shown(named: Vec<Option<FileName>>, there: &FileName, known: &str) -> Result<Option<Shown>, Fault> {
    let mut files = MockFileStore::new();
    let there = there.clone();
    files.expect_get().returning(move |it| Ok((*it == there).then(|| vec![1, 2])));
    let gallery = Gallery { pictures: Arc::new(MockPictures::new()), files: Arc::new(files) };
    let named = Mutex::new(named);
    let next = || {
        let mut named = named.lock().unwrap();
        let name = if named.len() > 1 { named.remove(0) } else { named[0].clone() };
        async { Ok(name) }
    };
    gallery.show(next, |it| it.ending() == known).await
}

#[tokio::test]
async fn what_is_known_is_not_read() {
    let known = shown(vec![Some(name())], &old(), "png").await.unwrap();
    assert_eq!(known, Some(Shown::Known(name())));
    let other = shown(vec![Some(old())], &old(), "png").await.unwrap();
    assert_eq!(other, Some(Shown::Picture(old(), vec![1, 2])));
    assert_eq!(shown(vec![None], &old(), "png").await.unwrap(), None);
}

#[tokio::test]
async fn one_that_is_replaced_meanwhile_is_read_anew() {
    let replaced = shown(vec![Some(old()), Some(name())], &name(), "").await.unwrap();
    assert_eq!(replaced, Some(Shown::Picture(name(), vec![1, 2])));
    assert_eq!(shown(vec![Some(old()), None], &name(), "").await.unwrap(), None);
    let dangling = shown(vec![Some(old())], &name(), "").await;
    assert!(matches!(dangling, Err(Fault::Failed(_))), "{dangling:?}");
}
