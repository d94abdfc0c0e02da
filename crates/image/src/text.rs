//! Foreign text in messages.

/// The text without control characters, cut to a length that a message can bear.
pub(crate) fn printable(text: &str) -> String {
    const LIMIT: usize = 200;
    let mut clean: String = text
        .chars()
        .filter(|letter| !letter.is_control() && !is_bidirectional(*letter))
        .take(LIMIT)
        .collect();
    if text.chars().nth(LIMIT).is_some() {
        clean.push('…');
    }
    clean
}

fn is_bidirectional(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_steers_a_terminal_is_taken_out() {
        assert_eq!(printable("a\u{1b}[31mb\u{9b}c\u{202e}d\0"), "a[31mbcd");
        assert_eq!(printable(&"x".repeat(300)).chars().count(), 201);
    }
}
