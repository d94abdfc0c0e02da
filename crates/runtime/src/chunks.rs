//! Blocking reads of a blob source, off the async threads, through a small bounded queue.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use crate::images::BlobSource;

/// The size of one piece: well under gRPC's message limits, large enough to be quick.
pub(crate) const CHUNK: usize = 1 << 20;

/// Pieces that wait for their receiver.
const QUEUE: usize = 2;

/// Pieces of a blob from `offset` to `size`; ends early with an error when the source is shorter or cannot be read. The reading
/// thread ends with its receiver.
pub(crate) fn blob_chunks(
    source: Arc<dyn BlobSource>,
    digest: String,
    offset: u64,
    size: u64,
) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::task::spawn_blocking(move || {
        let result = each_chunk(&*source, &digest, offset..size, |chunk| {
            sender.blocking_send(Ok(chunk)).is_ok()
        });
        if let Err(error) = result {
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// Hands each piece of a blob to `take` until it declines; whether it took them all.
pub(crate) fn each_chunk(
    source: &dyn BlobSource,
    digest: &str,
    range: std::ops::Range<u64>,
    mut take: impl FnMut(Bytes) -> bool,
) -> io::Result<bool> {
    let mut offset = range.start;
    while offset < range.end {
        let want = usize::try_from(range.end - offset).unwrap_or(CHUNK).min(CHUNK);
        let chunk = read_chunk(source, digest, offset, want)?;
        offset += chunk.len() as u64;
        if !take(chunk) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read_chunk(source: &dyn BlobSource, digest: &str, offset: u64, want: usize) -> io::Result<Bytes> {
    let mut buffer = BytesMut::zeroed(want);
    let mut filled = 0;
    while filled < want {
        match source.read_at(digest, offset + filled as u64, &mut buffer[filled..]) {
            Ok(0) => {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("the bundle ends at byte {} of the blob", offset + filled as u64),
                ));
            }
            Ok(count) => filled += count.min(want - filled),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(buffer.freeze())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::images::samples::InMemory;

    #[test]
    fn chunks_begin_at_the_offset_and_a_short_source_is_an_error() {
        let source = InMemory(HashMap::from([("d".to_owned(), vec![7; CHUNK + 10])]));
        let mut sizes = Vec::new();
        let all = each_chunk(&source, "d", 5..CHUNK as u64 + 10, |chunk| {
            sizes.push(chunk.len());
            true
        });
        assert!(all.unwrap());
        assert_eq!(sizes, [CHUNK, 5]);
        let error = each_chunk(&source, "d", 0..CHUNK as u64 + 11, |_| true).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
