//! [`Function`]: what templates call, with Go parameter types that the engine checks before the call.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use crate::{Budget, ExecError, FuncError, List, Map, Meter, Parsed, Str, Templates, Type, Value};

/// A function's code.
pub type Body = Rc<dyn Fn(&mut Call<'_>, Args<'_>) -> Result<Value, FuncError>>;

/// A function that templates can call.
///
/// The engine checks the number and the types of the arguments as Go's reflection does, so a body may rely on them.
///
/// ```
/// use ironhelm_gotmpl::{Args, Call, Function, Type, Value};
///
/// let upper = Function::new("upper", &[Type::String], |_, args| Ok(args.text(0).to_uppercase().into()));
/// let shout = upper.call(&mut Call::detached(), &[Value::from("hey")]);
/// assert_eq!(shout.ok().and_then(|value| value.as_str().cloned()), Some("HEY".into()));
/// ```
pub struct Function {
    name: Cow<'static, str>,
    params: Cow<'static, [Type]>,
    variadic: bool,
    result: Type,
    steps: u64,
    /// So many bytes of its arguments' texts take another step.
    stride: usize,
    body: Body,
}

impl Function {
    /// A function with exactly the given parameters.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        params: &'static [Type],
        body: impl Fn(&mut Call<'_>, Args<'_>) -> Result<Value, FuncError> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            params: params.into(),
            variadic: false,
            result: Type::Any,
            steps: 1,
            stride: 1024,
            body: Rc::new(body),
        }
    }

    /// A function whose last parameter may be given any number of times, none included.
    pub fn variadic(
        name: impl Into<Cow<'static, str>>,
        params: &'static [Type],
        body: impl Fn(&mut Call<'_>, Args<'_>) -> Result<Value, FuncError> + 'static,
    ) -> Self {
        Self {
            variadic: true,
            ..Self::new(name, params, body)
        }
    }

    /// The same function with a declared result type, which error texts about the function value show.
    #[must_use]
    pub fn returning(self, result: Type) -> Self {
        Self { result, ..self }
    }

    /// The same function, of which each call counts as so many steps of the [`Budget`](crate::Budget).
    #[must_use]
    pub fn costing(self, steps: u64) -> Self {
        Self { steps, ..self }
    }

    /// The same function, which needs another step for each `stride` bytes of text that it is given.
    #[must_use]
    pub fn reading(self, stride: usize) -> Self {
        let stride = stride.max(1);
        Self { stride, ..self }
    }

    /// The same function under another name.
    #[must_use]
    pub fn renamed(&self, name: impl Into<Cow<'static, str>>) -> Self {
        let (params, body) = (self.params.clone(), Rc::clone(&self.body));
        Self {
            name: name.into(),
            params,
            variadic: self.variadic,
            result: self.result,
            steps: self.steps,
            stride: self.stride,
            body,
        }
    }

    /// The name in error texts.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter types; of a variadic function the last one repeats.
    pub fn params(&self) -> &[Type] {
        &self.params
    }

    /// Whether the last parameter repeats.
    pub fn is_variadic(&self) -> bool {
        self.variadic
    }

    /// The declared result type; [`Type::Any`] unless stated.
    pub fn result(&self) -> Type {
        self.result
    }

    /// The steps that a call with these arguments counts as.
    pub(crate) fn steps_for(&self, args: &[Value]) -> u64 {
        let texts = args.iter().map(|arg| match arg {
            Value::String(text) | Value::Bytes(text) => text.len() / self.stride,
            _ => 0,
        });
        self.steps + texts.sum::<usize>() as u64
    }

    /// Runs the body with arguments that already fit the parameters.
    ///
    /// # Errors
    /// What the body reports.
    pub fn call(&self, call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
        (self.body)(call, Args(args))
    }

    /// The type's name as `%T` prints it.
    pub fn type_name(&self) -> String {
        let last = self.params.len().saturating_sub(1);
        let dots = |index| if self.variadic && index == last { "..." } else { "" };
        let params: Vec<_> = self
            .params
            .iter()
            .enumerate()
            .map(|(index, param)| format!("{}{}", dots(index), param.name()))
            .collect();
        format!("func({}) {}", params.join(", "), self.result.name())
    }
}

/// The arguments of a call; the engine has checked that they have the parameters' types.
///
/// The typed accessors give the zero value when an argument is absent or of another type, which cannot happen
/// for declared parameters.
#[derive(Clone, Copy)]
pub struct Args<'a>(&'a [Value]);

impl<'a> Args<'a> {
    /// Wraps checked arguments.
    pub fn new(values: &'a [Value]) -> Self {
        Self(values)
    }

