//! The live objects of a release, as `status` shows them.

use std::fmt::Write;

use ironhelm::plan::{GroupVersionKind, Object, Placed, parse_manifest, place_known};
use ironhelm::release::Release;
use ironhelm::{Cluster, ClusterError, Discovery, Which};
use serde_json::{Map, Value, json};

use crate::table::server_table;

/// Under which title the pods of workloads stand.
const RELATED: &str = "v1/Pod(related)";

/// What stands under one title.
type Titled<T> = Vec<(String, Vec<T>)>;

/// The tables that the server prints of a release's objects; objects that are not there are left out.
pub(crate) async fn tables<C: Cluster>(release: &Release, cluster: &C) -> Result<String, ClusterError> {
    let mut found: Titled<Value> = Vec::new();
    let discovery = cluster.discover().await?;
    let mut selectors = Vec::new();
    for Placed { address, object } in placed(release, &discovery) {
        let namespace = address.namespace.as_deref();
        let Ok(table) = cluster
            .table(&address.resource, namespace, Which::Named(&address.name))
            .await
        else {
            continue;
        };
        file(&mut found, title(&object), table);
        if let (Some(selector), Some(pods)) = (new_selector(&object, &mut selectors), pods(&discovery)) {
            let table = cluster.table(pods, namespace, Which::Labelled(&selector)).await;
            table
                .into_iter()
                .for_each(|table| file(&mut found, RELATED.to_owned(), table));
        }
    }
    let mut text = String::new();
    for (title, tables) in found {
        // Writing to a string does not fail.
        let _ = writeln!(text, "==> {title}");
        for (index, table) in tables.iter().enumerate() {
            text.push_str(&server_table(table, index == 0));
        }
        text.push('\n');
    }
    Ok(text)
}

/// The objects themselves, by title: `info.resources` of the JSON form.
pub(crate) async fn objects<C: Cluster>(release: &Release, cluster: &C) -> Result<Value, ClusterError> {
    let mut found: Titled<Value> = Vec::new();
    let discovery = cluster.discover().await?;
    let mut selectors = Vec::new();
    for Placed { address, object } in placed(release, &discovery) {
        let Ok(Some(live)) = cluster.get(&address).await else {
            continue;
        };
        file(&mut found, title(&object), live.into_value());
        if let (Some(selector), Some(pods)) = (new_selector(&object, &mut selectors), pods(&discovery)) {
            let list = cluster.list(pods, address.namespace.as_deref(), Some(&selector)).await;
            list.into_iter()
                .for_each(|list| file(&mut found, RELATED.to_owned(), typed_list(list)));
        }
    }
    let entries: Map<String, Value> = found
        .into_iter()
        .map(|(title, objects)| (title, Value::Array(objects)))
        .collect();
    Ok(Value::Object(entries))
}

fn placed(release: &Release, discovery: &Discovery) -> Vec<Placed> {
    let objects = parse_manifest(&release.manifest).unwrap_or_default();
    place_known(objects, &discovery.kinds, release.namespace.as_str()).0
}

fn pods(discovery: &Discovery) -> Option<&ironhelm::plan::ResourceKind> {
    discovery.kinds.find(&GroupVersionKind::new("v1", "Pod"))
}

/// Helm: version and kind, whatever the group.
fn title(object: &Object) -> String {
    let gvk = object.gvk();
    format!("{}/{}", gvk.version, gvk.kind)
}

fn file<T>(found: &mut Titled<T>, title: String, what: T) {
    match found.iter_mut().find(|(known, _)| *known == title) {
        Some((_, all)) => all.push(what),
        None => found.push((title, vec![what])),
    }
}

/// The labels by which a workload selects its pods, unless the same selection has been made before.
fn new_selector(object: &Object, seen: &mut Vec<String>) -> Option<String> {
    let selector = &object.field("spec")["selector"];
    let labels = match object.kind() {
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => &selector["matchLabels"],
        "ReplicationController" => selector,
        _ => return None,
    };
    let pairs = labels
        .as_object()?
        .iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    let selector = pairs.collect::<Vec<_>>().join(",");
    if seen.contains(&selector) {
        return None;
    }
    seen.push(selector.clone());
    Some(selector)
}

/// Helm: the items of a list say what they are, which the server leaves out.
fn typed_list(mut list: Value) -> Value {
    for item in list["items"].as_array_mut().into_iter().flatten() {
        item["apiVersion"] = json!("v1");
        item["kind"] = json!("Pod");
    }
    list
}
