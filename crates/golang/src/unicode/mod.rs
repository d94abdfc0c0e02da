//! Classes of characters as Go's `unicode` package knows them.

mod recent;

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// Whether Go's `%q` and `strconv.Quote` print `c` as it is: letters, marks, numbers, punctuation, symbols and the ASCII
/// space.
pub fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    use Category::*;
    !matches!(
        category(c),
        Control | Format | Surrogate | PrivateUse | Unassigned | LineSeparator | ParagraphSeparator | SpaceSeparator
    )
}

/// Whether `c` is white space: Go's `unicode.IsSpace`, Unicode's White_Space property.
pub fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Whether `c` is a letter (category L).
pub fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    use Category::*;
    matches!(
        category(c),
        UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter
    )
}

/// Whether `c` is a decimal digit (category Nd).
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    category(c) == Category::DecimalNumber
}

/// Whether `c` is a number (category N).
pub fn is_number(c: char) -> bool {
    use Category::*;
    matches!(category(c), DecimalNumber | LetterNumber | OtherNumber)
}

/// Whether `c` is an upper case letter (category Lu).
pub fn is_upper(c: char) -> bool {
    category(c) == Category::UppercaseLetter
}

/// Whether `c` is a lower case letter (category Ll).
pub fn is_lower(c: char) -> bool {
    category(c) == Category::LowercaseLetter
}

/// Whether `c` is punctuation (category P).
pub fn is_punct(c: char) -> bool {
    use Category::*;
    matches!(
        category(c),
        ConnectorPunctuation
            | DashPunctuation
            | OpenPunctuation
            | ClosePunctuation
            | InitialPunctuation
            | FinalPunctuation
            | OtherPunctuation
    )
}

/// `c` in title case, where Go knows one character for it: `ǆ` becomes `ǅ`; `ß` has none and stays.
pub fn to_title(c: char) -> char {
    match c {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        'ა'..='ჺ' | 'ჽ'..='ჿ' => c,
        _ => to_upper(c),
    }
}

/// `c` in upper case, one character for one.
pub fn to_upper(c: char) -> char {
    match c {
        // Greek with iota below: Unicode's full mapping has two characters, Go's has one.
        'ᾀ'..='ᾇ' | 'ᾐ'..='ᾗ' | 'ᾠ'..='ᾧ' => char::from_u32(u32::from(c) + 8).unwrap_or(c),
        'ᾳ' => 'ᾼ',
        'ῃ' => 'ῌ',
        'ῳ' => 'ῼ',
        _ => single(c, c.to_uppercase()),
    }
}

/// `c` in lower case, one character for one.
pub fn to_lower(c: char) -> char {
    if c == 'İ' { 'i' } else { single(c, c.to_lowercase()) }
}

/// Go maps one character to one that it knows; other mappings do not exist for it.
fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) if c.is_ascii() || is_known(c) && is_known(mapped) => mapped,
        _ => c,
    }
}

fn is_known(c: char) -> bool {
    category(c) != Category::Unassigned
}

/// Go: characters assigned after its Unicode version count as unassigned.
fn category(c: char) -> Category {
    if recent::is_recent(c) {
        Category::Unassigned
    } else {
        get_general_category(c)
    }
}
