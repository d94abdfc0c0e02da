//! Text that came from somewhere else, made fit for an error message.

use reqwest::Url;

const LONGEST: usize = 300;

/// `text` without control and direction-changing characters, in one line, cut to a sane length.
pub fn clean(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty()) {
        if line.chars().count() >= LONGEST {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !is_unprintable(*c)));
    }
    cut(line)
}

fn cut(line: String) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// `url` without user, password, query and fragment: signed queries are secrets as well.
pub fn public(url: &Url) -> String {
    let mut url = url.clone();
    // These two fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    clean(url.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_removed() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\n  b\u{202e}c\u{9b}"), "a[31mred bc");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn secrets_of_urls_are_not_shown() {
        let url = Url::parse("https://user:pw@h.example/p?sig=secret#f").unwrap();
        assert_eq!(public(&url), "https://h.example/p");
    }
}
