//! Chart repositories with real parts: helm 4 and this library take turns on one home directory.
//!
//! Run by name, with `~/.cache/ironhelm-oracles/helm4` (or `HELM4`) at hand. `CHARTMUSEUM` may name a binary; without it,
//! what ChartMuseum said once is played back from `testdata/repository/chartmuseum-conversation.txt`.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use ironhelm_provenance::{Keyring, Signer, sign};
use ironhelm_repository::dependency::{self, Options};
use ironhelm_repository::index::{GenerateOptions, generate};
use ironhelm_repository::pull::{PullOptions, pull};
use ironhelm_repository::search::{Query, search};
use ironhelm_repository::{
    AddOptions, Added, ChartReference, HttpRemote, Paths, Repositories, RepositoryEntry, Verification, add, remove,
    select, update, verify_local,
};
use ironhelm_tests::{Museum, Web, recorded_museum};

const NOW: &str = "2026-11-24T15:28:52.124495681Z";

/// A home directory that both tools use.
struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn variables(&self) -> BTreeMap<String, String> {
        let below = |name: &str| self.path().join(name).display().to_string();
        let names = [
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_DATA_HOME", "data"),
        ];
        names.map(|(variable, name)| (variable.to_owned(), below(name))).into()
    }

    fn paths(&self) -> Paths {
        let variables = self.variables();
        Paths::from_environment(|name| variables.get(name).cloned())
    }

    /// Standard output of helm, or what it says of its failure.
    fn helm(&self, arguments: &[&str]) -> Result<String, String> {
        let home = std::env::var("HOME").unwrap_or_default();
        let helm = std::env::var("HELM4").unwrap_or_else(|_| format!("{home}/.cache/ironhelm-oracles/helm4"));
        let mut command = Command::new(helm);
        command.args(arguments).envs(self.variables()).current_dir(self.path());
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let line = error.lines().find_map(|line| line.strip_prefix("Error: "));
        Err(line.unwrap_or(&error).to_owned())
    }

    fn repositories(&self) -> Repositories {
        Repositories::load(&self.paths().repository_config).unwrap()
    }

    /// A text without the path of this directory.
    fn relative(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.path().display()), "")
    }
}

/// Charts that helm packed, with an index that helm made.
fn chart_files(home: &Home) -> PathBuf {
    let root = home.path().join("served");
    fs::create_dir_all(&root).unwrap();
    for (name, description) in [
        ("demo", "A Helm chart for Kubernetes"),
        ("other", "Other thing <x> for kubernetes"),
    ] {
        let chart = home.path().join(name);
        fs::create_dir_all(chart.join("templates")).unwrap();
        let yaml = format!(
            "apiVersion: v2\nname: {name}\nversion: 0.0.0\ndescription: {description}\nkeywords: [web, {name}]\n\
             maintainers: [{{name: mm, email: e, url: u}}]\n"
        );
        fs::write(chart.join("Chart.yaml"), yaml).unwrap();
        fs::write(chart.join("values.yaml"), "# nothing\na: 1\n").unwrap();
        fs::write(chart.join("templates/x.yaml"), "a: b\n").unwrap();
        for version in ["0.1.0", "0.2.0", "1.0.0", "1.1.0-rc.1"] {
            home.helm(&["package", name, "--version", version, "--destination", "served"])
                .unwrap();
        }
    }
    home.helm(&["repo", "index", "served"]).unwrap();
    root
}

fn entry(name: &str, url: &str, password: &str) -> RepositoryEntry {
    RepositoryEntry {
        name: name.to_owned(),
        url: url.to_owned(),
        username: if password.is_empty() {
            String::new()
        } else {
            "admin".to_owned()
        },
        password: password.to_owned(),
        ..RepositoryEntry::default()
    }
}

