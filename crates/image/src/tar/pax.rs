//! Extended headers: records of the form `<length> <key>=<value>\n`.

use super::read::TarFault;

/// What an extended header says of the next member.
#[derive(Debug, Default)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) sparse: bool,
}

impl Extended {
    /// Takes the records of one header; the last one of a key counts.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), TarFault> {
        while !bytes.is_empty() {
            let (key, value, rest) = record(bytes).ok_or(TarFault::Extended)?;
            bytes = rest;
            match key {
                b"path" => self.path = Some(without_zero(value)?),
                b"linkpath" => self.link = Some(without_zero(value)?),
                b"size" => self.size = Some(number(value).ok_or(TarFault::Size)?),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(10).position(|byte| *byte == b' ')?;
    let length = usize::try_from(number(&bytes[..space])?).ok()?;
    let (record, rest) = bytes.split_at_checked(length)?;
    let body = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=').filter(|at| *at > 0)?;
    Some((&body[..equals], &body[equals + 1..], rest))
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().all(u8::is_ascii_digit).then_some(text)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn without_zero(value: &[u8]) -> Result<Vec<u8>, TarFault> {
    if value.is_empty() || value.contains(&0) {
        return Err(TarFault::Extended);
    }
    Ok(value.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_by_their_length() {
        let mut extended = Extended::default();
        extended
            .read(b"14 path=a b=c\n20 size=12345678901\n16 comment=a\nbc\n")
            .unwrap();
        assert_eq!(extended.path.as_deref(), Some(b"a b=c".as_slice()));
        assert_eq!(extended.size, Some(12_345_678_901));
    }

    #[test]
    fn broken_records_are_refused() {
        for bytes in [
            b"x path=a\n".as_slice(),
            b"9 path=a\n9",
            b"99 path=a\n",
            b"9 path=ab",
            b"0 path=a\n",
            b"6 =ab\n",
            b"11 path=a\0b\n",
            b"11 size=-12\n",
            b"99999999999999999999 a=b\n",
        ] {
            assert!(Extended::default().read(bytes).is_err(), "{bytes:?}");
        }
    }
}
