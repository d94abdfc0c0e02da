//! Go's package `fmt` on [`Value`]s: `Sprint`, `Sprintln` and `Sprintf`, byte for byte.

mod binary;
mod directive;
mod scalar;
mod spec;

use std::rc::Rc;

use crate::{Function, List, Map, Object, Str, Type, Value};
use spec::Spec;

/// Go's `fmt.Sprint`: a space between two operands when neither is a string.
pub fn sprint(args: &[Value]) -> Str {
    let mut printer = Printer::default();
    let mut after_string = true;
    for arg in args {
        let is_string = is_string_kind(arg);
        if !is_string && !after_string {
            printer.out.push(b' ');
        }
        printer.argument(arg, 'v');
        after_string = is_string;
    }
    printer.out.into()
}

/// Go's `fmt.Sprintln`: operands with spaces between, and a newline.
pub fn sprintln(args: &[Value]) -> Str {
    let mut printer = Printer::default();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.argument(arg, 'v');
    }
    printer.out.push(b'\n');
    printer.out.into()
}

/// Go's `fmt.Sprintf`.
///
/// ```
/// use ironhelm_gotmpl::{Value, fmt};
///
/// assert_eq!(fmt::sprintf(b"%s-%03d", &[Value::from("web"), Value::int(7)]), "web-007");
/// assert_eq!(fmt::sprintf(b"%d", &[Value::from("x")]), "%!d(string=x)");
/// ```
pub fn sprintf(format: &[u8], args: &[Value]) -> Str {
    let mut printer = Printer::default();
    directive::print(&mut printer, format, args);
    printer.out.into()
}

/// Appends what `%v` makes of `value`.
pub fn append(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => out.extend_from_slice(text),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        _ => {
            let mut printer = Printer {
                out: std::mem::take(out),
                ..Printer::default()
            };
            printer.argument(value, 'v');
            *out = printer.out;
        }
    }
}

/// Appends a value as an action prints it: a pointer to a struct without text of its own shows the struct.
pub(crate) fn append_indirect(out: &mut Vec<u8>, value: &Value) {
    let object = if let Value::Object(object) = value {
        Some(object)
    } else {
        None
    };
    if let Some(text) = object.and_then(|object| object.action_text()) {
        return out.extend_from_slice(text.as_bytes());
    }
    match object {
        Some(object) if object.kind_name() == "ptr" => {
            let mut printer = Printer {
                out: std::mem::take(out),
                ..Printer::default()
            };
            printer.fields(object, object.type_name().trim_start_matches('*'), 'v', 0);
            *out = printer.out;
        }
        _ => append(out, value),
    }
}

/// The text of `%v`.
pub fn text(value: &Value) -> Str {
    if let Value::String(text) = value {
        return text.clone();
    }
    let mut out = Vec::new();
    append(&mut out, value);
    out.into()
}

fn is_string_kind(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Object(object) => object.kind_name() == "string",
        _ => false,
    }
}

/// The longest text that is printed; a longer one is cut behind it, which is for the caller to see.
pub(crate) const MAX_TEXT: usize = 64 * 1024 * 1024;

/// Nesting beyond this is cut, as only a map that holds itself reaches it.
const MAX_DEPTH: usize = 20_000;

/// One print run: the output and the directive in force.
#[derive(Default)]
pub(super) struct Printer {
    out: Vec<u8>,
    spec: Spec,
    /// Set while reporting a bad verb; methods are not asked then.
    erroring: bool,
    /// The maps being printed, to stop at one that holds itself.
    open_maps: Vec<usize>,
}

