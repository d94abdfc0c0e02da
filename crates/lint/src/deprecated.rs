//! Which API versions Kubernetes has deprecated, and since when.

use ironhelm_render::KubeVersion;

use crate::head::Head;

/// API version, kind, deprecated since, removed in, replacement: what the client library of Kubernetes 1.36 knows.
const TABLE: &str = include_str!("deprecated-apis-v1.36.tsv");

/// What to tell about an object of a deprecated kind.
pub(crate) fn notice(head: &Head, kube_version: &KubeVersion) -> Option<String> {
    let mut rows = TABLE.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let row = rows.find(|row| matches!(row[..], [api, kind, ..] if api == head.api_version && kind == head.kind))?;
    let [api, kind, since, removed, instead] = row[..] else {
        return None;
    };
    let now = (kube_version.major.parse().ok()?, kube_version.minor.parse().ok()?);
    if now < numbers(since)? {
        return None;
    }
    let mut text = format!("{api} {kind} is deprecated in v{since}+");
    if !removed.is_empty() {
        text.push_str(&format!(", unavailable in v{removed}+"));
    }
    if !instead.is_empty() {
        text.push_str(&format!("; use {instead}"));
    }
    Some(text)
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deprecations_depend_on_the_version() {
        let head = Head {
            api_version: "networking.k8s.io/v1beta1".to_owned(),
            kind: "Ingress".to_owned(),
            name: String::new(),
        };
        let told = |version: &str| notice(&head, &KubeVersion::parse(version).unwrap());
        assert_eq!(told("1.18"), None);
        let text = "networking.k8s.io/v1beta1 Ingress is deprecated in v1.19+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress";
        assert_eq!(told("1.19").as_deref(), Some(text));
    }
}
