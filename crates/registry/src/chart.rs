//! Helm charts as OCI artefacts.
//!
//! What is pushed has the very manifest that helm 4 makes: the same chart pushed by either has one digest.

use std::collections::BTreeMap;

use ironhelm_golang::json;
use ironhelm_image::{Descriptor, Digest, ImageManifest, Manifest, MediaType, Window};
use serde_json::Value;

use crate::oci::FetchedManifest;
use crate::reference::Target;
use crate::{Error, OciReference, Registry};

/// The media type of a chart's metadata.
pub const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The media type of a chart's archive.
pub const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// What early versions of helm called an archive.
pub const LEGACY_CONTENT: &str = "application/tar+gzip";
/// The media type of a provenance file.
pub const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// Metadata and provenance files are small.
const SMALL: u64 = 4 << 20;
/// A chart's archive; helm refuses to unpack more than 100 MiB.
const MAX_ARCHIVE: u64 = 128 << 20;
/// How many entries of an index are looked at.
const MAX_CHILDREN: usize = 32;

/// A chart as it came from a registry; all digests are checked.
#[derive(Debug, Clone)]
pub struct PulledChart {
    /// What was asked for, with the tag.
    pub reference: OciReference,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The metadata, as JSON.
    pub config: Vec<u8>,
    /// The archive.
    pub archive: Vec<u8>,
    /// The digest of the archive.
    pub archive_digest: Digest,
    /// The provenance file, if one was pushed with it.
    pub provenance: Option<Vec<u8>>,
    /// The archive has the media type of early helm versions.
    pub is_legacy: bool,
}

/// A chart to push.
#[derive(Debug, Clone)]
pub struct ChartUpload {
    /// The chart's metadata as helm writes it in JSON.
    pub config: Vec<u8>,
    /// The archive.
    pub archive: Vec<u8>,
    /// The provenance file.
    pub provenance: Option<Vec<u8>>,
    /// When the chart was made. Helm: the time of the archive file, in seconds.
    pub created: jiff::Timestamp,
}

/// What was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedChart {
    /// Repository and tag.
    pub reference: OciReference,
    /// The digest of the manifest.
    pub digest: Digest,
}

/// Pulls the chart that `reference` names by tag or digest.
///
/// # Errors
///
/// Everything that can happen on the way; artefacts that are not charts.
pub async fn pull(registry: &Registry, reference: &OciReference) -> Result<PulledChart, Error> {
    let target = reference
        .target()
        .ok_or_else(|| artefact(reference, "neither tag nor digest is given"))?;
    let fetched = registry.manifest(reference.repository(), &target).await?;
    let (digest, manifest) = chart_manifest(registry, reference, fetched).await?;
    let repository = reference.repository();
    let (layer, is_legacy) = content_layer(&manifest).ok_or_else(|| {
        artefact(
            reference,
            &format!("manifest does not contain a layer with mediatype {CONTENT}"),
        )
    })?;
    let config = registry.blob_bytes(repository, &manifest.config, SMALL).await?;
    let archive = registry.blob_bytes(repository, layer, MAX_ARCHIVE).await?;
    let provenance = match layer_of(&manifest, PROVENANCE) {
        Some(layer) => Some(registry.blob_bytes(repository, layer, SMALL).await?),
        None => None,
    };
    let archive_digest = layer.digest.clone();
    Ok(PulledChart {
        reference: reference.clone(),
        digest,
        config,
        archive,
        archive_digest,
        provenance,
        is_legacy,
    })
}

/// The manifest of a chart: the one fetched, or the first chart of an index.
async fn chart_manifest(
    registry: &Registry,
    reference: &OciReference,
    fetched: FetchedManifest,
) -> Result<(Digest, ImageManifest), Error> {
    let no_config = || artefact(reference, &format!("could not load config with mediatype {CONFIG}"));
    let index = match fetched.manifest {
        Manifest::Image(image) if image.config.media_type.as_str() == CONFIG => {
            return Ok((fetched.descriptor.digest, image));
        }
        Manifest::Image(_) => return Err(no_config()),
        Manifest::Index(index) => index,
    };
    for child in index
        .manifests
        .iter()
        .filter(|child| child.media_type.is_manifest())
        .take(MAX_CHILDREN)
    {
        let child = registry
            .manifest(reference.repository(), &Target::Digest(child.digest.clone()))
            .await?;
        match child.manifest {
            Manifest::Image(image) if image.config.media_type.as_str() == CONFIG => {
                return Ok((child.descriptor.digest, image));
            }
            _ => {}
        }
    }
    Err(no_config())
}

