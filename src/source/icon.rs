//! Icons: told by their content, bounded, and written as the data URI that is sent. No client.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The largest icon, in bytes: under 1 MB (Logic Apps documentation, custom connector wizard).
pub const ICON_LIMIT: usize = 999_999;

/// The widest and highest icon, in pixels. The portal shows 32 to 230; what is beyond this is a mistake.
const SIDE_LIMIT: u32 = 8192;

/// Why something is no icon.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IconError {
    /// Neither a PNG nor a JPEG.
    #[error("it is neither a PNG nor a JPEG image; other formats cannot be shown")]
    UnknownFormat,
    /// The header of the image does not hold.
    #[error("it begins as a {0} image does, but its header is damaged")]
    Damaged(&'static str),
    /// An image without area, or far beyond what can be shown.
    #[error("it is {width} by {height} pixels; between 1 and {SIDE_LIMIT} are accepted, 160 by 160 is usual")]
    Dimensions {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// More bytes than are accepted.
    #[error("it has {size} bytes; at most {ICON_LIMIT} are accepted")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// The inline text is not base64.
    #[error("its inline text is not base64 (RFC 4648, standard alphabet, padded)")]
    NotBase64,
}

/// The icon as `data:image/png;base64,…` or `data:image/jpeg;base64,…`.
pub fn data_uri(bytes: &[u8]) -> Result<String, IconError> {
    if bytes.len() > ICON_LIMIT {
        return Err(IconError::TooLarge { size: bytes.len() });
    }
    let (media_type, (width, height)) = if bytes.starts_with(&PNG) {
        (
            "image/png",
            png_dimensions(bytes).ok_or(IconError::Damaged("PNG"))?,
        )
    } else if bytes.starts_with(&JPEG) {
        (
            "image/jpeg",
            jpeg_dimensions(bytes).ok_or(IconError::Damaged("JPEG"))?,
        )
    } else {
        return Err(IconError::UnknownFormat);
    };
    if [width, height]
        .iter()
        .any(|side| !(1..=SIDE_LIMIT).contains(side))
    {
        return Err(IconError::Dimensions { width, height });
    }
    Ok(format!("data:{media_type};base64,{}", STANDARD.encode(bytes)))
}

/// An inline icon's base64 text as a data URI; white space in it is skipped, as YAML folds long lines.
pub fn inline_data_uri(text: &str) -> Result<String, IconError> {
    let compact: String = text
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    let bytes = STANDARD.decode(compact).map_err(|_| IconError::NotBase64)?;
    data_uri(&bytes)
}

/// The signature of PNG (ISO/IEC 15948, 5.2).
const PNG: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// Start of image, and the first byte of the marker that must follow (ITU-T T.81, B.1).
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// Width and height from the header chunk, which must be the first and 13 bytes long.
fn png_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(8..33)?;
    let (length, header) = header.split_first_chunk::<4>()?;
    let (kind, header) = header.split_first_chunk::<4>()?;
    let (width, header) = header.split_first_chunk::<4>()?;
    let (height, _) = header.split_first_chunk::<4>()?;
    let dimensions = (u32::from_be_bytes(*width), u32::from_be_bytes(*height));
    (u32::from_be_bytes(*length) == 13 && kind == b"IHDR").then_some(dimensions)
}

/// Width and height from the first start-of-frame segment.
fn jpeg_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.get(2..)?;
    loop {
        let (&[0xff, marker], after) = rest.split_first_chunk::<2>()? else {
            return None;
        };
        match marker {
            // any number of fill bytes may stand before a marker
            0xff => rest = rest.get(1..)?,
            // start of frame, whichever coding; C4, C8 and CC mean other things
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let &[_, _, _, high, height, wide, width] = after.first_chunk::<7>()?;
                return Some((
                    u16::from_be_bytes([wide, width]).into(),
                    u16::from_be_bytes([high, height]).into(),
                ));
            }
            // markers that stand alone, the image data, or its end: no frame came before them
            0x00 | 0x01 | 0xd0..=0xda => return None,
            _ => {
                let length = usize::from(u16::from_be_bytes(*after.first_chunk::<2>()?));
                rest = after.get(length.max(2)..)?;
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The smallest thing with a PNG's header.
    pub(in crate::source) fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = PNG.to_vec();
        bytes.extend(13_u32.to_be_bytes());
        bytes.extend(b"IHDR");
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![
            0xff, 0xd8, 0xff, 0xe0, 0, 4, b'J', b'F', 0xff, 0xff, 0xc2, 0, 11, 8,
        ];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend([1, 1, 0x11, 0]);
        bytes
    }

    #[test]
    fn an_icon_is_told_by_its_content() {
        assert!(
            data_uri(&png(160, 160))
                .unwrap()
                .starts_with("data:image/png;base64,iVBORw0KGgo")
        );
        assert!(
            data_uri(&jpeg(160, 160))
                .unwrap()
                .starts_with("data:image/jpeg;base64,/9j/")
        );
        assert_eq!(data_uri(b"<svg/>"), Err(IconError::UnknownFormat));
        assert_eq!(data_uri(b""), Err(IconError::UnknownFormat));
    }

    #[test]
    fn an_image_without_area_or_beyond_all_bounds_is_refused() {
        assert_eq!(
            data_uri(&png(0, 160)),
            Err(IconError::Dimensions {
                width: 0,
                height: 160
            })
        );
        assert_eq!(
            data_uri(&jpeg(160, 9000)),
            Err(IconError::Dimensions {
                width: 160,
                height: 9000
            })
        );
    }

    #[test]
    fn a_large_icon_is_refused_with_its_size() {
        let mut bytes = png(160, 160);
        bytes.resize(ICON_LIMIT + 1, 0);
        assert_eq!(data_uri(&bytes), Err(IconError::TooLarge { size: 1_000_000 }));
    }

    #[test]
    fn a_cut_header_is_damaged() {
        assert_eq!(data_uri(&png(1, 1)[..20]), Err(IconError::Damaged("PNG")));
        assert_eq!(data_uri(&jpeg(1, 1)[..12]), Err(IconError::Damaged("JPEG")));
        assert_eq!(
            data_uri(&[0xff, 0xd8, 0xff, 0xd9]),
            Err(IconError::Damaged("JPEG"))
        );
    }

    #[test]
    fn inline_text_may_be_folded_and_must_be_base64() {
        let mut text = STANDARD.encode(png(160, 160));
        text.insert_str(20, "\n  ");
        assert_eq!(inline_data_uri(&text), data_uri(&png(160, 160)));
        assert_eq!(inline_data_uri("iVBO*"), Err(IconError::NotBase64));
    }

    proptest! {
        #[test]
        fn no_bytes_after_a_signature_do_harm(tail in prop::collection::vec(any::<u8>(), 0..64), jpeg: bool) {
            let mut bytes = if jpeg { JPEG.to_vec() } else { PNG.to_vec() };
            bytes.extend(tail);
            if let Ok(uri) = data_uri(&bytes) {
                prop_assert!(uri.ends_with(&STANDARD.encode(&bytes)));
            }
        }
    }
}