fn reference(chart: &str, version: &str) -> ChartReference {
    ChartReference {
        chart: chart.to_owned(),
        version: version.to_owned(),
        ..ChartReference::default()
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

#[tokio::test]
async fn repositories_are_shared_with_helm() {
    let home = Home::new();
    let server = Web::files(chart_files(&home), Some("secret"));
    let (url, paths, remote) = (server.url(), home.paths(), HttpRemote::default());
    home.helm(&["repo", "add", "a", &url, "--username", "admin", "--password", "secret"])
        .unwrap();
    let helms = fs::read_to_string(&paths.repository_config).unwrap();
    assert_eq!(home.repositories().encode(), helms);
    let options = AddOptions::default();
    for (name, expected) in [("a", Added::Unchanged), ("b", Added::New)] {
        assert_eq!(
            add(&paths, entry(name, &url, "secret"), options, &remote)
                .await
                .unwrap(),
            expected
        );
    }
    for wrong in ["", "wrong"] {
        let error = add(&paths, entry("c", &url, wrong), options, &remote)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("401"), "{error}");
    }
    let listed = format!(r#"[{{"name":"a","url":"{url}"}},{{"name":"b","url":"{url}"}}]"#);
    assert_eq!(home.helm(&["repo", "list", "-o", "json"]).unwrap().trim(), listed);
    let read = |name: &str| fs::read(paths.repository_cache.join(name)).unwrap();
    assert_eq!(read("a-index.yaml"), read("b-index.yaml"));
    let sorted = |name: &str| {
        let text = fs::read_to_string(paths.charts_of(name)).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        (lines, text.ends_with('\n'))
    };
    assert_eq!(sorted("a"), sorted("b"));
    home.helm(&["repo", "update"]).unwrap();
    update(&paths, &select(&paths, &[]).unwrap(), &remote, &|_| {})
        .await
        .unwrap();
    home.helm(&["repo", "remove", "a"]).unwrap();
    remove(&paths, "b").unwrap();
    assert_eq!(
        home.helm(&["repo", "remove", "b"]),
        Err("no repositories configured".to_owned())
    );
    let error = remove(&paths, "b").unwrap_err();
    assert_eq!(error.to_string(), "no repositories configured");
}

#[tokio::test]
async fn searches_and_choices_are_those_of_helm() {
    let home = Home::new();
    let server = Web::files(chart_files(&home), None);
    let paths = home.paths();
    home.helm(&["repo", "add", "r1", &server.url()]).unwrap();
    home.helm(&["repo", "add", "r2", &server.url()]).unwrap();
    for (arguments, query) in queries() {
        let helm = home
            .helm(&[&["search", "repo", "-o", "json"], arguments].concat())
            .unwrap();
        let found = search(&home.repositories(), &paths, &query).unwrap();
        let ours: Vec<_> = found.hits.iter().map(|hit| hit.to_json()).collect();
        let helm: Vec<serde_json::Value> = serde_json::from_str(&helm).unwrap();
        assert_eq!(ours, helm, "{arguments:?}");
    }
    fs::create_dir_all(home.path().join("ours")).unwrap();
    let options = PullOptions {
        destination: home.path().join("ours"),
        ..PullOptions::default()
    };
    for (chart, version) in [
        ("r1/demo", "^0.1"),
        ("r1/demo", "9"),
        ("r1/demo", "x y"),
        ("r1/nope", ""),
        ("nope/x", ""),
        ("foo", ""),
        ("r1/demo", ""),
    ] {
        let helm = home
            .helm(&["pull", chart, "--version", version, "-d", "ours"])
            .map(drop);
        let pulled = pull(&reference(chart, version), &options, &paths, &HttpRemote::default()).await;
        assert_eq!(
            pulled.map(drop).map_err(|error| error.to_string()),
            helm,
            "{chart} {version}"
        );
    }
}

fn queries() -> Vec<(&'static [&'static str], Query)> {
    let query = |term: &str| Query {
        term: (!term.is_empty()).then(|| term.to_owned()),
        ..Query::default()
    };
    let below_one = Query {
        versions: true,
        version: "<1".to_owned(),
        ..query("demo")
    };
    let regexp = |term: &str| Query {
        regexp: true,
        ..query(term)
    };
    let versions = Query {
        versions: true,
        ..query("demo")
    };
    let devel = Query {
        devel: true,
        ..query("web")
    };
    vec![
        (&[], query("")),
        (&["demo"], query("demo")),
        (&["KUBERNETES"], query("KUBERNETES")),
        (&["r1/"], query("r1/")),
        (&["web", "--devel"], devel),
        (&["demo", "-l"], versions),
        (&["demo", "--version", "<1", "-l"], below_one),
        (&["-r", "^demo.r[12]/"], regexp("^demo.r[12]/")),
        (&["-r", "kubernetes"], regexp("kubernetes")),
        (&["zzz"], query("zzz")),
    ]
}

/// CVE-2021-32690.
#[tokio::test]
async fn credentials_go_to_their_repository_alone() {
    let home = Home::new();
    let files = chart_files(&home);
    let stranger = Web::files(files.clone(), None);
    let text = fs::read_to_string(files.join("index.yaml")).unwrap();
    let bent = text.replace("- demo-", &format!("- {}/demo-", stranger.url()));
    fs::write(files.join("index.yaml"), bent).unwrap();
    let server = Web::files(files, Some("secret"));
    let (paths, remote) = (home.paths(), HttpRemote::default());
    let options = AddOptions::default();
    add(&paths, entry("r", &server.url(), "secret"), options, &remote)
        .await
        .unwrap();
    let options = PullOptions {
        destination: home.path().to_owned(),
        ..PullOptions::default()
    };
    pull(&reference("r/demo", ""), &options, &paths, &remote).await.unwrap();
    assert_eq!(stranger.authorizations(), [None]);
    assert!(server.authorizations().iter().all(Option::is_some));
    let to_all = ChartReference {
        pass_credentials: true,
        ..reference("r/demo", "0.1.0")
    };
    pull(&to_all, &options, &paths, &remote).await.unwrap();
    assert!(stranger.authorizations()[1].is_some());
}

/// An archive that is not the one of the index is neither used nor kept.
#[tokio::test]
async fn archives_are_those_of_the_index() {
    let home = Home::new();
    let server = Web::files(chart_files(&home), None);
    let (paths, remote) = (home.paths(), HttpRemote::default());
    home.helm(&["repo", "add", "r", &server.url()]).unwrap();
    let text = fs::read_to_string(paths.index_of("r")).unwrap();
    let digest = format!("    digest: {}", "ab".repeat(32));
    let bend = |line: &str| {
        if line.starts_with("    digest: ") {
            digest.clone()
        } else {
            line.to_owned()
        }
    };
    let bent: Vec<String> = text.lines().map(bend).collect();
    fs::write(paths.index_of("r"), bent.join("\n")).unwrap();
    let options = PullOptions {
        destination: home.path().to_owned(),
        ..PullOptions::default()
    };
    let error = pull(&reference("r/demo", ""), &options, &paths, &remote)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("the index of its repository says abab"),
        "{error}"
    );
    assert!(!paths.content_cache.exists());
}

