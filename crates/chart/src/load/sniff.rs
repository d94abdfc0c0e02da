//! What a file looks like from its first bytes.

use super::error::LoadError;

/// How many bytes are looked at.
pub(super) const LENGTH: usize = 512;

/// Refuses what does not begin as a gzipped archive.
pub(super) fn require_gzip(path: &str, head: &[u8]) -> Result<(), LoadError> {
    if head.starts_with(&[0x1f, 0x8b, 8]) {
        return Ok(());
    }
    if path.ends_with(".yml") || path.ends_with(".yaml") {
        return Err(LoadError::YamlFile { path: path.to_owned() });
    }
    Err(LoadError::NotGzip {
        path: path.to_owned(),
        media_type: media_type(head),
    })
}

/// Beginnings by which Go's `net/http` knows a file.
const SIGNATURES: [(&[u8], &str); 17] = [
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xfe\xff", "text/plain; charset=utf-16be"),
    (b"\xff\xfe", "text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf", "text/plain; charset=utf-8"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\x0d\x0a\x1a\x0a", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"OggS\x00", "application/ogg"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1a\x07\x00", "application/x-rar-compressed"),
    (b"Rar!\x1a\x07\x01\x00", "application/x-rar-compressed"),
    (b"\x00asm", "application/wasm"),
    (b"ID3", "audio/mpeg"),
];

/// Opening tags by which Go's `net/http` knows a page.
const TAGS: [&str; 17] = [
    "<!doctype html",
    "<html",
    "<head",
    "<script",
    "<iframe",
    "<h1",
    "<div",
    "<font",
    "<table",
    "<a",
    "<style",
    "<title",
    "<b",
    "<body",
    "<br",
    "<p",
    "<!--",
];

fn media_type(head: &[u8]) -> &'static str {
    let text = head.trim_ascii_start();
    if TAGS.iter().any(|tag| begins_tag(text, tag.as_bytes())) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    if let Some((_, found)) = SIGNATURES.iter().find(|(start, _)| head.starts_with(start)) {
        return found;
    }
    // Helm: a file shorter than what is looked at counts as filled up with zeros.
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0xb | 0xe..=0x1a | 0x1c..=0x1f);
    if head.len() < LENGTH || text.iter().any(is_binary) {
        return "application/octet-stream";
    }
    "text/plain; charset=utf-8"
}

fn begins_tag(text: &[u8], tag: &[u8]) -> bool {
    let Some((start, rest)) = text.split_at_checked(tag.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(tag) && matches!(rest.first(), Some(b' ' | b'>'))
}
