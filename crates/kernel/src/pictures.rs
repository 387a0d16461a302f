use std::fmt;

use async_trait::async_trait;

use crate::{Fault, FileName, UserId};

/// In which form a picture is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl PictureKind {
    /// Its media type; a browser is told this one and guesses nothing.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// What the names of such files end with.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }

    /// The kind of a kept picture.
    #[must_use]
    pub fn of(file: &FileName) -> Option<Self> {
        [Self::Png, Self::Jpeg].into_iter().find(|it| it.ending() == file.ending())
    }
}

/// A picture as we have drawn it: of what was uploaded only what can be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// In which form.
    pub kind: PictureKind,
    /// The file.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// Why an upload does not become a picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It does not begin as a PNG, a JPEG or a WebP does.
    #[error("not a picture")]
    NotAPicture,
    /// It has more pixels, or takes more memory, than it may.
    #[error("too large a picture")]
    TooLarge,
    /// It begins like a picture and is none.
    #[error("a broken picture")]
    Broken,
    /// Nobody's fault but ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Makes pictures that are safe to show of uploads that are not.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Pictures: Send + Sync {
    /// PICTURES-1 MUST tell by the bytes whether it is a PNG, a JPEG or a WebP, and refuse everything else as `NotAPicture`,
    /// what is cut off or damaged as `Broken`.
    /// PICTURES-2 MUST refuse as `TooLarge`, before memory is taken for it, what would have too many pixels or
    /// unpacks to far more than can be seen.
    /// PICTURES-3 MUST keep nothing of the upload but what can be seen: no metadata, nothing behind the picture, of moving
    /// ones the first frame; and turn it as its metadata said.
    /// PICTURES-4 MUST answer a picture of a size that is fit to be shown, in the same proportions.
    /// PICTURES-5 MUST answer `Overloaded` rather than let callers queue up without bound.
    /// PICTURES-6 MUST NOT let what is uploaded by the same user's rights stand in the way of others': of it one is drawn at
    /// a time, and few wait.
    async fn redraw(&self, whose: Option<UserId>, upload: Vec<u8>) -> Result<Picture, PictureError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::act;

    #[test]
    fn a_kept_pictures_kind_is_in_its_name() {
        for kind in [PictureKind::Png, PictureKind::Jpeg] {
            assert_eq!(PictureKind::of(&FileName::fresh(&act(), "logos", kind.ending())), Some(kind));
        }
        assert_eq!(PictureKind::of(&FileName::fresh(&act(), "logos", "svg")), None);
    }
}
