use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use kernel::{Fault, Picture, PictureError, PictureKind};

use crate::packed::packs_too_much;

/// The most pixels an upload may have: 4096 × 4096, or 16 megapixels of any shape.
const MOST_PIXELS: u64 = 4096 * 4096;
/// The longest side an upload may have.
const LONGEST_SIDE: u32 = 16_384;
/// The most memory its pixels may take; four bytes for each of the most.
const MOST_MEMORY: u64 = 4 * MOST_PIXELS;
/// The longest side of what is kept.
const LONGEST_KEPT: u32 = 1024;
/// How much of a JPEG stays, of 100.
const QUALITY: u8 = 88;

/// Decodes what the bytes are, whatever they are called, and encodes what can be seen of it. What came as a PNG or can be
/// seen through becomes a PNG, everything else a JPEG.
pub fn redraw(upload: &[u8]) -> Result<Picture, PictureError> {
    let format = image::guess_format(upload).map_err(|_| PictureError::NotAPicture)?;
    let drawn = match format {
        ImageFormat::Png if packs_too_much(upload) => return Err(PictureError::TooLarge),
        ImageFormat::WebP if hides_a_larger_frame(upload) => return Err(PictureError::TooLarge),
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP => decode(upload, format)?,
        _ => return Err(PictureError::NotAPicture),
    };
    let keeps_alpha = drawn.color().has_alpha();
    let mut bytes = Vec::new();
    let kind = if format == ImageFormat::Png || keeps_alpha { PictureKind::Png } else { PictureKind::Jpeg };
    let drawn: DynamicImage = if keeps_alpha { drawn.into_rgba8().into() } else { drawn.into_rgb8().into() };
    let encoded = match kind {
        PictureKind::Png => {
            let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
            drawn.write_with_encoder(encoder)
        }
        PictureKind::Jpeg => drawn.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY)),
    };
    encoded.map_err(|e| Fault::Failed(e.into()))?;
    Ok(Picture { kind, bytes })
}

/// Upright, and no larger than what is kept. Of moving ones it is the first frame that decoders give.
fn decode(upload: &[u8], format: ImageFormat) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| refusal(&e))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(PictureError::TooLarge);
    }
    let orientation = match format {
        // The decoder would take as much memory for its metadata as it is told to; hardly any says how to turn it.
        ImageFormat::WebP => Orientation::NoTransforms,
        _ => decoder.orientation().unwrap_or(Orientation::NoTransforms),
    };
    let mut drawn = DynamicImage::from_decoder(decoder).map_err(|e| refusal(&e))?;
    if width.max(height) > LONGEST_KEPT {
        drawn = drawn.thumbnail(LONGEST_KEPT, LONGEST_KEPT);
    }
    drawn.apply_orientation(orientation);
    Ok(drawn)
}

fn refusal(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Broken,
    }
}

/// A lossy frame of a WebP says its own size, which need not be that of the canvas, and the decoder takes memory for it
/// before it compares the two. Where a frame is anywhere in the file it can be told by its first bytes.
fn hides_a_larger_frame(upload: &[u8]) -> bool {
    // Name and length of the chunk, the frame's tag, its start code, its width and its height.
    upload.windows(18).filter(|it| it.starts_with(b"VP8 ") && it[11..14] == [0x9d, 0x01, 0x2a]).any(|it| {
        let side = |at: usize| u64::from(u16::from_le_bytes([it[at], it[at + 1]]) & 0x3fff);
        side(14) * side(16) > MOST_PIXELS
    })
}
