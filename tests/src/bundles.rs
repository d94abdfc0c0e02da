//! Offline bundles of any size, made up, and laid out as charts-syncer lays them out.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use ironhelm_image::Digest;
use serde_json::json;
use tar::{Builder, Header};

/// What a made-up bundle holds.
#[derive(Debug, Clone)]
pub struct MadeUp {
    /// How many images.
    pub images: usize,
    /// Layers that several images have: how many, and how many bytes each.
    pub shared: Vec<(usize, usize)>,
    /// The bytes of the layer that each image has for itself.
    pub own: usize,
    /// Other seeds make other bytes.
    pub seed: u64,
}

impl MadeUp {
    /// 2 GB: 40 images on 5 and 10 layers that they share.
    #[must_use]
    pub fn two_gigabytes() -> Self {
        Self {
            images: 40,
            shared: vec![(5, 60_000_000), (10, 30_000_000)],
            own: 35_000_000,
            seed: 1,
        }
    }

    /// Writes the bundle `app` 1.0.0; the registry that its images come from is `source.example.com`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut outer = Builder::new(Vec::new());
        add(&mut outer, "hints.yaml", self.hints().as_bytes())?;
        let chart = "apiVersion: v2\nname: app\nversion: 1.0.0\n";
        add(&mut outer, "original-chart/Chart.yaml", chart.as_bytes())?;
        add(&mut outer, "original-chart/templates/pods.yaml", TEMPLATE.as_bytes())?;
        add(&mut outer, "original-chart/values.yaml", self.values().as_bytes())?;
        let mut small = outer.into_inner()?;
        // Without the two blocks that end an archive.
        small.truncate(small.len() - 1024);
        let mut file = File::create(path)?;
        file.write_all(&small)?;
        let start = small.len() as u64;
        file.write_all(&[0; 512])?;
        let mut inner = Builder::new(BufWriter::with_capacity(1 << 20, &mut file));
        self.images(&mut inner)?;
        inner.into_inner()?.flush()?;
        let end = file.stream_position()?;
        let size = end - start - 512;
        file.write_all(&vec![
            0;
            usize::try_from(size.next_multiple_of(512) - size).unwrap_or(0)
                + 1024
        ])?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(header("images.tar", size)?.as_bytes())
    }

    fn images(&self, out: &mut Builder<impl Write>) -> io::Result<()> {
        let mut random = self.seed;
        let mut shared = Vec::new();
        for (count, size) in &self.shared {
            let layers: io::Result<Vec<_>> = (0..*count).map(|_| layer(out, *size, &mut random)).collect();
            shared.push(layers?);
        }
        let mut manifest = Vec::new();
        for number in 0..self.images {
            let mut layers: Vec<(String, String)> = shared
                .iter()
                .map(|layers| layers[number % layers.len()].clone())
                .collect();
            layers.push(layer(out, self.own, &mut random)?);
            let config = json!({
                "architecture": "amd64",
                "os": "linux",
                "config": {"Labels": {"number": number.to_string()}},
                "rootfs": {"type": "layers", "diff_ids": layers.iter().map(|layer| &layer.1).collect::<Vec<_>>()},
            })
            .to_string();
            let name = Digest::sha256(config.as_bytes()).to_string();
            add(out, &name, config.as_bytes())?;
            manifest.push(json!({
                "Config": name,
                "RepoTags": [format!("source.example.com/apps/app{number}:v1")],
                "Layers": layers.iter().map(|layer| &layer.0).collect::<Vec<_>>(),
            }));
        }
        add(
            out,
            "manifest.json",
            serde_json::Value::from(manifest).to_string().as_bytes(),
        )
    }

    fn hints(&self) -> String {
        let hint = |number| {
            let at = format!(".app{number}");
            format!("- \"{{{{ {at}.registry }}}}/{{{{ {at}.repository }}}}:{{{{ {at}.tag }}}}\"\n")
        };
        (0..self.images).map(hint).collect()
    }

    fn values(&self) -> String {
        let value = |number| {
            format!("app{number}:\n  registry: source.example.com\n  repository: apps/app{number}\n  tag: v1\n")
        };
        (0..self.images).map(value).collect()
    }
}

/// A pod for each image.
const TEMPLATE: &str = "{{- range $name, $image := .Values }}{{ if kindIs \"map\" $image }}{{ if $image.tag }}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: {{ $name }}}\nspec: {containers: [{name: main, image: \"{{ $image.registry }}/{{ $image.repository }}:{{ $image.tag }}\"}]}\n{{ end }}{{ end }}{{ end }}\n";

/// A layer with one file of bytes that cannot be compressed: its name in the archive and the digest of its contents.
fn layer(out: &mut Builder<impl Write>, size: usize, random: &mut u64) -> io::Result<(String, String)> {
    let mut contents = Builder::new(Vec::with_capacity(size + 4096));
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        bytes.extend_from_slice(&random.to_le_bytes());
    }
    add(&mut contents, "data", &bytes)?;
    let contents = contents.into_inner()?;
    let mut gzip = GzBuilder::new().write(Vec::with_capacity(contents.len() + 65536), Compression::none());
    gzip.write_all(&contents)?;
    let bytes = gzip.finish()?;
    let name = format!("{}.tar.gz", Digest::sha256(&bytes).hex());
    add(out, &name, &bytes)?;
    Ok((name, Digest::sha256(&contents).to_string()))
}

fn add(out: &mut Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    out.append(&header(name, bytes.len() as u64)?, bytes)
}

fn header(name: &str, size: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(name)?;
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    Ok(header)
}
