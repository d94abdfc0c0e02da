//! Strategic merge patches: merge patches that know how the lists of the built-in kinds merge.
//!
//! A patch is a partial object with directives: `$patch: delete` in list elements, `$setElementOrder/x` for the order
//! of a list, `$deleteFromPrimitiveList/x` for removed scalars, and `$retainKeys` for maps that hold one of several
//! alternatives.
//!
//! Values count as in Go's JSON: a number is an integer or a float, and `1` never equals `1.5`'s kind.

mod apply;
mod diff;
pub(crate) mod number;
mod order;
mod sort;

use serde_json::{Map, Value};

use crate::schema::{Schema, SchemaError};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList";
const SET_ORDER: &str = "$setElementOrder";

/// Deeper objects are refused.
const MAX_DEPTH: usize = 512;

/// Makes the patch that an apply sends: what `modified` adds to or changes in `current`, and the removal of what
/// `original` had and `modified` has no more. Fields that only `current` has stay. Nothing to do is an empty map.
///
/// # Errors
/// A map or list that differs is not in the schema, or a list has elements without its merge key.
pub fn create_three_way(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    current: &Map<String, Value>,
    schema: Schema,
) -> Result<Map<String, Value>, PatchError> {
    let changes = diff::maps(current, modified, schema, diff::Half::Changes.into(), 0)?;
    let mut patch = diff::maps(original, modified, schema, diff::Half::Deletions.into(), 0)?;
    apply::maps(&mut patch, changes, schema, apply::Mode::JoinPatches, 0)?;
    Ok(patch)
}

/// Applies a patch to a live object as an API server does.
///
/// # Errors
/// The patch is malformed, or names a map or list that is not in the schema.
pub fn apply(
    live: Map<String, Value>,
    patch: Map<String, Value>,
    schema: Schema,
) -> Result<Map<String, Value>, PatchError> {
    let mut patched = live;
    apply::maps(&mut patched, patch, schema, apply::Mode::Apply, 0)?;
    Ok(patched)
}

/// A strategic merge patch that cannot be made or applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// A field is not in the schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A list element lacks the merge key of its list.
    #[error("map: {element} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The element, as Go prints it.
        element: String,
        /// The merge key.
        key: String,
    },
    /// A list of maps has no merge key in the schema.
    #[error("cannot merge lists without merge key for {kind}")]
    NoDeclaredKey {
        /// The Go kind of the elements.
        kind: &'static str,
    },
    /// A value has another type than its place needs.
    #[error("expected a {expected}, but received a {actual}")]
    WrongType {
        /// The Go type that is needed.
        expected: &'static str,
        /// The Go type that is there.
        actual: &'static str,
    },
    /// A merging list holds lists.
    #[error("lists of lists are not supported")]
    ListOfLists,
    /// A merging list holds values of different types.
    #[error("list element types are not identical: {lists}")]
    MixedList {
        /// The lists, as Go prints them.
        lists: String,
    },
    /// A merging list has no elements on either side.
    #[error("no elements in any of the given slices")]
    NoElements,
    /// The value of `$patch` is no text.
    #[error("invalid value for special key: $patch")]
    DirectiveNotText,
    /// The value of `$patch` is unknown.
    #[error("unknown patch type: {directive} in map: {map}")]
    UnknownDirective {
        /// The value of `$patch`.
        directive: String,
        /// The map it stands in, as Go prints it.
        map: String,
    },
    /// `$patch: merge` in a list element.
    #[error("merging lists cannot yet be specified in the patch")]
    MergeDirectiveInList,
    /// A `$deleteFromPrimitiveList` is malformed.
    #[error("invalid patch format of primitive list")]
    BadDeleteList,
    /// A `$setElementOrder` is malformed or contradicts its list.
    #[error("invalid patch format of setElementOrder list")]
    BadOrderList,
    /// The order of a patch's list contradicts its `$setElementOrder`.
    #[error("The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n")]
    OrderMismatch {
        /// The patch's list, as Go prints it.
        patch: String,
        /// The order list, as Go prints it.
        order: String,
    },
    /// A `$retainKeys` is malformed or contradicts its map.
    #[error("invalid patch format of retainKeys")]
    BadRetainKeys,
    /// The two halves of a three-way patch retain different keys.
    #[error("{left} and {right} are not deep equal: this may happen when calculating the 3-way diff patch")]
    RetainKeysDiffer {
        /// The keys of the removals.
        left: String,
        /// The keys of the changes.
        right: String,
    },
    /// An object is nested too deeply.
    #[error("the object is nested too deeply")]
    TooDeep,
}

impl PatchError {
    fn no_merge_key(element: &Map<String, Value>, key: &str) -> Self {
        Self::NoMergeKey {
            element: number::map_text(element),
            key: key.to_owned(),
        }
    }

    fn wrong_type(expected: &Value, actual: &Value) -> Self {
        Self::WrongType {
            expected: number::type_name(expected),
            actual: number::type_name(actual),
        }
    }
}
