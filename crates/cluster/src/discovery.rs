//! What the cluster serves, from the aggregated discovery documents: two requests, and the version.
//!
//! Servers before 1.26 do not know them and answer in the old form; those are asked group by group, in parallel.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, future, stream};
use ironhelm_action::{ClusterError, Discovery};
use ironhelm_plan::{GroupVersionKind, Kinds, ResourceKind};
use kube::Client;
use serde_json::Value;

use crate::wire::Call;

/// How long a server may take to say its version. One that needs longer is not there for any practical purpose.
const PATIENCE: Duration = Duration::from_secs(10);

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Asks the server; `server` is how it is called when it does not answer.
pub(crate) async fn discover(client: &Client, server: &str) -> Result<Discovery, ClusterError> {
    let (version, core, groups) = future::try_join3(
        version(client),
        Call::get("/api").accept(AGGREGATED).json(client),
        Call::get("/apis").accept(AGGREGATED).json(client),
    )
    .await
    .map_err(|error| unreachable(error, server))?;
    let mut found = Found::default();
    for document in [&core, &groups] {
        if document["kind"] == "APIGroupDiscoveryList" {
            found.aggregated(document);
        } else {
            found.one_by_one(document, client).await?;
        }
    }
    let text = |field: &str| version[field].as_str().unwrap_or_default().to_owned();
    Ok(Discovery {
        git_version: text("gitVersion"),
        major: text("major"),
        minor: text("minor"),
        api_versions: found.api_versions.into_iter().collect(),
        kinds: found.kinds.into_iter().collect::<Kinds>(),
        unreachable: found.unreachable,
    })
}

/// Whether the server answers at all: a cheap question, for those who have no other to ask first.
pub(crate) async fn reach(client: &Client, server: &str) -> Result<(), ClusterError> {
    let answer = version(client).await;
    answer.map(|_| ()).map_err(|error| unreachable(error, server))
}

async fn version(client: &Client) -> Result<Value, ClusterError> {
    Call::get("/version").patience(PATIENCE).json(client).await
}

/// A server that refuses even these questions is as good as none; its words are kept.
fn unreachable(error: ClusterError, server: &str) -> ClusterError {
    match error {
        ClusterError::Api { message, .. } => ClusterError::Unreachable { reason: message },
        ClusterError::Unreachable { reason } => ClusterError::Unreachable {
            reason: format!("{server}: {reason}"),
        },
        other => other,
    }
}

#[derive(Default)]
struct Found {
    kinds: Vec<ResourceKind>,
    api_versions: BTreeSet<String>,
    unreachable: Vec<String>,
}

impl Found {
    fn aggregated(&mut self, document: &Value) {
        for group in items(document, "items") {
            let group_name = text(&group["metadata"], "name");
            for version in items(group, "versions") {
                let version_name = text(version, "version");
                let api_version = GroupVersionKind {
                    group: group_name.to_owned(),
                    version: version_name.to_owned(),
                    kind: String::new(),
                }
                .api_version();
                if version["freshness"] == "Stale" {
                    self.unreachable.push(api_version.clone());
                }
                for resource in items(version, "resources") {
                    let kind = text(&resource["responseKind"], "kind");
                    let plural = text(resource, "resource");
                    self.add(&api_version, kind, plural, text(resource, "scope") == "Namespaced");
                }
                self.api_versions.insert(api_version);
            }
        }
    }

    async fn one_by_one(&mut self, document: &Value, client: &Client) -> Result<(), ClusterError> {
        let core = items(document, "versions")
            .filter_map(Value::as_str)
            .map(|v| (v.to_owned(), format!("/api/{v}")));
        let groups = items(document, "groups")
            .flat_map(|group| items(group, "versions"))
            .map(|version| text(version, "groupVersion"))
            .map(|version| (version.to_owned(), format!("/apis/{version}")));
        let requests: Vec<BoxFuture<'_, _>> = core
            .chain(groups)
            .map(|(api_version, path)| resources(api_version, path, client).boxed())
            .collect();
        let lists: Vec<(String, Option<Value>)> = stream::iter(requests).buffer_unordered(16).try_collect().await?;
        for (api_version, list) in lists {
            if list.is_none() {
                self.unreachable.push(api_version.clone());
            }
            for resource in list.iter().flat_map(|list| items(list, "resources")) {
                let plural = text(resource, "name");
                if !plural.contains('/') {
                    self.add(
                        &api_version,
                        text(resource, "kind"),
                        plural,
                        resource["namespaced"] == true,
                    );
                }
            }
            self.api_versions.insert(api_version);
        }
        Ok(())
    }

    fn add(&mut self, api_version: &str, kind: &str, plural: &str, namespaced: bool) {
        let gvk = GroupVersionKind::new(api_version, kind);
        self.api_versions.insert(format!("{api_version}/{kind}"));
        self.kinds.push(ResourceKind {
            gvk,
            plural: plural.to_owned(),
            namespaced,
        });
    }
}

async fn resources(
    api_version: String,
    path: String,
    client: &Client,
) -> Result<(String, Option<Value>), ClusterError> {
    match Call::get(path).json(client).await {
        Ok(list) => Ok((api_version, Some(list))),
        // An aggregated API whose server is down must not stop releases that do not use it.
        Err(ClusterError::Api { code: 503 | 404, .. }) => Ok((api_version, None)),
        Err(error) => Err(error),
    }
}

fn items<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
