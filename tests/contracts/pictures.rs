use adapter_files::Studio;
use futures::future::join_all;
use futures::join;
use kernel::{Fault, Picture, PictureError, PictureKind, Pictures, UserId};
use uuid::Uuid;

use crate::support::pictures::{
    BLUE, HTML, RED, SVG, WHERE_IT_WAS_TAKEN, assert_colour, holds, jpeg, moving_webp, photo, png, png_bomb,
    png_with_exif, png_with_profile, seen, transparent_webp, webp, webp_bomb,
};

async fn redraw(upload: Vec<u8>) -> Result<Picture, PictureError> {
    Studio::default().redraw(None, upload).await
}

async fn drawn(upload: Vec<u8>) -> Picture {
    redraw(upload).await.expect("it is a picture")
}

#[tokio::test]
async fn pictures_1_the_bytes_say_what_it_is() {
    for (upload, kind) in [
        (png(40, 20), PictureKind::Png),
        (jpeg(40, 20), PictureKind::Jpeg),
        (webp(40, 20), PictureKind::Jpeg),
        (transparent_webp(40, 20), PictureKind::Png),
    ] {
        let picture = drawn(upload).await;
        assert_eq!(picture.kind, kind);
        let told = image::guess_format(&picture.bytes).unwrap().to_mime_type();
        assert_eq!(told, kind.media_type());
        assert_eq!(seen(&picture.bytes).width(), 40);
    }
    let gif = b"GIF89a\x01\0\x01\0\0\0\0\x3b";
    for other in [b"", &b"text"[..], SVG.as_bytes(), HTML, gif, b"PK\x03\x04", b"%PDF-1.7", b"BM", b"II*\0"] {
        let answer = redraw(other.to_vec()).await;
        assert!(matches!(answer, Err(PictureError::NotAPicture)), "{answer:?}");
    }
}

#[tokio::test]
async fn pictures_1_what_is_cut_off_or_damaged_is_broken() {
    let whole = png(400, 200);
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    let head = |whole: Vec<u8>, length: usize| whole[..length].to_vec();
    for bad in [
        damaged,
        head(whole.clone(), whole.len() / 2),
        head(whole, 8),
        head(jpeg(40, 20), 4),
        head(webp(40, 20), 16),
        [b"\x89PNG\r\n\x1a\n", HTML].concat(),
        [b"\xff\xd8\xff", HTML].concat(),
        [b"RIFF\x10\0\0\0WEBP", HTML].concat(),
    ] {
        let answer = redraw(bad).await;
        assert!(matches!(answer, Err(PictureError::Broken)), "{answer:?}");
    }
}

