//! A chart as files, packed subcharts opened, and the archive that is made of it.
//!
//! The archive of the same files is the same bytes: names are sorted, times are those of the epoch. What nobody changed
//! is written as it came, a packed subchart included.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use ironhelm_chart::{Bytes, File};
use tar::{Archive, Builder, EntryType, Header};

/// The files of a chart by their names below its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Package {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    File(Bytes),
    /// A packed subchart: its files, whose names start with its directory, and its bytes until one of them changes.
    Packed {
        files: Package,
        original: Option<Bytes>,
    },
}

/// Where a file is: its name, behind the names of the archives that it is in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The archives, the outermost first.
    pub archives: Vec<String>,
    /// The name in the innermost one.
    pub name: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for archive in &self.archives {
            write!(f, "{archive}/")?;
        }
        f.write_str(&self.name)
    }
}

/// How deep archives may lie in archives.
const MAX_DEPTH: usize = 8;
/// How many bytes a packed subchart may have when it is unpacked.
const MAX_UNPACKED: u64 = 256 << 20;

impl Package {
    /// The package of these files; a name that leads out of the chart is left off.
    pub fn new(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        Self::with_depth(files, 0)
    }

    fn with_depth(files: impl IntoIterator<Item = (String, Bytes)>, depth: usize) -> Self {
        let mut entries = BTreeMap::new();
        for (name, data) in files {
            let Some(name) = clean(&name) else { continue };
            let entry = match is_packed_subchart(&name) && depth < MAX_DEPTH {
                // A broken archive stays a file; whoever loads the chart tells what is wrong with it.
                true => unpack(&data, depth + 1).map_or(Entry::File(Arc::clone(&data)), |files| Entry::Packed {
                    files,
                    original: Some(data),
                }),
                false => Entry::File(data),
            };
            entries.insert(name, entry);
        }
        Self { entries }
    }

    /// The file at `address`.
    #[must_use]
    pub fn file(&self, address: &Address) -> Option<&Bytes> {
        let mut package = self;
        for archive in &address.archives {
            package = package.packed(archive)?;
        }
        match package.entries.get(&address.name)? {
            Entry::File(data) => Some(data),
            Entry::Packed { .. } => None,
        }
    }

    /// The names of the files and packed subcharts, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The files of the packed subchart `name`.
    #[must_use]
    pub fn packed(&self, name: &str) -> Option<&Self> {
        match self.entries.get(name)? {
            Entry::Packed { files, .. } => Some(files),
            Entry::File(_) => None,
        }
    }

    /// Puts `data` in the place of the file at `address`, or removes that.
    pub fn replace(&mut self, address: &Address, data: Option<Bytes>) {
        let mut package = self;
        for archive in &address.archives {
            let Some(Entry::Packed { files, original }) = package.entries.get_mut(archive) else {
                return;
            };
            *original = None;
            package = files;
        }
        match data {
            Some(data) => package.entries.insert(address.name.clone(), Entry::File(data)),
            None => package.entries.remove(&address.name),
        };
    }

    /// The files as the chart loader wants them.
    ///
    /// # Errors
    /// If a changed subchart cannot be packed.
    pub fn chart_files(&self) -> io::Result<Vec<File>> {
        let files = self.entries.iter().map(|(name, entry)| {
            Ok(File {
                name: name.clone(),
                data: entry.data()?,
                modified: None,
            })
        });
        files.collect()
    }

    /// The archive of the chart `name`, as `helm package` would lay it out.
    ///
    /// # Errors
    /// If a name is too long for an archive.
    pub fn archive(&self, name: &str) -> io::Result<Vec<u8>> {
        self.pack(|file| format!("{name}/{file}"))
    }

    fn pack(&self, path: impl Fn(&str) -> String) -> io::Result<Vec<u8>> {
        let mut archive = Builder::new(helm_gzip(Vec::new()));
        archive.mode(tar::HeaderMode::Deterministic);
        // Readers look for Chart.yaml first; the rest follows in order.
        let is_first = |name: &str| name.rsplit('/').next() == Some("Chart.yaml") && name.split('/').count() <= 2;
        let (first, rest): (Vec<_>, Vec<_>) = self.entries.iter().partition(|(name, _)| is_first(name));
        for (name, entry) in first.into_iter().chain(rest) {
            let data = entry.data()?;
            let mut header = Header::new_ustar();
            header.set_entry_type(EntryType::Regular);
            header.set_mode(0o644);
            header.set_size(data.len() as u64);
            archive.append_data(&mut header, path(name), &*data)?;
        }
        let mut gzip = archive.into_inner()?;
        gzip.flush()?;
        gzip.finish()
    }
}

