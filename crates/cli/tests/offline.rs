//! Commands that need no cluster, held against what helm 4.2.3 printed.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ironhelm::Sandbox;
use ironhelm_cli::{Console, InMemory, Printed, run};

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(path)
}

async fn ironhelm(arguments: &[String]) -> (bool, Printed) {
    let console = Console::memory();
    let code = run(arguments, &|_| None, console.clone(), InMemory(Sandbox::new())).await;
    (code == ExitCode::SUCCESS, console.take())
}

/// The command lines of a recording and what helm printed: the output, and the error from `Error: ` on.
fn recording(file: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(testdata(file)).unwrap();
    let entries = text.strip_prefix("$ ").unwrap().split("\n$ ");
    let entry = |entry: &str| match entry.split_once('\n') {
        Some((line, printed)) => (line.to_owned(), format!("{}\n", printed.trim_end_matches('\n'))),
        None => (entry.to_owned(), "\n".to_owned()),
    };
    entries.map(entry).collect()
}

/// What we print for `line` about charts in `directory`, in the form of a recording.
async fn printed(line: &str, directory: &Path) -> String {
    let below = format!("{}/", directory.display());
    let place = |word: &str| {
        if directory.join(word).exists() || word == "nope" {
            format!("{below}{word}")
        } else {
            word.to_owned()
        }
    };
    let arguments: Vec<String> = line.split(' ').map(place).collect();
    let (succeeded, printed) = ironhelm(&arguments).await;
    let error = match printed.talk.find("Error: ") {
        Some(start) if !succeeded => printed.talk[start..].split("\nhint: ").next().unwrap(),
        _ => "",
    };
    let text = format!("{}{error}", printed.data).replace(&below, "");
    format!("{}\n", text.trim_end_matches('\n'))
}

async fn compare(file: &str, directory: &str) {
    let directory = testdata(directory).canonicalize().unwrap();
    let mut different = Vec::new();
    for (line, expected) in recording(file) {
        let got = printed(&line, &directory).await;
        if got != expected.replace("CHARTS/", "") {
            different.push(format!("$ {line}\n--- helm\n{expected}--- here\n{got}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[tokio::test]
async fn outputs_are_those_of_helm() {
    compare("cli/offline.txt", "cli/charts").await;
}

#[tokio::test]
async fn lint_finds_what_helm_finds() {
    compare("cli/lint-corpus.txt", "corpus").await;
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[tokio::test]
async fn archives_depend_on_the_chart_only() {
    let scratch = std::env::temp_dir().join(format!("ironhelm-package-{}", std::process::id()));
    let source = testdata("demo/skoala-0.13.0");
    let mut archives = Vec::new();
    for place in ["a", "b"] {
        let directory = scratch.join(place);
        let line = format!(
            "package {} --version 1.2.3 -d {}",
            source.display(),
            directory.display()
        );
        let (packed, told) = ironhelm(&words(&line)).await;
        assert!(packed, "{}", told.talk);
        let entries: Vec<_> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        archives.push(std::fs::read(&entries[0]).unwrap());
        let (shown, told) = ironhelm(&words(&format!("show chart {}", entries[0].display()))).await;
        assert!(shown && told.data.contains("version: 1.2.3"), "{}", told.talk);
    }
    std::fs::remove_dir_all(&scratch).unwrap();
    assert!(archives[0] == archives[1]);
}

#[tokio::test]
async fn a_new_chart_renders() {
    let scratch = std::env::temp_dir().join(format!("ironhelm-create-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let chart = scratch.join("shop").display().to_string();
    let (created, told) = ironhelm(&words(&format!("create {chart}"))).await;
    assert!(created, "{}", told.talk);
    assert_eq!(told.data, format!("Creating {chart}\n"));
    let (_, linted) = ironhelm(&words(&format!("lint {chart}"))).await;
    let (rendered, shown) = ironhelm(&words(&format!("template web {chart}"))).await;
    let (_, again) = ironhelm(&words(&format!("create {chart}"))).await;
    std::fs::remove_dir_all(&scratch).unwrap();
    let expected = format!(
        "==> Linting {chart}\n[INFO] Chart.yaml: icon is recommended\n\n1 chart(s) linted, 0 chart(s) failed\n"
    );
    assert_eq!(linted.data, expected);
    assert!(
        rendered
            && shown
                .data
                .contains("# Source: shop/templates/tests/test-connection.yaml")
    );
    assert!(again.talk.contains("Chart.yaml\" already exists. Overwriting."));
}

#[cfg(unix)]
#[tokio::test]
async fn post_renderers_see_hooks_too() {
    let line = format!(
        "template r {} --post-renderer sed --post-renderer-args s/post-install/pre-install/ --post-renderer-args s/x/x/",
        testdata("demo/skoala-0.13.0").display()
    );
    let (_, failed) = ironhelm(&words(&line)).await;
    assert!(
        failed
            .talk
            .contains("error while running post render on files: error while running command"),
        "{}",
        failed.talk
    );
    let line = line.replace(" --post-renderer-args s/x/x/", "");
    let plain = line.split(" --post-renderer").next().unwrap();
    let (_, before) = ironhelm(&words(plain)).await;
    let (rendered, after) = ironhelm(&words(&line)).await;
    assert!(rendered, "{}", after.talk);
    let sources = |text: &str| text.matches("# Source: ").count();
    assert_eq!(sources(&before.data), sources(&after.data));
}
