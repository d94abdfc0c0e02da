//! The one store of objects and records, and the rules by which it changes.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use futures::channel::oneshot;
use ironhelm_action::{ClusterError, Discovery};
use ironhelm_plan::{
    Address, Change, GroupVersionKind, Kinds, Object, ResourceKind, Schema, collection_path, merge_patch, strategic,
};
use ironhelm_release::{Header, Namespace, Release, ReleaseError, Stored, Time, labels, storage_key, wire};
use serde_json::{Map, Value, json};

use crate::builtin;
use crate::workload::settled_status;

const RECORD_TYPE: &str = "helm.sh/release.v1";

/// The Kubernetes version that a sandbox claims to be.
const VERSION: &str = "v1.36.2";

pub(crate) struct Store {
    objects: BTreeMap<String, Value>,
    /// What was last applied to an object, for the next server-side apply.
    applied: BTreeMap<String, Value>,
    kinds: Vec<ResourceKind>,
    version: u64,
    /// Who waits for the next change.
    waiting: Vec<oneshot::Sender<()>>,
}

impl Default for Store {
    fn default() -> Self {
        let mut store = Self {
            objects: BTreeMap::new(),
            applied: BTreeMap::new(),
            kinds: builtin::kinds(),
            version: 0,
            waiting: Vec::new(),
        };
        for name in ["default", "kube-system"] {
            let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
            store.put(&format!("/api/v1/namespaces/{name}"), namespace);
        }
        store
    }
}

impl Store {
    pub(crate) fn objects(&self) -> &BTreeMap<String, Value> {
        &self.objects
    }

    pub(crate) fn discovery(&self) -> Discovery {
        let versions = self.kinds.iter().flat_map(|kind| {
            let api_version = kind.gvk.api_version();
            [format!("{api_version}/{}", kind.gvk.kind), api_version]
        });
        let mut api_versions: Vec<String> = versions.collect();
        api_versions.sort();
        api_versions.dedup();
        Discovery {
            git_version: VERSION.to_owned(),
            major: "1".to_owned(),
            minor: "36".to_owned(),
            api_versions,
            kinds: self.kinds.iter().cloned().collect::<Kinds>(),
            unreachable: Vec::new(),
        }
    }

    pub(crate) fn get(&self, address: &Address) -> Option<Object> {
        self.objects
            .get(&address.path())
            .and_then(|value| Object::try_from(value.clone()).ok())
    }

    pub(crate) fn list(&self, resource: &ResourceKind, namespace: Option<&str>, selector: Option<&str>) -> Value {
        let everywhere = collection_path(resource, None);
        let items: Vec<&Value> = self
            .objects
            .values()
            .filter(|object| object["apiVersion"] == resource.gvk.api_version() && object["kind"] == resource.gvk.kind)
            .filter(|object| namespace.is_none_or(|namespace| object["metadata"]["namespace"] == namespace))
            .filter(|object| selector.is_none_or(|selector| selected(object, selector)))
            .collect();
        let kind = format!("{}List", resource.gvk.kind);
        json!({ "apiVersion": resource.gvk.api_version(), "kind": kind, "metadata": { "selfLink": everywhere }, "items": items })
    }

    pub(crate) fn change(&mut self, address: &Address, change: &Change) -> Result<Option<Object>, ClusterError> {
        if !address.names_an_object() {
            return Err(ClusterError::no_name(address));
        }
        let path = address.path();
        let gvk = &address.resource.gvk;
        let live = self.objects.get(&path).cloned();
        let next = match (change, live) {
            (Change::Create(_), Some(_)) => return Err(already_exists(address)),
            (Change::Create(object), None) => self.created(address, object)?,
            (Change::Apply { object, .. }, live) => self.apply(address, object, live)?,
            (_, None) => return Err(not_found(address)),
            (Change::StrategicPatch(patch), Some(live)) => patched(live, patch.clone(), gvk)?,
            (Change::MergePatch(patch), Some(live)) => merge_patched(live, patch.clone()),
            (Change::JsonPatch(patch), Some(live)) => json_patched(live, patch)?,
            (Change::Replace(object), Some(live)) => replaced(address, object, &live)?,
            (Change::Delete(_), Some(_)) => {
                self.delete(&path);
                return Ok(None);
            }
        };
        self.put(&path, next);
        Ok(self.get(address))
    }

    fn created(&self, address: &Address, object: &Object) -> Result<Value, ClusterError> {
        if let Some(namespace) = &address.namespace
            && !self.objects.contains_key(&format!("/api/v1/namespaces/{namespace}"))
        {
            return Err(api(404, "NotFound", format!("namespaces \"{namespace}\" not found")));
        }
        Ok(object.to_value())
    }

