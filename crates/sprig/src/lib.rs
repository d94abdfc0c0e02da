//! The function library of Helm's templates, as a table on [`ironhelm_gotmpl`]'s types.
//!
//! Charts are written with the functions of sprig v3.3.0 and with Helm's own conversions (`toYaml`, `fromJson`, …). Each
//! is declared here with Go's parameter types, because those decide which arguments are refused and in which words, and
//! each failure has Go's text. What depends on a release (`include`, `tpl`, `lookup`, …) belongs to the renderer, and
//! `env` and `expandenv` do not exist in charts.
//!
//! The crate is pure: the clock, the time zones and randomness come from a [`SprigWorld`]. Where Go walks a map in random
//! order, the order here is that of the keys.
//!
//! ```
//! use std::rc::Rc;
//! use ironhelm_gotmpl::{Call, Value};
//! use ironhelm_sprig::{SprigWorld, functions};
//!
//! struct Still;
//! impl SprigWorld for Still {
//!     fn now(&self) -> jiff::Timestamp {
//!         jiff::Timestamp::UNIX_EPOCH
//!     }
//!     fn random(&self, bytes: &mut [u8]) {
//!         bytes.fill(7);
//!     }
//! }
//!
//! let table = functions(Rc::new(Still));
//! let trunc = table.get("trunc").expect("a sprig function");
//! let text = trunc.call(&mut Call::detached(), &[Value::int(3), "hello".into()]).expect("fits");
//! assert_eq!(text.as_str().map(|text| text.as_bytes()), Some(b"hel".as_slice()));
//! ```

mod cast;
pub mod convert;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod formats;
mod json_text;
mod lists;
mod merge;
mod numeric;
mod paths;
mod regex;
mod runes;
mod semver;
mod strings;
mod table;
mod time;
mod toml_decode;
mod toml_encode;
mod types;
mod urls;

use std::rc::Rc;

use ironhelm_gotmpl::Functions;
use table::Table;

pub use time::Time;

/// What functions may ask of the world outside a template.
pub trait SprigWorld {
    /// The time that `now` gives and that ages are counted from.
    fn now(&self) -> jiff::Timestamp;

    /// Fills `bytes` with random bytes that are fit for keys and passwords.
    fn random(&self, bytes: &mut [u8]);

    /// The time zone that dates are shown in when the chart names none.
    fn local_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    /// The time zone `name` of the IANA database.
    fn zone(&self, name: &str) -> Option<jiff::tz::TimeZone> {
        jiff::tz::TimeZone::get(name).ok()
    }
}

/// All functions of sprig and Helm's conversions, by the names that charts use.
pub fn functions(world: Rc<dyn SprigWorld>) -> Functions {
    let mut table = Table::new(world);
    strings::register(&mut table);
    numeric::register(&mut table);
    lists::register(&mut table);
    dicts::register(&mut table);
    defaults::register(&mut table);
    types::register(&mut table);
    dates::register(&mut table);
    encoding::register(&mut table);
    crypto::register(&mut table);
    regex::register(&mut table);
    semver::register(&mut table);
    paths::register(&mut table);
    urls::register(&mut table);
    formats::register(&mut table);
    table.finish()
}
