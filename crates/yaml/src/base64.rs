//! Base 64 as `!!binary` holds it: Go's standard alphabet, with padding, line breaks ignored.

/// The octets that `text` stands for; none if it is malformed.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let mut octets = Vec::with_capacity(digits.len() / 4 * 3);
    let Some(start_of_last) = digits.len().checked_sub(4) else {
        return Some(octets);
    };
    let (whole, last) = digits.split_at(start_of_last);
    for group in whole.chunks_exact(4) {
        octets.extend(triple(group)?);
    }
    let padding = last.iter().rev().take_while(|&&byte| byte == b'=').count().min(2);
    let mut group = [b'A'; 4];
    group[..4 - padding].copy_from_slice(&last[..4 - padding]);
    octets.extend(&triple(&group)?[..3 - padding]);
    Some(octets)
}

fn triple(group: &[u8]) -> Option<[u8; 3]> {
    let bits = group
        .iter()
        .try_fold(0_u32, |bits, &digit| Some(bits << 6 | value(digit)?))?;
    let [_, first, second, third] = bits.to_be_bytes();
    Some([first, second, third])
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
