//! Data, functions and objects that the recorded Go runs used.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use ironhelm_gotmpl::{Function, Functions, List, Map, MapType, MissingKey, Object, Str, Templates, Type, Value, fmt};
use serde_json::Value as Json;

/// JSON as the recorder read it: integers are Go's `int`.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::int(int),
            None => Value::float(number.as_f64().unwrap()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(entries) => Value::map(entries.iter().map(|(key, item)| (key.as_str(), value(item)))),
    }
}

#[allow(clippy::too_many_lines, reason = "a table")]
pub(crate) fn functions() -> Functions {
    let mut table = Functions::new();
    for function in [
        Function::new("upper", &[Type::String], |_, args| {
            Ok(args.text(0).to_uppercase().into())
        })
        .returning(Type::String),
        Function::new("fail", &[Type::String], |_, args| Err(args.text(0).into_owned().into())),
        Function::new("sub", &[Type::INT, Type::INT], |_, args| {
            Ok(Value::int(args.int(0) - args.int(1)))
        }),
        Function::variadic("list", &[Type::Any], |_, args| Ok(Value::list(args.to_vec()))),
        Function::new("default", &[Type::Any, Type::Any], |_, args| {
            Ok(if args.any(1).truth() {
                args.any(1).clone()
            } else {
                args.any(0).clone()
            })
        }),
        Function::variadic("dict", &[Type::Any], |_, args| {
            Ok(Value::map(
                args.chunks_exact(2).map(|pair| (fmt::text(&pair[0]), pair[1].clone())),
            ))
        })
        .returning(Type::Map),
        Function::new("floaty", &[Type::FLOAT64], |_, args| Ok(args.any(0).clone())).returning(Type::FLOAT64),
        Function::new("inty", &[Type::INT], |_, args| Ok(args.any(0).clone())).returning(Type::INT),
        Function::new("uinty", &[Type::Uint(ironhelm_gotmpl::UintKind::Uint)], |_, args| {
            Ok(args.any(0).clone())
        }),
        Function::new("booly", &[Type::Bool], |_, args| Ok(args.any(0).clone())).returning(Type::Bool),
        Function::new("mapy", &[Type::Map], |_, args| Ok(Value::int(args.map(0).len() as i64))).returning(Type::INT),
        Function::new("listy", &[Type::List], |_, args| {
            Ok(Value::int(args.list(0).len() as i64))
        })
        .returning(Type::INT),
        Function::variadic("joiny", &[Type::String, Type::String], |_, args| {
            let parts: Vec<&[u8]> = args
                .rest(1)
                .iter()
                .filter_map(|part| part.as_str().map(|text| &**text))
                .collect();
            Ok(Value::string(parts.join(args.bytes(0))))
        })
        .returning(Type::String),
        Function::new("nothing", &[], |_, _| Ok(Value::Nil)),
        Function::new("strs", &[], |_, _| Ok(Value::strings(["p", "q"]))),
        Function::new("bytes", &[], |_, _| Ok(Value::bytes("ab\u{1}"))),
        Function::new("i64", &[Type::INT], |_, args| Ok(Value::int64(args.int(0)))),
        Function::new("u8", &[Type::INT], |_, args| {
            Ok(Value::Uint(args.int(0) as u64 & 255, ironhelm_gotmpl::UintKind::Uint8))
        }),
        Function::new("f32", &[Type::FLOAT64], |_, args| {
            Ok(Value::Float(
                f64::from(args.float(0) as f32),
                ironhelm_gotmpl::FloatKind::Float32,
            ))
        }),
        Function::new("smap", &[], |_, _| {
            let entries = BTreeMap::from([(Str::from("k"), Value::from("v"))]);
            Ok(Value::Map(Map::of(MapType::STRINGS, entries)))
        }),
    ] {
        table.insert(function);
    }
    table
}

/// The value of `.Files`.
struct Files(BTreeMap<Str, Value>);

fn bytes_map(files: &BTreeMap<Str, Value>) -> Map {
    Map::of(MapType::new("map[string][]uint8", Type::Bytes), files.clone())
}

impl Object for Files {
    fn type_name(&self) -> &str {
        "main.Files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn underlying(&self) -> Option<Value> {
        Some(bytes_map(&self.0).into())
    }

    fn method(&self, name: &str) -> Option<Rc<Function>> {
        let files = self.0.clone();
        let get = move |name: &[u8]| files.get(name).cloned();
        let all = self.0.clone();
        Some(Rc::new(match name {
            "Get" => Function::new("Get", &[Type::String], move |_, args| {
                Ok(get(args.bytes(0)).map_or_else(|| Value::from(""), |bytes| fmt::sprintf(b"%s", &[bytes]).into()))
            }),
            "Glob" => Function::new("Glob", &[Type::String], move |_, args| {
                let suffix = args.text(0).replace('*', "");
                let mut chosen = all.clone();
                chosen.retain(|name, _| name.ends_with(suffix.as_bytes()));
                Ok(Value::object(Self(chosen)))
            }),
            "AsConfig" => Function::new("AsConfig", &[], move |_, _| {
                let lines: Vec<_> = all
                    .iter()
                    .map(|(name, text)| format!("{name}: {}", fmt::sprintf(b"%s", std::slice::from_ref(text))))
                    .collect();
                Ok((lines.join("\n") + "\n").into())
            }),
            _ => return None,
        }))
    }
}

struct ApiVersions;

impl Object for ApiVersions {
    fn type_name(&self) -> &str {
        "main.VersionSet"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::List(List::of(Type::String, vec!["v1".into(), "apps/v1".into()])))
    }

    fn method(&self, name: &str) -> Option<Rc<Function>> {
        (name == "Has").then(|| {
            Rc::new(Function::new("Has", &[Type::String], |_, args| {
                Ok(matches!(args.bytes(0), b"v1" | b"apps/v1").into())
            }))
        })
    }
}

pub(crate) fn add_extras(data: &Map, extra: &Json) {
    if extra.get("obj").is_some() {
        let files = BTreeMap::from([
            (Str::from("x.txt"), Value::bytes("XX")),
            (Str::from("y.txt"), Value::bytes("YY")),
            (Str::from("z.bin"), Value::bytes("Z")),
        ]);
        data.insert("Files", Value::object(Files(files)));
        data.insert(
            "Capabilities",
            Value::map([("APIVersions", Value::object(ApiVersions))]),
        );
    }
    if extra.get("fn").is_some() {
        let add = Function::new("fn", &[Type::INT, Type::INT], |_, args| {
            Ok(Value::int(args.int(0) + args.int(1)))
        });
        data.insert("fn", Value::Function(Rc::new(add.returning(Type::INT))));
    }
}

/// What a run gave: the output so far, and the stage and text of the error.
pub(crate) fn run(text: &str, data: Value, missing_key: &str) -> (Vec<u8>, Option<(&'static str, String)>) {
    let missing = match missing_key {
        "zero" => MissingKey::Zero,
        "error" => MissingKey::Error,
        _ => MissingKey::Invalid,
    };
    let mut templates = Templates::new("t", functions()).missing_key(missing);
    if let Err(error) = templates.parse("t", text.as_bytes()) {
        return (Vec::new(), Some(("parse", error.to_string())));
    }
    let mut out = Vec::new();
    let result = templates.execute_into(&mut out, b"t", data);
    (out, result.err().map(|error| ("exec", error.to_string())))
}
