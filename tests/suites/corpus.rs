//! Charts rendered by `ironhelm template` and compared with the bytes and the errors of helm 4.2.3.
//!
//! A corpus is a folder with `charts/`, `values/`, `index.tsv` (cases that render, with `expected/…`) and `errors.tsv` (cases
//! that fail, with `errors/CASE.stderr`). Ours is `testdata/corpus`; `IRONHELM_CORPUS` names one of public charts.

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ironhelm_tests::{Program, ironhelm, root};

#[test]
fn our_own_charts_render_as_helm_renders_them() {
    let tally = judge(&root().join("testdata/corpus"));
    assert!(
        tally.wrong.is_empty(),
        "{} cases differ:\n{}",
        tally.wrong.len(),
        tally.wrong.join("\n")
    );
}

#[test]
fn public_charts_render_as_helm_renders_them() {
    let Some(folder) = std::env::var_os("IRONHELM_CORPUS")
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir())
    else {
        return println!("skipped the public charts: IRONHELM_CORPUS names no corpus of them");
    };
    let tally = judge(&folder);
    assert!(
        tally.wrong.is_empty(),
        "{} cases differ:\n{}",
        tally.wrong.len(),
        tally.wrong.join("\n")
    );
}

#[derive(Default)]
struct Tally {
    identical: usize,
    deterministic: usize,
    ran: usize,
    random: usize,
    same_errors: usize,
    errors: usize,
    wrong: Vec<String>,
}

type Row = BTreeMap<String, String>;

fn judge(folder: &Path) -> Tally {
    let program = ironhelm().in_folder(folder);
    let rows: Vec<Row> = ["index.tsv", "errors.tsv"]
        .iter()
        .flat_map(|name| rows(&folder.join(name)))
        .collect();
    assert!(!rows.is_empty(), "{} holds no cases", folder.display());
    let (tally, next) = (Mutex::new(Tally::default()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = verdict(folder, row, &program);
                    tally.lock().expect("no thread panicked").add(row, verdict);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no thread panicked");
    println!(
        "{}: identical {}/{}, non-deterministic ran {}/{}, errors same {}/{}",
        folder.file_name().unwrap_or_default().to_string_lossy(),
        tally.identical,
        tally.deterministic,
        tally.ran,
        tally.random,
        tally.same_errors,
        tally.errors
    );
    tally
}

impl Tally {
    fn add(&mut self, row: &Row, verdict: Result<(), String>) {
        let (good, all) = if row["exit"] != "0" {
            (&mut self.same_errors, &mut self.errors)
        } else if row["determinism"] == "det" {
            (&mut self.identical, &mut self.deterministic)
        } else {
            (&mut self.ran, &mut self.random)
        };
        *all += 1;
        match verdict {
            Ok(()) => *good += 1,
            Err(reason) => self.wrong.push(format!("{}: {reason}", row["case"])),
        }
    }
}

fn rows(path: &Path) -> Vec<Row> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    let mut lines = text
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap_or_default();
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

fn verdict(folder: &Path, row: &Row, program: &Program) -> Result<(), String> {
    let arguments = arguments(row);
    let output = program.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    if row["exit"] == "0" {
        return match output.code {
            0 if row["determinism"] != "det" => Ok(()),
            0 => same_text(folder, row, &output.stdout),
            _ => Err(format!("fails: {}", output.stderr.trim())),
        };
    }
    if output.code == 0 {
        return Err("is accepted".to_owned());
    }
    let wanted = std::fs::read_to_string(folder.join(format!("errors/{}.stderr", row["case"]))).unwrap_or_default();
    let told = output.stderr.replace(&*folder.to_string_lossy(), "<dir>");
    // Helm hides the cause of some failures; saying more is fine.
    let says_more = told.trim().starts_with(&format!("{}: ", wanted.trim()));
    if says_more || message(&told) == message(&wanted) {
        Ok(())
    } else {
        Err(format!("want {wanted:?} got {told:?}"))
    }
}

fn arguments(row: &Row) -> Vec<String> {
    let given = |column: &str| {
        row.get(column)
            .filter(|text| !matches!(text.as_str(), "" | "-"))
            .cloned()
    };
    let chart = if row["chart"].starts_with("charts/") {
        row["chart"].clone()
    } else {
        format!("charts/{}", row["chart"])
    };
    let name = given("release").unwrap_or_else(|| "myrel".to_owned());
    let mut arguments = vec![
        "template".to_owned(),
        name,
        chart,
        "-n".to_owned(),
        "test-ns".to_owned(),
    ];
    let args = given("args").unwrap_or_default();
    if !args.contains("--kube-version") && args != "--no-kube-version" {
        arguments.extend(["--kube-version", "1.34.0"].map(str::to_owned));
    }
    arguments.extend(args.split_whitespace().map(str::to_owned));
    for file in given("values")
        .unwrap_or_default()
        .split([' ', ','])
        .filter(|file| !file.is_empty())
    {
        arguments.extend(["-f".to_owned(), file.to_owned()]);
    }
    arguments
}

fn same_text(folder: &Path, row: &Row, got: &str) -> Result<(), String> {
    let default = format!("expected/{}.yaml", row["case"]);
    let path = folder.join(row.get("expected").unwrap_or(&default));
    let wanted = read(&path).ok_or_else(|| format!("{} cannot be read", path.display()))?;
    if wanted == got {
        return Ok(());
    }
    let differing = wanted.lines().zip(got.lines()).enumerate().find(|(_, (a, b))| a != b);
    Err(match differing {
        Some((index, (a, b))) => format!("line {}: want {a:?} got {b:?}", index + 1),
        None => format!("want {} lines, got {}", wanted.lines().count(), got.lines().count()),
    })
}

fn read(path: &Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .ok()?;
        return Some(text);
    }
    String::from_utf8(bytes).ok()
}

/// The lines of a message without warnings and the program's own prefix; helm's order of some lists is random.
fn message(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .filter(|line| {
            !["level=", "time=", "WARN", "warning:", "hint:"]
                .iter()
                .any(|start| line.starts_with(start))
        })
        .map(|line| {
            line.trim_start_matches("Error: ")
                .trim_start_matches("INSTALLATION FAILED: ")
        })
        .map(|line| {
            let mut letters: Vec<char> = line.chars().collect();
            if line.contains("additional properties") {
                letters.sort_unstable();
            }
            letters.into_iter().collect()
        })
        .collect()
}
