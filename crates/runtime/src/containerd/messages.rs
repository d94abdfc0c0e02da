//! The messages of containerd's gRPC services that loading needs, with the field numbers of its published `.proto` files.
//!
//! Fields that nobody here reads (timestamps, annotations of records) are left out: protobuf skips what it does not know.

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;

/// `google.protobuf.Empty`.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Empty {}

/// `google.protobuf.FieldMask`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FieldMask {
    #[prost(string, repeated, tag = "1")]
    pub(crate) paths: Vec<String>,
}

/// `containerd.types.Descriptor`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Descriptor {
    #[prost(string, tag = "1")]
    pub(crate) media_type: String,
    #[prost(string, tag = "2")]
    pub(crate) digest: String,
    #[prost(int64, tag = "3")]
    pub(crate) size: i64,
}

/// `containerd.types.Mount`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Mount {
    #[prost(string, tag = "1")]
    pub(crate) kind: String,
    #[prost(string, tag = "2")]
    pub(crate) source: String,
    #[prost(string, tag = "3")]
    pub(crate) target: String,
    #[prost(string, repeated, tag = "4")]
    pub(crate) options: Vec<String>,
}

/// Answer of `version.v1.Version/Version`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct VersionResponse {
    #[prost(string, tag = "1")]
    pub(crate) version: String,
    #[prost(string, tag = "2")]
    pub(crate) revision: String,
}

/// `namespaces.v1.Namespace`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Namespace {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

/// Request of `Namespaces/Get`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetNamespaceRequest {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

/// Request of `Namespaces/Create`, and the answer of both calls.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NamespaceEnvelope {
    #[prost(message, optional, tag = "1")]
    pub(crate) namespace: Option<Namespace>,
}

/// Request of `Leases/Create`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CreateLeaseRequest {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(map = "string, string", tag = "3")]
    pub(crate) labels: HashMap<String, String>,
}

/// Request of `Leases/Delete`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DeleteLeaseRequest {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(bool, tag = "2")]
    pub(crate) sync: bool,
}

/// `leases.v1.Resource`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Resource {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) kind: String,
}

/// Request of `Leases/AddResource`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AddResourceRequest {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) resource: Option<Resource>,
}

/// `content.v1.Info`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ContentInfo {
    #[prost(string, tag = "1")]
    pub(crate) digest: String,
    #[prost(int64, tag = "2")]
    pub(crate) size: i64,
    #[prost(map = "string, string", tag = "5")]
    pub(crate) labels: HashMap<String, String>,
}

/// Request of `Content/Info`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct InfoRequest {
    #[prost(string, tag = "1")]
    pub(crate) digest: String,
}

/// Answer of `Content/Info` and `Content/Update`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct InfoResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) info: Option<ContentInfo>,
}

/// Request of `Content/Update`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct UpdateContentRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) info: Option<ContentInfo>,
    #[prost(message, optional, tag = "2")]
    pub(crate) update_mask: Option<FieldMask>,
}

/// Request of `Content/Abort`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AbortRequest {
    #[prost(string, tag = "1")]
    pub(crate) reference: String,
}

/// What one message of a write stream asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum WriteAction {
    Stat = 0,
    Write = 1,
    Commit = 2,
}

/// One message of the stream `Content/Write`, outwards.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct WriteContentRequest {
    #[prost(enumeration = "WriteAction", tag = "1")]
    pub(crate) action: i32,
    #[prost(string, tag = "2")]
    pub(crate) reference: String,
    #[prost(int64, tag = "3")]
    pub(crate) total: i64,
    #[prost(string, tag = "4")]
    pub(crate) expected: String,
    #[prost(int64, tag = "5")]
    pub(crate) offset: i64,
    #[prost(bytes = "bytes", tag = "6")]
    pub(crate) data: Bytes,
    #[prost(map = "string, string", tag = "7")]
    pub(crate) labels: HashMap<String, String>,
}

/// One message of the stream `Content/Write`, inwards.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct WriteContentResponse {
    #[prost(enumeration = "WriteAction", tag = "1")]
    pub(crate) action: i32,
    #[prost(int64, tag = "4")]
    pub(crate) offset: i64,
    #[prost(int64, tag = "5")]
    pub(crate) total: i64,
    #[prost(string, tag = "6")]
    pub(crate) digest: String,
}

/// `images.v1.Image`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Image {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(map = "string, string", tag = "2")]
    pub(crate) labels: HashMap<String, String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) target: Option<Descriptor>,
}

/// Request of `Images/Get`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GetImageRequest {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

/// Request of `Images/Create`, and the answer of `Get`, `Create` and `Update`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ImageEnvelope {
    #[prost(message, optional, tag = "1")]
    pub(crate) image: Option<Image>,
}

/// Request of `Images/Update`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct UpdateImageRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) image: Option<Image>,
    #[prost(message, optional, tag = "2")]
    pub(crate) update_mask: Option<FieldMask>,
}

/// Request of `Snapshots/Prepare`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PrepareSnapshotRequest {
    #[prost(string, tag = "1")]
    pub(crate) snapshotter: String,
    #[prost(string, tag = "2")]
    pub(crate) key: String,
    #[prost(string, tag = "3")]
    pub(crate) parent: String,
}

/// Answer of `Snapshots/Prepare`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PrepareSnapshotResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) mounts: Vec<Mount>,
}

/// Request of `Snapshots/Stat` and `Snapshots/Remove`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SnapshotKey {
    #[prost(string, tag = "1")]
    pub(crate) snapshotter: String,
    #[prost(string, tag = "2")]
    pub(crate) key: String,
}

/// Request of `Snapshots/Commit`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommitSnapshotRequest {
    #[prost(string, tag = "1")]
    pub(crate) snapshotter: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) key: String,
}

/// Request of `Diff/Apply`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ApplyRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) diff: Option<Descriptor>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) mounts: Vec<Mount>,
}

/// Answer of `Diff/Apply`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ApplyResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) applied: Option<Descriptor>,
}

/// Request of `runtime.v1.RuntimeService/Status`, the kubelet's interface.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CriStatusRequest {
    #[prost(bool, tag = "1")]
    pub(crate) verbose: bool,
}

/// Answer of `runtime.v1.RuntimeService/Status`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CriStatusResponse {
    #[prost(map = "string, string", tag = "2")]
    pub(crate) info: HashMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Field numbers are a contract: these bytes are what protobuf prescribes for the published numbers.
    #[test]
    fn a_write_message_has_the_published_field_numbers() {
        let message = WriteContentRequest {
            action: WriteAction::Commit.into(),
            reference: "r".to_owned(),
            total: 3,
            expected: "d".to_owned(),
            offset: 3,
            data: Bytes::from_static(b"x"),
            labels: HashMap::from([("k".to_owned(), "v".to_owned())]),
        };
        assert_eq!(
            message.encode_to_vec(),
            b"\x08\x02\x12\x01r\x18\x03\x22\x01d\x28\x03\x32\x01x\x3a\x06\x0a\x01k\x12\x01v"
        );
    }

    #[test]
    fn a_lease_request_leaves_field_two_free() {
        let message = CreateLeaseRequest {
            id: "i".to_owned(),
            labels: HashMap::from([("k".to_owned(), "v".to_owned())]),
        };
        assert_eq!(message.encode_to_vec(), b"\x0a\x01i\x1a\x06\x0a\x01k\x12\x01v");
    }
}
