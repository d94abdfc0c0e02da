//! The `Releases` port: one Secret or ConfigMap a revision, named, typed and labelled as Helm does.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future;
use http::Method;
use ironhelm_action::{ClusterError, Releases};
use ironhelm_release::labels::{self, Stamp};
use ironhelm_release::{
    Header, History, Namespace, Release, ReleaseError, ReleaseName, Revision, Stored, Time, storage_key, wire,
};
use serde_json::{Value, json};

use crate::kubernetes::KubeCluster;
use crate::wire::Call;

const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// In which kind of object records are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Driver {
    /// Secrets, Helm's default.
    #[default]
    Secrets,
    /// ConfigMaps.
    ConfigMaps,
}

/// `HELM_DRIVER` names something that we do not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown driver \"{0}\"")]
pub struct UnknownDriver(pub String);

impl FromStr for Driver {
    type Err = UnknownDriver;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" | "secret" | "secrets" => Ok(Self::Secrets),
            "configmap" | "configmaps" => Ok(Self::ConfigMaps),
            other => Err(UnknownDriver(other.to_owned())),
        }
    }
}

impl Driver {
    fn plural(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::ConfigMaps => "configmaps",
        }
    }
}

/// The records of one namespace.
#[derive(Clone)]
pub struct Storage {
    cluster: KubeCluster,
    namespace: String,
    driver: Driver,
}

impl Storage {
    /// The store of `namespace`.
    #[must_use]
    pub fn new(cluster: KubeCluster, namespace: impl Into<String>, driver: Driver) -> Self {
        Self {
            cluster,
            namespace: namespace.into(),
            driver,
        }
    }

    fn collection(&self, namespace: &str) -> String {
        format!("/api/v1/namespaces/{namespace}/{}", self.driver.plural())
    }

    fn path(&self, namespace: &str, name: &ReleaseName, revision: Revision) -> String {
        format!("{}/{}", self.collection(namespace), storage_key(name, revision))
    }

    async fn select(&self, path: String, selector: String) -> Result<Vec<Header>, ClusterError> {
        let call = Call::get(path).accept(METADATA_ONLY).query("labelSelector", selector);
        // Helm: whether the server answers is asked first; asked at the same time it costs no time.
        let ((), list) = future::try_join(self.cluster.reach(), call.json(self.cluster.client())).await?;
        let mut headers: Vec<Header> = list["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(header)
            .collect();
        headers.sort_by(|a, b| (&a.namespace, &a.name, a.revision).cmp(&(&b.namespace, &b.name, b.revision)));
        Ok(headers)
    }

    fn object(&self, release: &Release, stamp: Stamp<'_>) -> Value {
        let payload = wire::encode(release);
        let metadata = json!({
            "name": storage_key(&release.name, release.revision),
            "namespace": self.namespace,
            "labels": labels::for_record(release, stamp),
        });
        match self.driver {
            Driver::Secrets => json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": metadata,
                "type": "helm.sh/release.v1",
                "data": { "release": STANDARD.encode(payload) },
            }),
            Driver::ConfigMaps => json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
                "data": { "release": payload },
            }),
        }
    }

    fn payload(&self, stored: &Value) -> Option<Vec<u8>> {
        let data = stored["data"]["release"].as_str()?;
        match self.driver {
            Driver::Secrets => STANDARD.decode(data).ok(),
            Driver::ConfigMaps => Some(data.as_bytes().to_vec()),
        }
    }
}

impl Releases for Storage {
    async fn history(&self, name: &ReleaseName) -> Result<History<Header>, ReleaseError> {
        let found = self
            .select(self.collection(&self.namespace), labels::select_release(name))
            .await;
        found.map(History::new).map_err(|error| ReleaseError::Query {
            source: Box::new(error),
        })
    }

    async fn list(&self, everywhere: bool) -> Result<Vec<Header>, ReleaseError> {
        let path = if everywhere {
            format!("/api/v1/{}", self.driver.plural())
        } else {
            self.collection(&self.namespace)
        };
        let found = self.select(path, labels::SELECT_ALL.to_owned()).await;
        found.map_err(|error| ReleaseError::List {
            source: Box::new(error),
        })
    }

    async fn read(&self, header: &Header) -> Result<Release, ReleaseError> {
        let key = storage_key(&header.name, header.revision);
        let path = self.path(header.namespace.as_str(), &header.name, header.revision);
        let stored = match Call::get(path).json(self.cluster.client()).await {
            Ok(stored) => stored,
            Err(error) if error.is_not_found() => return Err(ReleaseError::NotFound),
            Err(error) => {
                return Err(ReleaseError::Get {
                    key,
                    source: Box::new(error),
                });
            }
        };
        let payload = self.payload(&stored).unwrap_or_default();
        let fresh = self::header(&stored).unwrap_or_else(|| header.clone());
        Stored { header: fresh, payload }
            .decode()
            .map_err(|source| ReleaseError::Decode { key, source })
    }

    async fn create(&self, release: &Release) -> Result<(), ReleaseError> {
        let object = self.object(release, Stamp::Created(&Time::from(jiff::Timestamp::now())));
        let call = Call::new(Method::POST, self.collection(&self.namespace)).body("application/json", &object);
        match call.text(self.cluster.client()).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_already_there() => Err(ReleaseError::AlreadyExists),
            Err(error) => Err(ReleaseError::Create {
                source: Box::new(error),
            }),
        }
    }

    async fn update(&self, release: &Release) -> Result<(), ReleaseError> {
        let object = self.object(release, Stamp::Modified(&Time::from(jiff::Timestamp::now())));
        let path = self.path(&self.namespace, &release.name, release.revision);
        let call = Call::new(Method::PUT, path).body("application/json", &object);
        call.text(self.cluster.client())
            .await
            .map_err(|error| ReleaseError::Update {
                source: Box::new(error),
            })?;
        Ok(())
    }

    async fn delete(&self, name: &ReleaseName, revision: Revision) -> Result<(), ReleaseError> {
        let call = Call::new(Method::DELETE, self.path(&self.namespace, name, revision));
        match call.text(self.cluster.client()).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(ReleaseError::Deletions {
                count: 1,
                source: Box::new(error),
            }),
        }
    }
}

/// Helm: queries go by the labels alone, and what they do not describe as a release is passed over.
fn header(item: &Value) -> Option<Header> {
    let metadata = &item["metadata"];
    let labels = metadata["labels"].as_object()?;
    let labels = labels
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    Header::from_labels(Namespace::from(metadata["namespace"].as_str()?), labels)
}
