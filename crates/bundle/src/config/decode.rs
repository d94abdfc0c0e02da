//! From the file's text to a configuration.

use super::error::ConfigError;
use super::section::{File, Section};
use super::{Auth, ChartFilter, Config, Containers, Notice, Place, Repository, Source, Target};
use crate::outline::Outline;
use crate::relocate::Rules;

const CONFIG: &[&str] = &["source", "target", "charts", "skipCharts", "relocateContainerImages"];
const SOURCE: (&str, &[&str]) = ("api.Source", &["repo", "intermediateBundlesPath", "containers"]);
const TARGET: (&str, &[&str]) = (
    "api.Target",
    &[
        "repo",
        "intermediateBundlesPath",
        "containers",
        "repoName",
        "containerRegistry",
        "containerRepository",
        "containerPrefixRegistry",
        "containerPrefixRepository",
        "appendOriginRegistry",
    ],
);
const CONTAINERS: (&str, &[&str]) = ("api.Containers", &["auth", "kind"]);
const CONTAINERS_AUTH: (&str, &[&str]) = ("api.Containers_ContainerAuth", &["username", "password", "registry"]);
const AUTH: (&str, &[&str]) = ("api.Auth", &["username", "password"]);
const CHART: (&str, &[&str]) = ("api.Charts", &["name", "versions", "skipImages"]);
const REPO: (&str, &[&str]) = (
    "api.Repo",
    &[
        "url",
        "kind",
        "auth",
        "path",
        "chartsIndex",
        "useChartsIndex",
        "disableChartsIndex",
    ],
);

/// Reads the text; overrides and checks come later.
pub(super) fn decode(text: &[u8]) -> Result<(Config, Vec<Notice>), ConfigError> {
    let value = ironhelm_yaml::decode_strict(text).map_err(|source| ConfigError::Syntax { source })?;
    let readable = std::str::from_utf8(text).unwrap_or_default();
    let mut file = File {
        outline: Outline::new(readable),
        notices: Vec::new(),
    };
    let config = match Section::root(&file, &value, CONFIG)? {
        Some(root) => config(&mut file, &root)?,
        None => Config::default(),
    };
    Ok((config, file.notices))
}

fn config(file: &mut File<'_>, root: &Section<'_>) -> Result<Config, ConfigError> {
    let source = root.section(file, "source", SOURCE)?;
    let target = root.section(file, "target", TARGET)?;
    let charts = root.sections(file, "charts", CHART)?;
    Ok(Config {
        source: source.map_or_else(|| Ok(Source::default()), |section| self::source(file, &section))?,
        target: target.map_or_else(|| Ok(Target::default()), |section| self::target(file, &section))?,
        charts: charts
            .iter()
            .map(|section| chart(file, section))
            .collect::<Result<_, _>>()?,
        skip_charts: root.texts(file, "skipCharts")?,
        relocate_container_images: root.flag(file, "relocateContainerImages")?,
    })
}

fn source(file: &mut File<'_>, section: &Section<'_>) -> Result<Source, ConfigError> {
    Ok(Source {
        place: place(file, section)?,
        containers: containers(file, section)?,
    })
}

fn target(file: &mut File<'_>, section: &Section<'_>) -> Result<Target, ConfigError> {
    let repo_name = section.text(file, "repoName")?;
    Ok(Target {
        place: place(file, section)?,
        rules: Rules {
            registry: section.text(file, "containerRegistry")?,
            repository: section.text(file, "containerRepository")?,
            prefix_registry: section.text(file, "containerPrefixRegistry")?,
            prefix_repository: section.text(file, "containerPrefixRepository")?,
            append_origin_registry: section.flag(file, "appendOriginRegistry")?,
        },
        repo_name: if repo_name.is_empty() {
            "myrepo".to_owned()
        } else {
            repo_name
        },
        containers: containers(file, section)?,
    })
}

/// Of a repository and a bundle directory the latter wins, as in the original, where it is the later member.
fn place(file: &mut File<'_>, section: &Section<'_>) -> Result<Option<Place>, ConfigError> {
    let repository = repository(file, section)?;
    if section.has("intermediateBundlesPath") {
        if repository.is_some() {
            file.notices.push(Notice {
                line: section.line(file, Some("repo")),
                text: format!(
                    "\"{}\" is not used, because \"intermediateBundlesPath\" is set as well",
                    section.path_text(Some("repo"))
                ),
            });
        }
        return Ok(Some(Place::Bundles(section.text(file, "intermediateBundlesPath")?)));
    }
    Ok(repository.map(|repository| Place::Repository(Box::new(repository))))
}

fn repository(file: &mut File<'_>, section: &Section<'_>) -> Result<Option<Repository>, ConfigError> {
    let strict = section.section(file, "repo", REPO);
    let Some(repo) = (match strict {
        Err(ConfigError::UnknownKey { ref key, .. }) if key == "username" || key == "password" => {
            misplaced_credentials(file, section)?.map_or(strict, |repo| Ok(Some(repo)))?
        }
        other => other?,
    }) else {
        return Ok(None);
    };
    let auth = match repo.section(file, "auth", AUTH)? {
        Some(auth) => Some(credentials(file, &auth)?),
        None if repo.has("username") || repo.has("password") => Some(credentials(file, &repo)?),
        None => None,
    };
    Ok(Some(Repository {
        url: repo.text(file, "url")?,
        kind: repo.kind(file, "kind")?,
        auth,
        path: repo.text(file, "path")?,
        charts_index: repo.text(file, "chartsIndex")?,
        use_charts_index: repo.flag(file, "useChartsIndex")?,
        disable_charts_index: repo.flag(file, "disableChartsIndex")?,
    }))
}

/// Published guides show `auth:` with the credentials beside it instead of below it; what is meant is plain.
fn misplaced_credentials<'v>(file: &mut File<'_>, section: &Section<'v>) -> Result<Option<Section<'v>>, ConfigError> {
    let known: Vec<&str> = REPO.1.iter().copied().chain(["username", "password"]).collect();
    let Some(repo) = section.section(file, "repo", (REPO.0, &known))? else {
        return Ok(None);
    };
    if !repo.is_null("auth") {
        return Ok(None);
    }
    let path = repo.path_text(Some("auth"));
    file.notices.push(Notice {
        line: repo.line(file, Some("auth")),
        text: format!(
            "\"username\" and \"password\" stand beside \"{path}\" instead of below it; they are taken as meant. \
             Indent them two more spaces:\n    auth:\n      username: …\n      password: …"
        ),
    });
    Ok(Some(repo))
}

fn credentials(file: &File<'_>, section: &Section<'_>) -> Result<Auth, ConfigError> {
    Ok(Auth {
        username: section.text(file, "username")?,
        password: section.text(file, "password")?,
        registry: String::new(),
    })
}

fn containers(file: &File<'_>, section: &Section<'_>) -> Result<Option<Containers>, ConfigError> {
    let Some(containers) = section.section(file, "containers", CONTAINERS)? else {
        return Ok(None);
    };
    let auth = match containers.section(file, "auth", CONTAINERS_AUTH)? {
        Some(auth) => Some(Auth {
            registry: auth.text(file, "registry")?,
            ..credentials(file, &auth)?
        }),
        None => None,
    };
    Ok(Some(Containers {
        auth,
        kind: containers.kind(file, "kind")?,
    }))
}

fn chart(file: &File<'_>, section: &Section<'_>) -> Result<ChartFilter, ConfigError> {
    Ok(ChartFilter {
        name: section.text(file, "name")?,
        versions: section.texts(file, "versions")?,
        skip_images: section.flag(file, "skipImages")?,
    })
}
