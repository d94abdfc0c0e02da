//! Numbers, booleans and quoted strings as text: Go's `strconv`.

mod decimal;
mod float;
mod number;
mod quote;
mod unquote;

pub use float::{append_float, format_float};
pub use number::{NumError, NumErrorKind, atoi, parse_bool, parse_float, parse_int, parse_uint};
pub use quote::{append_quoted, can_backquote, quote, quote_rune, quote_rune_to_ascii, quote_to_ascii};
pub use unquote::{InvalidSyntax, UnquotedChar, unquote, unquote_char};

pub use crate::unicode::is_print;
