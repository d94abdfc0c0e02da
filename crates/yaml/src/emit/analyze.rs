//! Which styles a string may be written in.

/// The styles that keep a string's text as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) plain: bool,
    pub(super) single_quoted: bool,
    pub(super) block: bool,
}

/// What was seen in a string.
#[derive(Default)]
struct Seen {
    indicators: bool,
    breaks: bool,
    special: bool,
    tab: bool,
    space_at_edge: bool,
    trailing_space: bool,
    break_at_edge: bool,
    /// A space behind a line break.
    break_space: bool,
    /// A line break behind a space.
    space_break: bool,
}

/// Looks at a string that is not empty.
pub(super) fn analyze(text: &str, tabs_are_special: bool) -> Allowed {
    let seen = look_at(text);
    let special = seen.special || seen.space_break || (seen.tab && tabs_are_special);
    let edges = seen.space_at_edge || seen.break_at_edge;
    Allowed {
        plain: !(special || edges || seen.tab || seen.break_space || seen.breaks || seen.indicators),
        single_quoted: !(special || seen.tab || seen.break_space),
        block: !(special || seen.trailing_space),
    }
}

fn look_at(text: &str) -> Seen {
    let mut seen = Seen {
        indicators: text.starts_with("---") || text.starts_with("..."),
        ..Seen::default()
    };
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        seen.indicators |= is_indicator(character, previous, next);
        seen.special |= !is_printable(character) && character != '\t';
        seen.tab |= character == '\t';
        if character == ' ' {
            seen.space_at_edge |= previous.is_none() || next.is_none();
            seen.trailing_space |= next.is_none();
            seen.break_space |= previous.is_some_and(is_break);
        } else if is_break(character) {
            seen.breaks = true;
            seen.break_at_edge |= previous.is_none() || next.is_none();
            seen.space_break |= previous == Some(' ');
        }
        previous = Some(character);
    }
    seen
}

/// Whether `character` would mean something to a reader in a block.
fn is_indicator(character: char, previous: Option<char>, next: Option<char>) -> bool {
    let before_space = next.is_none_or(is_blank_or_break);
    match character {
        ':' => before_space,
        '#' => previous.is_none_or(is_blank_or_break),
        '?' | '-' => previous.is_none() && before_space,
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => previous.is_none(),
        _ => false,
    }
}

fn is_blank_or_break(character: char) -> bool {
    matches!(character, ' ' | '\t') || is_break(character)
}

/// Whether `character` is a line break to the writer.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Go: nothing outside the Basic Multilingual Plane is printable.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}') && character != '\u{FEFF}'
}
