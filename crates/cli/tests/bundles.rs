//! Commands on offline bundles, with the bundle that charts-syncer wrote.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::Path;
use std::process::ExitCode;

use ironhelm::Sandbox;
use ironhelm_cli::{Console, InMemory, Printed, run};

const SAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../bundle/testdata/sample/skoala_0.14.0.bundle.tar"
);
const CHART: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../bundle/testdata/sample/chart-src/skoala"
);

async fn ironhelm(arguments: &[&str]) -> (ExitCode, Printed) {
    let console = Console::memory();
    let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
    let code = run(&arguments, &|_| None, console.clone(), InMemory(Sandbox::new())).await;
    (code, console.take())
}

#[tokio::test]
async fn images_are_listed_with_their_new_names() {
    let rules = ["--registry", "10.16.23.145", "--repository", "mirror"];
    let (code, printed) = ironhelm(&[&["images", "list", SAMPLE, "-o", "json"], &rules[..]].concat()).await;
    assert_eq!(code, ExitCode::SUCCESS, "{}", printed.talk);
    let images: serde_json::Value = serde_json::from_str(&printed.data).unwrap();
    assert_eq!(images[0]["name"], "release.daocloud.io/skoala/hive:v0.14.0");
    assert_eq!(images[0]["relocated"], "10.16.23.145/mirror/hive:v0.14.0");
    assert_eq!(
        (&images[1]["size"], &images[1]["chart"]),
        (&591.into(), &"skoala".into())
    );
}

#[tokio::test]
async fn what_is_no_bundle_and_what_is_damaged_have_exit_codes() {
    let (code, printed) = ironhelm(&["images", "verify", SAMPLE, "--contents"]).await;
    assert_eq!((code, printed.data.contains("\tok")), (ExitCode::SUCCESS, true));
    let (code, printed) = ironhelm(&["images", "verify", CHART.strip_suffix("/skoala").unwrap()]).await;
    assert_eq!(code, ExitCode::from(3), "{}", printed.talk);
    let (code, printed) = ironhelm(&["images", "load", SAMPLE, "--socket", "/nowhere.sock"]).await;
    assert_eq!(code, ExitCode::from(6), "{}", printed.talk);
}

#[tokio::test]
async fn a_bundle_is_created_as_charts_syncer_does() {
    let folder = std::env::temp_dir().join(format!("ironhelm-bundle-create-{}", std::process::id()));
    let at = folder.display().to_string();
    let create = ["bundle", "create", CHART, "--images", SAMPLE, "--destination", &at];
    let (code, printed) = ironhelm(&create).await;
    assert_eq!(code, ExitCode::SUCCESS, "{}", printed.talk);
    let written = std::fs::read(Path::new(printed.data.trim_end())).unwrap();
    assert!(written == std::fs::read(SAMPLE).unwrap(), "the bytes differ");
    assert_eq!(ironhelm(&create).await.0, ExitCode::from(5), "it is there already");
    std::fs::remove_dir_all(folder).unwrap();
}
