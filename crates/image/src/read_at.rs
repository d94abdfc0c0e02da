//! Bytes that are read at offsets, by many readers at once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Something of a known size whose bytes can be read at any offset.
pub trait ReadAt: Send + Sync {
    /// Fills the buffer with bytes from `offset` on; how many there were, 0 at the end.
    ///
    /// # Errors
    /// What reading gives.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// How many bytes there are.
    fn size(&self) -> u64;
}

/// A shared [`ReadAt`].
pub type Source = Arc<dyn ReadAt>;

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.get(offset..))
            .unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn size(&self) -> u64 {
        self.len() as u64
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }

    fn size(&self) -> u64 {
        self.len() as u64
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_ref().read_at(buffer, offset)
    }

    fn size(&self) -> u64 {
        self.as_ref().size()
    }
}

/// An open file; it keeps the size that it had when it was taken.
#[derive(Debug)]
pub struct FileAt {
    file: File,
    size: u64,
}

impl FileAt {
    /// Takes an open file.
    ///
    /// # Errors
    /// When the file cannot be asked for its size.
    pub fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }
}

impl ReadAt for FileAt {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    fn size(&self) -> u64 {
        self.size
    }
}

/// A part of a [`Source`]; a window of a window reads the source itself.
#[derive(Clone)]
pub struct Window {
    source: Source,
    start: u64,
    size: u64,
}

impl Window {
    /// All of a source.
    pub fn new(source: impl ReadAt + 'static) -> Self {
        let size = source.size();
        Self {
            source: Arc::new(source),
            start: 0,
            size,
        }
    }

    /// Bytes in memory.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into();
        Self::new(bytes)
    }

    /// A part of this window; `None` if it is not all inside.
    #[must_use]
    pub fn slice(&self, offset: u64, size: u64) -> Option<Self> {
        let end = offset.checked_add(size)?;
        (end <= self.size).then(|| Self {
            source: Arc::clone(&self.source),
            start: self.start + offset,
            size,
        })
    }

    /// Where the window starts in its source.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// How many bytes it shows.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Fills the whole buffer with bytes from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if there are not as many; else what reading gives.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.reader_at(offset).read_exact(buffer)
    }

    /// All bytes; who calls has looked at the size.
    ///
    /// # Errors
    /// As [`Window::read_exact_at`].
    pub fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.size).map_err(io::Error::other)?];
        self.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }

    /// Reads from the start.
    #[must_use]
    pub fn reader(&self) -> WindowReader {
        self.reader_at(0)
    }

    /// Reads from `offset` on.
    #[must_use]
    pub fn reader_at(&self, offset: u64) -> WindowReader {
        WindowReader {
            window: self.clone(),
            position: offset,
        }
    }
}

impl ReadAt for Window {
    /// A source that ends before its window is `UnexpectedEof`: it has become shorter since it was opened.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.size.saturating_sub(offset);
        let count = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if count == 0 {
            return Ok(0);
        }
        loop {
            match self.source.read_at(&mut buffer[..count], self.start + offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn size(&self) -> u64 {
        self.size
    }
}

impl std::fmt::Debug for Window {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Window({}+{})", self.start, self.size)
    }
}

/// Reads a [`Window`] from one end to the other.
#[derive(Debug, Clone)]
pub struct WindowReader {
    window: Window,
    position: u64,
}

impl Read for WindowReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.window.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for WindowReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.window.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_shows_its_part_only() {
        let outer = Window::from_bytes(b"0123456789".as_slice());
        let inner = outer.slice(2, 6).and_then(|middle| middle.slice(1, 3)).unwrap();
        assert_eq!(inner.to_vec().unwrap(), b"345");
        assert_eq!(inner.start(), 3);
        let mut text = String::new();
        inner.reader_at(1).read_to_string(&mut text).unwrap();
        assert_eq!(text, "45");
        assert!(outer.slice(5, 6).is_none());
        assert!(outer.slice(u64::MAX, 2).is_none());
        assert_eq!(inner.read_at(&mut [0; 4], u64::MAX).unwrap(), 0);
    }

    #[test]
    fn a_source_that_shrinks_is_an_error() {
        struct Shrunk;
        impl ReadAt for Shrunk {
            fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
                Ok(0)
            }
            fn size(&self) -> u64 {
                9
            }
        }
        let error = Window::new(Shrunk).to_vec().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
