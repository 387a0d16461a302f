//! Files people upload, good ones and bad ones.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};

pub const RED: [u8; 3] = [220, 30, 30];
pub const BLUE: [u8; 3] = [30, 30, 220];

/// The left half red, the right half blue.
pub fn drawing(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE }))
}

fn encoded(encoder: impl ImageEncoder, drawing: &RgbImage) {
    let (width, height) = drawing.dimensions();
    encoder.write_image(drawing, width, height, ExtendedColorType::Rgb8).expect("a picture can be encoded");
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoded(PngEncoder::new(&mut bytes), &drawing(width, height));
    bytes
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoded(JpegEncoder::new_with_quality(&mut bytes, 95), &drawing(width, height));
    bytes
}

pub fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoded(WebPEncoder::new_lossless(&mut bytes), &drawing(width, height));
    bytes
}

/// Red, and half of it can be seen through.
pub fn transparent_webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let drawing =
        RgbaImage::from_fn(width, height, |x, _| Rgba([RED[0], RED[1], RED[2], if x < width / 2 { 0 } else { 255 }]));
    let encoder = WebPEncoder::new_lossless(&mut bytes);
    encoder.write_image(&drawing, width, height, ExtendedColorType::Rgba8).expect("a picture can be encoded");
    bytes
}

/// What a camera writes into its pictures, here as text.
pub const WHERE_IT_WAS_TAKEN: &[u8] = b"GPS 52.5200 13.4050";

/// EXIF that says how to turn the picture, and more than anybody should know.
fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    bytes.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    let length = u8::try_from(WHERE_IT_WAS_TAKEN.len()).expect("a short text");
    // The image's description, behind the directory.
    bytes.extend([0x01, 0x0e, 0, 2, 0, 0, 0, length, 0, 0, 0, 38, 0, 0, 0, 0]);
    bytes.extend(WHERE_IT_WAS_TAKEN);
    bytes
}

/// A photo on its side: turned a quarter to the right it is upright.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif(6)).expect("a JPEG takes EXIF");
    encoded(encoder, &drawing(width, height));
    bytes
}

pub fn png_with_exif(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif(1)).expect("a PNG takes EXIF");
    encoded(encoder, &drawing(width, height));
    bytes
}

/// A few bytes that say they are so large a PNG.
pub fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8], data: &[u8]| {
        let length = u32::try_from(data.len()).expect("a short chunk");
        let sum = crc32(&[name, data].concat());
        bytes.extend([&length.to_be_bytes()[..], name, data, &sum.to_be_bytes()].concat());
    };
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[1, 0, 0, 0, 0]].concat());
    // An empty stream.
    chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]);
    chunk(b"IEND", &[]);
    bytes
}

/// A PNG whose colour profile is this large, once it is unpacked.
pub fn png_with_profile(length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(vec![0; length]).expect("a PNG takes a profile");
    encoded(encoder, &drawing(40, 20));
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_chunk(*b"RIFF", &[b"WEBP".to_vec(), chunks.concat()].concat())
}

fn riff_chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a short chunk");
    let padding = vec![0; data.len() % 2];
    [&name[..], &length.to_le_bytes(), data, &padding].concat()
}

/// A canvas of this size, with alpha or motion.
fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |it: u32| (it - 1).to_le_bytes()[..3].to_vec();
    riff_chunk(*b"VP8X", &[vec![flags, 0, 0, 0], side(width), side(height)].concat())
}

/// A WebP that says it is tiny, and holds a frame that says it is the largest there can be.
pub fn webp_bomb() -> Vec<u8> {
    let frame = [&[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f][..], &[0; 64]].concat();
    riff(&[canvas(0, 1, 1), riff_chunk(*b"VP8 ", &frame)])
}

/// A moving WebP: [`drawing`], and then another picture.
pub fn moving_webp(width: u32, height: u32) -> Vec<u8> {
    let mirrored = DynamicImage::from(drawing(width, height)).fliph().into_rgb8();
    let frame = |drawing: &RgbImage| {
        let mut still = Vec::new();
        encoded(WebPEncoder::new_lossless(&mut still), drawing);
        let side = |it: u32| (it - 1).to_le_bytes()[..3].to_vec();
        let place = [vec![0; 6], side(width), side(height), vec![100, 0, 0, 0]].concat();
        riff_chunk(*b"ANMF", &[place, still[12..].to_vec()].concat())
    };
    riff(&[canvas(2, width, height), riff_chunk(*b"ANIM", &[0; 6]), frame(&drawing(width, height)), frame(&mirrored)])
}

pub const SVG: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(document.cookie)</script></svg>"#;
pub const HTML: &[u8] = b"<html><script>alert(document.cookie)</script></html>";

/// Whether these bytes are somewhere in the file.
pub fn holds(file: &[u8], bytes: &[u8]) -> bool {
    file.windows(bytes.len()).any(|it| it == bytes)
}

/// What is seen; it is of the colour, or nearly.
pub fn seen(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).expect("it is a picture")
}

#[track_caller]
pub fn assert_colour(picture: &DynamicImage, at: (u32, u32), colour: [u8; 3]) {
    let Rgb(found) = *picture.to_rgb8().get_pixel(at.0, at.1);
    let is_near = found.iter().zip(colour).all(|(found, wanted)| found.abs_diff(wanted) < 16);
    assert!(is_near, "{found:?} at {at:?}, not {colour:?}");
}
