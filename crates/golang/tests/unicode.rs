//! Every character against the answers of Go 1.26.8 in `testdata/golang/unicode.tsv`.

#![allow(clippy::unwrap_used, reason = "a test may stop at a broken oracle")]

use std::collections::HashMap;

use ironhelm_golang::unicode;

type Class = fn(char) -> bool;

const CLASSES: [(&str, Class); 8] = [
    ("print", unicode::is_print),
    ("space", unicode::is_space),
    ("letter", unicode::is_letter),
    ("digit", unicode::is_digit),
    ("number", unicode::is_number),
    ("upper", unicode::is_upper),
    ("lower", unicode::is_lower),
    ("punct", unicode::is_punct),
];

fn oracle() -> Vec<(String, Vec<u32>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golang/unicode.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let (name, codes) = line.split_once('\t').unwrap();
        (
            name.to_owned(),
            codes
                .split('\t')
                .map(|code| u32::from_str_radix(code, 16).unwrap())
                .collect(),
        )
    };
    text.lines().map(row).collect()
}

/// All but the planes where nothing is assigned or all is private.
fn characters() -> impl Iterator<Item = char> {
    ('\0'..'\u{32400}')
        .chain('\u{e0000}'..'\u{e0400}')
        .chain('\u{10fff0}'..=char::MAX)
}

#[test]
fn classes_hold_the_same_characters_as_in_go() {
    let rows = oracle();
    for (name, class) in CLASSES {
        let ranges: Vec<_> = rows
            .iter()
            .filter(|(row, _)| row == name)
            .map(|(_, codes)| codes[0]..=codes[1])
            .collect();
        let wrong: Vec<char> = characters()
            .filter(|&c| {
                let next = ranges.partition_point(|range| *range.start() <= u32::from(c));
                class(c) != (next > 0 && ranges[next - 1].contains(&u32::from(c)))
            })
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
}

#[test]
fn cases_map_as_in_go() {
    let rows = oracle();
    let cases = rows.iter().filter(|(row, _)| row == "case");
    let cases: HashMap<u32, &[u32]> = cases.map(|(_, codes)| (codes[0], &codes[1..])).collect();
    let maps = |c: char| [unicode::to_title(c), unicode::to_upper(c), unicode::to_lower(c)].map(u32::from);
    let wrong: Vec<char> = characters()
        .filter(|&c| {
            let same = [u32::from(c); 3];
            maps(c) != cases.get(&u32::from(c)).copied().unwrap_or(&same)
        })
        .collect();
    let wrong: Vec<String> = wrong
        .into_iter()
        .map(|c| format!("{:x} {:x?}", u32::from(c), maps(c)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
