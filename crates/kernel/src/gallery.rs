use std::future::Future;
use std::sync::Arc;

use crate::{Act, Fault, FileName, FileStore, PictureError, Pictures, Problems};

/// Uploads that become pictures, are kept and shown: the rules of every picture that something here has.
#[derive(Clone)]
pub struct Gallery {
    /// What makes a picture of an upload.
    pub pictures: Arc<dyn Pictures>,
    /// Where pictures are kept.
    pub files: Arc<dyn FileStore>,
}

/// Pictures of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Album {
    /// Where their files are kept.
    pub folder: &'static str,
    /// What people call one.
    pub called: &'static str,
}

/// Why an upload is not taken.
#[derive(Debug)]
pub enum Unfit {
    /// It is none of the kinds of pictures that are drawn.
    NotAPicture,
    /// It has too many pixels.
    TooLarge(Problems),
    /// It is damaged.
    Broken(Problems),
    /// Nobody's fault but ours.
    Fault(Fault),
}

/// A picture that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The one that whoever asks has already.
    Known(FileName),
    /// The file and what is in it.
    Picture(FileName, Vec<u8>),
}

impl Gallery {
    /// How often another picture may take its place while it is read.
    const PATIENCE: usize = 5;

    /// Draws the upload and keeps it under a fresh name, which nothing has yet: [`Gallery::settle`] follows. Whatever stops
    /// this on the way leaves a file that nobody names, at worst, and never a name without a file.
    pub async fn keep(&self, act: &Act, album: Album, upload: Vec<u8>) -> Result<FileName, Unfit> {
        let picture =
            self.pictures.redraw(act.actor.principal(), upload).await.map_err(|error| Unfit::of(error, album))?;
        let file = FileName::fresh(act, album.folder, picture.kind.ending());
        self.files.put(&file, picture.bytes).await.map_err(Unfit::Fault)?;
        Ok(file)
    }

    /// Removes what nobody names any more: the picture before this one, which `committed` told, or this one where it was
    /// refused. After a fault the name may be there, so the file must be.
    pub async fn settle<E>(
        &self,
        file: FileName,
        committed: Result<Option<FileName>, E>,
        is_fault: impl FnOnce(&E) -> bool,
    ) -> Result<(), E> {
        match committed {
            Ok(before) => self.discard(before).await,
            Err(error) if is_fault(&error) => return Err(error),
            Err(error) => {
                self.discard(Some(file)).await;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Removes the file, which nobody names any more. Where it stays, it costs its room and nothing else.
    pub async fn discard(&self, file: Option<FileName>) {
        if let Some(file) = file {
            self.files.remove(&file).await.ok();
        }
    }

    /// The picture that `named` tells the file of; absent where it tells none.
    pub async fn show<E, F>(
        &self,
        named: impl Fn() -> F,
        is_known: impl Fn(&FileName) -> bool,
    ) -> Result<Option<Shown>, E>
    where
        E: From<Fault>,
        F: Future<Output = Result<Option<FileName>, E>>,
    {
        let mut missing = None;
        for _ in 0..Self::PATIENCE {
            let Some(file) = named().await? else { return Ok(None) };
            if is_known(&file) {
                return Ok(Some(Shown::Known(file)));
            }
            if let Some(bytes) = self.files.get(&file).await? {
                return Ok(Some(Shown::Picture(file, bytes)));
            }
            // Replaced or removed since its name was read.
            missing = Some(file);
        }
        let missing = missing.as_ref().map_or("", FileName::as_str);
        Err(Fault::defect(format!("the file of a picture is missing, or it changes without end: {missing}")).into())
    }
}

impl Unfit {
    fn of(error: PictureError, album: Album) -> Self {
        let called = album.called;
        match error {
            PictureError::NotAPicture => Self::NotAPicture,
            PictureError::Fault(fault) => Self::Fault(fault),
            PictureError::TooLarge => Self::TooLarge(Problems::one(
                called,
                format!(
                    "The {called} must have at most 16 megapixels, no side longer than 16384, and 4 MB of metadata."
                ),
            )),
            PictureError::Broken => {
                Self::Broken(Problems::one(called, format!("The {called} is damaged: it can't be read to its end.")))
            }
        }
    }

    /// Its name, where it is the upload's fault.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::NotAPicture => Some("not_a_picture"),
            Self::TooLarge(_) => Some("picture_too_large"),
            Self::Broken(_) => Some("picture_broken"),
            Self::Fault(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
