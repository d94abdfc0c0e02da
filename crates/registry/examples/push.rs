//! Pushes files as blobs over several connections and tells how long it took:
//! `cargo run --release -p ironhelm-registry --example push -- HOST:PORT REPOSITORY CONNECTIONS FILE…` (plain http).

#![allow(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use futures::stream::{self, StreamExt, TryStreamExt};
use ironhelm_image::{Descriptor, Digest, FileAt, Hasher, MediaType, ReadAt, Window};
use ironhelm_registry::{Registry, RegistryOptions, Transport, TransportOptions};

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, repository, connections, files @ ..] = &arguments[..] else {
        return Err("usage: push HOST:PORT REPOSITORY CONNECTIONS FILE…".into());
    };
    let options = RegistryOptions {
        plain_http: true,
        ..RegistryOptions::default()
    };
    let registry = Registry::new(host, Transport::new(&TransportOptions::default())?, options)?;
    let blobs = files
        .iter()
        .map(|file| described(file))
        .collect::<Result<Vec<_>, _>>()?;
    let bytes: u64 = blobs.iter().map(|(blob, _)| blob.size).sum();
    let started = Instant::now();
    stream::iter(
        blobs
            .iter()
            .map(|(blob, body)| registry.push_blob(repository, blob, body, None)),
    )
    .buffer_unordered(connections.parse()?)
    .try_for_each(|_| async { Ok(()) })
    .await?;
    println!("{bytes} bytes in {:.3} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn described(path: &str) -> Result<(Descriptor, Window), Failure> {
    let window = Window::new(FileAt::new(File::open(path)?)?);
    let mut hasher = Hasher::new(Digest::sha256(b"").algorithm());
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    loop {
        let count = window.read_at(&mut buffer, offset)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        offset += count as u64;
    }
    Ok((Descriptor::new(MediaType::OCI_LAYER, hasher.finish(), offset), window))
}