    /// The argument as it is; nil when absent.
    pub fn any(self, index: usize) -> &'a Value {
        const NIL: &Value = &Value::Nil;
        self.0.get(index).unwrap_or(NIL)
    }

    /// A `string` argument.
    pub fn str(self, index: usize) -> Str {
        self.any(index).as_str().cloned().unwrap_or_default()
    }

    /// The bytes of a `string` argument.
    pub fn bytes(self, index: usize) -> &'a [u8] {
        match self.any(index) {
            Value::String(text) | Value::Bytes(text) => text,
            _ => &[],
        }
    }

    /// A `string` argument as UTF-8, each invalid byte replaced by U+FFFD.
    pub fn text(self, index: usize) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(index))
    }

    /// An argument of any signed integer type.
    pub fn int(self, index: usize) -> i64 {
        self.any(index).as_i64().unwrap_or_default()
    }

    /// A floating point argument.
    pub fn float(self, index: usize) -> f64 {
        self.any(index).as_f64().unwrap_or_default()
    }

    /// A `bool` argument.
    pub fn bool(self, index: usize) -> bool {
        self.any(index).as_bool().unwrap_or_default()
    }

    /// A map argument; a nil map when nil was given.
    pub fn map(self, index: usize) -> Map {
        self.any(index).as_map().unwrap_or_else(Map::nil)
    }

    /// A slice argument; a nil slice when nil was given.
    pub fn list(self, index: usize) -> List {
        self.any(index)
            .as_list()
            .map_or_else(|| List::nil(Type::Any), Cow::into_owned)
    }

    /// The arguments from `index` on: those of a variadic parameter.
    pub fn rest(self, index: usize) -> &'a [Value] {
        self.0.get(index..).unwrap_or_default()
    }
}

impl Deref for Args<'_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.0
    }
}

/// What a running function may ask of the engine.
pub struct Call<'a> {
    host: Option<&'a mut dyn Host>,
}

/// The engine's side of [`Call`].
pub(crate) trait Host {
    /// The set that is executing.
    fn templates(&self) -> &Templates;

    /// Executes the named template of the current set.
    fn execute(&mut self, name: &[u8], data: Value) -> Result<Vec<u8>, ExecError>;

    /// Executes a parsed text on top of the current set.
    fn execute_parsed(&mut self, parsed: &Parsed, data: Value) -> Result<Vec<u8>, ExecError>;
}

impl<'a> Call<'a> {
    pub(crate) fn new(host: &'a mut dyn Host) -> Self {
        Self { host: Some(host) }
    }

    /// A call outside any execution, for testing functions by themselves.
    pub fn detached() -> Self {
        Self { host: None }
    }

    /// The set of templates that is executing; none outside an execution.
    pub fn templates(&self) -> Option<&Templates> {
        self.host.as_ref().map(|host| host.templates())
    }

    /// What is left for the set that is executing; outside an execution, a budget of its own.
    pub fn meter(&self) -> Meter {
        let templates = self.templates();
        templates.map_or_else(|| Meter::new(Budget::default()), |set| set.meter().clone())
    }

    /// Executes the template `name` of the set that is executing, with `data` as the dot, and gives its output.
    ///
    /// # Errors
    /// The nested execution's error; Go's text when there is no such template.
    pub fn execute(&mut self, name: &[u8], data: Value) -> Result<Vec<u8>, ExecError> {
        match &mut self.host {
            Some(host) => host.execute(name, data),
            None => Err(detached()),
        }
    }

    /// Executes a text parsed with [`Templates::parse_text`]; it sees the templates of the set that is executing, and
    /// what it defines itself is seen by nobody else.
    ///
    /// # Errors
    /// The nested execution's error.
    pub fn execute_parsed(&mut self, parsed: &Parsed, data: Value) -> Result<Vec<u8>, ExecError> {
        match &mut self.host {
            Some(host) => host.execute_parsed(parsed, data),
            None => Err(detached()),
        }
    }
}

fn detached() -> ExecError {
    let message = "no execution in progress".to_owned();
    ExecError {
        template: String::new(),
        location: String::new(),
        context: String::new(),
        message,
        cause: None,
    }
}

/// Functions by the name that templates use.
#[derive(Clone, Default)]
pub struct Functions(HashMap<Cow<'static, str>, Rc<Function>>);

impl Functions {
    /// An empty table; Go's builtins are always there and need no entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `function`, replacing one of the same name.
    pub fn insert(&mut self, function: Function) {
        self.0.insert(function.name.clone(), Rc::new(function));
    }

    /// Adds all functions of `other`, replacing those of the same name.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(
            other
                .0
                .iter()
                .map(|(name, function)| (name.clone(), Rc::clone(function))),
        );
    }

    /// Removes the function `name`.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The function `name`.
    pub fn get(&self, name: &str) -> Option<&Rc<Function>> {
        self.0.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }
}
