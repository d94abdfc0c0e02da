//! The table of types, parsed once from its text.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Directive;

const TEXT: &str = include_str!("../../schema/kinds.txt");

/// An index into the table's types.
pub(super) type TypeId = u32;

/// A Go type.
#[derive(Clone, Copy)]
pub(super) enum Type {
    /// A scalar, or `interface`, by its Go kind.
    Scalar(&'static str),
    Pointer(TypeId),
    List(TypeId),
    Map(TypeId),
    /// An index into the table's structs.
    Struct(usize),
}

/// A Go struct.
#[derive(Default)]
pub(super) struct Struct {
    /// The package and name.
    pub(super) name: &'static str,
    /// Whether the type reads its JSON with code of its own.
    pub(super) own_json: bool,
    pub(super) fields: Vec<Field>,
}

/// A field of a struct.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) id: TypeId,
    pub(super) directive: Directive,
    pub(super) retain_keys: bool,
    pub(super) merge_key: &'static str,
    /// Whether server-side apply owns the list or map as a whole.
    pub(super) atomic: bool,
}

impl Struct {
    /// Go: encoding/json takes a field of the exact name, else the first that differs in case alone.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        let exact = self.fields.iter().find(|field| field.name == name);
        exact.or_else(|| self.fields.iter().find(|field| equal_fold(field.name, name)))
    }

    pub(super) fn go_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}

/// All types that the built-in kinds reach.
#[derive(Default)]
pub(super) struct Table {
    types: Vec<Type>,
    ids: HashMap<&'static str, TypeId>,
    structs: Vec<Struct>,
    kinds: HashMap<(&'static str, &'static str), TypeId>,
}

impl Table {
    pub(super) fn shared() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| Self::parse(TEXT))
    }

    pub(super) fn kind(&self, api_version: &str, kind: &str) -> Option<TypeId> {
        self.kinds.get(&(api_version, kind)).copied()
    }

    pub(super) fn get(&self, id: TypeId) -> Type {
        self.types[id as usize]
    }

    /// The struct behind a type or a pointer to it.
    pub(super) fn structure(&self, id: TypeId) -> Option<&Struct> {
        match self.get(id) {
            Type::Struct(index) => Some(&self.structs[index]),
            Type::Pointer(target) => match self.get(target) {
                Type::Struct(index) => Some(&self.structs[index]),
                _ => None,
            },
            _ => None,
        }
    }

    /// Go's name for the kind of a type, seen through one pointer.
    pub(super) fn kind_name(&self, id: TypeId) -> &'static str {
        match self.get(id) {
            Type::Scalar(kind) => kind,
            Type::Pointer(target) => match self.get(target) {
                Type::Pointer(_) => "ptr",
                _ => self.kind_name(target),
            },
            Type::List(_) => "slice",
            Type::Map(_) => "map",
            Type::Struct(_) => "struct",
        }
    }

    fn parse(text: &'static str) -> Self {
        let mut table = Self::default();
        for head in text.lines().filter_map(|line| line.strip_prefix("struct ")) {
            let (name, own_json) = head.strip_suffix(" own").map_or((head, false), |name| (name, true));
            let structure = Struct {
                name,
                own_json,
                fields: Vec::new(),
            };
            table.add(name, Type::Struct(table.structs.len()));
            table.structs.push(structure);
        }
        let mut current = 0;
        for line in text.lines() {
            if let Some(field) = line.strip_prefix('\t') {
                let field = table.parse_field(field);
                table.structs[current - 1].fields.push(field);
            } else if line.starts_with("struct ") {
                current += 1;
            } else if let Some(kind) = line.strip_prefix("kind ") {
                table.parse_kind(kind);
            }
        }
        table
    }

    fn parse_kind(&mut self, line: &'static str) {
        let mut words = line.split(' ');
        if let (Some(api_version), Some(kind), Some(name)) = (words.next(), words.next(), words.next()) {
            let id = self.intern(name);
            self.kinds.insert((api_version, kind), id);
        }
    }

    fn parse_field(&mut self, line: &'static str) -> Field {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (name, type_text, strategies, merge_key, atomic) = (next(), next(), next(), next(), next());
        let mut field = Field {
            name,
            id: self.intern(type_text),
            directive: Directive::Default,
            retain_keys: false,
            merge_key,
            atomic: atomic == "atomic",
        };
        for strategy in strategies.split(',') {
            match strategy {
                "merge" => field.directive = Directive::Merge,
                "replace" => field.directive = Directive::Replace,
                "retainKeys" => field.retain_keys = true,
                _ => {}
            }
        }
        field
    }

    fn intern(&mut self, text: &'static str) -> TypeId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let new = if let Some(target) = text.strip_prefix('*') {
            Type::Pointer(self.intern(target))
        } else if let Some(element) = text.strip_prefix("[]") {
            Type::List(self.intern(element))
        } else if let Some(element) = text.strip_prefix("{}") {
            Type::Map(self.intern(element))
        } else {
            Type::Scalar(text)
        };
        self.add(text, new)
    }

    fn add(&mut self, text: &'static str, new: Type) -> TypeId {
        let id = TypeId::try_from(self.types.len()).unwrap_or(TypeId::MAX);
        self.types.push(new);
        self.ids.insert(text, id);
        id
    }
}

/// Go: long s and the Kelvin sign fold to `s` and `k`.
fn equal_fold(name: &str, other: &str) -> bool {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    name.chars().map(fold).eq(other.chars().map(fold))
}
