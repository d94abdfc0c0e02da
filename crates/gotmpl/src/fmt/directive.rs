//! Reading a format string: flags, argument indexes, width, precision and verb.

use super::Printer;
use super::spec::Spec;
use crate::Value;

/// Prints `format` with `args`.
pub(super) fn print(printer: &mut Printer, format: &[u8], args: &[Value]) {
    let mut reader = Reader {
        format,
        at: 0,
        args,
        next: 0,
        good_index: true,
        after_index: false,
        reordered: false,
    };
    while reader.copy_literal(printer) {
        reader.directive(printer);
    }
    if !reader.reordered && reader.next < args.len() {
        extra(printer, &args[reader.next..]);
    }
}

fn extra(printer: &mut Printer, args: &[Value]) {
    printer.spec = Spec::default();
    printer.write("%!(EXTRA ");
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            printer.write(", ");
        }
        if !matches!(arg, Value::Nil) {
            printer.write(&arg.type_name());
            printer.out.push(b'=');
        }
        printer.argument(arg, 'v');
    }
    printer.out.push(b')');
}

/// Widths, precisions and indexes beyond this are refused.
const MAX_NUMBER: usize = 1_000_000;

struct Reader<'f> {
    format: &'f [u8],
    at: usize,
    args: &'f [Value],
    /// The index of the next operand.
    next: usize,
    /// False once an argument index of the current directive was bad.
    good_index: bool,
    /// Whether an index like `[3]` was just read.
    after_index: bool,
    /// Whether any index was given: unused operands are not reported then.
    reordered: bool,
}

impl Reader<'_> {
    /// Copies text up to the next `%` and steps over it; false at the end.
    fn copy_literal(&mut self, printer: &mut Printer) -> bool {
        let rest = &self.format[self.at..];
        let length = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        printer.out.extend_from_slice(&rest[..length]);
        self.at += length + 1;
        length < rest.len()
    }

    fn directive(&mut self, printer: &mut Printer) {
        self.good_index = true;
        printer.spec = Spec::default();
        self.flags(&mut printer.spec);
        self.argument_index();
        self.width(printer);
        self.precision(printer);
        if !self.after_index {
            self.argument_index();
        }
        match self.verb() {
            Some(verb) => self.apply(printer, verb),
            None => printer.write("%!(NOVERB)"),
        }
        self.after_index = false;
    }

    fn flags(&mut self, spec: &mut Spec) {
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => return,
            }
            self.at += 1;
        }
    }

    fn width(&mut self, printer: &mut Printer) {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.number_operand() {
                Some(width) => {
                    printer.spec.width = Some(width.unsigned_abs());
                    if width < 0 {
                        printer.spec.minus = true;
                        printer.spec.zero = false;
                    }
                }
                None => printer.write("%!(BADWIDTH)"),
            }
            self.after_index = false;
            return;
        }
        printer.spec.width = self.number();
        if self.after_index && printer.spec.width.is_some() {
            self.good_index = false;
        }
    }

    fn precision(&mut self, printer: &mut Printer) {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if self.after_index {
            self.good_index = false;
        }
        self.argument_index();
        if self.peek() != Some(b'*') {
            printer.spec.precision = Some(self.number().unwrap_or(0));
            return;
        }
        self.at += 1;
        printer.spec.precision = self.number_operand().and_then(|number| usize::try_from(number).ok());
        if printer.spec.precision.is_none() {
            printer.write("%!(BADPREC)");
        }
        self.after_index = false;
    }

    fn apply(&mut self, printer: &mut Printer, verb: char) {
        if verb == '%' {
            return printer.out.push(b'%');
        }
        if !self.good_index {
            return report(printer, verb, "(BADINDEX)");
        }
        let Some(arg) = self.args.get(self.next) else {
            return report(printer, verb, "(MISSING)");
        };
        if verb == 'v' || verb == 'w' {
            printer.spec.for_v();
        }
        printer.argument(arg, verb);
        self.next += 1;
    }

    /// Reads an index like `[3]`, if there is one.
    fn argument_index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let close = if rest.len() < 3 {
            None
        } else {
            rest.iter().position(|byte| *byte == b']')
        };
        let Some(close) = close else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        let (start, end) = (self.at + 1, self.at + close);
        self.at = start;
        let number = self.number_before(end).filter(|_| self.at == end);
        self.at = end + 1;
        self.after_index = number.is_some();
        match number.and_then(|number| number.checked_sub(1)) {
            Some(index) if index < self.args.len() => self.next = index,
            _ => self.good_index = false,
        }
    }

    /// The integer operand of a `*`.
    fn number_operand(&mut self) -> Option<isize> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        let number = match arg {
            Value::Int(number, _) => isize::try_from(*number).ok()?,
            Value::Uint(number, _) => isize::try_from(*number).ok()?,
            _ => return None,
        };
        (number.unsigned_abs() <= MAX_NUMBER).then_some(number)
    }

    fn number(&mut self) -> Option<usize> {
        self.number_before(self.format.len())
    }

    /// Reads decimal digits; a number that is far too long swallows everything up to `end`, as in Go.
    fn number_before(&mut self, end: usize) -> Option<usize> {
        let mut number = None;
        while self.at < end && self.format[self.at].is_ascii_digit() {
            let so_far = number.unwrap_or(0);
            if so_far > MAX_NUMBER {
                self.at = end;
                return None;
            }
            number = Some(so_far * 10 + usize::from(self.format[self.at] - b'0'));
            self.at += 1;
        }
        number
    }

    fn verb(&mut self) -> Option<char> {
        let rest = self.format.get(self.at..).filter(|rest| !rest.is_empty())?;
        let chunk = rest[..rest.len().min(4)].utf8_chunks().next()?;
        let verb = chunk.valid().chars().next();
        self.at += verb.map_or(1, char::len_utf8);
        Some(verb.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }
}

fn report(printer: &mut Printer, verb: char, problem: &str) {
    printer.write("%!");
    printer.push_char(verb);
    printer.write(problem);
}
