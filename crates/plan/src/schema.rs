//! How the fields of the built-in kinds merge.
//!
//! The table (`schema/kinds.txt` beside the sources, made from the Go types of Kubernetes by the small generator there)
//! holds the fields of every kind that Helm's client library knows, with their types, patch strategies and merge keys.
//! Kinds that are not in it are patched by JSON merge patch.

mod convert;
mod table;

use ironhelm_golang::strconv::quote;

use crate::GroupVersionKind;

use table::{Table, Type, TypeId};

/// The type of a built-in kind or of something inside it.
#[derive(Clone, Copy)]
pub struct Schema {
    table: &'static Table,
    id: TypeId,
}

impl Schema {
    /// The schema of a built-in kind.
    pub fn of(gvk: &GroupVersionKind) -> Option<Self> {
        let table = Table::shared();
        let id = table.kind(&gvk.api_version(), &gvk.kind)?;
        Some(Self { table, id })
    }

    /// How a field that holds a map merges.
    pub(crate) fn map_field(self, field: &str) -> Result<MergeRule, SchemaError> {
        let structure = self
            .table
            .structure(self.id)
            .ok_or_else(|| SchemaError::NotAStruct { kind: self.kind() })?;
        let found = structure.field(field).ok_or_else(|| SchemaError::UnknownField {
            structure: structure.go_name(),
            field: field.to_owned(),
        })?;
        Ok(MergeRule {
            schema: self.with(found.id),
            directive: found.directive,
            retain_keys: found.retain_keys,
            merge_key: found.merge_key,
        })
    }

    /// How a field that holds a list merges; the rule's schema is that of the elements.
    pub(crate) fn list_field(self, field: &str) -> Result<MergeRule, SchemaError> {
        let rule = self.map_field(field)?;
        let element = match self.table.get(rule.schema.id) {
            Type::List(element) if matches!(self.table.get(element), Type::List(_)) => {
                return Err(SchemaError::ListOfLists);
            }
            Type::List(element) => element,
            // Go: a pointer to something that is no list passes as its own element.
            Type::Pointer(target) => match self.table.get(target) {
                Type::List(element) => element,
                _ => target,
            },
            _ => return Err(SchemaError::NotAList { kind: self.own_kind() }),
        };
        Ok(MergeRule {
            schema: self.with(element),
            ..rule
        })
    }

    /// The type of a field (or map value) of exactly this name, and whether server-side apply owns it as a whole.
    pub(crate) fn child(self, field: &str) -> Option<(Self, bool)> {
        if let Type::Map(element) = self.table.get(self.id) {
            return Some((self.with(element), false));
        }
        let found = self
            .table
            .structure(self.id)?
            .fields
            .iter()
            .find(|candidate| candidate.name == field)?;
        Some((self.with(found.id), found.atomic))
    }

    /// The type of the elements of a list.
    pub(crate) fn element(self) -> Option<Self> {
        match self.table.get(self.id) {
            Type::List(element) => Some(self.with(element)),
            _ => None,
        }
    }

    /// Whether this is a map of arbitrary keys.
    pub(crate) fn is_map(self) -> bool {
        matches!(self.table.get(self.id), Type::Map(_))
    }

    /// The Go kind of the type behind a pointer: `struct`, `map`, `string` …
    pub(crate) fn kind(self) -> &'static str {
        self.table.kind_name(self.id)
    }

    /// The Go kind of the type itself.
    fn own_kind(self) -> &'static str {
        if matches!(self.table.get(self.id), Type::Pointer(_)) {
            "ptr"
        } else {
            self.kind()
        }
    }

    fn with(self, id: TypeId) -> Self {
        Self { id, ..self }
    }
}

/// How one field merges.
#[derive(Clone, Copy)]
pub(crate) struct MergeRule {
    /// The type of the field, or of its elements.
    pub(crate) schema: Schema,
    pub(crate) directive: Directive,
    /// Whether patches of the field name all keys that survive.
    pub(crate) retain_keys: bool,
    /// The key that identifies list elements; empty for lists of scalars.
    pub(crate) merge_key: &'static str,
}

/// The patch strategy of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    /// Maps merge, lists are replaced.
    Default,
    Merge,
    Replace,
}

/// A field that the schema does not have, or has with another shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A struct has no such field.
    #[error("unable to find api field in struct {structure} for the json field {}", quote(field.as_bytes()))]
    UnknownField {
        /// The Go struct.
        structure: &'static str,
        /// The field.
        field: String,
    },
    /// A map of maps sits where the type is no struct.
    #[error("merging an object in json but data type is not struct, instead is: {kind}")]
    NotAStruct {
        /// The Go kind of the type.
        kind: &'static str,
    },
    /// A list sits where the type is no list.
    #[error("expected slice or array type, but got: {kind}")]
    NotAList {
        /// The Go kind of the enclosing type.
        kind: &'static str,
    },
    /// A field is a list of lists.
    #[error("unexpected slice of slice")]
    ListOfLists,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(api_version: &str, kind: &str) -> Option<Schema> {
        Schema::of(&GroupVersionKind::new(api_version, kind))
    }

    #[test]
    fn built_in_kinds_are_known_and_others_are_not() {
        assert!(of("v1", "Pod").is_some());
        assert!(of("apps/v1", "Deployment").is_some());
        assert!(of("apiextensions.k8s.io/v1", "CustomResourceDefinition").is_some());
        assert!(of("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition").is_none());
        assert!(of("apiregistration.k8s.io/v1", "APIService").is_none());
        assert!(of("autoscaling/v2beta1", "HorizontalPodAutoscaler").is_none());
        assert!(of("", "Pod").is_none());
    }

    #[test]
    fn rules_follow_the_patch_tags() {
        let spec = of("v1", "Pod").unwrap().map_field("spec").unwrap().schema;
        let volumes = spec.list_field("volumes").unwrap();
        assert_eq!(
            (volumes.directive, volumes.retain_keys, volumes.merge_key),
            (Directive::Merge, true, "name")
        );
        let containers = spec.list_field("containers").unwrap();
        let ports = containers.schema.list_field("ports").unwrap();
        assert_eq!((ports.directive, ports.merge_key), (Directive::Merge, "containerPort"));
        let args = containers.schema.list_field("args").unwrap();
        assert_eq!(args.directive, Directive::Default);
    }

    #[test]
    fn fields_match_without_regard_to_case_and_unknown_ones_are_named() {
        let spec = of("v1", "Pod").unwrap().map_field("SPEC").unwrap().schema;
        let error = spec.map_field("nope").err().unwrap();
        assert_eq!(
            error.to_string(),
            "unable to find api field in struct PodSpec for the json field \"nope\""
        );
        let error = spec
            .map_field("nodeSelector")
            .unwrap()
            .schema
            .map_field("a")
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "merging an object in json but data type is not struct, instead is: map"
        );
    }
}
