//! Headers as charts-syncer's bundles have them.
//!
//! Regular files only: mode 0644, owned by nobody, of 1970. USTAR as long as name and size fit, else a PAX header in front.

/// The size of headers; contents are filled up to a multiple of it.
pub const BLOCK: usize = 512;

/// What an archive ends with.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// Sizes above do not fit a USTAR header.
const MAX_SIZE: u64 = (1 << 33) - 1;
const NAME: usize = 100;
const PREFIX: usize = 155;

/// How many zero bytes follow so many bytes of contents.
#[must_use]
pub const fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// The header blocks of a regular file.
///
/// ```
/// use ironhelm_image::tar::{Header, Limits, index};
/// use ironhelm_image::Window;
/// let mut archive = Header::new("hints.yaml", 0).into_bytes();
/// archive.extend(ironhelm_image::tar::END);
/// let members = index(&Window::from_bytes(archive), &Limits::default())?;
/// assert_eq!(members[0].name, "hints.yaml");
/// # Ok::<(), ironhelm_image::tar::TarError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(Vec<u8>);

impl Header {
    /// The header of a file of this name and size.
    #[must_use]
    pub fn new(name: &str, size: u64) -> Self {
        let mut records = String::new();
        let split = split(name);
        if split.is_none() {
            records.push_str(&record("path", name));
        }
        if size > MAX_SIZE {
            records.push_str(&record("size", &size.to_string()));
        }
        let mut blocks = Vec::with_capacity(BLOCK);
        if !records.is_empty() {
            blocks.extend(extended(name, &records));
        }
        let ascii = as_ascii(name);
        let (prefix, name) = split.unwrap_or(("", cut(&ascii)));
        // Go: a size that does not fit is written as zero beside its record.
        let size = if size > MAX_SIZE { 0 } else { size };
        blocks.extend(block(prefix, name, size, (b'0', 0o644)));
        Self(blocks)
    }

    /// The bytes of the header.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.len() as u64
    }
}

/// The name as prefix and name of a USTAR header, if it fits.
fn split(name: &str) -> Option<(&str, &str)> {
    if !name.is_ascii() || name.contains('\0') {
        return None;
    }
    if name.len() <= NAME {
        return Some(("", name));
    }
    let within = name.get(..PREFIX + 1).unwrap_or(name);
    let (prefix, _) = within.rsplit_once('/')?;
    let rest = &name[prefix.len() + 1..];
    (!prefix.is_empty() && !rest.is_empty() && rest.len() <= NAME).then_some((prefix, rest))
}

fn record(key: &str, value: &str) -> String {
    let body = key.len() + value.len() + 3;
    let mut length = body + body.to_string().len();
    if body + length.to_string().len() != length {
        length = body + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// A PAX header with its contents, named as Go does.
fn extended(name: &str, records: &str) -> Vec<u8> {
    let (directory, file) = name
        .rsplit_once('/')
        .map_or(("", name), |(directory, file)| (directory, file));
    let named = if directory.is_empty() {
        format!("PaxHeaders.0/{file}")
    } else {
        format!("{directory}/PaxHeaders.0/{file}")
    };
    let ascii = as_ascii(&named);
    let size = records.len() as u64;
    let mut blocks = block("", cut(&ascii).trim_end_matches('/'), size, (b'x', 0)).to_vec();
    blocks.extend(records.as_bytes());
    blocks.resize(blocks.len() + usize::try_from(padding(size)).unwrap_or_default(), 0);
    blocks
}

/// Go: letters that a USTAR header cannot hold are left out.
fn as_ascii(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_ascii() && *letter != '\0')
        .collect()
}

/// Go: what is left of a name that is too long does not end like a directory's.
fn cut(name: &str) -> &str {
    name.get(..NAME)
        .filter(|_| name.len() > NAME)
        .map_or(name, |cut| cut.trim_end_matches('/'))
}

fn block(prefix: &str, name: &str, size: u64, (kind, mode): (u8, u32)) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, &format!("{mode:07o}"));
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(257, "ustar\x0000");
    if kind == b'0' {
        put(329, "0000000");
        put(337, "0000000");
    }
    put(345, prefix);
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}