fn content_layer(manifest: &ImageManifest) -> Option<(&Descriptor, bool)> {
    let current = layer_of(manifest, CONTENT).map(|layer| (layer, false));
    current.or_else(|| layer_of(manifest, LEGACY_CONTENT).map(|layer| (layer, true)))
}

fn layer_of<'m>(manifest: &'m ImageManifest, media_type: &str) -> Option<&'m Descriptor> {
    manifest
        .layers
        .iter()
        .find(|layer| layer.media_type.as_str() == media_type)
}

/// Pushes a chart below `parent`, to the repository of its name and the tag of its version.
///
/// # Errors
///
/// Everything that can happen on the way; metadata without name and version.
pub async fn push(registry: &Registry, parent: &OciReference, chart: &ChartUpload) -> Result<PushedChart, Error> {
    let metadata = json::decode(&chart.config).map_err(|error| artefact(parent, &format!("metadata: {error}")))?;
    let (name, version) = (text(&metadata, "name"), text(&metadata, "version"));
    if name.is_empty() || version.is_empty() {
        return Err(artefact(parent, "the metadata has no name or no version"));
    }
    push_to(registry, &parent.child(name)?.with_version(version)?, chart).await
}

/// Pushes a chart to the repository and tag of `reference`.
///
/// # Errors
///
/// Like [`push`].
pub async fn push_to(registry: &Registry, reference: &OciReference, chart: &ChartUpload) -> Result<PushedChart, Error> {
    let target = reference
        .target()
        .ok_or_else(|| artefact(reference, "no tag is given"))?;
    let repository = reference.repository();
    let config = put_blob(registry, reference, CONFIG, &chart.config).await?;
    let mut layers = vec![put_blob(registry, reference, CONTENT, &chart.archive).await?];
    if let Some(provenance) = &chart.provenance {
        layers.push(put_blob(registry, reference, PROVENANCE, provenance).await?);
    }
    // Helm: layers lie in the order of their digests.
    layers.sort_by(|a, b| a.digest.cmp(&b.digest));
    let metadata = json::decode(&chart.config).map_err(|error| artefact(reference, &format!("metadata: {error}")))?;
    let manifest = manifest(&config, &layers, &annotations(&metadata, chart.created));
    let digest = registry
        .put_manifest(repository, &target, &MediaType::OCI_MANIFEST, manifest.as_bytes())
        .await?;
    Ok(PushedChart {
        reference: reference.clone(),
        digest,
    })
}

async fn put_blob(
    registry: &Registry,
    reference: &OciReference,
    media_type: &str,
    bytes: &[u8],
) -> Result<Descriptor, Error> {
    let media_type =
        MediaType::try_from(media_type.to_owned()).map_err(|error| artefact(reference, &error.to_string()))?;
    let blob = Descriptor::new(media_type, Digest::sha256(bytes), bytes.len() as u64);
    registry
        .push_blob(reference.repository(), &blob, &Window::from_bytes(bytes), None)
        .await?;
    Ok(blob)
}

/// Helm: the annotations of the chart, and what its metadata say in OCI's terms; the chart may override all but title
/// and version.
fn annotations(metadata: &Value, created: jiff::Timestamp) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut say = |key: &str, value: String| {
        if !value.is_empty() {
            all.insert(format!("org.opencontainers.image.{key}"), value);
        }
    };
    say("description", text(metadata, "description").to_owned());
    say("url", text(metadata, "home").to_owned());
    say("created", created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let source = metadata
        .get("sources")
        .and_then(|sources| sources.get(0))
        .and_then(Value::as_str);
    say("source", source.unwrap_or_default().to_owned());
    say("authors", authors(metadata));
    let own = metadata.get("annotations").and_then(Value::as_object);
    for (key, value) in own.into_iter().flatten() {
        all.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    all.insert(
        "org.opencontainers.image.title".to_owned(),
        text(metadata, "name").to_owned(),
    );
    all.insert(
        "org.opencontainers.image.version".to_owned(),
        text(metadata, "version").to_owned(),
    );
    all
}

fn authors(metadata: &Value) -> String {
    let maintainers = metadata.get("maintainers").and_then(Value::as_array);
    let author = |maintainer: &Value| match (text(maintainer, "name"), text(maintainer, "email")) {
        (name, "") => name.to_owned(),
        (name, email) => format!("{name} ({email})"),
    };
    maintainers
        .into_iter()
        .flatten()
        .map(author)
        .filter(|author| !author.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The manifest, byte for byte as helm 4 writes it.
fn manifest(config: &Descriptor, layers: &[Descriptor], annotations: &BTreeMap<String, String>) -> String {
    let layers: Vec<String> = layers.iter().map(descriptor).collect();
    let annotations = annotations
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
        .collect();
    format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{}],"annotations":{}}}"#,
        descriptor(config),
        layers.join(","),
        json::encode(&Value::Object(annotations)),
    )
}

