//! [`Files`]: what templates see as `.Files`.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::prelude::{BASE64_STANDARD, Engine};
use ironhelm_chart::{Bytes, Chart};
use ironhelm_golang::filepath;
use ironhelm_gotmpl::{FuncError, Function, Map, MapType, Object, Str, Type, Value};
use serde_json::Value as Json;

use crate::glob::Glob;

/// The files of a chart that are neither templates nor read by Helm itself.
#[derive(Clone)]
pub(crate) struct Files(Rc<BTreeMap<String, Bytes>>);

impl Files {
    pub(crate) fn of(chart: &Chart) -> Self {
        Self(Rc::new(
            chart
                .files
                .iter()
                .map(|file| (file.name.clone(), Bytes::clone(&file.data)))
                .collect(),
        ))
    }

    fn get(&self, name: &[u8]) -> Option<&Bytes> {
        self.0.get(std::str::from_utf8(name).ok()?)
    }

    fn matching(&self, pattern: &str) -> Self {
        let glob = Glob::new(pattern);
        let chosen = self.0.iter().filter(|(name, _)| glob.matches(name));
        Self(Rc::new(
            chosen.map(|(name, data)| (name.clone(), Bytes::clone(data))).collect(),
        ))
    }

    /// YAML of base name to text.
    fn yaml(&self, text: impl Fn(&[u8]) -> String) -> Value {
        let entries = self
            .0
            .iter()
            .map(|(name, data)| (filepath::base(name), Json::String(text(data))));
        let tree = Json::Object(entries.map(|(name, text)| (name.to_string(), text)).collect());
        let yaml = ironhelm_yaml::encode(&tree);
        yaml.strip_suffix('\n').unwrap_or(&yaml).into()
    }

    fn lines(&self, name: &[u8]) -> Result<Value, FuncError> {
        let Some(data) = self.get(name) else {
            return Ok(Value::strings::<&str>([]));
        };
        match data.last() {
            // Helm: an empty file is not foreseen.
            None => Err("runtime error: index out of range [-1]".into()),
            Some(last) => {
                let text = if *last == b'\n' { &data[..data.len() - 1] } else { data };
                Ok(Value::strings(text.split(|byte| *byte == b'\n')))
            }
        }
    }
}

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn underlying(&self) -> Option<Value> {
        let entries = self
            .0
            .iter()
            .map(|(name, data)| (Str::from(name), Value::bytes(&**data)))
            .collect();
        Some(Map::of(MapType::new("map[string][]uint8", Type::Bytes), entries).into())
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn method(&self, name: &str) -> Option<Rc<Function>> {
        let files = self.clone();
        Some(Rc::new(match name {
            "Get" => Function::new("Get", &[Type::String], move |_, args| {
                Ok(Value::string(files.get(args.bytes(0)).map_or(&[][..], |data| data)))
            })
            .returning(Type::String),
            "GetBytes" => Function::new("GetBytes", &[Type::String], move |_, args| {
                Ok(Value::bytes(files.get(args.bytes(0)).map_or(&[][..], |data| data)))
            })
            .returning(Type::Bytes),
            "Glob" => Function::new("Glob", &[Type::String], move |_, args| {
                Ok(Value::object(files.matching(&args.text(0))))
            })
            .returning(Type::Named("engine.files")),
            "Lines" => Function::new("Lines", &[Type::String], move |_, args| files.lines(args.bytes(0)))
                .returning(Type::Strings),
            "AsConfig" => Function::new("AsConfig", &[], move |_, _| {
                Ok(files.yaml(|data| String::from_utf8_lossy(data).into_owned()))
            })
            .returning(Type::String),
            "AsSecrets" => Function::new("AsSecrets", &[], move |_, _| {
                Ok(files.yaml(|data| BASE64_STANDARD.encode(data)))
            })
            .returning(Type::String),
            _ => return None,
        }))
    }
}
