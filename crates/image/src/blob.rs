//! Content in an archive: what it is to be, and where it lies.

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::digest::{Digest, Hasher};
use crate::manifest::Descriptor;
use crate::media_type::MediaType;
use crate::read_at::{ReadAt, Window, WindowReader};

/// A config, layer or manifest where it lies; cheap to clone and to open, any number of times, on any thread.
#[derive(Debug, Clone)]
pub struct Blob {
    descriptor: Descriptor,
    window: Window,
    compression: Compression,
}

/// How bytes are compressed, by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not, as far as known here.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// bzip2, which is recognised and not read.
    Bzip2,
    /// xz, which is recognised and not read.
    Xz,
}

impl Blob {
    /// The content described by `descriptor` that lies in `window`, whose size the caller has compared.
    ///
    /// # Errors
    /// When the first bytes cannot be read.
    pub(crate) fn new(descriptor: Descriptor, window: Window) -> io::Result<Self> {
        let compression = Compression::of(&window)?;
        Ok(Self {
            descriptor,
            window,
            compression,
        })
    }

    /// What it is to be, as the manifest says it.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The digest of the bytes as they are stored; true once the blob is verified.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.descriptor.digest
    }

    /// How many bytes are stored.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.window.size()
    }

    /// What the manifest calls it.
    #[must_use]
    pub fn media_type(&self) -> &MediaType {
        &self.descriptor.media_type
    }

    /// How the bytes are compressed.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Where the bytes lie.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Fills the buffer with bytes from `offset` on; how many there were, 0 at the end.
    ///
    /// # Errors
    /// What reading gives.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.window.read_at(buffer, offset)
    }

    /// Reads the bytes from `offset` on, unchecked: for blobs that were verified before.
    #[must_use]
    pub fn open_at(&self, offset: u64) -> WindowReader {
        self.window.reader_at(offset)
    }

    /// Reads all bytes and fails instead of giving the last ones if their digest is another: whoever passes them on
    /// never passes on all of a wrong blob.
    #[must_use]
    pub fn open_checked(&self) -> CheckedReader {
        CheckedReader {
            inner: self.window.reader(),
            left: self.size(),
            digest: self.digest().clone(),
            hasher: Some(Hasher::new(self.digest().algorithm())),
        }
    }

    /// All bytes, read once and checked before anybody sees them; `None` if they are more than `limit`.
    ///
    /// # Errors
    /// What reading gives; `InvalidData` if the digest is another.
    pub fn checked_bytes(&self, limit: u64) -> io::Result<Option<Vec<u8>>> {
        if self.size() > limit {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.size()).map_err(io::Error::other)?);
        self.open_checked().read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}

impl Compression {
    /// The compression of what the window shows.
    ///
    /// # Errors
    /// What reading gives.
    pub fn of(window: &Window) -> io::Result<Self> {
        let mut head = [0; 6];
        let length = usize::try_from(window.size()).map_or(head.len(), |size| size.min(head.len()));
        window.read_exact_at(&mut head[..length], 0)?;
        Ok(Self::sniff(&head[..length]))
    }

    /// The compression of something that starts with `head`.
    #[must_use]
    pub fn sniff(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // Zstandard: a frame to be skipped may come first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => Self::None,
        }
    }
}

impl Compression {
    /// Inflates what `reader` gives.
    ///
    /// # Errors
    /// `Unsupported` for bzip2 and xz; what the decoder says of a broken header.
    pub fn decoder<'r>(self, reader: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
        let buffered = BufReader::with_capacity(64 << 10, reader);
        match self {
            Self::None => Ok(Box::new(buffered)),
            Self::Gzip => Ok(Box::new(flate2::bufread::MultiGzDecoder::new(buffered))),
            Self::Zstd => Ok(Box::new(Frames::new(buffered))),
            Self::Bzip2 | Self::Xz => {
                let text = format!(
                    "compressed with {}, which is not supported",
                    if self == Self::Xz { "xz" } else { "bzip2" }
                );
                Err(io::Error::new(io::ErrorKind::Unsupported, text))
            }
        }
    }
}

