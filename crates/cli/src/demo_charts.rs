//! The charts of the demonstration, carried in the program.

use ironhelm::chart::{Chart, File, LoadError, LoadOptions, load_files};

type Embedded = &'static [(&'static str, &'static [u8])];

macro_rules! embedded {
    ($directory:literal: $($path:literal)*) => {
        &[$((
            $path,
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/demo/", $directory, "/", $path)),
        )),*]
    };
}

/// `skoala` 0.13.0.
pub(crate) const BEFORE: Embedded = embedded!("skoala-0.13.0":
    "Chart.yaml"
    "charts/hive/Chart.yaml"
    "charts/hive/templates/service.yaml"
    "charts/hive/templates/workload.yaml"
    "charts/hive/values.yaml"
    "charts/sesame/Chart.yaml"
    "charts/sesame/templates/service.yaml"
    "charts/sesame/templates/workload.yaml"
    "charts/sesame/values.yaml"
    "crds/gateways.yaml"
    "templates/NOTES.txt"
    "templates/_helpers.tpl"
    "templates/deployment.yaml"
    "templates/hooks/migrate.yaml"
    "templates/hooks/welcome.yaml"
    "templates/instance.yaml"
    "templates/legacy-config.yaml"
    "templates/rbac.yaml"
    "templates/registry-data.yaml"
    "templates/serviceaccount.yaml"
    "values.schema.json"
    "values.yaml");

/// `skoala` 0.14.0.
pub(crate) const AFTER: Embedded = embedded!("skoala-0.14.0":
    "Chart.yaml"
    "charts/hive/Chart.yaml"
    "charts/hive/templates/service.yaml"
    "charts/hive/templates/workload.yaml"
    "charts/hive/values.yaml"
    "charts/sesame/Chart.yaml"
    "charts/sesame/templates/service.yaml"
    "charts/sesame/templates/workload.yaml"
    "charts/sesame/values.yaml"
    "crds/gateways.yaml"
    "templates/NOTES.txt"
    "templates/_helpers.tpl"
    "templates/deployment.yaml"
    "templates/hooks/migrate.yaml"
    "templates/hooks/welcome.yaml"
    "templates/instance.yaml"
    "templates/metrics-service.yaml"
    "templates/rbac.yaml"
    "templates/serviceaccount.yaml"
    "values.schema.json"
    "values.yaml");

/// The chart of these files.
pub(crate) fn chart(files: Embedded) -> Result<Chart, LoadError> {
    let files = files.iter().map(|(name, data)| File {
        name: (*name).to_owned(),
        data: (*data).into(),
        modified: None,
    });
    Ok(load_files(files.collect(), &LoadOptions::default())?.chart)
}
