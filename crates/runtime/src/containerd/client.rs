//! The calls, one method each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::net::UnixStream;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

use super::messages as m;
use crate::error::{Error, foreign_text};

/// How long the socket may take to accept.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often an idle connection is probed, so that a hung daemon is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A connection with the namespace and lease that its calls carry.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    channel: Channel,
    socket: Arc<PathBuf>,
    namespace: Option<String>,
    lease: Option<String>,
}

impl Client {
    pub(crate) async fn connect(socket: &Path) -> Result<Self, Error> {
        let socket = Arc::new(socket.to_path_buf());
        // Tried by hand first: the transport hides the system's error.
        UnixStream::connect(&*socket).await.map_err(|source| Error::Connect {
            socket: socket.to_path_buf(),
            source,
        })?;
        let path = Arc::clone(&socket);
        let connector = tower::service_fn(move |_: Uri| {
            let path = Arc::clone(&path);
            async move { UnixStream::connect(&*path).await.map(TokioIo::new) }
        });
        // The address is never used: the connector knows the socket.
        let channel = Endpoint::from_static("http://containerd")
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .connect_with_connector_lazy(connector);
        Ok(Self {
            channel,
            socket,
            namespace: None,
            lease: None,
        })
    }

    pub(crate) fn socket(&self) -> &PathBuf {
        &self.socket
    }

    pub(crate) fn in_namespace(&self, namespace: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) fn with_lease(&self, lease: &str) -> Self {
        Self {
            lease: Some(lease.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) async fn version(&self) -> Result<String, Error> {
        const CALL: &str = "/containerd.services.version.v1.Version/Version";
        let answer: m::VersionResponse = self.call(CALL, "", m::Empty {}).await?;
        Ok(foreign_text(&answer.version))
    }

    pub(crate) async fn has_namespace(&self, name: &str) -> Result<bool, Error> {
        const CALL: &str = "/containerd.services.namespaces.v1.Namespaces/Get";
        let request = m::GetNamespaceRequest { name: name.to_owned() };
        let found: Option<m::NamespaceEnvelope> = self.find(CALL, name, request).await?;
        Ok(found.is_some())
    }

    pub(crate) async fn create_namespace(&self, name: &str) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.namespaces.v1.Namespaces/Create";
        let namespace = Some(m::Namespace { name: name.to_owned() });
        self.create::<_, m::NamespaceEnvelope>(CALL, name, m::NamespaceEnvelope { namespace })
            .await
            .map(|_| ())
    }

    pub(crate) async fn create_lease(&self, id: &str, labels: HashMap<String, String>) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.leases.v1.Leases/Create";
        let request = m::CreateLeaseRequest {
            id: id.to_owned(),
            labels,
        };
        self.call::<_, m::Empty>(CALL, id, request).await.map(|_| ())
    }