#[tokio::test]
async fn dependencies_are_locked_as_helm_locks_them() {
    let home = Home::new();
    let server = Web::files(chart_files(&home), None);
    let (url, paths, remote) = (server.url(), home.paths(), HttpRemote::default());
    home.helm(&["repo", "add", "r1", &url]).unwrap();
    let local = home.path().join("local");
    fs::create_dir_all(&local).unwrap();
    fs::write(
        local.join("Chart.yaml"),
        "apiVersion: v2\nname: local\nversion: 1.0.0\n",
    )
    .unwrap();
    for name in ["helms", "ours"] {
        fs::create_dir_all(home.path().join(name)).unwrap();
        let yaml = format!(
            "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- name: demo\n  version: \">=0.1 <1\"\n  \
             repository: {url}\n- name: other\n  version: 0.1.x\n  repository: \"@r1\"\n  alias: oth\n- name: local\n  \
             version: 1.0.0\n  repository: file://../local\n"
        );
        fs::write(home.path().join(name).join("Chart.yaml"), yaml).unwrap();
    }
    let said = home.helm(&["dependency", "update", "helms"]).unwrap();
    let (ours, helms) = (home.path().join("ours"), home.path().join("helms"));
    let events = Mutex::new(String::new());
    let record = |event: dependency::Event| *events.lock().unwrap() += &format!("{event}\n");
    let options = Options {
        now: NOW.to_owned(),
        ..Options::default()
    };
    dependency::update(&ours, &options, &paths, &remote, &record)
        .await
        .unwrap();
    assert_eq!(*events.lock().unwrap(), said);
    assert_eq!(lock(&ours), lock(&helms));
    assert_eq!(archives(&ours), archives(&helms));
    // Each builds from the lock of the other.
    fs::remove_dir_all(ours.join("charts")).unwrap();
    home.helm(&["dependency", "build", "ours"]).unwrap();
    dependency::build(&helms, &options, &paths, &remote, &|_| {})
        .await
        .unwrap();
    assert_eq!(archives(&ours), archives(&helms));
    let table = home.helm(&["dependency", "list", "ours"]).unwrap();
    for listed in dependency::list(&ours).unwrap().dependencies {
        let mut lines = table.lines();
        let line = lines.find(|line| line.starts_with(&listed.name) && line.contains(&listed.repository));
        assert!(
            line.unwrap().trim_end().ends_with(&listed.status.to_string()),
            "{table}"
        );
    }
    refusals_are_those_of_helm(&home, &ours, &url).await;
}

