//! Measures how fast a file is read and written: `cargo run --release --example throughput -- FILE`.

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

const ROUNDS: u32 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("which file?")?;
    let text = std::fs::read(path)?;
    let value = ironhelm_yaml::decode(&text)?;
    let mut out = std::io::stdout().lock();
    let mut report = |what: &str, bytes: usize, started: Instant| {
        let seconds = started.elapsed().as_secs_f64() / f64::from(ROUNDS);
        writeln!(out, "{what}: {:.1} MB/s", bytes as f64 / 1e6 / seconds)
    };

    let started = Instant::now();
    for _ in 0..ROUNDS {
        ironhelm_yaml::decode(&text)?;
    }
    report("decode", text.len(), started)?;

    let started = Instant::now();
    let mut written = 0;
    for _ in 0..ROUNDS {
        written = ironhelm_yaml::encode(&value).len();
    }
    report("encode", written, started)?;
    Ok(())
}
