//! How Go's standard library reads and prints the plain things that charts can see.
//!
//! Charts are written against Helm, and Helm speaks through Go: the text of a float, the quoting of a string, the shape
//! of JSON, a date layout, a regular expression. Each module mirrors one Go package for exactly the part that reaches a
//! chart's author, error texts included. Everything is pure: bytes in, bytes out.
//!
//! The reference is Go 1.26; files under `testdata/golang/` hold its answers.

pub mod filepath;
pub mod json;
pub mod regexp;
pub mod strconv;
pub mod time;
pub mod unicode;
