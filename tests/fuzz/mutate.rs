//! Changing bytes: what a grammar would never write.

use crate::random::Random;

/// Inputs stay below this size.
const LARGEST: usize = 256 * 1024;

/// Changes `input` in a few places; `others` and `words` are what is pasted into it.
pub(crate) fn mutate(random: &mut Random, mut input: Vec<u8>, others: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    for _ in 0..=random.below(6) {
        change(random, &mut input, others, words);
        input.truncate(LARGEST);
    }
    input
}

fn change(random: &mut Random, input: &mut Vec<u8>, others: &[Vec<u8>], words: &[&str]) {
    let at = random.below(input.len() + 1);
    match random.below(9) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.next() as u8,
        2 => drop(input.drain(range(random, input.len()))),
        3 => {
            let copy = input[range(random, input.len())].to_vec();
            insert(input, at, &copy);
        }
        4 => {
            // Nesting and length: one piece, many times.
            let piece = range(random, input.len());
            let piece = &input[piece.start..piece.end.min(piece.start + 24)];
            let many = piece.repeat(random.size());
            insert(input, at, &many);
        }
        5 if !others.is_empty() => {
            let other = &others[random.below(others.len())];
            let piece = other[range(random, other.len())].to_vec();
            insert(input, at, &piece);
        }
        6 => {
            let number = random.pick(&[
                "-1",
                "0",
                "65536",
                "2147483648",
                "9223372036854775807",
                "-9223372036854775808",
                "18446744073709551616",
                "1e309",
                "0x7fffffffffffffff",
                ".5",
                "NaN",
            ]);
            insert(input, at, number.as_bytes());
        }
        7 => {
            let odd = random.pick(&[
                "\u{feff}", "\0", "\r\n", "\u{2028}", "\u{85}", "é", "😀", "\t", "\u{300}", "\u{1}",
            ]);
            insert(input, at, odd.as_bytes());
        }
        _ if !words.is_empty() => insert(input, at, random.pick(words).as_bytes()),
        _ => {}
    }
}

fn range(random: &mut Random, length: usize) -> std::ops::Range<usize> {
    let start = random.below(length + 1);
    let longest = if random.once_in(4) { length } else { 32 };
    start..(start + random.below(longest + 1)).min(length)
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
