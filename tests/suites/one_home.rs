//! The program and real helm 4 take turns on one home directory, and the program alone meets servers that misbehave
//! (`cargo test --workspace --test one_home`).
//!
//! What one adds, updates, logs into, pulls, signs and pushes, the other reads. Needs helm 4, and for the second half
//! `docker-registry` and `htpasswd`.

#![allow(clippy::print_stdout, reason = "what is skipped is said")]

use std::fs;
use std::path::{Path, PathBuf};

use ironhelm_tests::{Answer, LocalRegistry, Oracles, Output, Program, USER, Web, ironhelm, root, tls};

/// A home directory, and the two programs that live in it.
struct Home {
    folder: tempfile::TempDir,
    ours: Program,
    helm: Option<Program>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at_home = |program: Program| {
            let below = |name: &str| folder.path().join(name);
            program
                .with("HELM_CONFIG_HOME", below("config"))
                .with("HELM_CACHE_HOME", below("cache"))
                .with("HELM_DATA_HOME", below("data"))
                .with("DOCKER_CONFIG", below("docker"))
                .with("GNUPGHOME", root().join("testdata/provenance"))
                .in_folder(folder.path())
        };
        let helm = Oracles::find().ok().map(|oracles| at_home(oracles.helm4));
        let ours = at_home(ironhelm());
        Self { folder, ours, helm }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// All files below the home with their bytes.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        let mut pending = vec![self.folder.path().to_owned()];
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    pending.push(entry.path());
                } else {
                    let name = entry
                        .path()
                        .strip_prefix(self.folder.path())
                        .unwrap()
                        .display()
                        .to_string();
                    found.push((name, fs::read(entry.path()).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    /// Two versions of a chart and an index, made by the program.
    fn served(&self) -> PathBuf {
        let chart = self.path("demo");
        fs::create_dir_all(chart.join("templates")).unwrap();
        fs::write(
            chart.join("Chart.yaml"),
            "apiVersion: v2\nname: demo\nversion: 0.1.0\nappVersion: 1.16.0\ndescription: A chart\n",
        )
        .unwrap();
        fs::write(
            chart.join("templates/x.yaml"),
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        )
        .unwrap();
        for version in ["0.1.0", "0.2.0"] {
            let _ = self
                .ours
                .succeed(&["package", "demo", "--version", version, "-d", "served"]);
        }
        let _ = self.ours.succeed(&["repo", "index", "served"]);
        self.path("served")
    }
}

/// Runs `test` with both programs in both orders, each time in a new home.
fn in_turns(test: impl Fn(&Home, &Program, &Program)) {
    for helm_first in [true, false] {
        let home = Home::new();
        let Some(helm) = &home.helm else {
            return println!("skipped: helm 4 is not there");
        };
        if helm_first {
            test(&home, helm, &home.ours);
        } else {
            test(&home, &home.ours, helm);
        }
    }
}

#[test]
fn repositories_of_one_are_used_by_the_other() {
    in_turns(|home, first, second| {
        let web = Web::files(home.served(), Some("secret"));
        let url = web.url();
        let added = first.succeed(&["repo", "add", "r", &url, "--username", "admin", "--password", "secret"]);
        assert_eq!(added.stdout, "\"r\" has been added to your repositories\n");
        let again = second.succeed(&["repo", "add", "r", &url, "--username", "admin", "--password", "secret"]);
        assert!(
            again
                .stdout
                .contains("already exists with the same configuration, skipping")
        );
        for arguments in [
            &["repo", "list"][..],
            &["repo", "list", "-o", "json"],
            &["repo", "list", "-o", "yaml"],
            &["repo", "update", "r"],
            &["repo", "update"],
            &["search", "repo", "r/demo", "--versions"],
            &["search", "repo", "-o", "json"],
            &["show", "chart", "r/demo", "--version", "^0.1"],
            &["template", "x", "r/demo", "--version", "0.1.0"],
            &[
                "template",
                "x",
                "demo",
                "--repo",
                &url,
                "--username",
                "admin",
                "--password",
                "secret",
            ],
            &["pull", "r/demo", "-d", "."],
            &["pull", "r/demo", "--version", "7"],
            &["search", "repo", "zzz", "--fail-on-no-result"],
            &["repo", "update", "nope"],
        ] {
            same(&first.run(arguments), &second.run(arguments), arguments);
        }
        let _ = second.succeed(&["repo", "remove", "r"]);
        assert_eq!(first.run(&["search", "repo"]).code, 1);
        assert_eq!(first.run(&["repo", "list"]).stderr.trim(), "no repositories to show");
    });
}

/// Output, exit code and the first line of the error.
fn same(left: &Output, right: &Output, arguments: &[&str]) {
    let error = |output: &Output| {
        let lines = output.stderr.lines();
        lines
            .filter(|line| line.starts_with("Error: "))
            .map(str::to_owned)
            .next()
    };
    assert_eq!(
        left.code, right.code,
        "{arguments:?}\n{}\n{}",
        left.stderr, right.stderr
    );
    assert_eq!(left.stdout, right.stdout, "{arguments:?}");
    assert_eq!(error(left), error(right), "{arguments:?}");
}

#[test]
fn archives_that_one_signs_the_other_verifies() {
    in_turns(|home, first, second| {
        let _ = home.served();
        let signed = ["package", "demo", "--sign", "--key", "Helm Test", "--keyring"];
        let keys = root().join("testdata/provenance/secring.gpg").display().to_string();
        let _ = first.succeed(&[&signed[..], &[keys.as_str(), "-d", "signed"]].concat());
        let verify = ["verify", "signed/demo-0.1.0.tgz"];
        same(&second.run(&verify), &first.run(&verify), &verify);
        assert!(second.succeed(&verify).stdout.contains("Signed by: Helm Test"));
        let template = ["template", "x", "signed/demo-0.1.0.tgz", "--verify"];
        same(&second.run(&template), &first.run(&template), &template);
        fs::write(home.path("signed/demo-0.1.0.tgz"), b"something else").unwrap();
        for arguments in [&verify[..], &template] {
            let (left, right) = (second.run(arguments), first.run(arguments));
            assert_eq!((left.code, right.code), (1, 1), "{arguments:?}");
        }
    });
}

#[test]
fn dependencies_that_one_locks_the_other_builds() {
    in_turns(|home, first, second| {
        let web = Web::files(home.served(), None);
        let _ = first.succeed(&["repo", "add", "r", &web.url()]);
        let app = home.path("app");
        fs::create_dir_all(&app).unwrap();
        let yaml = "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: demo, version: ^0.1, repository: \"@r\"}\n";
        fs::write(app.join("Chart.yaml"), yaml).unwrap();
        let update = ["dependency", "update", "app"];
        let said = first.succeed(&update).stdout;
        let lock = fs::read_to_string(app.join("Chart.lock")).unwrap();
        fs::remove_dir_all(app.join("charts")).unwrap();
        let missing = ["template", "x", "app"];
        same(&first.run(&missing), &second.run(&missing), &missing);
        let built = second.succeed(&["dependency", "build", "app"]).stdout;
        assert_eq!(built, said);
        fs::remove_dir_all(app.join("charts")).unwrap();
        assert_eq!(second.succeed(&update).stdout, said);
        assert_eq!(
            fs::read_to_string(app.join("Chart.lock")).unwrap(),
            lock,
            "nothing changed, nothing is written"
        );
        let list = ["dependency", "list", "app"];
        same(&first.run(&list), &second.run(&list), &list);
        let rendered = second.succeed(&missing).stdout;
        fs::remove_dir_all(app.join("charts")).unwrap();
        let updated = home.ours.succeed(&["template", "x", "app", "--dependency-update"]);
        assert_eq!(updated.stdout, rendered, "what was brought is told on standard error");
    });
}

#[test]
fn logins_and_charts_of_registries_are_shared() {
    in_turns(|home, first, second| {
        let registry = match LocalRegistry::start_guarded(home.folder.path(), Some("good")) {
            Ok(registry) => registry,
            Err(reason) => return println!("skipped: {reason}"),
        };
        let _ = home.served();
        let (host, ca) = (registry.host.as_str(), tls("ca.pem").display().to_string());
        let with_ca = |arguments: &[&str]| {
            let all = [arguments, &["--ca-file", &ca]].concat();
            all.iter().map(|&word| word.to_owned()).collect::<Vec<String>>()
        };
        let run = |program: &Program, arguments: &[&str]| {
            let arguments = with_ca(arguments);
            program.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let logged_in = run(first, &["registry", "login", host, "-u", USER.0, "-p", USER.1]);
        assert_eq!(
            (logged_in.code, logged_in.stdout.as_str()),
            (0, "Login Succeeded\n"),
            "{}",
            logged_in.stderr
        );
        let logins = fs::read(home.path("config/registry/config.json")).unwrap();
        let parent = format!("oci://{host}/charts");
        let pushed = run(first, &["push", "served/demo-0.1.0.tgz", &parent]);
        same(
            &run(second, &["push", "served/demo-0.1.0.tgz", &parent]),
            &pushed,
            &["push"],
        );
        assert!(pushed.stdout.contains("Digest: sha256:"), "{}", pushed.stderr);
        let chart = format!("{parent}/demo");
        for program in [first, second] {
            let pulled = run(program, &["pull", &chart, "-d", "."]);
            assert_eq!(
                pulled.stdout,
                pushed.stdout.replace("Pushed", "Pulled"),
                "{}",
                pulled.stderr
            );
            assert_eq!(
                fs::read(home.path("demo-0.1.0.tgz")).unwrap(),
                fs::read(home.path("served/demo-0.1.0.tgz")).unwrap()
            );
            fs::remove_file(home.path("demo-0.1.0.tgz")).unwrap();
        }
        let digest = pushed
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("Digest: "))
            .unwrap();
        let by_digest = run(&home.ours, &["template", "x", &format!("{chart}@{digest}")]);
        assert_eq!(by_digest.code, 0, "{}", by_digest.stderr);
        assert!(by_digest.stdout.starts_with("---\n"), "{}", by_digest.stdout);
        assert_eq!(fs::read(home.path("config/registry/config.json")).unwrap(), logins);
        let _ = second.succeed(&["registry", "logout", host]);
        assert_eq!(run(first, &["pull", &chart]).code, 1);
        let wrong = run(&home.ours, &["registry", "login", host, "-u", "u", "-p", "wrong"]);
        assert!(wrong.stderr.contains("401 Unauthorized"), "{}", wrong.stderr);
    });
}

/// The one line that says what is wrong; nothing but a lock file is left behind.
fn refused(home: &Home, arguments: &[&str]) -> String {
    let before = home.files();
    let output = home.ours.run(arguments);
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (1, ""),
        "{arguments:?} {}",
        output.stderr
    );
    let after: Vec<_> = home
        .files()
        .into_iter()
        .filter(|(name, _)| !name.ends_with(".lock"))
        .collect();
    assert_eq!(after, before, "{arguments:?} leaves something behind");
    let is_error = |line: &&str| !line.starts_with("hint: ") && !line.starts_with("level=");
    let lines: Vec<&str> = output.stderr.lines().filter(is_error).collect();
    assert_eq!(lines.len(), 1, "{arguments:?}: {}", output.stderr);
    assert!(!output.stderr.contains(['\u{1b}', '\u{7}']), "{}", output.stderr);
    lines[0].to_owned()
}

#[test]
fn servers_that_answer_wrongly_are_told_in_one_line() {
    let home = Home::new();
    let web = Web::answering(|asked| match asked.path.trim_end_matches("/index.yaml") {
        "/401" => Answer::new(401, ""),
        "/403" => Answer::new(403, "no \u{1b}[31mentry\u{7}"),
        "/html" => Answer::new(200, "<!doctype html><html>\u{1b}[2J</html>").header("Content-Type: text/html"),
        "/short" => Answer {
            missing: 1000,
            ..Answer::new(200, "apiVersion: v1\nentries:\n  demo:\n  - name: de")
        },
        "/cut" => Answer::new(200, "apiVersion: v1\nentries:\n  demo:\n  - name: [de"),
        "/loop" => Answer::new(302, "").header("Location: /loop/index.yaml"),
        "/away" => Answer::new(302, "").header("Location: ftp://elsewhere.example/x"),
        _ => Answer::new(404, ""),
    });
    for (path, expected) in [
        ("401", "401 Unauthorized"),
        ("403", "403 Forbidden"),
        ("html", "a web page, not with a chart index"),
        ("short", "broke off after"),
        ("cut", "error converting YAML to JSON"),
        ("loop", "redirects"),
        ("away", "which cannot be followed"),
        ("none", "404 Not Found"),
    ] {
        let url = format!("{}/{path}", web.url());
        let line = refused(&home, &["repo", "add", "x", &url]);
        assert!(
            line.starts_with(&format!("Error: looks like {url:?} is not a valid chart repository")),
            "{line}"
        );
        assert!(line.contains(expected), "{line}");
        let line = refused(&home, &["pull", "demo", "--repo", &url]);
        assert!(line.contains(expected), "{line}");
    }
    let line = refused(&home, &["repo", "add", "x", "http://127.0.0.1:1"]);
    assert!(
        line.ends_with("Get \"http://127.0.0.1:1/index.yaml\": connection refused"),
        "{line}"
    );
    let line = refused(&home, &["pull", "oci://127.0.0.1:1/x/demo", "--version", "1.0.0"]);
    assert!(line.contains("connection refused"), "{line}");
}

#[test]
fn an_update_that_fails_keeps_the_index_that_was_there() {
    let home = Home::new();
    let served = home.served();
    let web = Web::files(served.clone(), None);
    let _ = home.ours.succeed(&["repo", "add", "r", &web.url()]);
    let index = fs::read(home.path("cache/repository/r-index.yaml")).unwrap();
    for text in ["<html></html>", "", "apiVersion: v1\nentries: [", "{}"] {
        fs::write(served.join("index.yaml"), text).unwrap();
        let output = home.ours.run(&["repo", "update"]);
        assert_eq!(output.code, 1, "{text:?}");
        let expected = format!("Error: failed to update the following repositories: [{}]", web.url());
        assert_eq!(output.stderr.lines().next(), Some(expected.as_str()));
        assert!(
            output
                .stdout
                .contains("...Unable to get an update from the \"r\" chart repository")
        );
        assert_eq!(fs::read(home.path("cache/repository/r-index.yaml")).unwrap(), index);
    }
}

/// CVE-2019-1010275: other authority, expired, other name.
#[test]
fn certificates_that_are_wrong_are_told_in_one_line() {
    let home = Home::new();
    for (certificate, ca, expected) in [
        ("good", "other-ca.pem", "an authority that is not trusted"),
        ("expired", "ca.pem", "its certificate has expired"),
        ("wrong-name", "ca.pem", "is for another name than 127.0.0.1"),
    ] {
        let servers = tempfile::tempdir().unwrap();
        let registry = match LocalRegistry::start_guarded(servers.path(), Some(certificate)) {
            Ok(registry) => registry,
            Err(reason) => return println!("skipped: {reason}"),
        };
        let ca = tls(ca).display().to_string();
        let (host, url) = (registry.host.as_str(), format!("https://{}", registry.host));
        let chart = format!("oci://{host}/x/demo");
        for arguments in [
            &["registry", "login", host, "-u", USER.0, "-p", USER.1][..],
            &["pull", &chart, "--version", "1.0.0"],
            &["show", "chart", &chart],
            &["repo", "add", "x", &url],
        ] {
            let line = refused(&home, &[arguments, &["--ca-file", &ca]].concat());
            assert!(line.contains(expected), "{line}");
        }
    }
}

/// CVE-2026-48978, CVE-2026-50151, GHSA-vh4v-2xq2-g5cg: realms, redirects and upload locations elsewhere get no credentials.
#[test]
fn registries_that_send_us_elsewhere_do_not_get_credentials_there() {
    let home = Home::new();
    let _ = home.served();
    let thief = Web::answering(|_| Answer::new(401, ""));
    let elsewhere = thief.url();
    let hostile = Web::answering(move |asked| match (asked.method.as_str(), asked.path.as_str()) {
        (_, "/v2/") => Answer::new(401, "").header(&format!(
            "WWW-Authenticate: Bearer realm=\"{elsewhere}/token\",service=\"x\""
        )),
        ("POST", _) => Answer::new(202, "").header(&format!("Location: {elsewhere}/upload")),
        _ => Answer::new(307, "").header(&format!("Location: {elsewhere}{}", asked.path)),
    });
    let host = hostile.host().to_owned();
    let login = ["registry", "login", &host, "-u", USER.0, "-p", USER.1, "--plain-http"];
    let line = refused(&home, &login);
    assert!(line.contains("wants its credentials sent to"), "{line}");
    let with = ["--plain-http", "--username", USER.0, "--password", USER.1];
    let chart = format!("oci://{host}/x/demo");
    let _ = refused(
        &home,
        &[&["pull", chart.as_str(), "--version", "1.0.0"][..], &with].concat(),
    );
    let parent = format!("oci://{host}/x");
    let _ = refused(
        &home,
        &[&["push", "served/demo-0.1.0.tgz", parent.as_str()][..], &with].concat(),
    );
    assert!(
        thief.authorizations().iter().all(Option::is_none),
        "{:?}",
        thief.authorizations()
    );
}

/// CVE-2021-32690: an index that names a registry elsewhere does not hand it the repository's password.
#[test]
fn registries_that_an_index_names_do_not_get_the_repositorys_credentials() {
    let home = Home::new();
    let registry = Web::answering(|_| Answer::new(404, ""));
    let text = format!(
        "apiVersion: v1\nentries:\n  demo:\n  - {{name: demo, version: 1.0.0, apiVersion: v2, urls: [\"oci://{}/x/demo\"]}}\n",
        registry.host()
    );
    let served = home.path("hostile");
    fs::create_dir_all(&served).unwrap();
    fs::write(served.join("index.yaml"), text).unwrap();
    let web = Web::files(served, Some("secret"));
    let with = ["--username", "admin", "--password", "secret"];
    let _ = home
        .ours
        .succeed(&[&["repo", "add", "r", &web.url()][..], &with].concat());
    let output = home.ours.run(&["pull", "r/demo", "--plain-http"]);
    assert_eq!(output.code, 1);
    assert!(!registry.asked().is_empty());
    let output = home
        .ours
        .run(&[&["pull", "demo", "--repo", &web.url(), "--plain-http"][..], &with].concat());
    assert_eq!(output.code, 1);
    assert!(
        registry.authorizations().iter().all(Option::is_none),
        "{:?}",
        registry.authorizations()
    );
}

/// CVE-2021-21303: what an index says cannot steer a terminal.
#[test]
fn control_characters_of_an_index_are_not_printed() {
    let home = Home::new();
    let text = "apiVersion: v1\nentries:\n  demo:\n  - {name: demo, version: 1.0.0, apiVersion: v2, urls: [x.tgz], \
                description: \"a\\e[31mred\\a\\u202eb\"}\n";
    let served = home.path("hostile");
    fs::create_dir_all(&served).unwrap();
    fs::write(served.join("index.yaml"), text).unwrap();
    let web = Web::files(served, None);
    let _ = home.ours.succeed(&["repo", "add", "r", &web.url()]);
    let found = home.ours.succeed(&["search", "repo"]).stdout;
    assert!(!found.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{found:?}");
}

/// CVE-2026-35205: a provenance file that is missing, empty or of no use fails closed, wherever a chart is taken.
#[test]
fn verifying_fails_closed() {
    let home = Home::new();
    let served = home.served();
    let web = Web::files(served.clone(), None);
    let _ = home.ours.succeed(&["repo", "add", "r", &web.url()]);
    for text in [None, Some(""), Some("signed"), Some("<html></html>")] {
        if let Some(text) = text {
            fs::write(served.join("demo-0.2.0.tgz.prov"), text).unwrap();
        }
        for arguments in [
            &["pull", "r/demo"][..],
            &["template", "x", "r/demo"],
            &["show", "all", "r/demo"],
            &["install", "x", "r/demo", "--dry-run=client"],
            &["template", "x", "served/demo-0.2.0.tgz"],
        ] {
            let output = home.ours.run(&[arguments, &["--verify"]].concat());
            assert_eq!(
                (output.code, output.stdout.as_str()),
                (1, ""),
                "{arguments:?} {text:?} {}",
                output.stderr
            );
        }
    }
    assert!(!Path::new(&home.path("demo-0.2.0.tgz")).exists());
}

#[test]
fn misspelt_verbs_are_recognised() {
    let home = Home::new();
    for (arguments, meant) in [
        (&["repo", "udpate"][..], "update"),
        (&["upgarde", "a", "b"], "upgrade"),
        (&["update", "repo"], "repo update"),
    ] {
        let output = home.ours.run(arguments);
        assert_eq!(output.code, 1, "{arguments:?}");
        assert!(
            output.stderr.contains(&format!("Did you mean this?\n\t{meant}\n")),
            "{}",
            output.stderr
        );
    }
}
