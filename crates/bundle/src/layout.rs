//! Which file of a chart supplies a value.
//!
//! A value of a subchart can come from the subchart's own `values.yaml` or from that of any chart around it, under the
//! subchart's name or alias; globals come from the outermost chart that has them. This lists the places in the order in
//! which Helm lets them win.

use serde_json::Value;

use crate::package::{Address, Package};

/// A chart and those in it: where their files are, and what the values of each are called.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The name in `Chart.yaml`.
    name: String,
    /// The names under which the enclosing chart has its values.
    names: Vec<String>,
    /// The address of the chart's root.
    root: Address,
    values: Value,
    subcharts: Vec<Self>,
}

/// A place that may supply a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    pub(crate) file: Address,
    pub(crate) path: Vec<String>,
}

/// Charts nest a few levels; deeper ones are refused by the loader.
const MAX_DEPTH: usize = 64;

impl Layout {
    pub(crate) fn new(package: &Package) -> Self {
        let root = Address {
            archives: Vec::new(),
            name: String::new(),
        };
        Self::chart(package, package, root, 0)
    }

    /// The values file of the outermost chart.
    pub(crate) fn root_values(&self) -> Address {
        self.root.with("values.yaml")
    }

    /// The addresses of the directories of all charts, the outermost first.
    pub(crate) fn roots(&self) -> Vec<&Address> {
        let inner = self.subcharts.iter().flat_map(Self::roots);
        std::iter::once(&self.root).chain(inner).collect()
    }

    /// The places that have a value at `path`, the one that wins first.
    pub(crate) fn sites(&self, path: &[String]) -> Vec<Site> {
        let mut sites = Vec::new();
        self.collect(path, &mut sites);
        sites
    }

    /// The path with the names of subcharts replaced by their aliases, where only these lead to values.
    pub(crate) fn resolve(&self, path: &[String]) -> Vec<String> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let named = self.subcharts.iter().find(|chart| chart.names.contains(first));
        let found = named.or_else(|| {
            let own = self.values.get(first.as_str()).is_some();
            self.subcharts.iter().find(|chart| !own && chart.name == *first)
        });
        let Some(subchart) = found else {
            return path.to_vec();
        };
        let name = if named.is_some() {
            Some(first)
        } else {
            subchart.names.first()
        };
        name.into_iter().cloned().chain(subchart.resolve(rest)).collect()
    }

    fn chart(package: &Package, holder: &Package, root: Address, depth: usize) -> Self {
        let tree = |file: &str| {
            let data = package.file(&root.with(file));
            data.and_then(|data| ironhelm_yaml::decode(data).ok())
                .unwrap_or_default()
        };
        let metadata = tree("Chart.yaml");
        let mut entries = dependencies(&metadata);
        entries.extend(dependencies(&tree("requirements.yaml")));
        let name = metadata["name"].as_str().unwrap_or_default().to_owned();
        let mut subcharts = Vec::new();
        for root in subchart_roots(holder, &root).into_iter().filter(|_| depth < MAX_DEPTH) {
            let inner = holder_of(package, &root);
            let mut subchart = Self::chart(package, inner.unwrap_or(holder), root, depth + 1);
            let asked = entries.iter().filter(|entry| entry.0 == subchart.name);
            subchart.names = asked.map(|entry| entry.1.clone()).collect();
            if subchart.names.is_empty() {
                subchart.names.push(subchart.name.clone());
            }
            subcharts.push(subchart);
        }
        Self {
            names: vec![name.clone()],
            name,
            values: tree("values.yaml"),
            subcharts,
            root,
        }
    }

    fn collect(&self, path: &[String], sites: &mut Vec<Site>) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let subcharts = self.subcharts.iter().filter(|chart| chart.names.contains(first));
        let subcharts: Vec<&Self> = subcharts.collect();
        let global = rest.first().is_some_and(|key| key == "global");
        if global && !subcharts.is_empty() {
            // Helm: globals of the enclosing chart win over the subchart's.
            self.collect(rest, sites);
        }
        let value = path.iter().try_fold(&self.values, |value, key| value.get(key));
        if value.is_some_and(|value| !value.is_null()) {
            sites.push(Site {
                file: self.root.with("values.yaml"),
                path: path.to_vec(),
            });
        }
        for subchart in subcharts {
            subchart.collect(rest, sites);
        }
    }
}

impl Address {
    /// The file in this directory.
    pub(crate) fn with(&self, file: &str) -> Self {
        Self {
            archives: self.archives.clone(),
            name: format!("{}{file}", self.name),
        }
    }
}

/// The package that the directory lies in.
fn holder_of<'p>(package: &'p Package, root: &Address) -> Option<&'p Package> {
    root.archives
        .iter()
        .try_fold(package, |package, archive| package.packed(archive))
}

/// The directories of the charts right below `root`; `holder` is the package that it lies in.
fn subchart_roots(holder: &Package, root: &Address) -> Vec<Address> {
    let prefix = format!("{}charts/", root.name);
    let mut roots = Vec::new();
    for name in holder.names() {
        let Some(below) = name.strip_prefix(&prefix) else {
            continue;
        };
        if below.starts_with(['_', '.']) {
            continue;
        }
        if let Some(directory) = below
            .strip_suffix("/Chart.yaml")
            .filter(|directory| !directory.contains('/'))
        {
            roots.push(Address {
                archives: root.archives.clone(),
                name: format!("{prefix}{directory}/"),
            });
        } else if let Some(directory) = holder.packed(name).and_then(top_directory) {
            let archives = root.archives.iter().cloned().chain([name.to_owned()]).collect();
            roots.push(Address {
                archives,
                name: directory,
            });
        }
    }
    roots
}

/// The directory that a packed chart's files are in.
fn top_directory(packed: &Package) -> Option<String> {
    let directory = packed.names().next()?.split_once('/')?.0;
    Some(format!("{directory}/"))
}

/// The name and the alias (or else the name) of each dependency.
fn dependencies(tree: &Value) -> Vec<(String, String)> {
    let entries = tree["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = entries.iter().filter_map(|entry| {
        let name = entry["name"].as_str()?;
        let alias = entry["alias"].as_str().filter(|alias| !alias.is_empty());
        Some((name.to_owned(), alias.unwrap_or(name).to_owned()))
    });
    named.collect()
}
