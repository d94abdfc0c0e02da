//! Executing all templates of a chart tree, in Helm's order.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use ironhelm_chart::Chart;
use ironhelm_gotmpl::{Budget, Map, MissingKey, Templates, Value};
use ironhelm_sprig::convert;
use ironhelm_values::Values;

use crate::capabilities::Capabilities;
use crate::chart_object::chart_value;
use crate::error::{Failure, exec_failure, parse_failure};
use crate::files::Files;
use crate::functions::{functions, without_no_value};
use crate::outside::Outside;
use crate::render::ReleaseContext;
use crate::values_type::VALUES;

/// Charts inside charts beyond this are refused when they are loaded.
const MAX_CHART_DEPTH: usize = 300;

/// What each template wrote, by the template's full path.
pub(crate) type Outputs = BTreeMap<String, Vec<u8>>;

/// What all templates share.
pub(crate) struct Inputs<'a> {
    pub(crate) chart: &'a Chart,
    pub(crate) values: &'a Values,
    pub(crate) release: &'a ReleaseContext,
    pub(crate) capabilities: &'a Capabilities,
    pub(crate) budget: Budget,
}

/// Executes the templates of a chart and its subcharts.
pub(crate) fn execute(inputs: &Inputs<'_>, outside: &Rc<Outside>) -> Result<Outputs, Failure> {
    let mut sources = collect(inputs);
    // Helm: deepest first, and of equals the alphabetically last, so that the definitions of the parent chart win.
    sources.sort_by_cached_key(|source| Reverse((source.path.matches('/').count(), source.path.clone())));
    let mut templates = Templates::new("gotpl", functions(outside))
        .missing_key(MissingKey::Zero)
        .budget(inputs.budget);
    for source in &sources {
        templates
            .parse(&source.path, source.text)
            .map_err(|error| parse_failure(&error))?;
    }
    let mut outputs = Outputs::new();
    for source in sources.iter().filter(|source| !source.is_partial()) {
        source.announce();
        let dot = source.context.with_kind(VALUES).into();
        let out = templates
            .execute(source.path.as_bytes(), dot)
            .map_err(|error| exec_failure(&error))?;
        outputs.insert(source.path.clone(), without_no_value(out));
    }
    Ok(outputs)
}

/// One file under `templates/`.
struct Source<'a> {
    path: String,
    text: &'a [u8],
    /// The chart's context, shared by its templates.
    context: Map,
    base_path: String,
}

impl Source<'_> {
    fn is_partial(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|base| base.starts_with('_'))
    }

    /// Tells the context which file executes.
    fn announce(&self) {
        let template: Map = [("Name", self.path.as_str()), ("BasePath", self.base_path.as_str())]
            .into_iter()
            .collect();
        self.context.insert("Template", template.with_kind(VALUES));
    }
}

fn collect<'a>(inputs: &Inputs<'a>) -> Vec<Source<'a>> {
    let values = match convert::from_json(&serde_json::Value::Object(inputs.values.clone())) {
        Value::Map(map) => map,
        _ => Map::new(),
    };
    let mut collector = Collector {
        release: inputs.release.value(),
        capabilities: inputs.capabilities.value(),
        sources: BTreeMap::new(),
    };
    collector.chart(inputs.chart, inputs.chart.name().to_owned(), values, 0);
    collector.sources.into_values().collect()
}

struct Collector<'a> {
    release: Value,
    capabilities: Value,
    /// Of two files with one path, the later one counts.
    sources: BTreeMap<String, Source<'a>>,
}

impl<'a> Collector<'a> {
    /// Adds a chart and those inside it; gives the chart's context.
    fn chart(&mut self, chart: &'a Chart, path: String, values: Map, depth: usize) -> Map {
        let subcharts = Map::new();
        let context: Map = [
            ("Chart", chart_value(&chart.metadata, depth == 0)),
            ("Files", Value::object(Files::of(chart))),
            ("Release", self.release.clone()),
            ("Capabilities", self.capabilities.clone()),
            ("Values", values.with_kind(VALUES).into()),
            ("Subcharts", subcharts.clone().into()),
        ]
        .into_iter()
        .collect();
        for subchart in chart.subcharts.iter().take_while(|_| depth < MAX_CHART_DEPTH) {
            let own = values
                .get(subchart.name())
                .and_then(|own| own.as_map())
                .unwrap_or_default();
            let inner = self.chart(subchart, format!("{path}/charts/{}", subchart.name()), own, depth + 1);
            subcharts.insert(subchart.name(), inner);
        }
        self.templates(chart, &path, &context);
        context
    }

    fn templates(&mut self, chart: &'a Chart, path: &str, context: &Map) {
        for file in &chart.templates {
            let full = format!("{path}/{}", file.name);
            let base_path = format!("{path}/templates");
            let source = Source {
                path: full.clone(),
                text: &file.data,
                context: context.clone(),
                base_path,
            };
            // Helm: of a library chart only partials count.
            if !chart.is_library() || source.is_partial() {
                self.sources.insert(full, source);
            }
        }
    }
}
