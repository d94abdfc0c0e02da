use super::*;

fn load(text: &str) -> Result<Loaded, ConfigError> {
    Config::load(text.as_bytes(), &BTreeMap::new())
}

fn error(text: &str) -> String {
    load(text)
        .map(|_| String::new())
        .unwrap_or_else(|error| error.to_string())
}

const TAIL: &str = "source: {intermediateBundlesPath: b}\n";
const LOCAL: &str = "source: {intermediateBundlesPath: b}\ntarget: {repo: {kind: LOCAL, path: p}}\n";

const GUIDE: &str = r#"source:
  intermediateBundlesPath: skoala-offline # relative
target:
  containerRegistry: 10.16.23.145 # need to be changed
  containerRepository: release.daocloud.io/skoala
  repo:
    kind: HARBOR
    url: http://10.16.23.145/chartrepo/release.daocloud.io
    auth:
    username: "admin" # Your container registry username
    password: "Harbor12345"
  containers:
    auth:
      username: "admin"
      password: "Harbor12345"
"#;

#[test]
fn the_block_of_the_guide_is_taken_as_meant_with_one_notice() {
    let loaded = load(GUIDE).unwrap();
    assert_eq!(loaded.notices.len(), 1);
    assert_eq!(loaded.notices[0].line, Some(9));
    assert!(loaded.notices[0].text.contains("Indent them two more spaces"));
    let Some(Place::Repository(repository)) = loaded.config.target.place else {
        panic!("no repository")
    };
    assert_eq!(repository.auth.unwrap().password, "Harbor12345");
    assert_eq!(
        loaded.config.target.containers.unwrap().auth.unwrap().registry,
        "10.16.23.145"
    );
}

#[test]
fn both_spellings_names_and_numbers_are_read() {
    let loaded = load(
        "source: {intermediate_bundles_path: b}\ntarget:\n  repo: {kind: 3, url: 'http://h/chartrepo/p'}\n  \
         container_prefix_registry: r.io\n  containerPrefixRegistry: camel.io\n  append_origin_registry: true\n\
         charts:\n- {name: a, versions: ['1.2'], skip_images: true}\n",
    );
    let config = loaded.unwrap().config;
    assert_eq!(config.target.rules.prefix_registry, "camel.io");
    assert!(config.target.rules.append_origin_registry);
    assert!(config.charts[0].skip_images);
    let kind = config.target.place.map(|place| match place {
        Place::Repository(repository) => repository.kind,
        Place::Bundles(_) => Kind::Unknown,
    });
    assert_eq!(kind, Some(Kind::Harbor));
}

#[test]
fn a_bundle_directory_beats_a_repository() {
    let loaded = load(
        "source: {intermediateBundlesPath: b, repo: {kind: HELM, url: 'http://h'}}\ntarget: {repo: {kind: LOCAL, path: p}}",
    );
    let loaded = loaded.unwrap();
    assert_eq!(loaded.config.source.place, Some(Place::Bundles("b".to_owned())));
    assert_eq!(loaded.notices.len(), 1);
}

#[test]
fn unknown_keys_are_told_with_line_and_neighbour() {
    assert_eq!(
        error("source:\n  intermediateBundlePath: b\n"),
        "error unmarshalling config file: unknown field \"intermediateBundlePath\" in api.Source (line 2, \
         source.intermediateBundlePath); did you mean \"intermediateBundlesPath\"?"
    );
    assert_eq!(
        error(&format!("{LOCAL}charts:\n- name: a\n- name: b\n  version: ['1']\n")),
        "error unmarshalling config file: unknown field \"version\" in api.Charts (line 6, charts[1].version); did \
         you mean \"versions\"?"
    );
}

#[test]
fn types_are_told_in_the_original_words_and_with_the_way_out() {
    let cases = [
        (
            "target:\n  containers:\n    auth:\n      password: 12345\n",
            "error unmarshalling config file: json: cannot unmarshal number into Go value of type string (line 4, \
             target.containers.auth.password): write it in quotes: target.containers.auth.password: \"…\"",
        ),
        (
            "charts: [a]\n",
            "error unmarshalling config file: json: cannot unmarshal string into Go value of type \
             map[string]json.RawMessage (line 1, charts[0])",
        ),
        (
            "target: {repo: {kind: harbor}}\n",
            "error unmarshalling config file: unknown value \"\\\"harbor\\\"\" for enum api.Kind; known are HELM, \
             CHARTMUSEUM, HARBOR, OCI, LOCAL, JFROG (line 1, target.repo.kind)",
        ),
        (
            "a: 1\nb: 2\na: 3\n",
            "error unmarshalling config file: yaml: unmarshal errors:\n  line 3: key \"a\" already set in map",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text), expected);
    }
}

#[test]
fn broken_rules_are_told_in_the_original_words() {
    let harbor = |url: &str| format!("{TAIL}target: {{repo: {{kind: HARBOR, url: '{url}'}}}}\n");
    let cases = [
        (String::new(), "no source info defined in config file"),
        (TAIL.to_owned(), "no target info defined in config file"),
        (
            harbor("10.1.2.3/x"),
            "\"target.repo.url\" should be a valid URL: parse \"10.1.2.3/x\": invalid URI for request",
        ),
        (
            harbor(""),
            "\"target.repo.url\" should be a valid URL: parse \"\": empty url",
        ),
        (
            format!("{LOCAL}charts: [{{name: a}}]\nskipCharts: [b]\n"),
            "\"charts\" and \"skipCharts\" properties can not be set at the same time",
        ),
        (
            format!("{LOCAL}charts: [{{name: a_b}}]\n"),
            "\"charts name a_b is invalid  chart name must match the regular expression \"^[a-zA-Z][a-zA-Z0-9+-]*$\"",
        ),
        (
            format!("{TAIL}target: {{repo: {{url: x}}}}\n"),
            "unsupported repo kind \"UNKNOWN\"",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error(&text), expected, "{text}");
    }
}

#[test]
fn the_environment_overrides_credentials() {
    let variables = [
        ("TARGET_AUTH_USERNAME", "u"),
        ("TARGET_REPO_AUTH_PASSWORD", "p"),
        ("TARGET_CONTAINERS_AUTH_USERNAME", "cu"),
        ("TARGET_CONTAINERS_AUTH_PASSWORD", "cp"),
    ];
    let variables = variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let config = Config::load(GUIDE.as_bytes(), &variables).unwrap().config;
    let Some(Place::Repository(repository)) = config.target.place else {
        panic!("no repository")
    };
    assert_eq!(repository.auth.unwrap().username, "u");
    assert_eq!(config.target.containers.unwrap().auth.unwrap().password, "cp");
}
