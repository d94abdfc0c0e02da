//! Compressed archives, made readable at offsets.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use ironhelm_image::{Compression, FileAt, Window};

use super::tree::Piece;
use super::{OpenError, OpenOptions};

/// Up to so much is kept in memory.
const IN_MEMORY: u64 = 16 << 20;

/// The piece itself, or the inflated bytes, which are in no file that has a name.
pub(super) fn readable(piece: Piece, place: &str, options: &OpenOptions) -> Result<Piece, OpenError> {
    let failed = |source| OpenError::Read {
        place: place.to_owned(),
        source,
    };
    let compression = Compression::of(&piece.window).map_err(failed)?;
    if compression == Compression::None {
        return Ok(piece);
    }
    let window = inflate(&piece.window, compression, place, options)?;
    Ok(Piece { window, file: None })
}

fn inflate(window: &Window, compression: Compression, place: &str, options: &OpenOptions) -> Result<Window, OpenError> {
    let failed = |source| OpenError::Inflate {
        place: place.to_owned(),
        source,
    };
    let mut inflated = compression.decoder(window.reader()).map_err(failed)?;
    let mut head = Vec::new();
    (&mut inflated)
        .take(IN_MEMORY + 1)
        .read_to_end(&mut head)
        .map_err(failed)?;
    if head.len() as u64 <= IN_MEMORY {
        return Ok(Window::from_bytes(head));
    }
    let Some(directory) = &options.scratch else {
        let place = place.to_owned();
        return Err(OpenError::Compressed { place });
    };
    let mut rest = head.as_slice().chain(inflated);
    let file = spool(&mut rest, directory, options.max_inflated).map_err(|fault| match fault {
        Fault::Read(source) => failed(source),
        Fault::TooMuch => OpenError::TooMuch {
            place: place.to_owned(),
            what: "bytes when it is inflated",
            limit: options.max_inflated,
        },
        Fault::Write(source) => OpenError::Scratch {
            place: place.to_owned(),
            directory: directory.clone(),
            source,
        },
    })?;
    FileAt::new(file).map(Window::new).map_err(failed)
}

enum Fault {
    Read(io::Error),
    Write(io::Error),
    TooMuch,
}

/// Writes everything into a file without a name.
fn spool(reader: &mut impl Read, directory: &Path, limit: u64) -> Result<File, Fault> {
    let mut file = tempfile::tempfile_in(directory).map_err(Fault::Write)?;
    let mut buffer = vec![0; 256 << 10];
    let mut left = limit;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok(file),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Fault::Read(error)),
        };
        left = left.checked_sub(count as u64).ok_or(Fault::TooMuch)?;
        file.write_all(&buffer[..count]).map_err(Fault::Write)?;
    }
}