impl Entry {
    fn data(&self) -> io::Result<Bytes> {
        match self {
            Self::File(data)
            | Self::Packed {
                original: Some(data), ..
            } => Ok(Arc::clone(data)),
            Self::Packed { files, original: None } => Ok(files.pack(str::to_owned)?.into()),
        }
    }
}

/// Helm: archives that it writes have this comment and this extra field in the header.
fn helm_gzip(out: Vec<u8>) -> flate2::write::GzEncoder<Vec<u8>> {
    GzBuilder::new()
        .comment("Helm")
        .extra(b"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=".as_slice())
        .operating_system(255)
        .mtime(0)
        .write(out, Compression::default())
}

fn is_packed_subchart(name: &str) -> bool {
    let mut parts = name.rsplit('/');
    parts.next().is_some_and(|last| last.ends_with(".tgz")) && parts.next() == Some("charts")
}

fn unpack(data: &[u8], depth: usize) -> Option<Package> {
    let mut archive = Archive::new(MultiGzDecoder::new(data).take(MAX_UNPACKED));
    let mut files = Vec::new();
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous) {
            continue;
        }
        let name = String::from_utf8(entry.path_bytes().into_owned()).ok()?;
        let mut data = Vec::new();
        entry.read_to_end(&mut data).ok()?;
        files.push((name, Bytes::from(data)));
    }
    Some(Package::with_depth(files, depth))
}

/// The name without `./`; none if it leads out.
fn clean(name: &str) -> Option<String> {
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    (!name.starts_with('/') && !parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Bytes {
        text.as_bytes().into()
    }

    fn sample() -> Package {
        let inner = Package::new([
            (
                "redis/Chart.yaml".to_owned(),
                bytes("name: redis\nversion: 1.0.0\napiVersion: v2\n"),
            ),
            ("redis/values.yaml".to_owned(), bytes("image: x\n")),
        ]);
        let packed = inner.pack(str::to_owned).unwrap();
        Package::new([
            ("values.yaml".to_owned(), bytes("a: 1\n")),
            (
                "Chart.yaml".to_owned(),
                bytes("name: c\nversion: 1.0.0\napiVersion: v2\n"),
            ),
            ("charts/redis-1.0.0.tgz".to_owned(), packed.into()),
            ("../evil".to_owned(), bytes("")),
        ])
    }

    #[test]
    fn archives_are_reproducible_and_load() {
        let package = sample();
        let archive = package.archive("c").unwrap();
        assert_eq!(archive, package.archive("c").unwrap());
        assert_eq!(&archive[..10], b"\x1f\x8b\x08\x14\0\0\0\0\0\xff");
        let loaded = ironhelm_chart::load_archive("c.tgz", &archive, &ironhelm_chart::LoadOptions::default()).unwrap();
        assert_eq!(loaded.chart.subcharts[0].name(), "redis");
    }

    #[test]
    fn a_file_in_a_packed_subchart_can_be_replaced() {
        let mut package = sample();
        let untouched = package.chart_files().unwrap();
        assert_eq!(untouched.len(), 3);
        let address = Address {
            archives: vec!["charts/redis-1.0.0.tgz".to_owned()],
            name: "redis/values.yaml".to_owned(),
        };
        assert_eq!(address.to_string(), "charts/redis-1.0.0.tgz/redis/values.yaml");
        package.replace(&address, Some(bytes("image: z\n")));
        assert_eq!(package.file(&address).unwrap().as_ref(), b"image: z\n");
        let chart = ironhelm_chart::load_files(package.chart_files().unwrap(), &ironhelm_chart::LoadOptions::default());
        let values = chart.unwrap().chart.subcharts[0].values.clone().unwrap();
        assert_eq!(values["image"], "z");
    }
}
