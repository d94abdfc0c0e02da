//! JSON text as Go's `encoding/json` writes structs: fields in declaration order, empty ones left out.

use std::collections::BTreeMap;

use ironhelm_golang::json::{Style, Writer};
use serde_json::Value;

/// The text that `write` makes.
pub(crate) fn text(write: impl FnOnce(&mut Writer<'_>)) -> String {
    let mut json = Writer::new(Style::default());
    write(&mut json);
    json.finish()
}

pub(crate) fn string(json: &mut Writer<'_>, key: &str, value: &str) {
    json.key(key);
    json.string(value);
}

pub(crate) fn string_if_any(json: &mut Writer<'_>, key: &str, value: &str) {
    if !value.is_empty() {
        string(json, key, value);
    }
}

pub(crate) fn true_if(json: &mut Writer<'_>, key: &str, value: bool) {
    if value {
        json.key(key);
        json.boolean(true);
    }
}

pub(crate) fn strings_if_any(json: &mut Writer<'_>, key: &str, items: &[String]) {
    list_if_any(json, key, items, |item, json| json.string(item));
}

pub(crate) fn values_if_any(json: &mut Writer<'_>, key: &str, items: &[Value]) {
    list_if_any(json, key, items, |item, json| json.value(item));
}

pub(crate) fn string_map_if_any(json: &mut Writer<'_>, key: &str, map: &BTreeMap<String, String>) {
    if map.is_empty() {
        return;
    }
    json.key(key);
    json.begin_object();
    for (name, value) in map {
        string(json, name, value);
    }
    json.end_object();
}

pub(crate) fn list_if_any<T>(json: &mut Writer<'_>, key: &str, items: &[T], write: fn(&T, &mut Writer<'_>)) {
    if !items.is_empty() {
        list(json, key, items, write);
    }
}

pub(crate) fn list<T>(json: &mut Writer<'_>, key: &str, items: &[T], write: fn(&T, &mut Writer<'_>)) {
    json.key(key);
    json.begin_array();
    for item in items {
        write(item, json);
    }
    json.end_array();
}
