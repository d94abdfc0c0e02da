//! The fields of one header block.

use super::read::TarFault;
use super::write::BLOCK;

pub(super) type Block = [u8; BLOCK];

/// Whether the block's sum is right, with bytes taken as unsigned or (as some old writers did) as signed ones.
pub(super) fn has_right_sum(block: &Block) -> bool {
    let counted = |place: usize, byte: u8| if (148..156).contains(&place) { b' ' } else { byte };
    let bytes = || block.iter().enumerate().map(|(place, byte)| counted(place, *byte));
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    let said = octal(&block[148..156]).and_then(|said| i64::try_from(said).ok());
    said.is_some_and(|said| said == unsigned || said == signed)
}

/// The size of the member, in octal or in GNU's base 256.
pub(super) fn size(block: &Block) -> Result<u64, TarFault> {
    number(&block[124..136]).ok_or(TarFault::Size)
}

/// The name, with the prefix that only USTAR headers have.
pub(super) fn name(block: &Block) -> Vec<u8> {
    let name = text(&block[..100]);
    let prefix = text(&block[345..500]);
    let is_ustar = &block[257..263] == b"ustar\0";
    if is_ustar && !prefix.is_empty() {
        [prefix, b"/", name].concat()
    } else {
        name.to_vec()
    }
}

/// Where a link leads.
pub(super) fn link(block: &Block) -> Vec<u8> {
    text(&block[157..257]).to_vec()
}

/// The type of the member.
pub(super) fn kind(block: &Block) -> u8 {
    block[156]
}

/// The bytes before the first zero.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn number(field: &[u8]) -> Option<u64> {
    match field.split_first() {
        Some((0x80, rest)) => {
            let (high, low) = rest.split_at(rest.len().checked_sub(8)?);
            let low: [u8; 8] = low.try_into().ok()?;
            high.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(low))
        }
        // A number below zero.
        Some((0xff, _)) => None,
        _ => octal(field),
    }
}

/// Digits, with spaces and zero bytes around them; nothing at all is zero.
fn octal(field: &[u8]) -> Option<u64> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_blank(byte)).unwrap_or(field.len());
    let digits = field[start..].split(is_blank).next().unwrap_or_default();
    digits.iter().try_fold(0_u64, |sum, digit| match digit {
        b'0'..=b'7' => sum.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_many_spellings() {
        assert_eq!(number(b"00000000017\0"), Some(15));
        assert_eq!(number(b"      17 \0\0\0"), Some(15));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0\0\0\0\0"), Some(0));
        assert_eq!(number(b"777777777777"), Some((1 << 36) - 1));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\x01"), Some((2 << 32) + 1));
        assert_eq!(number(b"\x80\0\0\x01\0\0\0\0\0\0\0\0"), None);
        assert_eq!(number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(number(b"-1\0\0\0\0\0\0\0\0\0\0"), None);
        assert_eq!(number(b"0000009\0\0\0\0\0"), None);
    }
}
