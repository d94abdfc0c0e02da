//! A release installed and upgraded from a program, on a cluster in memory:
//!
//! ```sh
//! cargo run -p ironhelm --example upgrade -- testdata/demo/skoala-0.13.0 testdata/demo/skoala-0.14.0
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it did")]

use std::path::Path;

use ironhelm::{Engine, InstallRequest, UpgradeRequest, load_chart};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [old, new] = paths.as_slice() else {
        return Err("usage: upgrade OLD-CHART NEW-CHART".into());
    };
    futures::executor::block_on(async {
        let engine = Engine::in_memory("skoala-system");
        let mut install = InstallRequest::new(
            "skoala".parse()?,
            "skoala-system".into(),
            load_chart(Path::new(old))?.chart,
        );
        install.create_namespace = true;
        engine.install(&install).await?;

        let mut upgrade = UpgradeRequest::new("skoala".parse()?, load_chart(Path::new(new))?.chart);
        upgrade
            .values
            .insert("global".to_owned(), json!({ "imageRegistry": "10.16.23.145" }));
        let outcome = engine.upgrade(&upgrade).await?;
        let ironhelm::Objects::Applied(applied) = &outcome.objects else {
            return Ok(());
        };
        for (address, action) in &applied.outcomes {
            println!("{action:?} {address}");
        }
        println!(
            "revision {} is {}",
            outcome.release.revision, outcome.release.info.status
        );
        Ok(())
    })
}