fn descriptor(blob: &Descriptor) -> String {
    format!(
        r#"{{"mediaType":"{}","digest":"{}","size":{}}}"#,
        blob.media_type, blob.digest, blob.size
    )
}

fn artefact(reference: &OciReference, reason: &str) -> Error {
    Error::Artefact {
        reference: reference.to_string(),
        reason: crate::text::clean(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The manifest that helm 4.2.3 pushed for these metadata.
    #[test]
    fn manifests_are_those_of_helm() {
        let config = r#"{"name":"c1","home":"https://h.example","sources":["https://s1.example","https://s2.example"],"version":"1.2.3+b.5","description":"A \u003cchart\u003e \u0026 more","keywords":["a","b"],"maintainers":[{"name":"Ann","email":"ann@e.x","url":"https://ann.x"},{"name":"Bob"}],"icon":"https://i.example/i.png","apiVersion":"v2","appVersion":"9","annotations":{"alpha":"\u003c2\u003e","org.opencontainers.image.authors":"me","org.opencontainers.image.title":"override","zeta":"1"},"kubeVersion":"\u003e=1.20","type":"application"}"#;
        let expected = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:9d5447ae9da07a4d694766debed7586b490d6c066594c2e072ab6ea51d6d7ce1","size":523},"layers":[{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"sha256:e09dd72f8d025350e3ba9e3c36eebe5b6cca6f1a6b38141bd447207c01d926bc","size":413}],"annotations":{"alpha":"\u003c2\u003e","org.opencontainers.image.authors":"me","org.opencontainers.image.created":"2026-11-24T15:36:06Z","org.opencontainers.image.description":"A \u003cchart\u003e \u0026 more","org.opencontainers.image.source":"https://s1.example","org.opencontainers.image.title":"c1","org.opencontainers.image.url":"https://h.example","org.opencontainers.image.version":"1.2.3+b.5","zeta":"1"}}"#;
        let blob = |media_type: &str, digest: &str, size| {
            Descriptor::new(
                media_type.to_owned().try_into().unwrap(),
                Digest::from_sha256_hex(digest).unwrap(),
                size,
            )
        };
        let layer = blob(
            CONTENT,
            "e09dd72f8d025350e3ba9e3c36eebe5b6cca6f1a6b38141bd447207c01d926bc",
            413,
        );
        let digest = Digest::sha256(config.as_bytes());
        let metadata = json::decode(config.as_bytes()).unwrap();
        let annotations = annotations(&metadata, "2026-11-24T15:36:06.07Z".parse().unwrap());
        assert_eq!(
            manifest(&blob(CONFIG, digest.hex(), config.len() as u64), &[layer], &annotations),
            expected
        );
    }

    /// The annotations that helm 4.2.3 made of these metadata.
    #[test]
    fn charts_override_annotations_even_by_nothing() {
        let metadata = json::decode(br#"{"name":"c3","home":"h","version":"0.1.0","maintainers":[{"name":"A","email":"e"},{"name":"B"},{"name":"C","url":"u"}],"annotations":{"empty":"","org.opencontainers.image.created":"x","org.opencontainers.image.description":"d","org.opencontainers.image.url":"","org.opencontainers.image.version":"9"}}"#).unwrap();
        let all = annotations(&metadata, jiff::Timestamp::UNIX_EPOCH);
        let expected = [
            ("empty", ""),
            ("org.opencontainers.image.authors", "A (e), B, C"),
            ("org.opencontainers.image.created", "x"),
            ("org.opencontainers.image.description", "d"),
            ("org.opencontainers.image.title", "c3"),
            ("org.opencontainers.image.url", ""),
            ("org.opencontainers.image.version", "0.1.0"),
        ];
        assert_eq!(
            all.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(),
            expected
        );
    }
}
