//! A chart opened for relocation: its files, and its values as templates would see them with every subchart taking part.

use std::fmt;
use std::io;
use std::sync::Arc;

use ironhelm_chart::{Chart, DependencyError, LoadError, LoadOptions, load_files, process_dependencies};
use ironhelm_golang::strconv::format_float;
use ironhelm_image::{Reference, ReferenceError};
use ironhelm_values::{CoalesceError, Values, coalesce_values};
use serde_json::Value;

use crate::hints::{Hint, HintError, ValuePath};
use crate::layout::{Layout, Site};
use crate::outline::Outline;
use crate::package::Package;

/// A chart, its files and its values.
#[derive(Debug)]
pub struct OpenChart {
    package: Package,
    name: String,
    version: String,
    pub(crate) layout: Layout,
    values: Values,
}

/// Why a chart cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A changed subchart cannot be packed.
    #[error("a subchart cannot be packed")]
    Pack {
        /// Why.
        source: io::Error,
    },
    /// The files are no chart.
    #[error("the chart of the bundle cannot be loaded")]
    Load {
        /// Why.
        source: LoadError,
    },
    /// Its dependencies contradict its values.
    #[error("the dependencies of the chart cannot be settled")]
    Dependencies {
        /// Why.
        source: DependencyError,
    },
    /// Its values contradict each other.
    #[error("the values of the chart cannot be merged")]
    Values {
        /// Why.
        source: CoalesceError,
    },
}

/// Why a hint does not lead to an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The hint has no text.
    #[error(transparent)]
    Hint(#[from] HintError),
    /// The text is no name of an image.
    #[error("hint \"{hint}\" gives \"{text}\", which is no image name")]
    Reference {
        /// The hint.
        hint: String,
        /// Its text.
        text: String,
        /// What is wrong with it.
        source: ReferenceError,
    },
}

/// A number that templates print otherwise than it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberNotice {
    /// The file that it is in.
    pub file: String,
    /// The path of its keys there.
    pub path: String,
    /// How it is written.
    pub written: String,
    /// How templates print it.
    pub printed: String,
}

impl fmt::Display for NumberNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            path,
            written,
            printed,
        } = self;
        write!(
            f,
            "{path} in {file} is the number {written}, taken as written; templates print it as {printed} unless it is \
             put in quotes"
        )
    }
}

impl OpenChart {
    /// Loads the chart that `package` holds.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(package: Package) -> Result<Self, OpenError> {
        let files = package.chart_files().map_err(|source| OpenError::Pack { source })?;
        let loaded = load_files(files, &LoadOptions::default()).map_err(|source| OpenError::Load { source })?;
        let mut chart = loaded.chart;
        let (name, version) = (chart.metadata.name.clone(), chart.metadata.version.clone());
        enable_all(&mut chart);
        let processed = process_dependencies(&Arc::new(chart), &Values::new());
        let chart = processed.map_err(|source| OpenError::Dependencies { source })?.chart;
        let coalesced = coalesce_values(&*chart, Values::new()).map_err(|source| OpenError::Values { source })?;
        let layout = Layout::new(&package);
        let values = coalesced.values;
        Ok(Self {
            package,
            name,
            version,
            layout,
            values,
        })
    }

    /// The name in `Chart.yaml`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version in `Chart.yaml`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The files.
    #[must_use]
    pub fn package(&self) -> &Package {
        &self.package
    }

    pub(crate) fn into_package(self) -> Package {
        self.package
    }

    /// The image that `hint` names.
    ///
    /// # Errors
    /// [`ImageError`], which names the hint and the key.
    pub fn image(&self, hint: &Hint) -> Result<Reference, ImageError> {
        let text = self.render(hint)?;
        text.parse().map_err(|source| ImageError::Reference {
            hint: hint.text().to_owned(),
            text,
            source,
        })
    }

    /// The text of `hint`.
    ///
    /// # Errors
    /// [`HintError`], which names the hint and the key.
    pub fn render(&self, hint: &Hint) -> Result<String, HintError> {
        hint.render(|path| self.text(hint, path))
    }

    /// The numbers in `hint` that templates print otherwise than they are written.
    #[must_use]
    pub fn number_notices(&self, hint: &Hint) -> Vec<NumberNotice> {
        let placeholders = [hint.tag(), hint.digest()].into_iter().flatten();
        placeholders.filter_map(|path| self.number_notice(path)).collect()
    }

    /// The value at `path` as it goes into a name: numbers as they are written in the file.
    pub(crate) fn text(&self, hint: &Hint, path: &ValuePath) -> Result<String, HintError> {
        let (hint, not_text) = (hint.text().to_owned(), |found| HintError::NotText {
            hint: hint.text().to_owned(),
            path: path.clone(),
            found,
        });
        match self.value(path) {
            Err(missing) => Err(HintError::MissingValue {
                hint,
                path: path.clone(),
                missing,
            }),
            Ok(Value::String(text)) => Ok(text.clone()),
            Ok(Value::Null) => Err(not_text("null")),
            Ok(Value::Array(_)) => Err(not_text("a list")),
            Ok(Value::Object(_)) => Err(not_text("a mapping")),
            Ok(value @ (Value::Number(_) | Value::Bool(_))) => {
                let written = self.written(path).map(|(_, text)| text);
                Ok(written.unwrap_or_else(|| ironhelm_golang::json::encode(value)))
            }
        }
    }

    /// The value at `path`, or the part of the path that is not there.
    fn value(&self, path: &ValuePath) -> Result<&Value, String> {
        let path = self.layout.resolve(&path.0);
        let mut table = Some(&self.values);
        let mut found = None;
        for (depth, key) in path.iter().enumerate() {
            found = table.and_then(|table| table.get(key));
            let Some(value) = found else {
                return Err(path[..=depth].join("."));
            };
            table = value.as_object();
        }
        found.ok_or_else(String::new)
    }

    /// Where the number at `path` is written, and how.
    fn written(&self, path: &ValuePath) -> Option<(Site, String)> {
        let site = self.layout.sites(&self.layout.resolve(&path.0)).into_iter().next()?;
        let text = std::str::from_utf8(self.package.file(&site.file)?).ok()?;
        let written = Outline::new(text).source(&site.path)?.to_owned();
        // A place that says something else than the value was not understood.
        let agrees = ironhelm_yaml::decode(written.as_bytes()).ok().as_ref() == self.value(path).ok();
        agrees.then_some((site, written))
    }

    fn number_notice(&self, path: &ValuePath) -> Option<NumberNotice> {
        let number = self.value(path).ok()?.as_f64()?;
        let (site, written) = self.written(path)?;
        let printed = format_float(number, b'g', -1, 64);
        (printed != written).then(|| NumberNotice {
            file: site.file.to_string(),
            path: site.path.join("."),
            written,
            printed,
        })
    }
}

/// Hints are about all subcharts, whatever turns them on.
fn enable_all(chart: &mut Chart) {
    for entry in chart.metadata.dependencies.iter_mut().flatten() {
        entry.condition.clear();
        entry.tags.clear();
    }
    for subchart in &mut chart.subcharts {
        enable_all(Arc::make_mut(subchart));
    }
}