    fn apply(&mut self, address: &Address, object: &Object, live: Option<Value>) -> Result<Value, ClusterError> {
        let wanted = object.to_value();
        let next = match live {
            None => self.created(address, object)?,
            Some(live) => {
                let nothing = Map::new();
                let before = self
                    .applied
                    .get(&address.path())
                    .and_then(Value::as_object)
                    .unwrap_or(&nothing);
                merged(before, object.fields(), live, &address.resource.gvk)?
            }
        };
        self.applied.insert(address.path(), wanted);
        Ok(next)
    }

    /// Completes when anything changes.
    pub(crate) fn next_change(&mut self) -> oneshot::Receiver<()> {
        self.waiting.retain(|waiting| !waiting.is_canceled());
        let (tell, told) = oneshot::channel();
        self.waiting.push(tell);
        told
    }

    fn step(&mut self) {
        self.version += 1;
        for waiting in self.waiting.drain(..) {
            // Whoever does not wait any more need not know.
            let _ = waiting.send(());
        }
    }

    /// Stores an object with the metadata that only a server writes; one that did not change keeps its version.
    fn put(&mut self, path: &str, mut object: Value) {
        if self.objects.get(path).is_some_and(|before| *before == object) {
            return;
        }
        self.step();
        let before = self.objects.get(path);
        let spec_changed = before.is_none_or(|before| before["spec"] != object["spec"]);
        let generation = before
            .and_then(|before| before["metadata"]["generation"].as_i64())
            .unwrap_or(0);
        let uid = before.map_or_else(
            || json!(format!("{:08x}", self.version)),
            |before| before["metadata"]["uid"].clone(),
        );
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.insert("uid".to_owned(), uid);
            metadata.insert("resourceVersion".to_owned(), json!(self.version.to_string()));
            metadata.insert("generation".to_owned(), json!(generation + i64::from(spec_changed)));
        }
        if let Some(status) = settled_status(&object) {
            object["status"] = status;
        }
        self.serve_custom_kinds(&object);
        self.objects.insert(path.to_owned(), object);
    }

    fn serve_custom_kinds(&mut self, object: &Value) {
        if object["kind"] != "CustomResourceDefinition" {
            return;
        }
        let (spec, text) = (&object["spec"], |value: &Value| {
            value.as_str().unwrap_or_default().to_owned()
        });
        for version in spec["versions"].as_array().into_iter().flatten() {
            let gvk = GroupVersionKind {
                group: text(&spec["group"]),
                version: text(&version["name"]),
                kind: text(&spec["names"]["kind"]),
            };
            self.kinds.retain(|kind| kind.gvk != gvk);
            let (plural, namespaced) = (text(&spec["names"]["plural"]), spec["scope"] == "Namespaced");
            self.kinds.push(ResourceKind {
                gvk,
                plural,
                namespaced,
            });
        }
    }

    /// A namespace takes everything in it along.
    fn delete(&mut self, path: &str) {
        self.step();
        self.applied.remove(path);
        let gone = self.objects.remove(path);
        if let Some(namespace) = gone.filter(|object| object["kind"] == "Namespace") {
            let name = namespace["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            self.objects
                .retain(|_, object| object["metadata"]["namespace"] != name.as_str());
        }
    }

    pub(crate) fn record_headers(&self, namespace: Option<&str>) -> Vec<Header> {
        let mut headers: Vec<Header> = self
            .objects
            .values()
            .filter(|object| object["type"] == RECORD_TYPE)
            .filter(|object| namespace.is_none_or(|namespace| object["metadata"]["namespace"] == namespace))
            .filter_map(header)
            .collect();
        headers.sort_by(|a, b| (&a.namespace, &a.name, a.revision).cmp(&(&b.namespace, &b.name, b.revision)));
        headers
    }

    pub(crate) fn read_record(&self, header: &Header) -> Result<Release, ReleaseError> {
        let key = storage_key(&header.name, header.revision);
        let object = self
            .objects
            .get(&record_path(header.namespace.as_str(), &key))
            .ok_or(ReleaseError::NotFound)?;
        let header = self::header(object).ok_or(ReleaseError::NotFound)?;
        let payload = STANDARD
            .decode(object["data"]["release"].as_str().unwrap_or_default())
            .unwrap_or_default();
        Stored { header, payload }
            .decode()
            .map_err(|source| ReleaseError::Decode { key, source })
    }

    pub(crate) fn create_record(&mut self, namespace: &str, release: &Release) -> Result<(), ReleaseError> {
        let key = storage_key(&release.name, release.revision);
        if self.objects.contains_key(&record_path(namespace, &key)) {
            return Err(ReleaseError::AlreadyExists);
        }
        if !self.objects.contains_key(&format!("/api/v1/namespaces/{namespace}")) {
            let source = api(404, "NotFound", format!("namespaces \"{namespace}\" not found"));
            return Err(ReleaseError::Create {
                source: Box::new(source),
            });
        }
        self.put_record(namespace, &key, release);
        Ok(())
    }

    pub(crate) fn update_record(&mut self, namespace: &str, release: &Release) -> Result<(), ReleaseError> {
        let key = storage_key(&release.name, release.revision);
        if !self.objects.contains_key(&record_path(namespace, &key)) {
            let source = api(404, "NotFound", format!("secrets \"{key}\" not found"));
            return Err(ReleaseError::Update {
                source: Box::new(source),
            });
        }
        self.put_record(namespace, &key, release);
        Ok(())
    }

    fn put_record(&mut self, namespace: &str, key: &str, release: &Release) {
        let now = Time::from(jiff::Timestamp::now());
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "type": RECORD_TYPE,
            "metadata": {
                "name": key, "namespace": namespace,
                "labels": labels::for_record(release, labels::Stamp::Modified(&now)),
            },
            "data": { "release": STANDARD.encode(wire::encode(release)) },
        });
        self.put(&record_path(namespace, key), secret);
    }

    pub(crate) fn delete_record(&mut self, namespace: &str, key: &str) {
        self.delete(&record_path(namespace, key));
    }
}