fn lock(chart: &Path) -> Vec<String> {
    let text = fs::read_to_string(chart.join("Chart.lock")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("generated:"));
    lines.map(str::to_owned).collect()
}

fn archives(chart: &Path) -> Vec<std::ffi::OsString> {
    let entries = fs::read_dir(chart.join("charts")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

async fn refusals_are_those_of_helm(home: &Home, ours: &Path, url: &str) {
    let (paths, remote, options) = (home.paths(), HttpRemote::default(), Options::default());
    let first_line = |error: &str| home.relative(error.lines().next().unwrap_or_default());
    for (name, version, repository) in [
        ("other", "0.5.x", "@r1"),
        ("other", "0.1.x", "@nope"),
        ("other", "0.1.x", "foo"),
        ("other", "0.1.x", ""),
        ("local", ">2", "file://../local"),
        ("nope", ">0", url),
        ("demo", "a b", url),
    ] {
        let yaml = format!(
            "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- name: {name}\n  version: \"{version}\"\n  \
             repository: \"{repository}\"\n"
        );
        fs::write(ours.join("Chart.yaml"), yaml).unwrap();
        let helm = home.helm(&["dependency", "update", "ours"]).unwrap_err();
        let error = dependency::update(ours, &options, &paths, &remote, &|_| {})
            .await
            .unwrap_err();
        assert_eq!(first_line(&error.to_string()), helm, "{name} {version} {repository}");
        let helm = home.helm(&["dependency", "build", "ours"]).unwrap_err();
        let error = dependency::build(ours, &options, &paths, &remote, &|_| {})
            .await
            .unwrap_err();
        assert_eq!(
            first_line(&error.to_string()),
            helm,
            "build {name} {version} {repository}"
        );
    }
}

#[test]
fn generated_indexes_are_those_of_helm() {
    let home = Home::new();
    let served = chart_files(&home);
    fs::create_dir_all(served.join("sub")).unwrap();
    fs::rename(served.join("demo-0.1.0.tgz"), served.join("sub/demo-0.1.0.tgz")).unwrap();
    let old = "apiVersion: v1\nentries:\n  gone:\n  - name: gone\n    version: 1.0.0\n    urls: [x.tgz]\n  demo:\n  - name: demo\n    \
               version: 9.0.0\n    urls: [y.tgz]\n    created: 2020-01-01T00:00:00Z\n";
    fs::write(home.path().join("old.yaml"), old).unwrap();
    let with_url = GenerateOptions {
        url: "http://h/charts".to_owned(),
        ..GenerateOptions::default()
    };
    let as_json = GenerateOptions {
        json: true,
        ..GenerateOptions::default()
    };
    let merged = GenerateOptions {
        merge: Some(home.path().join("old.yaml")),
        ..GenerateOptions::default()
    };
    let cases: [(&[&str], GenerateOptions); 4] = [
        (&[], GenerateOptions::default()),
        (&["--url", "http://h/charts"], with_url),
        (&["--json"], as_json),
        (&["--merge", "old.yaml"], merged),
    ];
    for (arguments, options) in cases {
        home.helm(&[&["repo", "index", "served"], arguments].concat()).unwrap();
        let helms = without_times(&served.join("index.yaml"));
        let now = NOW.to_owned();
        generate(&served, &GenerateOptions { now, ..options }).unwrap();
        assert_eq!(without_times(&served.join("index.yaml")), helms, "{arguments:?}");
    }
}

fn without_times(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let is_time =
        |line: &&str| line.contains("created\": ") || line.contains("created: ") || line.contains("generated");
    text.split('\n')
        .filter(|line| !is_time(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn charts_are_unpacked_and_verified_as_helm_does_it() {
    let home = Home::new();
    let signed = data().join("provenance");
    let served = home.path().join("served");
    fs::create_dir_all(&served).unwrap();
    for file in ["demo-0.1.0.tgz", "demo-0.1.0.tgz.prov", "other-0.1.0.tgz"] {
        fs::copy(signed.join(file), served.join(file)).unwrap();
    }
    home.helm(&["repo", "index", "served"]).unwrap();
    let server = Web::files(served, None);
    home.helm(&["repo", "add", "r", &server.url()]).unwrap();
    let (paths, remote, keyring) = (home.paths(), HttpRemote::default(), signed.join("pubring.gpg"));
    let options = PullOptions {
        destination: home.path().join("ours"),
        untar: Some(PathBuf::from(".")),
        verification: Verification::Required {
            keyring: keyring.clone(),
        },
    };
    let pulled = pull(&reference("r/demo", ""), &options, &paths, &remote).await.unwrap();
    let lines = pulled.downloaded.verified.unwrap().lines().join("\n") + "\n";
    let key_path = keyring.display().to_string();
    let verify = ["--verify", "--keyring", &key_path];
    let helm = home
        .helm(&[&["pull", "r/demo", "--untar", "-d", "helms"][..], &verify].concat())
        .unwrap();
    assert_eq!(lines, helm);
    assert_eq!(
        tree(&home.path().join("ours/demo")),
        tree(&home.path().join("helms/demo"))
    );
    let again = pull(&reference("r/demo", ""), &options, &paths, &remote)
        .await
        .unwrap_err();
    assert!(again.to_string().contains("already exists"), "{again}");
    // CVE-2026-35205: without provenance, verifying fails.
    let helm = home.helm(&[&["pull", "r/other"][..], &verify].concat()).unwrap_err();
    let error = pull(&reference("r/other", ""), &options, &paths, &remote)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), helm);
    let helm = home
        .helm(&["verify", "served/other-0.1.0.tgz", "--keyring", &key_path])
        .unwrap_err();
    let error = verify_local(&home.path().join("served/other-0.1.0.tgz"), &keyring).unwrap_err();
    assert_eq!(home.relative(&error.to_string()), helm);
}

fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                files.insert(path.strip_prefix(root).unwrap().to_owned(), bytes);
            }
        }
    }
    files
}