/// Inflates Zstandard frames, one after the other.
struct Frames<R: BufRead> {
    state: Frame<R>,
}

enum Frame<R: BufRead> {
    Between(R),
    Inside(Box<StreamingDecoder<R, FrameDecoder>>),
    Broken,
}

impl<R: BufRead> Frames<R> {
    fn new(inner: R) -> Self {
        Self {
            state: Frame::Between(inner),
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, Frame::Broken) {
                Frame::Broken => return Err(io::ErrorKind::InvalidData.into()),
                Frame::Between(mut inner) => {
                    if inner.fill_buf()?.is_empty() {
                        self.state = Frame::Between(inner);
                        return Ok(0);
                    }
                    self.state = next_frame(inner)?;
                }
                Frame::Inside(mut decoder) => {
                    let count = decoder.read(buffer)?;
                    if count > 0 || buffer.is_empty() {
                        self.state = Frame::Inside(decoder);
                        return Ok(count);
                    }
                    self.state = Frame::Between(decoder.into_inner());
                }
            }
        }
    }
}

/// Starts the frame that is there, or steps over it if it holds no data.
fn next_frame<R: BufRead>(mut inner: R) -> io::Result<Frame<R>> {
    let head = inner.fill_buf()?;
    if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = head {
        let mut skipped = [0; 8];
        inner.read_exact(&mut skipped)?;
        let length = u64::from(u32::from_le_bytes([skipped[4], skipped[5], skipped[6], skipped[7]]));
        let passed = io::copy(&mut (&mut inner).take(length), &mut io::sink())?;
        return if passed == length {
            Ok(Frame::Between(inner))
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        };
    }
    let decoder = StreamingDecoder::new(inner).map_err(|error| {
        let text = format!("zstd: {error}");
        io::Error::new(io::ErrorKind::InvalidData, text)
    })?;
    Ok(Frame::Inside(Box::new(decoder)))
}

/// Reads a blob and compares its digest before the last bytes are given.
#[derive(Debug)]
pub struct CheckedReader {
    inner: WindowReader,
    left: u64,
    digest: Digest,
    /// `None` once the digest is compared.
    hasher: Option<Hasher>,
}

impl Read for CheckedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        if self.left == 0 {
            self.compare()?;
        }
        Ok(count)
    }
}

impl CheckedReader {
    fn compare(&mut self) -> io::Result<()> {
        let Some(actual) = self.hasher.take().map(Hasher::finish) else {
            return Ok(());
        };
        if actual == self.digest {
            return Ok(());
        }
        let text = format!("{} is damaged: its bytes have the digest {actual}", self.digest);
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(bytes: &[u8], digest: Digest) -> Blob {
        let descriptor = Descriptor::new(MediaType::OCI_LAYER, digest, bytes.len() as u64);
        Blob::new(descriptor, Window::from_bytes(bytes)).unwrap()
    }

    #[test]
    fn a_right_blob_is_read_whole() {
        let bytes = vec![7; 100_000];
        let blob = blob(&bytes, Digest::sha256(&bytes));
        assert_eq!(blob.checked_bytes(1 << 20).unwrap().unwrap(), bytes);
        assert!(blob.checked_bytes(99_999).unwrap().is_none());
        let mut rest = Vec::new();
        blob.open_at(99_990).read_to_end(&mut rest).unwrap();
        assert_eq!(rest.len(), 10);
    }

    #[test]
    fn a_wrong_blob_never_comes_out_whole() {
        let bytes = vec![7; 100_000];
        let mut given = Vec::new();
        let error = blob(&bytes, Digest::sha256(b"other"))
            .open_checked()
            .read_to_end(&mut given)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(given.len() < bytes.len());
    }

    #[test]
    fn an_empty_blob_is_checked_too() {
        assert_eq!(blob(b"", Digest::sha256(b"")).checked_bytes(0).unwrap().unwrap(), b"");
        assert!(blob(b"", Digest::sha256(b"x")).checked_bytes(0).is_err());
    }
}
