//! A release installed and upgraded from a program, on a cluster in memory:
//!
//! ```sh
//! cargo run -p ironhelm --example upgrade -- testdata/demo/skoala-0.13.0 testdata/demo/skoala-0.14.0
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it did")]

use std::error::Error;
use std::path::Path;

use ironhelm::{Engine, InstallRequest, Objects, Outcome, UpgradeRequest, load_chart};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [old, new] = paths.as_slice() else {
        return Err("usage: upgrade OLD-CHART NEW-CHART".into());
    };
    let outcome = futures::executor::block_on(install_and_upgrade(Path::new(old), Path::new(new)))?;
    if let Objects::Applied(applied) = &outcome.objects {
        applied
            .outcomes
            .iter()
            .for_each(|(address, action)| println!("{action:?} {address}"));
    }
    println!(
        "revision {} is {}",
        outcome.release.revision, outcome.release.info.status
    );
    Ok(())
}

/// The whole job: two charts, one release, the registry of the site.
pub async fn install_and_upgrade(old: &Path, new: &Path) -> Result<Outcome, Box<dyn Error>> {
    let engine = Engine::in_memory("skoala-system");
    let mut install = InstallRequest::new("skoala".parse()?, "skoala-system".into(), load_chart(old)?.chart);
    install.create_namespace = true;
    engine.install(&install).await?;

    let mut upgrade = UpgradeRequest::new("skoala".parse()?, load_chart(new)?.chart);
    upgrade
        .values
        .insert("global".to_owned(), json!({ "imageRegistry": "10.16.23.145" }));
    Ok(engine.upgrade(&upgrade).await?)
}
