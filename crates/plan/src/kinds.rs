//! What a cluster serves: the kinds it knows, and where an object of one of them lives.

use std::collections::BTreeMap;
use std::fmt;

use ironhelm_golang::strconv::quote;

use crate::object::{GroupVersionKind, Object, ObjectKey};

/// One served kind: how its objects are addressed on the wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceKind {
    /// Group, version and kind.
    pub gvk: GroupVersionKind,
    /// The lower-case plural that stands in the URL (`deployments`).
    pub plural: String,
    /// Whether objects of this kind live in a namespace.
    pub namespaced: bool,
}

/// Where one object lives: its kind, its namespace (none for cluster-scoped kinds) and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The served kind.
    pub resource: ResourceKind,
    /// The namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// The object's name; empty for an object that only has a `generateName`.
    pub name: String,
}

impl Address {
    /// The identity under which objects of two manifests are compared; the version does not count.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            group: self.resource.gvk.group.clone(),
            kind: self.resource.gvk.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether this names one object: without a name the path would be that of the whole collection.
    #[must_use]
    pub fn names_an_object(&self) -> bool {
        !self.name.is_empty() && self.flaw().is_none()
    }

    /// Why no object can have this name or live in this namespace; an empty name is left to who knows whether the
    /// server is to choose one.
    #[must_use]
    pub fn flaw(&self) -> Option<String> {
        let namespace = self.namespace.as_deref().and_then(namespace_flaw);
        namespace.or_else(|| segment_flaw("resource name", &self.name))
    }

    /// The path of this object on the API server, for example `/apis/apps/v1/namespaces/shop/deployments/web`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.name)
    }

    /// The path of the collection that this object belongs to.
    #[must_use]
    pub fn collection(&self) -> String {
        collection_path(&self.resource, self.namespace.as_deref())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(out, "{}/{} in namespace {namespace}", self.resource.gvk.kind, self.name),
            None => write!(out, "{}/{}", self.resource.gvk.kind, self.name),
        }
    }
}

/// Why there can be no namespace of this name.
#[must_use]
pub fn namespace_flaw(name: &str) -> Option<String> {
    segment_flaw("namespace", name).or_else(|| {
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = name.starts_with(edge) && name.ends_with(edge) && name.chars().all(|c| edge(c) || c == '-');
        (!good || name.len() > 63).then(|| {
            format!(
                "invalid namespace {}: [at most 63 lower-case letters, digits and '-', a letter or digit at both ends]",
                quote(name.as_bytes())
            )
        })
    })
}

/// Kubernetes: what may not be a segment of a path.
fn segment_flaw(what: &str, name: &str) -> Option<String> {
    let flaws: Vec<String> = match name {
        "." | ".." => vec![format!("may not be '{name}'")],
        _ => ['/', '%']
            .into_iter()
            .filter(|&c| name.contains(c))
            .map(|c| format!("may not contain '{c}'"))
            .collect(),
    };
    (!flaws.is_empty()).then(|| format!("invalid {what} {}: [{}]", quote(name.as_bytes()), flaws.join(" ")))
}

/// The path of a kind's collection, in one namespace or (for `None`) in the whole cluster.
#[must_use]
pub fn collection_path(resource: &ResourceKind, namespace: Option<&str>) -> String {
    let GroupVersionKind { group, version, .. } = &resource.gvk;
    let root = if group.is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{group}/{version}")
    };
    match namespace {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{}", resource.plural),
        None => format!("{root}/{}", resource.plural),
    }
}

/// All kinds that a cluster serves, by group, version and kind.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    served: BTreeMap<GroupVersionKind, ResourceKind>,
}

impl Kinds {
    /// The served kind of this name, if there is one.
    #[must_use]
    pub fn find(&self, gvk: &GroupVersionKind) -> Option<&ResourceKind> {
        self.served.get(gvk)
    }

    /// Every served kind, in the order of group, version and kind.
    pub fn iter(&self) -> impl Iterator<Item = &ResourceKind> {
        self.served.values()
    }
}

