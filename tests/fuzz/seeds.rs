//! What mutation starts from: the files of `testdata`.

use std::fs;
use std::path::Path;

use ironhelm_tests::root;
use serde_json::Value;

/// The column of a table of JSON lines or of tab-separated escaped texts that holds inputs.
pub(crate) fn lines(file: &str, field: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(root().join("testdata").join(file)).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|line| Some(line[field].as_str()?.as_bytes().to_vec()))
        .collect()
}

/// The first cells of a table, with `\n` and `\t` made real.
pub(crate) fn cells(file: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(root().join("testdata").join(file)).unwrap_or_default();
    text.lines()
        .flat_map(|line| line.split('\t').take(3))
        .map(|cell| {
            cell.replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\\"", "\"")
                .into_bytes()
        })
        .collect()
}

/// The files under a folder whose names end so.
pub(crate) fn files(folder: &str, ends: &[&str]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    collect(&root().join("testdata").join(folder), ends, &mut found);
    found
}

fn collect(folder: &Path, ends: &[&str], found: &mut Vec<Vec<u8>>) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.to_string_lossy();
        if path.is_dir() {
            collect(&path, ends, found);
        } else if ends.iter().any(|end| name.ends_with(end))
            && fs::metadata(&path).is_ok_and(|data| data.len() < 64 * 1024)
        {
            found.extend(fs::read(&path));
        }
    }
}
