//! Archives by other programs: python's tarfile (`names-*.tar`) and GNU tar (`sparse-*.tar`).

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ironhelm_image::tar::{END, Header, Limits, MemberKind, index, padding};
use ironhelm_image::{ReadAt, Window};

fn check_names(bytes: &'static [u8]) {
    let archive = Window::from_bytes(bytes);
    let members = index(&archive, &Limits::default()).unwrap();
    let long = format!("long/{}", "x".repeat(300));
    let split = format!("{}/{}", "d".repeat(60), "e".repeat(90));
    for (name, text) in [
        ("./short", "1"),
        (&split, "22"),
        (&long, "333"),
        ("名前/値.yaml", "4444"),
    ] {
        let member = members.iter().find(|member| member.name == name).unwrap();
        let window = archive.slice(member.offset, member.size).unwrap();
        assert_eq!(
            (&member.kind, window.to_vec().unwrap().as_slice()),
            (&MemberKind::File, text.as_bytes())
        );
    }
    let kind = |name: &str| {
        members
            .iter()
            .find(|member| member.name.starts_with(name))
            .unwrap()
            .kind
            .clone()
    };
    assert_eq!(kind("dir/link"), MemberKind::Symlink("../short".to_owned()));
    assert_eq!(kind("dir/far"), MemberKind::Symlink("y".repeat(200)));
    assert_eq!(kind("hard"), MemberKind::HardLink("short".to_owned()));
    assert_eq!(kind("dir"), MemberKind::Directory);
    assert_eq!(kind("fifo"), MemberKind::Other(b'6'));
    assert_eq!(members.last().map(|member| member.size), Some(700));
}

#[test]
fn long_and_foreign_names_are_read() {
    check_names(include_bytes!("../testdata/names-pax.tar"));
    check_names(include_bytes!("../testdata/names-gnu.tar"));
}

#[test]
fn files_with_holes_are_told_apart() {
    for bytes in [
        include_bytes!("../testdata/sparse-gnu.tar").as_slice(),
        include_bytes!("../testdata/sparse-pax.tar").as_slice(),
    ] {
        let members = index(&Window::from_bytes(bytes), &Limits::default()).unwrap();
        assert_eq!(members[0].kind, MemberKind::Sparse);
        assert_eq!((members[1].name.as_str(), &members[1].kind), ("s1", &MemberKind::File));
    }
}

#[test]
fn every_truncation_is_noticed() {
    let bytes = include_bytes!("../testdata/names-pax.tar");
    let members = index(&Window::from_bytes(bytes.as_slice()), &Limits::default()).unwrap();
    let last = members.last().unwrap();
    let end = usize::try_from(last.offset + last.size + padding(last.size)).unwrap();
    for length in (0..end + 512).step_by(64) {
        let error = index(&Window::from_bytes(&bytes[..length]), &Limits::default());
        assert!(error.is_err(), "{length}");
    }
    let text = index(&Window::from_bytes(&bytes[..end - 512]), &Limits::default())
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("truncated: last needs 700 bytes, 512 are there (at offset "),
        "{text}"
    );
}

#[test]
fn damaged_bytes_never_panic() {
    let bytes = include_bytes!("../testdata/names-gnu.tar");
    for at in (0..bytes.len()).step_by(5) {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 0x81;
        let _ = index(&Window::from_bytes(damaged), &Limits::default());
    }
}

#[test]
fn limits_hold() {
    let mut bytes = Vec::new();
    for number in 0..100 {
        bytes.extend(Header::new(&format!("file-{number}"), 0).into_bytes());
    }
    bytes.extend(END);
    let archive = Window::from_bytes(bytes);
    let few = Limits {
        members: 99,
        ..Limits::default()
    };
    let text = index(&archive, &few).unwrap_err().to_string();
    assert!(text.starts_with("too large: more than 99 members"), "{text}");
    let short = Limits {
        names: 50,
        ..Limits::default()
    };
    assert!(index(&archive, &short).is_err());
    let long = Window::from_bytes(include_bytes!("../testdata/names-gnu.tar").as_slice());
    let narrow = Limits {
        extension: 200,
        ..Limits::default()
    };
    assert!(
        index(&long, &narrow)
            .unwrap_err()
            .to_string()
            .contains("bytes in an extended header")
    );
}

/// Headers where they belong, zeros everywhere else, and a count of what was read.
struct Holes {
    headers: Vec<(u64, Vec<u8>)>,
    size: u64,
    read: Arc<AtomicU64>,
}

impl ReadAt for Holes {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        buffer.fill(0);
        for (start, header) in &self.headers {
            if let Some(bytes) = offset
                .checked_sub(*start)
                .and_then(|from| header.get(usize::try_from(from).ok()?..))
            {
                let count = bytes.len().min(buffer.len());
                buffer[..count].copy_from_slice(&bytes[..count]);
            }
        }
        Ok(buffer.len())
    }

    fn size(&self) -> u64 {
        self.size
    }
}

#[test]
fn members_of_any_size_are_skipped_by_their_headers() {
    let read = Arc::new(AtomicU64::new(0));
    let (mut headers, mut at) = (Vec::new(), 0);
    for number in 0..300_u64 {
        let size = if number == 7 { 9 << 30 } else { 40 << 20 };
        let header = Header::new(&format!("{number:064x}.tar.gz"), size).into_bytes();
        let length = header.len() as u64;
        headers.push((at, header));
        at += length + size + padding(size);
    }
    let size = at + END.len() as u64;
    let archive = Window::new(Holes {
        headers,
        size,
        read: Arc::clone(&read),
    });
    let start = Instant::now();
    let members = index(&archive, &Limits::default()).unwrap();
    assert_eq!((members.len(), members[7].size), (300, 9 << 30));
    assert!(start.elapsed() < Duration::from_millis(500));
    assert!(read.load(Ordering::Relaxed) < 400 * 512);
}

#[test]
fn sizes_in_base_256_are_read() {
    let mut header = tar::Header::new_gnu();
    header.set_path("big").unwrap();
    header.set_size(10 << 30);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    let read = Arc::new(AtomicU64::new(0));
    let headers = vec![(0, header.as_bytes().to_vec())];
    let archive = Window::new(Holes {
        headers,
        size: 512 + (10 << 30) + 1024,
        read,
    });
    assert_eq!(index(&archive, &Limits::default()).unwrap()[0].size, 10 << 30);
}

#[test]
fn what_is_written_is_read_by_others() {
    let long = format!("{}/{}", "a".repeat(150), "b".repeat(200));
    let names = [
        "plain".to_owned(),
        format!("{}/{}", "a".repeat(120), "b".repeat(90)),
        long,
        "名".to_owned(),
    ];
    let mut bytes = Vec::new();
    for name in &names {
        bytes.extend(Header::new(name, 3).into_bytes());
        bytes.extend(b"abc");
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend(END);
    let mut archive = tar::Archive::new(bytes.as_slice());
    let read = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string());
    assert_eq!(read.collect::<Vec<_>>(), names);
}
