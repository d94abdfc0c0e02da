//! Which names Kubernetes lets objects have.

use ironhelm_golang::strconv::quote;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const OLD_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// What is wrong with `name` for an object of `kind`; none if nothing is.
pub(crate) fn fault(kind: &str, name: &str) -> Option<String> {
    let reasons: Vec<String> = match kind.to_ascii_lowercase().as_str() {
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => path_segment(name),
        "certificatesigningrequest" => Vec::new(),
        "service" => limited(name, 63, is_old_label, OLD_LABEL),
        "namespace" => namespace(name),
        _ => limited(name, 253, is_subdomain, SUBDOMAIN),
    };
    let quoted = quote(name.as_bytes());
    let mut texts: Vec<String> = Vec::new();
    for reason in reasons {
        let text = format!("metadata.name: Invalid value: {quoted}: {reason}");
        // Kubernetes: of equal errors one is told.
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    match &texts[..] {
        [] => None,
        [text] => Some(text.clone()),
        _ => Some(format!("[{}]", texts.join(", "))),
    }
}

fn limited(name: &str, most: usize, is_right: fn(&str) -> bool, wrong: &str) -> Vec<String> {
    let length = (name.len() > most).then(|| format!("must be no more than {most} characters"));
    length
        .into_iter()
        .chain((!is_right(name)).then(|| wrong.to_owned()))
        .collect()
}

fn namespace(name: &str) -> Vec<String> {
    let mut reasons = limited(name, 63, is_label, LABEL);
    if is_subdomain(name) && name.contains('.') {
        reasons.retain(|reason| reason != LABEL);
        reasons.push("must not contain dots".to_owned());
    }
    reasons
}

fn path_segment(name: &str) -> Vec<String> {
    if name == "." || name == ".." {
        return vec![format!("may not be '{name}'")];
    }
    let contained = ["/", "%"].into_iter().filter(|part| name.contains(part));
    contained.map(|part| format!("may not contain '{part}'")).collect()
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_old_label(name: &str) -> bool {
    is_label(name) && name.starts_with(|first: char| first.is_ascii_lowercase())
}

fn is_label(name: &str) -> bool {
    let is_end = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.starts_with(is_end) && name.ends_with(is_end) && name.chars().all(|letter| is_end(letter) || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_differ_by_kind() {
        for (kind, name) in [
            ("Pod", "a.b-1"),
            ("Service", "a-1"),
            ("Role", "A:b"),
            ("Role", ""),
            ("Namespace", "1"),
        ] {
            assert_eq!(fault(kind, name), None, "{kind} {name}");
        }
        for (kind, name, end) in [
            ("Service", "1a", OLD_LABEL),
            ("Namespace", "a.b", "must not contain dots"),
            ("ClusterRole", "a/b", "may not contain '/'"),
            ("Deployment", "", SUBDOMAIN),
        ] {
            let found = fault(kind, name).unwrap_or_default();
            assert!(found.ends_with(end), "{kind} {name}: {found}");
        }
        let long = fault("Pod", &"A".repeat(254)).unwrap_or_default();
        assert!(long.starts_with("[metadata.name: ") && long.ends_with(")]"), "{long}");
    }
}
