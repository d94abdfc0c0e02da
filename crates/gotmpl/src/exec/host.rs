//! What running functions may ask of the execution they were called from.

use super::{State, execute_named, execute_tree};
use crate::function::Host;
use crate::set::{Parsed, Templates};
use crate::{ExecError, Value};

impl Host for State<'_> {
    fn templates(&self) -> &Templates {
        self.set
    }

    fn execute(&mut self, name: &[u8], data: Value) -> Result<Vec<u8>, ExecError> {
        let mut out = Vec::new();
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            execute_named(self.set, &mut out, name, data, self.nesting + 1)
        })?;
        Ok(out)
    }

    fn execute_parsed(&mut self, parsed: &Parsed, data: Value) -> Result<Vec<u8>, ExecError> {
        let Some(tree) = parsed.main() else {
            return Ok(Vec::new());
        };
        let overlay = self.set.overlay(parsed);
        let set = overlay.as_ref().unwrap_or(self.set);
        let mut out = Vec::new();
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            execute_tree(set, &mut out, tree, data, self.nesting + 1)
        })?;
        Ok(out)
    }
}
