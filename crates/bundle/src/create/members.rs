//! The members of an archive that is to be written.

use std::io::{self, Read, Write};
use std::sync::Arc;

use ironhelm_image::Blob;
use ironhelm_image::tar::{BLOCK, END, Header, padding};

use super::CreateError;

/// One member.
pub(super) struct Member {
    name: String,
    content: Content,
}

/// What is in a member.
#[allow(clippy::large_enum_variant, reason = "a bundle has few members")]
pub(super) enum Content {
    Bytes(Arc<[u8]>),
    Blob(Blob),
    Archive(Vec<Member>),
}

impl Member {
    pub(super) fn new(name: &str, content: Content) -> Self {
        Self {
            name: name.to_owned(),
            content,
        }
    }
}

impl Content {
    fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Blob(blob) => blob.size(),
            Self::Archive(members) => size(members),
        }
    }
}

/// How many bytes the archive has.
pub(super) fn size(members: &[Member]) -> u64 {
    let sizes = members.iter().map(|member| {
        let size = member.content.size();
        Header::new(&member.name, size).size() + size + padding(size)
    });
    sizes.sum::<u64>() + END.len() as u64
}

/// Writes the archive.
pub(super) fn write(members: &[Member], out: &mut dyn Write) -> Result<(), CreateError> {
    for Member { name, content } in members {
        let size = content.size();
        out.write_all(&Header::new(name, size).into_bytes())?;
        match content {
            Content::Bytes(bytes) => out.write_all(bytes)?,
            Content::Blob(blob) => copy(blob, name, out)?,
            Content::Archive(members) => write(members, out)?,
        }
        let zeros = [0; BLOCK];
        out.write_all(&zeros[..usize::try_from(padding(size)).unwrap_or_default()])?;
    }
    Ok(out.write_all(&END)?)
}

fn copy(blob: &Blob, name: &str, out: &mut dyn Write) -> Result<(), CreateError> {
    let mut reader = blob.open_checked();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => out.write_all(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                let member = name.to_owned();
                return Err(CreateError::Read { member, source });
            }
        }
    }
}