#[tokio::test]
async fn pictures_2_what_would_fill_the_memory_is_not_begun() {
    for (width, height) in [(50_000, 50_000), (5000, 5000), (20_000, 1), (u32::MAX >> 1, u32::MAX >> 1)] {
        let answer = redraw(png_bomb(width, height)).await;
        assert!(matches!(answer, Err(PictureError::TooLarge)), "{width} × {height}: {answer:?}");
    }
    let answer = redraw(webp_bomb()).await;
    assert!(matches!(answer, Err(PictureError::TooLarge)), "{answer:?}");
    // A JPEG says its size in four bytes behind the start of its frame.
    let mut large = jpeg(40, 20);
    let frame = large.windows(2).position(|it| it == [0xff, 0xc0]).expect("it has a frame");
    large[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let answer = redraw(large).await;
    assert!(matches!(answer, Err(PictureError::TooLarge)), "{answer:?}");
    let answer = redraw(png_with_profile(5 << 20)).await;
    assert!(matches!(answer, Err(PictureError::TooLarge)), "{answer:?}");
    // As much as there may be.
    assert!(redraw(png_with_profile(4 << 20)).await.is_ok());
    let answer = redraw(png_bomb(4096, 4096)).await;
    assert!(matches!(answer, Err(PictureError::Broken)), "{answer:?}");
}

#[tokio::test]
async fn pictures_3_nothing_is_kept_but_what_can_be_seen() {
    assert!(holds(&photo(40, 20), WHERE_IT_WAS_TAKEN) && holds(&png_with_exif(40, 20), WHERE_IT_WAS_TAKEN));
    for upload in [photo(40, 20), png_with_exif(40, 20), png(40, 20), jpeg(40, 20), webp(40, 20)] {
        let picture = drawn([&upload[..], HTML].concat()).await;
        for gone in [WHERE_IT_WAS_TAKEN, HTML, b"<script", b"Exif", b"eXIf"] {
            assert!(!holds(&picture.bytes, gone), "{}", String::from_utf8_lossy(gone));
        }
        assert_ne!(picture.bytes, upload);
    }
}

#[tokio::test]
async fn pictures_3_a_photo_on_its_side_is_turned() {
    let turned = seen(&drawn(photo(40, 20)).await.bytes);
    assert_eq!((turned.width(), turned.height()), (20, 40));
    // What was left is above.
    assert_colour(&turned, (10, 5), RED);
    assert_colour(&turned, (10, 35), BLUE);
}

#[tokio::test]
async fn pictures_3_of_a_moving_one_the_first_frame_stays() {
    let still = seen(&drawn(moving_webp(40, 20)).await.bytes);
    assert_colour(&still, (5, 10), RED);
    assert_colour(&still, (35, 10), BLUE);
}

#[tokio::test]
async fn pictures_4_a_large_one_shrinks_in_its_proportions() {
    for upload in [png(3000, 1500), jpeg(3000, 1500), webp(3000, 1500)] {
        let small = seen(&drawn(upload).await.bytes);
        assert_eq!((small.width(), small.height()), (1024, 512));
        assert_colour(&small, (100, 100), RED);
        assert_colour(&small, (900, 100), BLUE);
    }
    for (before, after) in
        [((1024, 1024), (1024, 1024)), ((1, 1), (1, 1)), ((5000, 1), (1024, 1)), ((1, 5000), (1, 1024))]
    {
        let picture = seen(&drawn(png(before.0, before.1)).await.bytes);
        assert_eq!((picture.width(), picture.height()), after);
    }
    let transparent = seen(&drawn(transparent_webp(40, 20)).await.bytes).into_rgba8();
    assert_eq!((transparent.get_pixel(5, 5)[3], transparent.get_pixel(35, 5)[3]), (0, 255));
}

#[tokio::test]
async fn pictures_5_of_too_many_at_once_the_rest_is_sent_away() {
    let studio = Studio::default();
    let upload = jpeg(2000, 2000);
    let answers = join_all((0..40).map(|_| studio.redraw(None, upload.clone()))).await;
    let drawn = answers.iter().filter(|it| it.is_ok()).count();
    let sent_away = |it: &&Result<_, _>| matches!(it, Err(PictureError::Fault(Fault::Overloaded(_))));
    assert!((10..40).contains(&drawn), "{drawn}");
    assert_eq!(answers.iter().filter(sent_away).count(), 40 - drawn);
    assert!(studio.redraw(None, upload).await.is_ok(), "there is a place again");
}

#[tokio::test]
async fn pictures_6_who_uploads_much_is_in_nobodys_way() {
    let studio = Studio::default();
    let [greedy, other] = [1, 2].map(|it| UserId::from(Uuid::from_u128(it)));
    let (large, small) = (jpeg(2000, 2000), png(4, 4));
    let (greedy, other) = join!(
        join_all((0..40).map(|_| studio.redraw(Some(greedy), large.clone()))),
        join_all((0..3).map(|_| studio.redraw(Some(other), small.clone()))),
    );
    assert!(other.iter().all(Result::is_ok), "{other:?}");
    assert_eq!(greedy.iter().filter(|it| it.is_ok()).count(), 3, "one is drawn, two wait");
}
