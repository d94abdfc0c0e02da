//! A registry in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ironhelm_image::Digest;

use crate::server::{Reply, Seen};

/// What a registry keeps; repositories share their blobs, manifests are kept by `repository/reference`.
#[derive(Default)]
pub struct Fake {
    pub blobs: BTreeMap<String, Vec<u8>>,
    pub manifests: BTreeMap<String, (String, Vec<u8>)>,
    pub uploads: BTreeMap<String, Vec<u8>>,
}

pub type Shared = Arc<Mutex<Fake>>;

pub fn shared() -> Shared {
    Shared::default()
}

impl Fake {
    pub fn answer(&mut self, request: &Seen) -> Reply {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let Some(path) = path.strip_prefix("/v2/") else {
            return Reply::new(404);
        };
        if path.is_empty() {
            return Reply::ok("{}");
        }
        if let Some((repository, session)) = path.split_once("/blobs/uploads/") {
            return self.upload(request, repository, session, query);
        }
        if let Some((_, digest)) = path.split_once("/blobs/") {
            return match self.blobs.get(digest) {
                Some(blob) => Reply::ok(blob.clone()),
                None => Reply::new(404),
            };
        }
        match path.split_once("/manifests/") {
            Some((repository, reference)) => self.manifest(request, repository, reference),
            None => Reply::new(404),
        }
    }

    fn upload(&mut self, request: &Seen, repository: &str, session: &str, query: &str) -> Reply {
        if request.method == "POST" {
            let session = format!("u{}", self.uploads.len());
            self.uploads.insert(session.clone(), Vec::new());
            return Reply::new(202).header(
                "Location",
                format!("/v2/{repository}/blobs/uploads/{session}?_state=a%2Bb"),
            );
        }
        let Some(upload) = self.uploads.get_mut(session) else {
            return Reply::new(404);
        };
        upload.extend_from_slice(&request.body);
        let location = format!("/v2/{repository}/blobs/uploads/{session}?_state=a%2Bb");
        let range = format!("0-{}", upload.len().saturating_sub(1));
        match request.method.as_str() {
            "GET" => Reply::new(204).header("Location", location).header("Range", range),
            "PATCH" => Reply::new(202).header("Location", location).header("Range", range),
            _ => self.close(session, query),
        }
    }

    fn close(&mut self, session: &str, query: &str) -> Reply {
        let bytes = self.uploads.remove(session).unwrap();
        let digest = Digest::sha256(&bytes).to_string();
        if query != format!("_state=a%2Bb&digest={}", digest.replace(':', "%3A")) {
            return Reply::new(400)
                .body(r#"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match"}]}"#);
        }
        self.blobs.insert(digest, bytes);
        Reply::new(201)
    }

    fn manifest(&mut self, request: &Seen, repository: &str, reference: &str) -> Reply {
        let key = format!("{repository}/{reference}");
        if request.method == "PUT" {
            let (kind, digest) = (
                request.headers["content-type"].clone(),
                Digest::sha256(&request.body).to_string(),
            );
            self.manifests
                .insert(format!("{repository}/{digest}"), (kind.clone(), request.body.clone()));
            self.manifests.insert(key, (kind, request.body.clone()));
            return Reply::new(201).header("Docker-Content-Digest", digest);
        }
        match self.manifests.get(&key) {
            Some((kind, bytes)) => {
                let digest = Digest::sha256(bytes).to_string();
                Reply::ok(bytes.clone())
                    .header("Content-Type", kind.as_str())
                    .header("Docker-Content-Digest", digest)
            }
            None => Reply::new(404).body(r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#),
        }
    }
}
