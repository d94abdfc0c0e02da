//! JSON text as Go's `encoding/json` writes structs: fields in declaration order, empty ones left out.

use std::collections::BTreeMap;

use serde_json::Value;

/// Writes one object, field by field.
pub(crate) struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    pub(crate) fn start(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    pub(crate) fn end(self) {
        self.out.push(b'}');
    }

    pub(crate) fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        write_string(value, self.out);
    }

    pub(crate) fn string_if_any(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.string(key, value);
        }
    }

    pub(crate) fn true_if(&mut self, key: &str, value: bool) {
        if value {
            self.raw(key, b"true");
        }
    }

    pub(crate) fn string_map_if_any(&mut self, key: &str, map: &BTreeMap<String, String>) {
        if map.is_empty() {
            return;
        }
        self.key(key);
        let mut object = ObjectWriter::start(self.out);
        for (name, value) in map {
            object.string(name, value);
        }
        object.end();
    }

    pub(crate) fn list<T>(&mut self, key: &str, items: &[T], write: fn(&T, &mut Vec<u8>)) {
        self.key(key);
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            write(item, self.out);
        }
        self.out.push(b']');
    }

    pub(crate) fn list_if_any<T>(&mut self, key: &str, items: &[T], write: fn(&T, &mut Vec<u8>)) {
        if !items.is_empty() {
            self.list(key, items, write);
        }
    }

    pub(crate) fn raw(&mut self, key: &str, json: &[u8]) {
        self.key(key);
        self.out.extend_from_slice(json);
    }

    fn key(&mut self, key: &str) {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        write_string(key, self.out);
        self.out.push(b':');
    }
}

pub(crate) fn write_owned(value: &String, out: &mut Vec<u8>) {
    write_string(value, out);
}

pub(crate) fn write_string(value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(Value::from(value).to_string().as_bytes());
}

pub(crate) fn write_value(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
}
