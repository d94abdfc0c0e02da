//! Credentials from environment variables.

use std::collections::BTreeMap;

use super::{Auth, Config, Containers, Place};

/// Lets the variables override the credentials of the file.
pub(super) fn apply(config: &mut Config, variables: &BTreeMap<String, String>) {
    let first = |names: &[&str]| {
        let set = names.iter().filter_map(|name| variables.get(*name));
        set.into_iter()
            .find(|value| !value.is_empty())
            .cloned()
            .unwrap_or_default()
    };
    let repo = |side: &str, what: &str| first(&[&format!("{side}_REPO_AUTH_{what}"), &format!("{side}_AUTH_{what}")]);
    let containers = |side: &str, what: &str| first(&[&format!("{side}_CONTAINERS_AUTH_{what}")]);

    override_repository(
        config.source.place.as_mut(),
        repo("SOURCE", "USERNAME"),
        repo("SOURCE", "PASSWORD"),
    );
    override_repository(
        config.target.place.as_mut(),
        repo("TARGET", "USERNAME"),
        repo("TARGET", "PASSWORD"),
    );

    let source = Auth {
        username: containers("SOURCE", "USERNAME"),
        password: containers("SOURCE", "PASSWORD"),
        registry: containers("SOURCE", "REGISTRY"),
    };
    if source != Auth::default() {
        merge(&mut config.source.containers, source);
    }
    let target = Auth {
        username: containers("TARGET", "USERNAME"),
        password: containers("TARGET", "PASSWORD"),
        registry: String::new(),
    };
    if target != Auth::default() {
        merge(&mut config.target.containers, target);
    }
    // The registry of the target's credentials is always the one that images go to.
    let registry = config.target.rules.target_registry().to_owned();
    let auth = config
        .target
        .containers
        .as_mut()
        .and_then(|containers| containers.auth.as_mut());
    if let Some(auth) = auth {
        auth.registry = registry;
    }
}

fn override_repository(place: Option<&mut Place>, username: String, password: String) {
    let Some(Place::Repository(repository)) = place else {
        return;
    };
    if !username.is_empty() && !password.is_empty() {
        let registry = String::new();
        repository.auth = Some(Auth {
            username,
            password,
            registry,
        });
    }
}

/// Each variable replaces its part; the parts that are not set stay what the file says.
fn merge(containers: &mut Option<Containers>, over: Auth) {
    let auth = containers
        .get_or_insert_with(Containers::default)
        .auth
        .get_or_insert_with(Auth::default);
    for (own, over) in [
        (&mut auth.username, over.username),
        (&mut auth.password, over.password),
        (&mut auth.registry, over.registry),
    ] {
        if !over.is_empty() {
            *own = over;
        }
    }
}
