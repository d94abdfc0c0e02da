//! [`Value`]: what templates and their functions compute with, keeping Go's kinds.

use std::borrow::Cow;
use std::rc::Rc;

use crate::{FloatKind, Function, IntKind, List, Map, Meter, Object, Str, Type, UintKind};

/// A Go value; cheap to clone, with maps shared by reference.
#[derive(Clone, Default)]
pub enum Value {
    /// The nil interface.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// A signed integer of some kind.
    Int(i64, IntKind),
    /// An unsigned integer of some kind.
    Uint(u64, UintKind),
    /// A floating point number of some kind.
    Float(f64, FloatKind),
    /// `complex128`: real and imaginary part.
    Complex(Rc<(f64, f64)>),
    /// `string`
    String(Str),
    /// `[]uint8`
    Bytes(Str),
    /// Any other slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A value of a defined type.
    Object(Rc<dyn Object>),
    /// A function value, for `call`.
    Function(Rc<Function>),
}

/// Constructors.
impl Value {
    /// Go's `int`.
    pub fn int(value: i64) -> Self {
        Self::Int(value, IntKind::Int)
    }

    /// Go's `int64`.
    pub fn int64(value: i64) -> Self {
        Self::Int(value, IntKind::Int64)
    }

    /// Go's `float64`.
    pub fn float(value: f64) -> Self {
        Self::Float(value, FloatKind::Float64)
    }

    /// Go's `string`.
    pub fn string(text: impl Into<Str>) -> Self {
        Self::String(text.into())
    }

    /// Go's `[]uint8`.
    pub fn bytes(bytes: impl Into<Str>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// Go's `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }

    /// Go's `[]string`.
    pub fn strings<S: Into<Str>>(items: impl IntoIterator<Item = S>) -> Self {
        Self::List(List::of(Type::String, items.into_iter().map(Self::string).collect()))
    }

    /// Go's `map[string]interface {}`.
    pub fn map<K: Into<Str>, V: Into<Self>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }

    /// A value of a defined type.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }
}

/// Accessors.
impl Value {
    /// The `bool`.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The string's bytes.
    pub fn as_str(&self) -> Option<&Str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The value of a signed integer of any kind.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(value, _) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The value of a floating point number of any kind.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Float(value, _) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The slice, also below a defined type.
    pub fn as_list(&self) -> Option<Cow<'_, List>> {
        match self {
            Self::List(list) => Some(Cow::Borrowed(list)),
            Self::Bytes(bytes) => Some(Cow::Owned(byte_list(bytes))),
            Self::Object(object) => match object.underlying()? {
                Self::List(list) => Some(Cow::Owned(list)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The map, also below a defined type.
    pub fn as_map(&self) -> Option<Map> {
        match self {
            Self::Map(map) => Some(map.clone()),
            Self::Object(object) => match object.underlying()? {
                Self::Map(map) => Some(map),
                _ => None,
            },
            _ => None,
        }
    }

    /// The object when its Rust type is `T`.
    pub fn downcast<T: 'static>(&self) -> Option<&T> {
        if let Self::Object(object) = self {
            object.as_any().downcast_ref()
        } else {
            None
        }
    }

    /// Whether this is nil: the nil interface, a nil map or a nil slice.
    pub fn is_nil(&self) -> bool {
        match self {
            Self::Nil => true,
            Self::List(list) => list.is_nil(),
            Self::Map(map) => map.is_nil(),
            _ => false,
        }
    }

    /// Go's truth: false, 0, "", nil and empty collections are false; structs are true.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value, _) => *value != 0,
            Self::Uint(value, _) => *value != 0,
            Self::Float(value, _) => *value != 0.0,
            Self::Complex(value) => **value != (0.0, 0.0),
            Self::String(text) | Self::Bytes(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.truth(),
            Self::Function(_) => true,
        }
    }

    /// The type's name as `%T` prints it; `<nil>` for nil.
    pub fn type_name(&self) -> Cow<'_, str> {
        match self {
            Self::Nil => "<nil>".into(),
            Self::Bool(_) => "bool".into(),
            Self::Int(_, kind) => kind.name().into(),
            Self::Uint(_, kind) => kind.name().into(),
            Self::Float(_, kind) => kind.name().into(),
            Self::Complex(_) => "complex128".into(),
            Self::String(_) => "string".into(),
            Self::Bytes(_) => "[]uint8".into(),
            Self::List(list) => list.type_name().into(),
            Self::Map(map) => map.kind().name.into(),
            Self::Object(object) => object.type_name().into(),
            Self::Function(function) => function.type_name().into(),
        }
    }

    /// The reflect kind's name; `invalid` for nil.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_, kind) => kind.name(),
            Self::Uint(_, kind) => kind.name(),
            Self::Float(_, kind) => kind.name(),
            Self::Complex(_) => "complex128",
            Self::String(_) => "string",
            Self::Bytes(_) | Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Object(object) => object.kind_name(),
            Self::Function(_) => "func",
        }
    }

    /// `reflect.DeepEqual`: same type and same content, so `int` 1 and `int64` 1 differ.
    ///
    /// # Errors
    /// When comparing takes more steps than there are: values may hold one list many times.
    pub fn deep_equal(&self, other: &Self, meter: &Meter) -> Result<bool, String> {
        meter.steps(1)?;
        Ok(match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a, ka), Self::Int(b, kb)) => a == b && ka == kb,
            (Self::Uint(a, ka), Self::Uint(b, kb)) => a == b && ka == kb,
            (Self::Float(a, ka), Self::Float(b, kb)) => a == b && ka == kb,
            (Self::Complex(a), Self::Complex(b)) => a == b,
            (Self::String(a), Self::String(b)) | (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) => return with_stack(|| lists_equal(a, b, meter)),
            (Self::Map(a), Self::Map(b)) => return with_stack(|| maps_equal(a, b, meter)),
            (Self::Object(a), Self::Object(b)) => Rc::ptr_eq(a, b) || a.deep_equal(&**b),
            _ => false,
        })
    }
}

fn byte_list(bytes: &[u8]) -> List {
    let items = bytes
        .iter()
        .map(|byte| Value::Uint(u64::from(*byte), UintKind::Uint8))
        .collect();
    List::of(Type::Uint(UintKind::Uint8), items)
}

fn with_stack<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, level)
}

fn lists_equal(a: &List, b: &List, meter: &Meter) -> Result<bool, String> {
    if a.elem() != b.elem() || a.is_nil() != b.is_nil() || a.len() != b.len() {
        return Ok(false);
    }
    if a.same(b) {
        return Ok(true);
    }
    for (a, b) in a.iter().zip(b) {
        if !a.deep_equal(b, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps_equal(a: &Map, b: &Map, meter: &Meter) -> Result<bool, String> {
    if a.kind() != b.kind() || a.is_nil() != b.is_nil() || a.len() != b.len() {
        return Ok(false);
    }
    if a.same(b) {
        return Ok(true);
    }
    for ((ka, a), (kb, b)) in a.entries().iter().zip(b.entries()) {
        if *ka != kb || !a.deep_equal(&b, meter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        Self::string(text)
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Self::String(text)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::list(items)
    }
}
