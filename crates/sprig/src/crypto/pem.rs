//! PEM blocks as Go's `encoding/pem` reads and writes them.

use base64::prelude::{BASE64_STANDARD, Engine};

/// A labelled binary.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) data: Vec<u8>,
}

/// The text of a block, 64 characters a line.
pub(crate) fn encode(label: &str, data: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(data);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in body.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The first block in `text`; headers are skipped.
pub(crate) fn decode(text: &str) -> Option<Block> {
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ") {
        let at_line_start = start == 0 || rest[..start].ends_with('\n');
        let after = &rest[start + "-----BEGIN ".len()..];
        if let Some(block) = at_line_start.then(|| block_after(after)).flatten() {
            return Some(block);
        }
        rest = after;
    }
    None
}

fn block_after(text: &str) -> Option<Block> {
    let (line, body) = text.split_once('\n')?;
    let label = line.trim_end().strip_suffix("-----")?;
    let (body, _) = body.split_once(&format!("-----END {label}-----"))?;
    let encoded: String = body
        .lines()
        .filter(|line| !line.contains(':'))
        .flat_map(str::split_whitespace)
        .collect();
    let data = BASE64_STANDARD.decode(encoded).ok()?;
    Some(Block {
        label: label.to_owned(),
        data,
    })
}
