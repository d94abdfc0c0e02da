//! Limits on what aliases may make of a document.

use crate::tree::MAX_DEPTH;

/// Counts what is decoded, and how much of it only because of aliases.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    decoded: u32,
    aliased: u32,
    depth: usize,
    /// The alias nodes that are being followed.
    followed: Vec<usize>,
    /// How many bytes of text were copied because of aliases.
    copied: usize,
}

/// Why decoding must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Aliases blow the document up.
    Aliasing,
    /// An alias stands inside what it stands for.
    Recursion,
    /// The tree is too deep.
    Depth,
}

/// Go: below this many nodes nearly all may come from aliases.
const FEW_NODES: f64 = 400_000.0;
/// Go: from this many nodes on only a tenth may.
const MANY_NODES: f64 = 4_000_000.0;
/// How much text aliases may copy. Go shares the text instead, and fails later for want of memory.
const MOST_COPIED: usize = 256 << 20;

impl Guard {
    /// Counts a node that is decoded now and holds `text`.
    #[inline]
    pub(crate) fn enter(&mut self, text: usize) -> Result<(), Limit> {
        self.decoded += 1;
        if !self.followed.is_empty() {
            self.aliased += 1;
            self.copied += text;
            if self.is_excessive() {
                return Err(Limit::Aliasing);
            }
        }
        Ok(())
    }

    fn is_excessive(&self) -> bool {
        let ratio = f64::from(self.aliased) / f64::from(self.decoded);
        self.aliased > 100 && self.decoded > 1000 && ratio > allowed_ratio(f64::from(self.decoded))
            || self.copied > MOST_COPIED
    }

    /// Goes into a collection.
    #[inline]
    pub(crate) fn descend(&mut self) -> Result<(), Limit> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err(Limit::Depth)
        } else {
            Ok(())
        }
    }

    /// Leaves a collection.
    #[inline]
    pub(crate) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// Follows the alias at `node`.
    pub(crate) fn follow(&mut self, node: usize) -> Result<(), Limit> {
        if self.followed.contains(&node) {
            return Err(Limit::Recursion);
        }
        self.followed.push(node);
        self.descend()
    }

    /// Comes back from the alias that was followed last.
    pub(crate) fn come_back(&mut self) {
        self.followed.pop();
        self.ascend();
    }
}

fn allowed_ratio(decoded: f64) -> f64 {
    if decoded <= FEW_NODES {
        0.99
    } else if decoded >= MANY_NODES {
        0.10
    } else {
        0.99 - 0.89 * ((decoded - FEW_NODES) / (MANY_NODES - FEW_NODES))
    }
}
