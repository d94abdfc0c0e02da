//! [`Budget`]: how much work and memory the executions of a set may take, all together.

use std::cell::Cell;
use std::rc::Rc;

/// How much the executions of one set of templates may do, nested ones included.
///
/// Go has no such limits: there, a template that doubles a text in a loop ends the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Nodes executed, functions called and elements ranged over.
    pub steps: u64,
    /// Bytes of text that templates write and functions give.
    pub bytes: u64,
}

/// Far beyond what charts need: the largest public ones take under a million steps.
impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: 200_000_000,
            bytes: 4 << 30,
        }
    }
}

impl Budget {
    /// So many times as much.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        Self {
            steps: self.steps.saturating_mul(factor.into()),
            bytes: self.bytes.saturating_mul(factor.into()),
        }
    }
}

/// What is left of a [`Budget`]; clones share it.
#[derive(Clone)]
pub struct Meter {
    budget: Budget,
    left: Rc<(Cell<u64>, Cell<u64>)>,
}

impl Meter {
    /// A meter that nothing was taken from yet.
    pub fn new(budget: Budget) -> Self {
        let left = Rc::new((Cell::new(budget.steps), Cell::new(budget.bytes)));
        Self { budget, left }
    }

    /// Takes some steps.
    ///
    /// # Errors
    /// When so many are not left.
    pub fn steps(&self, count: u64) -> Result<(), String> {
        take(&self.left.0, count).ok_or_else(|| format!("exceeded the budget of {} steps", self.budget.steps))
    }

    /// Takes the bytes of a text.
    ///
    /// # Errors
    /// When so many are not left.
    pub fn text(&self, length: usize) -> Result<(), String> {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        take(&self.left.1, length).ok_or_else(|| format!("exceeded the budget of {} bytes of text", self.budget.bytes))
    }
}

fn take(left: &Cell<u64>, amount: u64) -> Option<()> {
    left.set(left.get().checked_sub(amount)?);
    Some(())
}
