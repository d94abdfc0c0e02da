//! `WWW-Authenticate`: how a registry wants to be shown who we are (RFC 9110 §11.6.1, RFC 6750 §3).

/// What a registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

/// The challenge to answer: a token where one is offered, else user and password.
pub(super) fn choose<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let all: Vec<Challenge> = headers.filter_map(parse).collect();
    let bearer = all
        .iter()
        .find(|challenge| matches!(challenge, Challenge::Bearer { .. }));
    bearer.or(all.first()).cloned()
}

fn parse(header: &str) -> Option<Challenge> {
    let (scheme, parameters) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service, mut scope) = (None, None, None);
    let mut rest = parameters;
    while let Some((name, value, after)) = parameter(rest) {
        match name.to_ascii_lowercase().as_str() {
            "realm" => realm = Some(value),
            "service" => service = Some(value),
            "scope" => scope = Some(value),
            _ => {}
        }
        rest = after;
    }
    Some(Challenge::Bearer {
        realm: realm?,
        service,
        scope,
    })
}

/// The next `name=value` or `name="value"` and what follows.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start_matches([' ', ',', '\t']);
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    let Some(quoted) = value.trim_start().strip_prefix('"') else {
        let end = value.find([',', ' ']).unwrap_or(value.len());
        return Some((name, value[..end].to_owned(), &value[end..]));
    };
    let mut out = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            '"' => return Some((name, out, &quoted[at + 1..])),
            c => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let header = r#"Bearer realm="https://auth.example/t?a=\"b\"",service="r, s",scope="repository:a/b:pull,push""#;
        let bearer = Challenge::Bearer {
            realm: "https://auth.example/t?a=\"b\"".to_owned(),
            service: Some("r, s".to_owned()),
            scope: Some("repository:a/b:pull,push".to_owned()),
        };
        assert_eq!(choose(["Basic realm=\"x\"", header].into_iter()), Some(bearer));
        assert_eq!(choose(["basic"].into_iter()), Some(Challenge::Basic));
        for broken in [
            "Bearer",
            "Bearer realm=\"x",
            "Negotiate abc",
            "",
            "Bearer =",
            "Bearer ,,,=\"\\",
        ] {
            assert_eq!(choose([broken].into_iter()), None, "{broken}");
        }
    }
}
