//! An offline upgrade through a chart repository, word for word, on a real control plane
//! (`cargo test --workspace --test chart_repository`).
//!
//! The repository is the ChartMuseum that `CHARTMUSEUM` names, else a stand-in that answers in its words.

#![allow(clippy::print_stdout, reason = "what is skipped is said")]

use std::path::{Path, PathBuf};

use ironhelm_tests::{ControlPlane, Museum, Oracles, Program, ironhelm, root};

const NAMESPACE: &str = "skoala-system";

#[test]
fn skoala_is_upgraded_through_a_chart_repository() {
    let plane = Oracles::find().and_then(|oracles| {
        let plane = ControlPlane::get("IRONHELM_TEST_KUBECONFIG", &oracles)?;
        Ok((plane, oracles))
    });
    let (plane, oracles) = match plane {
        Ok(parts) => parts,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let folder = tempfile::tempdir().unwrap();
    let at_home = |program: &Program| {
        let below = |name: &str| folder.path().join(name);
        let program = plane.with(program).with("HELM_CONFIG_HOME", below("config"));
        program.with("HELM_CACHE_HOME", below("cache")).in_folder(folder.path())
    };
    let (ours, helm) = (at_home(&ironhelm()), at_home(&oracles.helm4));
    let museum = Museum::start(folder.path(), &archives(&ours, folder.path()), true);
    println!(
        "chart_repository: ChartMuseum is {}",
        if museum.is_real() { "real" } else { "a stand-in" }
    );
    first_install(&helm);

    the_repository_is_known(&ours, &helm, &museum.url);
    the_release_is_upgraded(&ours, &helm, folder.path(), &museum.url);
    let _ = helm.succeed(&["uninstall", "skoala", "-n", NAMESPACE]);
}

fn the_repository_is_known(ours: &Program, helm: &Program, url: &str) {
    // A host without repositories: helm's message, helm's exit code, and nothing for grep.
    let (mine, helms) = (ours.run(&["repo", "list"]), helm.run(&["repo", "list"]));
    assert_eq!(
        (mine.code, &mine.stdout, &mine.stderr),
        (helms.code, &helms.stdout, &helms.stderr)
    );
    assert!(mine.stderr.contains("no repositories to show"));
    let added = ours.succeed(&["repo", "add", "skoala-release", url]);
    assert_eq!(added.stdout, "\"skoala-release\" has been added to your repositories\n");
    assert!(
        ours.succeed(&["repo", "list"])
            .stdout
            .lines()
            .any(|line| line.contains("skoala"))
    );
    let updated = ours.succeed(&["repo", "update", "skoala-release"]).stdout;
    assert_eq!(updated, helm.succeed(&["repo", "update", "skoala-release"]).stdout);
    let search = ["search", "repo", "skoala-release/skoala", "--versions"];
    let found = ours.succeed(&search).stdout;
    assert_eq!(found, helm.succeed(&search).stdout);
    assert!(found.contains("skoala-release/skoala\t0.14.0"), "{found}");
}

fn the_release_is_upgraded(ours: &Program, helm: &Program, folder: &Path, url: &str) {
    let values = ours
        .succeed(&["get", "values", "skoala", "-n", NAMESPACE, "-o", "yaml"])
        .stdout;
    std::fs::write(folder.join("bak.yaml"), values).unwrap();
    let upgrade = [
        "upgrade",
        "skoala",
        "skoala-release/skoala",
        "-n",
        NAMESPACE,
        "-f",
        "./bak.yaml",
        "--set",
        "global.imageRegistry=10.16.23.145",
        "--version",
    ];
    let upgraded = ours.succeed(&[&upgrade[..], &["0.14.0"]].concat());
    assert!(
        upgraded
            .stdout
            .contains("Release \"skoala\" has been upgraded. Happy Helming!")
    );
    let chosen = format!(
        "chart skoala-release/skoala: skoala 0.14.0 from {}/charts/skoala-0.14.0.tgz",
        url
    );
    assert!(upgraded.stderr.contains(&chosen), "{}", upgraded.stderr);
    let listed = helm.succeed(&["list", "-n", NAMESPACE, "-o", "json"]).stdout;
    assert!(
        listed.contains("\"revision\":\"2\"") && listed.contains("skoala-0.14.0"),
        "{listed}"
    );

    // The flag that a missing backslash loses: the newest version is taken, and said.
    let newest = ours.succeed(&upgrade[..upgrade.len() - 1]);
    assert!(newest.stderr.contains("skoala 0.14.0 from"), "{}", newest.stderr);
    let missing = ours.run(&[&upgrade[..], &["0.15.0"]].concat());
    assert_eq!(missing.code, 1);
    assert_eq!(
        missing.stderr.lines().next(),
        helm.run(&[&upgrade[..], &["0.15.0"]].concat()).stderr.lines().next()
    );
}

/// Archives of the demonstration's charts.
fn archives(ours: &Program, folder: &Path) -> Vec<PathBuf> {
    let archive = |version: &str| {
        let chart = root()
            .join(format!("testdata/demo/skoala-{version}"))
            .display()
            .to_string();
        let _ = ours.succeed(&["package", &chart, "-d", "archives"]);
        folder.join(format!("archives/skoala-{version}.tgz"))
    };
    ["0.13.0", "0.14.0"].map(archive).to_vec()
}

fn first_install(helm: &Program) {
    let _ = helm.run(&["uninstall", "skoala", "-n", NAMESPACE]);
    let install = [
        "install",
        "skoala",
        "archives/skoala-0.13.0.tgz",
        "-n",
        NAMESPACE,
        "--create-namespace",
    ];
    let _ = helm.succeed(&install);
}
