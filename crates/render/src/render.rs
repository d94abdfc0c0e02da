//! [`render`]: the whole way from a chart to its documents.

use std::collections::BTreeMap;

use ironhelm_chart::{Chart, check_kube_version};
use ironhelm_gotmpl::{Budget, Value};
use ironhelm_values::Values;

use crate::capabilities::Capabilities;
use crate::document::{Crd, Document, Rendered};
use crate::engine::{Inputs, Outputs, execute};
use crate::error::{Failure, RenderError};
use crate::hooks::{Sorted, sort};
use crate::outside::with_outside;
use crate::post::post_render;
use crate::split::split_documents;
use crate::world::World;
use crate::{head, kind_order};

/// What templates see as `.Release`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseContext {
    /// The release's name.
    pub name: String,
    /// The namespace it is installed into.
    pub namespace: String,
    /// The revision that this rendering becomes.
    pub revision: u32,
    /// Whether this installs the release.
    pub is_install: bool,
    /// Whether this upgrades (or rolls back) the release.
    pub is_upgrade: bool,
}

impl ReleaseContext {
    pub(crate) fn value(&self) -> Value {
        Value::map([
            ("Name", Value::from(self.name.as_str())),
            ("Namespace", self.namespace.as_str().into()),
            ("Revision", Value::int(self.revision.into())),
            ("IsInstall", self.is_install.into()),
            ("IsUpgrade", self.is_upgrade.into()),
            ("Service", "Helm".into()),
        ])
    }
}

/// How to render.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// Add the notes of subcharts to those of the chart.
    pub subchart_notes: bool,
    /// How much work and memory all templates together may take.
    pub budget: Budget,
}

/// Renders a chart whose dependencies are settled with coalesced values.
///
/// # Errors
/// [`RenderError`] with Helm's text: the chart is not made for this Kubernetes, a template fails, or what it wrote is no
/// YAML.
pub fn render(
    chart: &Chart,
    values: &Values,
    release: &ReleaseContext,
    capabilities: &Capabilities,
    world: &dyn World,
    options: &RenderOptions,
) -> Result<Rendered, RenderError> {
    check_kube_version(&chart.metadata, capabilities.kube_version.shown())?;
    let inputs = Inputs {
        chart,
        values,
        release,
        capabilities,
        budget: options.budget,
    };
    let (result, missing_lookups) = with_outside(world, false, |outside| {
        let outputs = execute(&inputs, &outside);
        (outputs, outside.missing_lookups())
    })
    .map_err(|error| RenderError::Engine {
        reason: error.to_string(),
    })?;
    // What rewrites is asked once, when nothing is looked up any more.
    let rewriter = missing_lookups.is_empty().then_some(world);
    let rendered = result.and_then(|outputs| sort_outputs(chart, outputs, options, rewriter));
    match rendered {
        Ok(rendered) => Ok(Rendered {
            missing_lookups,
            crds: crds(chart),
            ..rendered
        }),
        Err(failure) => Err(failure.with_lookups(missing_lookups)),
    }
}

/// What templates complained of in a lenient rendering, in their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forgiven {
    /// `required` got nothing.
    Missing(String),
    /// `required` got the empty text.
    Empty(String),
    /// `fail` was called.
    Failed(String),
}

/// What [`render_leniently`] gives.
#[derive(Debug)]
pub struct Leniently {
    /// What each template wrote by its full path, or why they failed nevertheless.
    pub texts: Result<BTreeMap<String, String>, RenderError>,
    /// What was forgiven on the way.
    pub forgiven: Vec<Forgiven>,
}

/// Executes the templates as linters do: `fail` and `required` give the empty text, the version of Kubernetes is not
/// checked, and nothing is sorted or cut into documents.
#[must_use]
pub fn render_leniently(
    chart: &Chart,
    values: &Values,
    release: &ReleaseContext,
    capabilities: &Capabilities,
    world: &dyn World,
) -> Leniently {
    let inputs = Inputs {
        chart,
        values,
        release,
        capabilities,
        budget: Budget::default(),
    };
    let outcome = with_outside(world, true, |outside| {
        let outputs = execute(&inputs, &outside);
        (outputs, outside.forgiven())
    });
    let (outputs, forgiven) = match outcome {
        Ok((outputs, forgiven)) => (outputs.map_err(|failure| failure.with_lookups(Vec::new())), forgiven),
        Err(error) => (
            Err(RenderError::Engine {
                reason: error.to_string(),
            }),
            Vec::new(),
        ),
    };
    let text = |(path, text): (String, Vec<u8>)| (path, String::from_utf8_lossy(&text).into_owned());
    Leniently {
        texts: outputs.map(|outputs| outputs.into_iter().map(text).collect()),
        forgiven,
    }
}

fn crds(chart: &Chart) -> Vec<Crd> {
    chart
        .crds()
        .into_iter()
        .map(|crd| Crd {
            name: crd.path,
            data: crd.file.data,
        })
        .collect()
}

/// Takes the notes away and turns the rest into documents and hooks.
fn sort_outputs(
    chart: &Chart,
    mut outputs: Outputs,
    options: &RenderOptions,
    rewriter: Option<&dyn World>,
) -> Result<Rendered, Failure> {
    let mut rendered = Rendered {
        notes: take_notes(chart, &mut outputs, options),
        ..Rendered::default()
    };
    if let Some(world) = rewriter {
        outputs = post_render(outputs, world)?;
    }
    for (path, text) in outputs {
        sort_file(&path, &String::from_utf8_lossy(&text), &mut rendered)?;
    }
    rendered
        .manifests
        .sort_by(|a, b| kind_order::install(&a.head.kind, &b.head.kind));
    rendered.hooks.sort_by(|a, b| kind_order::install(&a.kind, &b.kind));
    Ok(rendered)
}

fn take_notes(chart: &Chart, outputs: &mut Outputs, options: &RenderOptions) -> String {
    let own = format!("{}/templates/NOTES.txt", chart.name());
    let (notes, rest): (Outputs, Outputs) = std::mem::take(outputs)
        .into_iter()
        .partition(|(path, _)| path.ends_with("NOTES.txt"));
    *outputs = rest;
    let wanted = notes.iter().filter(|(path, _)| options.subchart_notes || **path == own);
    let texts: Vec<_> = wanted.map(|(_, text)| String::from_utf8_lossy(text)).collect();
    texts.join("\n")
}

fn sort_file(path: &str, text: &str, rendered: &mut Rendered) -> Result<(), Failure> {
    for text in split_documents(text) {
        let head = head::read(text).map_err(|reason| Failure::Yaml {
            file: path.to_owned(),
            reason,
        })?;
        match sort(Document {
            source: path.to_owned(),
            head,
            text: text.to_owned(),
        }) {
            Sorted::Manifest(document) => rendered.manifests.push(document),
            Sorted::Hook(hook) => rendered.hooks.push(*hook),
            Sorted::UnknownHook => rendered.warnings.push(format!("skipping unknown hooks of {path}")),
        }
    }
    Ok(())
}