    pub(crate) async fn delete_lease(&self, id: &str) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.leases.v1.Leases/Delete";
        let request = m::DeleteLeaseRequest {
            id: id.to_owned(),
            sync: false,
        };
        self.find::<_, m::Empty>(CALL, id, request).await.map(|_| ())
    }

    /// Puts content under the lease of this client, whether it exists or not.
    pub(crate) async fn hold_content(&self, digest: &str) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.leases.v1.Leases/AddResource";
        let request = m::AddResourceRequest {
            id: self.lease.clone().unwrap_or_default(),
            resource: Some(m::Resource {
                id: digest.to_owned(),
                kind: "content".to_owned(),
            }),
        };
        self.create::<_, m::Empty>(CALL, digest, request).await.map(|_| ())
    }

    pub(crate) async fn content_info(&self, digest: &str) -> Result<Option<m::ContentInfo>, Error> {
        const CALL: &str = "/containerd.services.content.v1.Content/Info";
        let request = m::InfoRequest {
            digest: digest.to_owned(),
        };
        let found: Option<m::InfoResponse> = self.find(CALL, digest, request).await?;
        Ok(found.and_then(|found| found.info))
    }

    /// Adds labels to content.
    pub(crate) async fn label_content(&self, digest: &str, labels: HashMap<String, String>) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.content.v1.Content/Update";
        let paths = labels.keys().map(|key| format!("labels.{key}")).collect();
        let request = m::UpdateContentRequest {
            info: Some(m::ContentInfo {
                digest: digest.to_owned(),
                size: 0,
                labels,
            }),
            update_mask: Some(m::FieldMask { paths }),
        };
        self.call::<_, m::InfoResponse>(CALL, digest, request).await.map(|_| ())
    }

    /// Forgets what was written under this reference and not committed.
    pub(crate) async fn abort_write(&self, reference: &str) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.content.v1.Content/Abort";
        let request = m::AbortRequest {
            reference: reference.to_owned(),
        };
        self.find::<_, m::Empty>(CALL, reference, request).await.map(|_| ())
    }

    /// Opens a write stream; answers come as the messages are taken in.
    pub(crate) async fn write(
        &self,
        messages: impl Stream<Item = m::WriteContentRequest> + Send + 'static,
    ) -> Result<Streaming<m::WriteContentResponse>, Status> {
        let mut grpc = self.ready().await?;
        let path = PathAndQuery::from_static("/containerd.services.content.v1.Content/Write");
        let codec: ProstCodec<m::WriteContentRequest, m::WriteContentResponse> = ProstCodec::default();
        let answer = grpc.streaming(self.request(messages)?, path, codec).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn image(&self, name: &str) -> Result<Option<m::Image>, Error> {
        const CALL: &str = "/containerd.services.images.v1.Images/Get";
        let request = m::GetImageRequest { name: name.to_owned() };
        let found: Option<m::ImageEnvelope> = self.find(CALL, name, request).await?;
        Ok(found.and_then(|found| found.image))
    }

    /// Creates an image record; false when one of that name exists.
    pub(crate) async fn create_image(&self, image: m::Image) -> Result<bool, Error> {
        const CALL: &str = "/containerd.services.images.v1.Images/Create";
        let name = image.name.clone();
        let request = m::ImageEnvelope { image: Some(image) };
        let created: Option<m::ImageEnvelope> = self.create(CALL, &name, request).await?;
        Ok(created.is_some())
    }

    /// Moves an image record to this target and adds the labels.
    pub(crate) async fn update_image(&self, image: m::Image) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.images.v1.Images/Update";
        let name = image.name.clone();
        let labels = image.labels.keys().map(|key| format!("labels.{key}"));
        let paths = std::iter::once("target".to_owned()).chain(labels).collect();
        let request = m::UpdateImageRequest {
            image: Some(image),
            update_mask: Some(m::FieldMask { paths }),
        };
        self.call::<_, m::ImageEnvelope>(CALL, &name, request).await.map(|_| ())
    }

    pub(crate) async fn has_snapshot(&self, snapshotter: &str, key: &str) -> Result<bool, Error> {
        const CALL: &str = "/containerd.services.snapshots.v1.Snapshots/Stat";
        let found: Option<m::Empty> = self.find(CALL, key, snapshot_key(snapshotter, key)).await?;
        Ok(found.is_some())
    }

    pub(crate) async fn prepare_snapshot(&self, request: m::PrepareSnapshotRequest) -> Result<Vec<m::Mount>, Error> {
        const CALL: &str = "/containerd.services.snapshots.v1.Snapshots/Prepare";
        let key = request.key.clone();
        let answer: m::PrepareSnapshotResponse = self.call(CALL, &key, request).await?;
        Ok(answer.mounts)
    }

    /// Makes a prepared snapshot permanent; one of that name that exists already is as good.
    pub(crate) async fn commit_snapshot(&self, request: m::CommitSnapshotRequest) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.snapshots.v1.Snapshots/Commit";
        let name = request.name.clone();
        self.create::<_, m::Empty>(CALL, &name, request).await.map(|_| ())
    }

    pub(crate) async fn remove_snapshot(&self, snapshotter: &str, key: &str) -> Result<(), Error> {
        const CALL: &str = "/containerd.services.snapshots.v1.Snapshots/Remove";
        self.find::<_, m::Empty>(CALL, key, snapshot_key(snapshotter, key))
            .await
            .map(|_| ())
    }

    pub(crate) async fn apply(&self, request: m::ApplyRequest, subject: &str) -> Result<m::Descriptor, Error> {
        const CALL: &str = "/containerd.services.diff.v1.Diff/Apply";
        let answer: m::ApplyResponse = self.call(CALL, subject, request).await?;
        Ok(answer.applied.unwrap_or_default())
    }

    /// What the CRI plugin tells of itself as JSON texts; nothing when there is no such plugin.
    pub(crate) async fn cri_info(&self) -> HashMap<String, String> {
        const CALL: &str = "/runtime.v1.RuntimeService/Status";
        let answer: Result<m::CriStatusResponse, Error> =
            self.call(CALL, "", m::CriStatusRequest { verbose: true }).await;
        answer.map(|answer| answer.info).unwrap_or_default()
    }

    /// A call where "not found" is an answer.
    async fn find<Q, A>(&self, call: &'static str, subject: &str, request: Q) -> Result<Option<A>, Error>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        match self.unary(call, request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(refused(call, subject, &status)),
        }
    }

    /// A call where "already exists" is an answer.
    async fn create<Q, A>(&self, call: &'static str, subject: &str, request: Q) -> Result<Option<A>, Error>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        match self.unary(call, request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(status) if status.code() == Code::AlreadyExists => Ok(None),
            Err(status) => Err(refused(call, subject, &status)),
        }
    }

    async fn call<Q, A>(&self, call: &'static str, subject: &str, request: Q) -> Result<A, Error>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.unary(call, request)
            .await
            .map_err(|status| refused(call, subject, &status))
    }

    async fn unary<Q, A>(&self, call: &'static str, request: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut grpc = self.ready().await?;
        let codec: ProstCodec<Q, A> = ProstCodec::default();
        let answer = grpc
            .unary(self.request(request)?, PathAndQuery::from_static(call), codec)
            .await?;
        Ok(answer.into_inner())
    }

    async fn ready(&self) -> Result<Grpc<Channel>, Status> {
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(grpc)
    }

    fn request<T>(&self, message: T) -> Result<Request<T>, Status> {
        let mut request = Request::new(message);
        for (key, value) in [
            ("containerd-namespace", &self.namespace),
            ("containerd-lease", &self.lease),
        ] {
            if let Some(value) = value {
                let value = AsciiMetadataValue::try_from(value.as_str())
                    .map_err(|_| Status::invalid_argument(format!("{key} cannot be {value:?}")))?;
                request.metadata_mut().insert(AsciiMetadataKey::from_static(key), value);
            }
        }
        Ok(request)
    }
}

fn snapshot_key(snapshotter: &str, key: &str) -> m::SnapshotKey {
    m::SnapshotKey {
        snapshotter: snapshotter.to_owned(),
        key: key.to_owned(),
    }
}

/// A refused call as an error; the call is told as `Service/Method`.
pub(crate) fn refused(call: &'static str, subject: &str, status: &Status) -> Error {
    Error::Containerd {
        call: call.rsplit('.').next().unwrap_or(call),
        subject: subject.to_owned(),
        code: status.code().description().to_owned(),
        message: foreign_text(status.message()),
    }
}
