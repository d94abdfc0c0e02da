//! Which texts are URLs and e-mail addresses, by the rules that Helm asks.

/// Is this an absolute URL, as Go's `url.ParseRequestURI` reads one?
pub(crate) fn is_request_url(text: &str) -> bool {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return false;
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut letters = scheme.bytes();
    let is_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !is_scheme {
        return false;
    }
    match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            is_authority(&rest[..end]) && has_whole_escapes(&rest[end..])
        }
        // Go: what does not go on with a slash is opaque and not looked at.
        None => !rest.starts_with('/') || has_whole_escapes(rest),
    }
}

fn is_authority(authority: &str) -> bool {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.strip_prefix('[') {
        Some(literal) => match literal.split_once(']') {
            Some((name, port)) => (name, port.strip_prefix(':').or(port.is_empty().then_some(""))),
            None => return false,
        },
        None => host
            .rsplit_once(':')
            .map_or((host, Some("")), |(name, port)| (name, Some(port))),
    };
    port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
        && !name.contains([' ', '"', '\\', '^', '`', '{', '|', '}', '%'])
        && (host.starts_with('[') || !name.contains(':'))
}

fn has_whole_escapes(text: &str) -> bool {
    let path = text.split('?').next().unwrap_or(text);
    path.split('%')
        .skip(1)
        .all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

/// Is this an e-mail address: dotted atoms or a quoted text, `@`, and a host name with a dot?
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    (quoted || local.split('.').all(is_atom)) && is_domain(domain)
}

fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| is_letter_or_digit(letter) || "!#$%&'*+-/=?^_`{|}~".contains(letter))
}

fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    let top = labels.last().copied().unwrap_or_default();
    labels.len() > 1
        && labels.iter().all(|label| is_label(label))
        && !top.starts_with(|first: char| first.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    text.starts_with(is_letter_or_digit)
        && text.ends_with(is_letter_or_digit)
        && text
            .chars()
            .all(|letter| is_letter_or_digit(letter) || matches!(letter, '-' | '_' | '~'))
}

fn is_letter_or_digit(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter >= '\u{a0}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_need_a_scheme() {
        for text in [
            "https://x/y",
            "data:x",
            "http:a b",
            "http://[::1]:80/",
            "oci://h:5000/x?a=%zz",
        ] {
            assert!(is_request_url(text), "{text}");
        }
        for text in [
            "",
            "/x",
            "foo",
            "git@x:y",
            "1a:b",
            "http://a b/",
            "http://h:x/",
            "http://h/%z",
        ] {
            assert!(!is_request_url(text), "{text}");
        }
    }

    #[test]
    fn addresses_need_a_dotted_host() {
        for text in ["a@b.c", "a.b+c@x-y.de", "\"a b\"@c.de", "jörg@köln.de"] {
            assert!(is_email(text), "{text}");
        }
        for text in ["", "a", "a@b", "a b@c.de", "@c.de", "a..b@c.de", "a@c.1"] {
            assert!(!is_email(text), "{text}");
        }
    }
}
