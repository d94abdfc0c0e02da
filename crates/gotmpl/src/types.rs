//! [`Type`]: the Go types that templates can observe, as names, zero values and parameter types.

use std::rc::Rc;

use crate::{Function, List, Map, Value};

/// Go's signed integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntKind {
    /// `int`, the kind of integer literals in templates.
    Int,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`, also `rune`.
    Int32,
    /// `int64`
    Int64,
}

impl IntKind {
    /// Go's name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }
}

/// Go's unsigned integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UintKind {
    /// `uint`
    Uint,
    /// `uint8`, also `byte`.
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `uintptr`
    Uintptr,
}

impl UintKind {
    /// Go's name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
        }
    }
}

/// Go's floating point kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatKind {
    /// `float32`
    Float32,
    /// `float64`, the kind of floating point literals in templates.
    Float64,
}

impl FloatKind {
    /// Go's name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }
}

/// A Go type: of a function's parameter, of a list's elements or of a map's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: any value, nil included.
    Any,
    /// `reflect.Value`: any value; a missing one arrives as nil. Only Go's builtins take it.
    Reflect,
    /// `bool`
    Bool,
    /// A signed integer.
    Int(IntKind),
    /// An unsigned integer.
    Uint(UintKind),
    /// A floating point number.
    Float(FloatKind),
    /// `string`
    String,
    /// `[]uint8`
    Bytes,
    /// `[]interface {}`
    List,
    /// `[]string`
    Strings,
    /// `map[string]interface {}`
    Map,
    /// `map[string]string`
    StringMap,
    /// Any other type, by Go's name, for example `time.Time`.
    Named(&'static str),
}

impl Type {
    /// Go's `int`.
    pub const INT: Self = Self::Int(IntKind::Int);
    /// Go's `int64`.
    pub const INT64: Self = Self::Int(IntKind::Int64);
    /// Go's `float64`.
    pub const FLOAT64: Self = Self::Float(FloatKind::Float64);

    /// The name that `%T` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Bool => "bool",
            Self::Int(kind) => kind.name(),
            Self::Uint(kind) => kind.name(),
            Self::Float(kind) => kind.name(),
            Self::String => "string",
            Self::Bytes => "[]uint8",
            Self::List => "[]interface {}",
            Self::Strings => "[]string",
            Self::Map => "map[string]interface {}",
            Self::StringMap => "map[string]string",
            Self::Named(name) => name,
        }
    }

    /// Go's zero value of the type.
    pub fn zero(self) -> Value {
        match self {
            Self::Any | Self::Reflect | Self::Named(_) => Value::Nil,
            Self::Bool => Value::Bool(false),
            Self::Int(kind) => Value::Int(0, kind),
            Self::Uint(kind) => Value::Uint(0, kind),
            Self::Float(kind) => Value::Float(0.0, kind),
            Self::String => Value::from(""),
            Self::Bytes => Value::bytes(Vec::new()),
            Self::List => Value::List(List::nil(Self::Any)),
            Self::Strings => Value::List(List::nil(Self::String)),
            Self::Map => Value::Map(Map::nil()),
            Self::StringMap => Value::Map(Map::nil_of(MapType::STRINGS)),
        }
    }

    /// Whether Go allows `nil` for the type.
    pub fn can_be_nil(self) -> bool {
        match self {
            Self::Any | Self::Reflect | Self::Bytes | Self::List | Self::Strings | Self::Map | Self::StringMap => true,
            Self::Named(name) => name.starts_with(['*', '[']) || name.starts_with("map[") || name.starts_with("func("),
            Self::Bool | Self::Int(_) | Self::Uint(_) | Self::Float(_) | Self::String => false,
        }
    }
}

/// Finds a method of a map by name, bound to the map.
pub type MapMethods = fn(&Map, &str) -> Option<Rc<Function>>;

/// The Go type of a map with string keys.
#[derive(Clone, Copy, Debug)]
pub struct MapType {
    /// The name that `%T` prints.
    pub name: &'static str,
    /// The type of its values.
    pub elem: Type,
    /// Its methods; they win over keys of the same name.
    methods: Option<MapMethods>,
}

impl MapType {
    /// `map[string]interface {}`
    pub const ANY: Self = Self::named("map[string]interface {}");
    /// `map[string]string`
    pub const STRINGS: Self = Self::new("map[string]string", Type::String);

    /// A map type by its name and the type of its values.
    pub const fn new(name: &'static str, elem: Type) -> Self {
        Self {
            name,
            elem,
            methods: None,
        }
    }

    /// A defined type over `map[string]interface {}`, for example `common.Values`.
    pub const fn named(name: &'static str) -> Self {
        Self::new(name, Type::Any)
    }

    /// The same type with methods.
    #[must_use]
    pub const fn with_methods(self, methods: MapMethods) -> Self {
        Self {
            methods: Some(methods),
            ..self
        }
    }

    pub(crate) fn method(&self, map: &Map, name: &str) -> Option<Rc<Function>> {
        self.methods.and_then(|find| find(map, name))
    }
}

/// Go's types are known by their names.
impl PartialEq for MapType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.elem == other.elem
    }
}

impl Eq for MapType {}
