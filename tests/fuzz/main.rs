//! Fuzzing on stable Rust: inputs by the million, each in a child process with a limit of time and memory.
//!
//! ```text
//! cargo run --release -p ironhelm-tests --bin fuzz -- [--minutes N] [--seed N] [TARGET…]
//! cargo run --release -p ironhelm-tests --bin fuzz -- --input TARGET FILE
//! cargo run --release -p ironhelm-tests --bin fuzz -- --beside COUNT [--seed N]     random templates beside real helm
//! ```
//!
//! Input number `n` of a seed is always the same bytes: grown from a grammar of the target, or mutated from the files in
//! `testdata`. The child does nothing but run inputs and count; when it dies, hangs or eats memory, the parent knows the
//! number, makes the input again, shrinks it and keeps it under `target/fuzz-findings`, and goes on behind it.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]
#![allow(clippy::unwrap_used, reason = "a broken test tree is to stop the run")]

mod beside;
mod child;
mod grow;
mod mutate;
mod parent;
mod random;
mod seeds;
mod shrink;
mod table;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;

use targets::{TARGETS, Target};

fn main() -> ExitCode {
    let arguments = Arguments::read();
    match arguments.mode {
        Mode::Child { from, progress } => child::run(only(&arguments.targets), arguments.seed, from, &progress),
        Mode::Input(file) => {
            (only(&arguments.targets).run)(&std::fs::read(file).unwrap());
            ExitCode::SUCCESS
        }
        Mode::Beside(count) => beside::run(arguments.seed, count),
        Mode::Parent => parent::run(&arguments.targets, arguments.seed, arguments.minutes),
    }
}

fn only(targets: &[&'static Target]) -> &'static Target {
    targets[0]
}

struct Arguments {
    mode: Mode,
    seed: u64,
    minutes: f64,
    targets: Vec<&'static Target>,
}

enum Mode {
    Parent,
    Child { from: u64, progress: PathBuf },
    Input(PathBuf),
    Beside(usize),
}

impl Arguments {
    fn read() -> Self {
        let mut read = Self {
            mode: Mode::Parent,
            seed: 1,
            minutes: 1.0,
            targets: Vec::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut next = || words.next().unwrap_or_else(|| panic!("{word} wants a value"));
            match word.as_str() {
                "--minutes" => read.minutes = next().parse().unwrap(),
                "--seed" => read.seed = next().parse().unwrap(),
                "--child" => {
                    let from = next().parse().unwrap();
                    read.mode = Mode::Child {
                        from,
                        progress: next().into(),
                    };
                }
                "--beside" => read.mode = Mode::Beside(next().parse().unwrap()),
                "--input" => {
                    read.targets.push(Target::named(&next()));
                    read.mode = Mode::Input(next().into());
                }
                name => read.targets.push(Target::named(name)),
            }
        }
        if read.targets.is_empty() {
            read.targets = TARGETS.iter().collect();
        }
        read
    }
}
