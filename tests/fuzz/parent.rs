//! The parent: starts children, watches them, keeps what they stumble over.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use ironhelm_tests::root;

use crate::child::Progress;
use crate::shrink::shrink;
use crate::targets::Target;

/// One input may take this long; a busy machine makes it look longer, so that a slow one is tried again by itself.
const LIMIT: Duration = Duration::from_secs(10);

/// A child may use this much memory.
const MEMORY_KIB: u64 = 2 * 1024 * 1024;

/// Each target for so many minutes.
pub(crate) fn run(targets: &[&'static Target], seed: u64, minutes: f64) -> ExitCode {
    let mut good = true;
    println!(
        "{:<10} {:>8} {:>12} {:>9} {:>12} findings",
        "target", "minutes", "inputs", "per s", "slowest"
    );
    for target in targets {
        let started = Instant::now();
        let mut hunt = Hunt::new(target, seed);
        hunt.run(started + Duration::from_secs_f64(minutes * 60.0));
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{:<10} {:>8.1} {:>12} {:>9.0} {:>9} ms {}",
            target.name,
            seconds / 60.0,
            hunt.inputs,
            hunt.inputs as f64 / seconds,
            hunt.slowest.microseconds / 1000,
            hunt.findings.len()
        );
        for finding in &hunt.findings {
            println!("  {finding}");
        }
        good &= hunt.findings.is_empty();
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Hunt {
    target: &'static Target,
    seed: u64,
    inputs: u64,
    slowest: Progress,
    findings: Vec<String>,
    folder: PathBuf,
}

impl Hunt {
    fn new(target: &'static Target, seed: u64) -> Self {
        let folder = root().join("target/fuzz-findings").join(target.name);
        fs::create_dir_all(&folder).unwrap();
        Self {
            target,
            seed,
            inputs: 0,
            slowest: Progress::default(),
            findings: Vec::new(),
            folder,
        }
    }

    fn run(&mut self, end: Instant) {
        let mut from = 0;
        while Instant::now() < end && self.findings.len() < 20 {
            let (progress, failure) = self.watch(from, end);
            self.inputs += progress.number.saturating_sub(from);
            if progress.microseconds > self.slowest.microseconds {
                self.slowest = progress;
            }
            from = progress.number + 1;
            if let Some(failure) = failure {
                self.keep(progress.number, &failure);
            }
        }
    }

    /// One child until it stumbles or the time is over.
    fn watch(&self, from: u64, end: Instant) -> (Progress, Option<String>) {
        let file = self.folder.join(format!("progress-{}", std::process::id()));
        let errors = self.folder.join(format!("stderr-{}", std::process::id()));
        let from_text = from.to_string();
        let mut child = start(
            &[
                "--seed",
                &self.seed.to_string(),
                "--child",
                &from_text,
                &file.to_string_lossy(),
                self.target.name,
            ],
            fs::File::create(&errors).unwrap().into(),
        );
        let mut seen = (from, Instant::now());
        let failure = loop {
            std::thread::sleep(Duration::from_millis(25));
            let number = Progress::read(&file).number;
            if number != seen.0 {
                seen = (number, Instant::now());
            }
            if let Some(status) = child.try_wait().unwrap() {
                let told = fs::read_to_string(&errors).unwrap_or_default();
                let told = told.lines().take(4).collect::<Vec<_>>().join(" | ");
                break Some(format!("{status}: {told}"));
            }
            if Instant::now() >= end {
                break None;
            }
            if seen.1.elapsed() > LIMIT {
                break Some(format!("takes more than {LIMIT:?}"));
            }
            if peak_kib(&child) > MEMORY_KIB {
                break Some(format!("takes {} MiB", peak_kib(&child) / 1024));
            }
        };
        let _ = child.kill();
        let _ = child.wait();
        let progress = Progress::read(&file);
        let _ = (fs::remove_file(&file), fs::remove_file(&errors));
        (
            Progress {
                number: progress.number.max(from),
                ..progress
            },
            failure,
        )
    }

    /// Tries a found input by itself; what fails again is shrunk and kept.
    fn keep(&mut self, number: u64, failure: &str) {
        let input = self.target.source().input(self.seed, number);
        let path = self.folder.join(format!("seed{}-{number}", self.seed));
        fs::write(&path, &input).unwrap();
        let fails = |input: &[u8]| {
            let trial = path.with_extension("trial");
            fs::write(&trial, input).unwrap();
            let failed = alone(self.target, &trial);
            let _ = fs::remove_file(&trial);
            failed
        };
        if fails(&input) {
            fs::write(&path, shrink(&input, fails)).unwrap();
            self.findings.push(format!("{}: {failure}", path.display()));
        } else if !failure.starts_with("takes") {
            self.findings
                .push(format!("{}: {failure} (not by itself)", path.display()));
        }
    }
}

/// Whether this one input fails in a process of its own.
fn alone(target: &Target, input: &std::path::Path) -> bool {
    let mut child = start(&["--input", target.name, &input.to_string_lossy()], Stdio::null());
    let started = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(2));
        if let Some(status) = child.try_wait().unwrap() {
            return !status.success();
        }
        if started.elapsed() > LIMIT || peak_kib(&child) > MEMORY_KIB {
            let _ = child.kill();
            let _ = child.wait();
            return true;
        }
    }
}

fn start(arguments: &[&str], errors: Stdio) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .unwrap()
}

fn peak_kib(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
