//! YAML as Helm reads it and as Go writes it.
//!
//! Helm reads YAML 1.1 through JSON (`sigs.k8s.io/yaml`) and writes it the same way; its rules for scalars, folding,
//! quoting, key order and error texts are those of one particular library. [`decode`] and [`encode`] follow that
//! pipeline to the letter; [`encode_pretty`] is the writer behind `toYamlPretty`.
//!
//! Text goes through `scanner` (tokens), `parser` (events) and `tree` (nodes) to `decode`; values go through `encode` to
//! `emit`. One thing is deliberately not Go's: collections may be nested 1000 deep, not 10000, so that trees can be
//! walked by recursion.

mod base64;
mod chars;
mod decode;
mod emit;
mod encode;
mod error;
mod gosyntax;
mod guard;
mod parser;
mod reader;
mod resolve;
mod scalars;
mod scanner;
mod timestamp;
mod tree;
mod typed;

pub use error::Error;

use serde_json::Value;

use typed::Repeats;

/// Reads the first document of `text` as the JSON tree that `sigs.k8s.io/yaml` makes of it.
///
/// Numbers are what their JSON text says: `5.0` is the integer 5. No document at all is null.
///
/// ```
/// let value = ironhelm_yaml::decode(b"on: 0x10\nport: 8080\n").unwrap();
/// assert_eq!(value, serde_json::json!({"true": 16, "port": 8080}));
/// let error = ironhelm_yaml::decode(b"a:\n  b: c: d\n").unwrap_err();
/// assert_eq!(error.to_string(), "yaml: line 2: mapping values are not allowed in this context");
/// ```
///
/// # Errors
/// [`Error`], whose text is Go's.
pub fn decode(text: &[u8]) -> Result<Value, Error> {
    let source = reader::read(text);
    let tree = tree::compose(&source)?;
    decode::decode_plain(&tree).map_or_else(|| typed::decode_typed(&tree, Repeats::LastWins), Ok)
}

/// As [`decode`], but a key that a mapping holds twice is an error.
///
/// # Errors
/// [`Error`], whose text is Go's.
pub fn decode_strict(text: &[u8]) -> Result<Value, Error> {
    let source = reader::read(text);
    typed::decode_typed(&tree::compose(&source)?, Repeats::Error)
}

/// Writes `value` as `sigs.k8s.io/yaml` marshals it, with a final newline; what that pipeline refuses is the empty text.
///
/// ```
/// let value = serde_json::json!({"a10": "yes", "a9": ["- x", 1e20]});
/// assert_eq!(ironhelm_yaml::encode(&value), "a9:\n- '- x'\n- 1e+20\na10: \"yes\"\n");
/// ```
pub fn encode(value: &Value) -> String {
    try_encode(value).unwrap_or_default()
}

/// As [`encode`], telling why a value has no YAML text.
///
/// # Errors
/// [`Error`] for strings with characters that a YAML text may not carry.
pub fn try_encode(value: &Value) -> Result<String, Error> {
    encode::try_encode(value)
}

/// Writes `value` with indented sequences and without folding, as `toYamlPretty` does, with a final newline.
pub fn encode_pretty(value: &Value) -> String {
    encode::encode_pretty(value)
}
