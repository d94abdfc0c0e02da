//! [`Table`]: how a family of functions is declared, one row each.

use std::rc::Rc;

use ironhelm_gotmpl::{Args, FuncError, Function, Functions, List, Map, Meter, Str, Type, Value};

use crate::SprigWorld;

pub(crate) const ANY: Type = Type::Any;
pub(crate) const BOOL: Type = Type::Bool;
pub(crate) const FLOAT: Type = Type::FLOAT64;
pub(crate) const INT: Type = Type::INT;
pub(crate) const LIST: Type = Type::List;
pub(crate) const MAP: Type = Type::Map;
pub(crate) const STRING: Type = Type::String;

/// The text of Go's panic when a nil interface is asked for its type.
pub(crate) const NIL_DEREFERENCE: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The largest text or list that a function builds out of a few small arguments.
pub(crate) const SIZE_LIMIT: usize = 64 * 1024 * 1024;

/// What is left for a walk through a value: one list may be in it many times, so that its text grows exponentially.
pub(crate) struct Walk {
    left: usize,
    meter: Meter,
}

impl Walk {
    pub(crate) fn new(meter: Meter) -> Self {
        let left = SIZE_LIMIT;
        Self { left, meter }
    }

    /// What is left for the whole execution.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Passes a value, of which something is made that is about as large.
    pub(crate) fn pass(&mut self, value: &Value) -> Result<(), String> {
        self.meter.steps(1)?;
        let weight = match value {
            Value::String(text) | Value::Bytes(text) => 16 + text.len(),
            _ => 16,
        };
        match self.left.checked_sub(weight) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(format!("the value would have more than {SIZE_LIMIT} bytes")),
        }
    }
}

/// The functions under construction and the world they close over.
pub(crate) struct Table {
    functions: Functions,
    world: Rc<dyn SprigWorld>,
}

impl Table {
    pub(crate) fn new(world: Rc<dyn SprigWorld>) -> Self {
        Self {
            functions: Functions::new(),
            world,
        }
    }

    pub(crate) fn world(&self) -> Rc<dyn SprigWorld> {
        Rc::clone(&self.world)
    }

    /// A function with exactly these parameters.
    pub(crate) fn row<R: Outcome>(
        &mut self,
        name: &'static str,
        params: &'static [Type],
        body: impl Fn(Args<'_>) -> R + 'static,
    ) {
        self.functions
            .insert(Function::new(name, params, move |_, args| body(args).outcome()));
    }

    /// A function with exactly these parameters that walks through one.
    pub(crate) fn walking<R: Outcome>(
        &mut self,
        name: &'static str,
        params: &'static [Type],
        body: impl Fn(Args<'_>, &mut Walk) -> R + 'static,
    ) {
        self.functions.insert(Function::new(name, params, move |call, args| {
            body(args, &mut Walk::new(call.meter())).outcome()
        }));
    }

    /// A function whose last parameter repeats, and that walks through its arguments.
    pub(crate) fn walking_variadic<R: Outcome>(
        &mut self,
        name: &'static str,
        params: &'static [Type],
        body: impl Fn(Args<'_>, &mut Walk) -> R + 'static,
    ) {
        self.functions
            .insert(Function::variadic(name, params, move |call, args| {
                body(args, &mut Walk::new(call.meter())).outcome()
            }));
    }

    /// A function whose last parameter repeats.
    pub(crate) fn variadic<R: Outcome>(
        &mut self,
        name: &'static str,
        params: &'static [Type],
        body: impl Fn(Args<'_>) -> R + 'static,
    ) {
        self.functions
            .insert(Function::variadic(name, params, move |_, args| body(args).outcome()));
    }

    /// The function `name` also under other names.
    pub(crate) fn also(&mut self, name: &str, aliases: &[&'static str]) {
        if let Some(function) = self.functions.get(name).cloned() {
            for alias in aliases {
                self.functions.insert(function.renamed(*alias));
            }
        }
    }

    /// Functions that take as long as so many steps of a template.
    pub(crate) fn cost(&mut self, steps: u64, names: &[&'static str]) {
        for name in names {
            if let Some(function) = self.functions.get(name) {
                let function = function.renamed(*name).costing(steps);
                self.functions.insert(function);
            }
        }
    }

    /// Functions that need another step for each `stride` bytes of text that they are given.
    pub(crate) fn reading(&mut self, stride: usize, names: &[&'static str]) {
        for name in names {
            if let Some(function) = self.functions.get(name) {
                let function = function.renamed(*name).reading(stride);
                self.functions.insert(function);
            }
        }
    }

    pub(crate) fn finish(self) -> Functions {
        self.functions
    }
}

/// What a function's body may give back.
pub(crate) trait Outcome {
    fn outcome(self) -> Result<Value, FuncError>;
}

impl<T: Outcome, E: Into<FuncError>> Outcome for Result<T, E> {
    fn outcome(self) -> Result<Value, FuncError> {
        self.map_err(Into::into)?.outcome()
    }
}

/// Go's `int`, as against `int64` for a plain `i64`.
pub(crate) struct Int(pub(crate) i64);

macro_rules! outcomes {
    ($($type:ty => $make:expr;)*) => {$(
        impl Outcome for $type {
            fn outcome(self) -> Result<Value, FuncError> {
                let make: fn(Self) -> Value = $make;
                Ok(make(self))
            }
        }
    )*};
}

outcomes! {
    Value => |value| value;
    Int => |value| Value::int(value.0);
    i64 => Value::int64;
    f64 => Value::float;
    bool => Value::Bool;
    &str => Value::from;
    String => Value::from;
    std::borrow::Cow<'_, str> => Value::from;
    Vec<u8> => Value::string;
    &[u8] => Value::string;
    Str => Value::String;
    List => Value::List;
    Vec<Value> => Value::list;
    Map => Value::Map;
}
