//! Unpacking of what is stored compressed, to a bounded size. No client.

use std::io::{self, Read as _};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

/// The first bytes of every gzip stream (RFC 1952, 2.3.1). No description begins so: the first is a
/// control character, the second no UTF-8.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why something could not be unpacked.
#[derive(Debug)]
pub(super) enum UnpackError {
    /// It holds more than the limit.
    TooLarge,
    /// It is damaged.
    Damaged(io::Error),
}

/// The content: unpacked where `bytes` begin as gzip does, else as they are. Never unpacks more than
/// one byte beyond `limit`.
pub(super) fn unpack(bytes: &Bytes, limit: usize) -> Result<Bytes, UnpackError> {
    if !bytes.starts_with(&MAGIC) {
        return if bytes.len() > limit {
            Err(UnpackError::TooLarge)
        } else {
            Ok(bytes.clone())
        };
    }
    let beyond = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut content = Vec::new();
    MultiGzDecoder::new(bytes.as_ref())
        .take(beyond)
        .read_to_end(&mut content)
        .map_err(UnpackError::Damaged)?;
    if content.len() > limit {
        Err(UnpackError::TooLarge)
    } else {
        Ok(content.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(content: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn content_comes_out_as_it_went_in() {
        assert_eq!(unpack(&packed(b"swagger"), 7).unwrap(), "swagger");
        assert_eq!(unpack(&Bytes::from_static(b"swagger"), 7).unwrap(), "swagger");
    }

    #[test]
    fn what_unpacks_to_more_than_the_limit_is_refused() {
        let bomb = packed(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 60_000);
        assert!(matches!(unpack(&bomb, 1_000_000), Err(UnpackError::TooLarge)));
        assert!(matches!(
            unpack(&Bytes::from_static(b"swagger"), 6),
            Err(UnpackError::TooLarge)
        ));
    }

    #[test]
    fn a_cut_stream_is_damaged() {
        let whole = packed(b"swagger");
        assert!(matches!(
            unpack(&whole.slice(..whole.len() - 4), 100),
            Err(UnpackError::Damaged(_))
        ));
        assert!(matches!(
            unpack(&Bytes::from_static(&MAGIC), 100),
            Err(UnpackError::Damaged(_))
        ));
    }
}
