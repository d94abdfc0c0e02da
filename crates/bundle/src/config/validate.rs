//! The rules that a readable configuration must keep, in the original's order and words.

use ironhelm_golang::strconv::quote;

use super::error::ConfigError;
use super::{Auth, ChartFilter, Config, Kind, Place, Repository};

type Check = Result<(), ConfigError>;

/// The first rule that is broken.
pub(super) fn check(config: &Config) -> Check {
    if !config.charts.is_empty() && !config.skip_charts.is_empty() {
        return invalid("\"charts\" and \"skipCharts\" properties can not be set at the same time");
    }
    let Some(source) = &config.source.place else {
        return invalid("no source info defined in config file");
    };
    let Some(target) = &config.target.place else {
        return invalid("no target info defined in config file");
    };
    if let Place::Repository(repository) = source
        && repository.kind != Kind::Local
    {
        check_url("source.repo.url", repository)?;
    }
    if let Place::Repository(repository) = target {
        check_target(repository)?;
    }
    check_auth(config)?;
    config.charts.iter().try_for_each(check_chart)
}

fn check_target(repository: &Repository) -> Check {
    match repository.kind {
        Kind::Unknown => invalid("unsupported repo kind \"UNKNOWN\""),
        Kind::Local if repository.path.is_empty() => {
            invalid("\"target.repo.path\" is required for a repository of kind LOCAL, for example ./charts")
        }
        Kind::Local | Kind::JFrog => Ok(()),
        Kind::Helm | Kind::ChartMuseum | Kind::Harbor | Kind::Oci => check_url("target.repo.url", repository),
    }
}

fn check_url(key: &str, repository: &Repository) -> Check {
    let Some(problem) = url_problem(&repository.url) else {
        return Ok(());
    };
    let url = quote(repository.url.as_bytes());
    invalid(format!("\"{key}\" should be a valid URL: parse {url}: {problem}"))
}

/// Go: `url.ParseRequestURI` wants a scheme or an absolute path.
fn url_problem(url: &str) -> Option<&'static str> {
    if url.is_empty() {
        return Some("empty url");
    }
    if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Some("net/url: invalid control character in URL");
    }
    let scheme = url
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter)))
        .next();
    let scheme = scheme.unwrap_or_default();
    let has_colon = url.get(scheme.len()..).is_some_and(|rest| rest.starts_with(':'));
    if has_colon && scheme.is_empty() {
        return Some("missing protocol scheme");
    }
    let has_scheme = has_colon && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    (!has_scheme && !url.starts_with('/')).then_some("invalid URI for request")
}

fn check_auth(config: &Config) -> Check {
    let containers = |side: &Option<super::Containers>| side.as_ref().and_then(|containers| containers.auth.clone());
    if let Some(Auth {
        username,
        password,
        registry,
    }) = containers(&config.source.containers)
        && (username.is_empty() || password.is_empty() || registry.is_empty())
    {
        return invalid("\"source.containers.auth\" \"registry\", \"username\"\" and \"password\" are required\"");
    }
    if let Some(Auth { username, password, .. }) = containers(&config.target.containers)
        && (username.is_empty() || password.is_empty())
    {
        return invalid("\"target.containers.auth\" \"username\"\" and \"password\" are required\"");
    }
    Ok(())
}

fn check_chart(chart: &ChartFilter) -> Check {
    let ChartFilter { name, versions, .. } = chart;
    if let Some(problem) = name_problem(name) {
        return invalid(format!("\"charts name {name} is invalid  {problem}"));
    }
    match versions.iter().find(|version| !is_version(version)) {
        Some(version) => invalid(format!(
            "\"charts {name} version {version} is invalid, \"chart version must match the regular expression \
             ^[a-zA-Z0-9][a-zA-Z0-9+-.]*$\"\""
        )),
        None => Ok(()),
    }
}

fn name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > 250 {
        return Some("chart name must be between 1 and 250 characters");
    }
    let first = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let rest = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "+-".contains(letter));
    (!first || !rest).then_some("chart name must match the regular expression \"^[a-zA-Z][a-zA-Z0-9+-]*$\"")
}

/// The class of the expression has a range in it that was not meant as one: from plus to dot.
fn is_version(version: &str) -> bool {
    let first = version.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    first
        && version
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "+,-.".contains(letter))
}

fn invalid(problem: impl Into<String>) -> Check {
    Err(ConfigError::Invalid {
        problem: problem.into(),
    })
}