impl Printer {
    /// Prints one operand.
    fn argument(&mut self, value: &Value, verb: char) {
        if self.out.len() > MAX_TEXT {
            return;
        }
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.string(value.type_name().as_bytes(), 's'),
            (Value::List(_) | Value::Map(_) | Value::Object(_), 'w') => self.bad_verb(value, verb),
            (_, 'p') => self.pointer(value, 'p'),
            (Value::Bytes(bytes), _) => self.bytes(bytes, verb, "[]byte", 0),
            _ => self.value(value, verb, 0),
        }
    }

    /// Prints a value at some depth of another one.
    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        match value {
            // Go: a nil inside a collection is an empty interface, which prints itself under any verb.
            Value::Nil if depth > 0 && self.spec.sharp_v => self.write("interface {}(nil)"),
            Value::Nil => self.write("<nil>"),
            Value::Bool(flag) => self.boolean(*flag, value, verb),
            Value::Int(number, _) => self.integer(number.unsigned_abs(), *number < 0, true, value, verb),
            Value::Uint(number, _) => self.integer(*number, false, false, value, verb),
            Value::Float(number, kind) => self.float(*number, *kind, value, verb),
            Value::Complex(parts) => self.complex(**parts, value, verb),
            Value::String(text) => self.text(text, value, verb),
            Value::Bytes(bytes) => self.bytes(bytes, verb, "[]uint8", depth),
            // Values may hold one list many times, so that their text grows exponentially.
            _ if self.out.len() > MAX_TEXT => {}
            _ if depth > MAX_DEPTH => self.write("..."),
            _ => stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.composite(value, verb, depth)),
        }
    }

    fn composite(&mut self, value: &Value, verb: char, depth: usize) {
        match value {
            Value::List(list) => self.list(list, &list.type_name(), verb, depth),
            Value::Map(map) => self.map(map, map.kind().name, verb, depth),
            Value::Object(object) => self.object(value, object, verb, depth),
            _ => self.pointer(value, verb),
        }
    }

    fn list(&mut self, list: &List, type_name: &str, verb: char, depth: usize) {
        if !self.open(type_name, list.is_nil(), b"[") {
            return;
        }
        for (index, item) in list.iter().enumerate() {
            self.separate(index);
            self.value(item, verb, depth + 1);
        }
        self.close();
    }

    fn map(&mut self, map: &Map, type_name: &str, verb: char, depth: usize) {
        let identity = map.identity();
        if self.open_maps.contains(&identity) {
            return self.write("map[...]");
        }
        if !self.open(type_name, map.is_nil(), b"map[") {
            return;
        }
        self.open_maps.push(identity);
        for (index, (key, item)) in map.entries().into_iter().enumerate() {
            self.separate(index);
            self.value(&Value::String(key), verb, depth + 1);
            self.out.push(b':');
            self.value(&item, verb, depth + 1);
        }
        self.open_maps.pop();
        self.close();
    }

    fn object(&mut self, value: &Value, object: &Rc<dyn Object>, verb: char, depth: usize) {
        let asks = !self.erroring && !self.spec.sharp_v && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q');
        if let Some(text) = asks.then(|| object.text()).flatten() {
            return self.string(text.as_bytes(), verb);
        }
        match object.underlying() {
            Some(Value::List(list)) => self.list(&list, object.type_name(), verb, depth),
            Some(Value::Map(map)) => self.map(&map, object.type_name(), verb, depth),
            Some(plain) => self.value(&plain, verb, depth),
            None if object.kind_name() != "ptr" => self.fields(object, object.type_name(), verb, depth),
            None if depth == 0 => {
                self.out.push(b'&');
                self.fields(object, object.type_name().trim_start_matches('*'), verb, depth + 1);
            }
            None => self.pointer(value, verb),
        }
    }

    fn fields(&mut self, object: &Rc<dyn Object>, type_name: &str, verb: char, depth: usize) {
        if self.spec.sharp_v {
            self.write(type_name);
        }
        self.out.push(b'{');
        for (index, (name, field)) in object.fields().into_iter().enumerate() {
            self.separate(index);
            if self.spec.plus_v || self.spec.sharp_v {
                self.write(name);
                self.out.push(b':');
            }
            self.value(&field, verb, depth + 1);
        }
        self.out.push(b'}');
    }

    fn bytes(&mut self, bytes: &Str, verb: char, type_name: &str, depth: usize) {
        match verb {
            's' => self.pad_truncated(bytes),
            'x' | 'X' | 'q' => self.string(bytes, verb),
            _ => {
                let items = bytes
                    .iter()
                    .map(|byte| Value::Uint(u64::from(*byte), crate::UintKind::Uint8))
                    .collect();
                self.list(
                    &List::of(Type::Uint(crate::UintKind::Uint8), items),
                    type_name,
                    verb,
                    depth,
                );
            }
        }
    }

    /// Begins a collection; false when it is nil and already completely printed.
    fn open(&mut self, type_name: &str, nil: bool, plain: &[u8]) -> bool {
        if !self.spec.sharp_v {
            self.out.extend_from_slice(plain);
            return true;
        }
        self.write(type_name);
        self.write(if nil { "(nil)" } else { "{" });
        !nil
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.write(if self.spec.sharp_v { ", " } else { " " });
        }
    }

    fn close(&mut self) {
        self.out.push(if self.spec.sharp_v { b'}' } else { b']' });
    }

    /// Go prints an address; ours is made up, as no two runs of Go agree either.
    fn pointer(&mut self, value: &Value, verb: char) {
        let address = match value {
            Value::Map(map) => map.identity() as u64,
            Value::List(_) | Value::Bytes(_) => 0x00c0_0000_0000,
            Value::Function(function) => Rc::<Function>::as_ptr(function).addr() as u64,
            Value::Object(object) if object.kind_name() == "ptr" => Rc::as_ptr(object).cast::<u8>().addr() as u64,
            _ => return self.bad_verb(value, verb),
        };
        match verb {
            'v' if self.spec.sharp_v => {
                self.write(&format!("({})(", value.type_name()));
                self.hex_address(address, true);
                self.out.push(b')');
            }
            'v' | 'p' => self.hex_address(address, !self.spec.sharp),
            _ => self.integer(address, false, false, value, verb),
        }
    }

    /// Reports that `verb` does not apply to `value`, as `%!d(string=x)`.
    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.erroring = true;
        self.write("%!");
        self.push_char(verb);
        self.out.push(b'(');
        if matches!(value, Value::Nil) {
            self.write("<nil>");
        } else {
            self.write(&value.type_name());
            self.out.push(b'=');
            self.argument(value, 'v');
        }
        self.out.push(b')');
        self.erroring = false;
    }

    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn push_char(&mut self, c: char) {
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}