impl FromIterator<ResourceKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = ResourceKind>>(kinds: I) -> Self {
        Self {
            served: kinds.into_iter().map(|kind| (kind.gvk.clone(), kind)).collect(),
        }
    }
}

/// An object together with the place where it lives.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Where it lives.
    pub address: Address,
    /// What it shall be, or is.
    pub object: Object,
}

/// An object of a kind that the cluster does not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"\": no matches for kind \"{kind}\" in version \"{api_version}\"\nensure CRDs are installed first"
)]
pub struct UnknownKind {
    /// The object's name.
    pub name: String,
    /// The namespace that the manifest gives, or nothing.
    pub namespace: String,
    /// The unknown kind.
    pub kind: String,
    /// Its group and version.
    pub api_version: String,
}

/// Finds each object's place: its own namespace, else `namespace`, for namespaced kinds, and none for the others.
///
/// # Errors
/// All objects of kinds that the cluster does not serve.
pub fn place(objects: Vec<Object>, kinds: &Kinds, namespace: &str) -> Result<Vec<Placed>, Vec<UnknownKind>> {
    let (placed, unknown) = place_known(objects, kinds, namespace);
    if unknown.is_empty() { Ok(placed) } else { Err(unknown) }
}

/// Like [`place`], but leaves the objects of unknown kinds out and returns them as data: what an old manifest names
/// and the cluster has stopped serving cannot be there any more.
#[must_use]
pub fn place_known(objects: Vec<Object>, kinds: &Kinds, namespace: &str) -> (Vec<Placed>, Vec<UnknownKind>) {
    let (mut placed, mut unknown) = (Vec::with_capacity(objects.len()), Vec::new());
    for object in objects {
        match kinds.find(&object.gvk()) {
            Some(resource) => placed.push(place_one(object, resource, namespace)),
            None => unknown.push(UnknownKind {
                name: object.name().to_owned(),
                namespace: object.namespace().unwrap_or_default().to_owned(),
                kind: object.kind().to_owned(),
                api_version: object.api_version().to_owned(),
            }),
        }
    }
    (placed, unknown)
}

fn place_one(mut object: Object, resource: &ResourceKind, namespace: &str) -> Placed {
    let namespace = resource.namespaced.then(|| {
        object
            .namespace()
            .filter(|own| !own.is_empty())
            .unwrap_or(namespace)
            .to_owned()
    });
    // Helm: the namespace is written into namespaced objects, and an explicit one of cluster-scoped kinds is dropped.
    object.set_namespace(namespace.as_deref());
    let address = Address {
        resource: resource.clone(),
        namespace,
        name: object.name().to_owned(),
    };
    Placed { address, object }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_namespaces_that_would_change_the_path_are_refused() {
        let flaw = |namespace: &str, name: &str| {
            let resource = ResourceKind {
                gvk: GroupVersionKind::new("v1", "ConfigMap"),
                plural: "configmaps".to_owned(),
                namespaced: true,
            };
            let (namespace, name) = (Some(namespace.to_owned()), name.to_owned());
            Address {
                resource,
                namespace,
                name,
            }
            .flaw()
            .unwrap_or_default()
        };
        let cases = [
            ("shop", "a", ""),
            ("shop", "system:a", ""),
            ("shop", "a/b", r#"invalid resource name "a/b": [may not contain '/']"#),
            (
                "shop",
                "precious/",
                r#"invalid resource name "precious/": [may not contain '/']"#,
            ),
            ("shop", "..", r#"invalid resource name "..": [may not be '..']"#),
            ("shop", "a%b", r#"invalid resource name "a%b": [may not contain '%']"#),
            (
                "shop",
                "a/%b",
                r#"invalid resource name "a/%b": [may not contain '/' may not contain '%']"#,
            ),
            ("a/b", "a", r#"invalid namespace "a/b": [may not contain '/']"#),
        ];
        for (namespace, name, expected) in cases {
            assert_eq!(flaw(namespace, name), expected, "{namespace} {name}");
        }
        for namespace in ["Bad_ns", "-a", "a-", "a.b", ""] {
            assert!(flaw(namespace, "a").starts_with("invalid namespace "), "{namespace}");
        }
    }
}