fn record_path(namespace: &str, key: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/secrets/{key}")
}

fn header(object: &Value) -> Option<Header> {
    let labels = object["metadata"]["labels"].as_object()?;
    let labels = labels
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    Header::from_labels(Namespace::from(object["metadata"]["namespace"].as_str()?), labels)
}

/// `a=b,c!=d,e` as label selectors are written.
fn selected(object: &Value, selector: &str) -> bool {
    let label = |key: &str| object["metadata"]["labels"][key.trim()].as_str();
    selector
        .split(',')
        .all(|term| match (term.split_once("!="), term.split_once('=')) {
            (Some((key, value)), _) => label(key) != Some(value.trim()),
            (None, Some((key, value))) => label(key) == Some(value.trim_start_matches('=').trim()),
            (None, None) => label(term).is_some(),
        })
}

type Fields = Map<String, Value>;

fn merged(before: &Fields, wanted: &Fields, live: Value, gvk: &GroupVersionKind) -> Result<Value, ClusterError> {
    let current = live.as_object().cloned().unwrap_or_default();
    if let Some(schema) = Schema::of(gvk) {
        let patch = strategic::create_three_way(before, wanted, &current, schema).map_err(|error| invalid(&error))?;
        return patched(live, patch, gvk);
    }
    let patch = merge_patch::create_three_way(before, wanted, &current).map_err(|error| invalid(&error))?;
    Ok(merge_patched(live, patch))
}

fn patched(live: Value, patch: Fields, gvk: &GroupVersionKind) -> Result<Value, ClusterError> {
    let Some(schema) = Schema::of(gvk) else {
        return Err(api(
            415,
            "UnsupportedMediaType",
            "strategic merge patches are for built-in kinds".to_owned(),
        ));
    };
    let fields = live.as_object().cloned().unwrap_or_default();
    strategic::apply(fields, patch, schema)
        .map(Value::Object)
        .map_err(|error| invalid(&error))
}

fn merge_patched(mut live: Value, patch: Fields) -> Value {
    if let Some(fields) = live.as_object_mut() {
        merge_patch::apply(fields, patch);
    }
    live
}

fn json_patched(mut live: Value, patch: &Value) -> Result<Value, ClusterError> {
    let operations: json_patch::Patch = serde_json::from_value(patch.clone()).map_err(|error| invalid(&error))?;
    json_patch::patch(&mut live, &operations).map_err(|error| invalid(&error))?;
    Ok(live)
}

fn replaced(address: &Address, object: &Object, live: &Value) -> Result<Value, ClusterError> {
    if object
        .resource_version()
        .is_some_and(|version| live["metadata"]["resourceVersion"] != version)
    {
        let resource = &address.resource;
        let message = format!(
            "Operation cannot be fulfilled on {}.{} \"{}\": the object has been modified; please apply your changes to the latest version and try again",
            resource.plural, resource.gvk.group, address.name
        );
        return Err(api(409, "Conflict", message));
    }
    Ok(object.to_value())
}

fn already_exists(address: &Address) -> ClusterError {
    api(
        409,
        "AlreadyExists",
        format!("{} \"{}\" already exists", qualified(address), address.name),
    )
}

pub(crate) fn not_found(address: &Address) -> ClusterError {
    api(
        404,
        "NotFound",
        format!("{} \"{}\" not found", qualified(address), address.name),
    )
}

fn invalid(error: &dyn std::fmt::Display) -> ClusterError {
    api(422, "Invalid", error.to_string())
}

fn qualified(address: &Address) -> String {
    let ResourceKind { gvk, plural, .. } = &address.resource;
    if gvk.group.is_empty() {
        plural.clone()
    } else {
        format!("{plural}.{}", gvk.group)
    }
}

fn api(code: u16, reason: &str, message: String) -> ClusterError {
    ClusterError::Api {
        code,
        reason: reason.to_owned(),
        message,
    }
}
