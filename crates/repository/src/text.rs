//! Foreign text on its way to a terminal.

/// The most characters of foreign text that an error carries.
const MAX_FOREIGN: usize = 300;

/// `text` without control characters and of a sane length.
pub(crate) fn foreign(text: &str) -> String {
    let clean = text.chars().filter(|letter| !is_hostile(*letter));
    let mut short: String = clean.clone().take(MAX_FOREIGN).collect();
    if clean.count() > MAX_FOREIGN {
        short.push('…');
    }
    short
}

/// C0 and C1 controls, and the marks that turn the direction of writing.
fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A name that can be one component of a path: no separators, no dots alone, nothing that does not print.
pub(crate) fn is_safe_segment(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && name != ".."
        && name.len() <= 255
        && !name
            .chars()
            .any(|letter| matches!(letter, '/' | '\\' | ':') || is_hostile(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CVE-2021-21303.
    #[test]
    fn terminal_controls_are_removed() {
        assert_eq!(foreign("a\u{1b}[31mb\u{202e}c\u{9b}d\r\n"), "a[31mbcd");
        assert_eq!(foreign(&"x".repeat(1000)).chars().count(), 301);
    }

    /// CVE-2024-25620, CVE-2026-35206.
    #[test]
    fn names_that_leave_their_directory_are_unsafe() {
        for name in ["", ".", "..", "a/b", "..\\a", "c:", "a\0", "/etc"] {
            assert!(!is_safe_segment(name), "{name:?}");
        }
        assert!(is_safe_segment("demo-1.0.0+build_1"));
    }
}