#[test]
fn helm_verifies_what_we_sign() {
    let home = Home::new();
    let signed = data().join("provenance");
    let keys = Keyring::parse(&fs::read(signed.join("secring.gpg")).unwrap()).unwrap();
    let archive = fs::read(signed.join("demo-0.1.0.tgz")).unwrap();
    fs::write(home.path().join("demo-0.1.0.tgz"), &archive).unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    for (name, passphrase) in [("Helm Test", ""), ("Pass Test", "pw"), ("Ed Test", "")] {
        let signer = Signer::new(&keys, name, passphrase).unwrap();
        let metadata = "apiVersion: v2\nname: demo\nversion: 0.1.0\n";
        let text = sign(
            &signer,
            metadata,
            "demo-0.1.0.tgz",
            &archive,
            u32::try_from(now).unwrap(),
        )
        .unwrap();
        fs::write(home.path().join("demo-0.1.0.tgz.prov"), text).unwrap();
        let keyring = signed.join("pubring.gpg").display().to_string();
        let said = home.helm(&["verify", "demo-0.1.0.tgz", "--keyring", &keyring]).unwrap();
        assert!(said.contains(name), "{said}");
    }
}

/// The index of a ChartMuseum, real or played back.
#[tokio::test]
async fn a_chart_museum_is_a_repository() {
    let home = Home::new();
    let recorded = recorded_museum();
    let museum = match std::env::var("CHARTMUSEUM") {
        Ok(_) => Some(Museum::start(home.path(), &[], false)),
        Err(_) => None,
    };
    let url = museum.as_ref().map_or_else(
        || format!("{}/chartrepo/skoala", recorded.url()),
        |museum| museum.url.clone(),
    );
    let (paths, remote, options) = (home.paths(), HttpRemote::default(), AddOptions::default());
    let error = add(&paths, entry("m", &url, "wrong"), options, &remote)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("401"), "{error}");
    add(&paths, entry("m", &url, "secret"), options, &remote).await.unwrap();
    home.helm(&["repo", "update", "m"]).unwrap();
}
