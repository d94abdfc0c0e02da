//! JSON as Go's `encoding/json` writes and reads it.
//!
//! The tree is [`serde_json::Value`]; its own text is never used, because Go escapes more and prints floats otherwise.

mod decode;
mod encode;
mod number;
mod string;
mod writer;

pub use decode::{Error, MAX_DEPTH, decode, decode_prefix, to_float64};
pub use encode::{
    Style, append_float, append_string, encode, encode_indent, encode_indent_plain, encode_plain, encode_to,
    encode_with,
};
pub use writer::Writer;
