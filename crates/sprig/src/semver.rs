//! Semantic versions as Masterminds reads and compares them.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use ironhelm_chart::semver::{Constraint, Version, VersionError};
use ironhelm_gotmpl::{FuncError, Function, Object, Type, UintKind, Value};

use crate::table::{STRING, Table};

pub(crate) fn register(t: &mut Table) {
    t.row("semver", &[STRING], |a| {
        parse(&a.text(0)).map(|version| Value::object(SemVer::pointer(version)))
    });
    t.row("semverCompare", &[STRING, STRING], |a| {
        let constraint = Constraint::parse(&a.text(0)).map_err(|error| FuncError::from(error.to_string()))?;
        Ok::<_, FuncError>(constraint.check(&parse(&a.text(1))?))
    });
}

fn parse(text: &str) -> Result<Version, FuncError> {
    Version::parse(text).map_err(|error| error.to_string().into())
}

/// A version object. What `semver` gives is a pointer; what changes a version gives a new one by value.
struct SemVer {
    version: Version,
    type_name: &'static str,
}

const POINTER: &str = "*semver.Version";
const BY_VALUE: &str = "semver.Version";

impl SemVer {
    fn pointer(version: Version) -> Self {
        Self {
            version,
            type_name: POINTER,
        }
    }

    fn by_value(version: Version) -> Value {
        Value::object(Self {
            version,
            type_name: BY_VALUE,
        })
    }

    /// Methods without parameters.
    fn reading(&self, name: &str) -> Option<Function> {
        let version = &self.version;
        let value = match name {
            "Major" => Value::Uint(version.major, UintKind::Uint64),
            "Minor" => Value::Uint(version.minor, UintKind::Uint64),
            "Patch" => Value::Uint(version.patch, UintKind::Uint64),
            "Prerelease" => version.prerelease().into(),
            "Metadata" => version.metadata().into(),
            // Go: a method of the pointer alone, as the comparisons are.
            "Original" if self.type_name == POINTER => version.original().into(),
            "String" => version.to_string().into(),
            _ => return None,
        };
        Some(Function::new(name.to_owned(), &[], move |_, _| Ok(value.clone())))
    }

    fn comparison(&self, name: &str) -> Option<Function> {
        if self.type_name != POINTER {
            return None;
        }
        let judge: fn(Ordering) -> Value = match name {
            "Compare" => |order| Value::int(order as i64),
            "Equal" => |order| order.is_eq().into(),
            "LessThan" => |order| order.is_lt().into(),
            "LessThanEqual" => |order| order.is_le().into(),
            "GreaterThan" => |order| order.is_gt().into(),
            "GreaterThanEqual" => |order| order.is_ge().into(),
            _ => return None,
        };
        let version = self.version.clone();
        Some(Function::new(
            name.to_owned(),
            &[Type::Named(POINTER)],
            move |_, args| {
                let other = args
                    .any(0)
                    .downcast::<Self>()
                    .ok_or("invalid memory address or nil pointer dereference")?;
                Ok(judge(version.cmp(&other.version)))
            },
        ))
    }

    /// Methods that give the next version.
    fn increment(&self, name: &str) -> Option<Function> {
        let Version {
            major, minor, patch, ..
        } = self.version;
        let (major, minor, patch) = match name {
            "IncMajor" => (major.wrapping_add(1), 0, 0),
            "IncMinor" => (major, minor.wrapping_add(1), 0),
            // A pre-release comes before its release, so dropping it is a step already.
            "IncPatch" if !self.version.prerelease().is_empty() => (major, minor, patch),
            "IncPatch" => (major, minor, patch.wrapping_add(1)),
            _ => return None,
        };
        let prefix = self.prefix();
        let function = Function::new(name.to_owned(), &[], move |_, _| {
            parse(&format!("{prefix}{major}.{minor}.{patch}")).map(Self::by_value)
        });
        Some(function.returning(Type::Named(BY_VALUE)))
    }

    fn replacement(&self, name: &str) -> Option<Function> {
        let (version, prefix) = (self.version.clone(), self.prefix());
        let numbers = format!("{prefix}{}.{}.{}", version.major, version.minor, version.patch);
        Some(match name {
            "SetPrerelease" => Function::new("SetPrerelease", &[Type::String], move |_, args| {
                let metadata = suffix('+', version.metadata());
                replaced(
                    &format!("{numbers}{}{metadata}", suffix('-', &args.text(0))),
                    VersionError::Prerelease,
                )
            }),
            "SetMetadata" => Function::new("SetMetadata", &[Type::String], move |_, args| {
                let prerelease = suffix('-', version.prerelease());
                replaced(
                    &format!("{numbers}{prerelease}{}", suffix('+', &args.text(0))),
                    VersionError::Metadata,
                )
            }),
            _ => return None,
        })
    }

    fn prefix(&self) -> &'static str {
        if self.version.original().starts_with('v') {
            "v"
        } else {
            ""
        }
    }
}

/// The version with a part replaced; `bad` says which part cannot be read.
fn replaced(text: &str, bad: VersionError) -> Result<Value, FuncError> {
    let version = Version::parse(text).map_err(|error| if error == VersionError::Malformed { bad } else { error });
    version.map(SemVer::by_value).map_err(|error| error.to_string().into())
}

fn suffix(mark: char, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{mark}{text}")
    }
}

impl Object for SemVer {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind_name(&self) -> &'static str {
        if self.type_name == POINTER { "ptr" } else { "struct" }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Rc<Function>> {
        self.reading(name)
            .or_else(|| self.comparison(name))
            .or_else(|| self.increment(name))
            .or_else(|| self.replacement(name))
            .map(Rc::new)
    }

    fn text(&self) -> Option<String> {
        Some(self.version.to_string())
    }

    fn json(&self) -> Option<Value> {
        Some(self.version.to_string().into())
    }

    fn deep_equal(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<Self>();
        other.is_some_and(|other| {
            other.type_name == self.type_name && other.version.original() == self.version.original()
        })
    }
}
