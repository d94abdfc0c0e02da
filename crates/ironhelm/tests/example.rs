//! The example does what it says.

#![allow(unreachable_pub, dead_code, reason = "the example is a program of its own")]

use std::path::Path;

use ironhelm::plan::Action;
use ironhelm::{Objects, Outcome};

#[path = "../examples/upgrade.rs"]
mod upgrade;

#[test]
fn the_example_upgrades_the_demo_chart() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/demo");
    let (old, new) = (demo.join("skoala-0.13.0"), demo.join("skoala-0.14.0"));
    let job = upgrade::install_and_upgrade(&old, &new);
    let Outcome { release, objects, .. } = futures::executor::block_on(job).expect("the job is done");
    assert_eq!(release.revision.number(), 2);
    assert!(release.manifest.contains("image: \"10.16.23.145/") || release.manifest.contains("image: 10.16.23.145/"));
    let Objects::Applied(applied) = objects else {
        panic!("it was no dry run")
    };
    assert!(applied.outcomes.iter().any(|(_, action)| *action == Action::Delete));
    assert!(applied.outcomes.iter().any(|(_, action)| *action == Action::Keep));
}
