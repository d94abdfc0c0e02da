//! Plans and outcomes, as tables and as trees.

use ironhelm::bundle::plan::{Action, SyncPlan};
use ironhelm::bundle::push::Pushed;
use ironhelm::bundle::sync::Report;
use ironhelm::full_text;
use serde_json::{Value, json};

use crate::flags::Format;
use crate::release_output;
use crate::table::Table;
use crate::transfer::size;

/// What would be done.
pub(super) fn plan(plan: &SyncPlan, with_charts: bool, format: Format) -> String {
    if format != Format::Table {
        return release_output::tree(&serde_json::to_value(plan).unwrap_or_default(), format);
    }
    let mut images = Table::new(&["IMAGE", "TARGET", "DIGEST", "SIZE", "ACTION"]);
    for (row, image) in plan.image_rows().into_iter().zip(&plan.images) {
        let [source, target, digest, _, action] = row;
        images.row(vec![source, target, digest, size(image.size), action]);
    }
    let mut text = images.text();
    if with_charts {
        text += &section(&["CHART", "VERSION", "IMAGES", "VALUES", "ACTION"], plan.chart_rows());
        text += &section(&["CHART", "FILE", "VALUE", "OLD", "NEW"], plan.value_rows());
    }
    let projects = plan.projects.iter().filter(|project| project.action == Action::Create);
    let projects = projects.map(|project| [project.registry.clone(), project.name.clone(), project.action.word()]);
    text += &section(&["REGISTRY", "PROJECT", "ACTION"], projects.collect());
    text += &section(&["PROBLEM", "ABOUT", "WHAT"], plan.problem_rows());
    text + &format!("\n{} to send at most; nothing was sent\n", size(plan.bytes()))
}

fn section<const N: usize>(headers: &[&'static str; N], rows: Vec<[String; N]>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new(headers);
    rows.into_iter().for_each(|row| table.row(row.to_vec()));
    "\n".to_owned() + &table.text()
}

/// What became of everything.
pub(super) fn outcome(plan: &SyncPlan, done: &Report, with_charts: bool, format: Format) -> String {
    if format != Format::Table {
        return release_output::tree(&tree(plan, done, with_charts), format);
    }
    let mut table = Table::new(&["WHAT", "NAME", "SIZE", "RESULT"]);
    for (image, result) in plan.images.iter().zip(&done.images) {
        let result = match &result.outcome {
            Ok(Pushed::Skipped) => image.action.word(),
            Ok(Pushed::Done { sent, mounted, existed }) => {
                format!("pushed ({sent} blobs sent, {mounted} mounted, {existed} there)")
            }
            Err(error) => format!("failed: {}", full_text(error)),
        };
        table.row(vec!["image".to_owned(), image.target.clone(), size(image.size), result]);
    }
    for (chart, result) in plan.charts.iter().zip(&done.charts).filter(|_| with_charts) {
        let result = match &result.outcome {
            Ok(true) => "sent".to_owned(),
            Ok(false) => chart.action.word(),
            Err(error) => format!("failed: {}", full_text(error)),
        };
        let name = format!("{} {}", chart.name, chart.version);
        table.row(vec!["chart".to_owned(), name, size(chart.size), result]);
    }
    table.text()
}

fn tree(plan: &SyncPlan, done: &Report, with_charts: bool) -> Value {
    let images = plan.images.iter().zip(&done.images).map(|(image, result)| {
        let mut row = json!({"source": image.source, "target": image.target, "digest": image.digest.to_string()});
        match &result.outcome {
            Ok(Pushed::Skipped) => row["result"] = image.action.word().into(),
            Ok(Pushed::Done { sent, mounted, existed }) => {
                row["result"] = "pushed".into();
                row["blobs"] = json!({"sent": sent, "mounted": mounted, "existed": existed});
            }
            Err(error) => {
                row["result"] = "failed".into();
                row["error"] = full_text(error).into();
            }
        }
        row
    });
    let images: Vec<Value> = images.collect();
    let charts = plan
        .charts
        .iter()
        .zip(&done.charts)
        .filter(|_| with_charts)
        .map(|(chart, result)| {
            let mut row = json!({"name": chart.name, "version": chart.version});
            match &result.outcome {
                Ok(true) => row["result"] = "sent".into(),
                Ok(false) => row["result"] = chart.action.word().into(),
                Err(error) => {
                    row["result"] = "failed".into();
                    row["error"] = full_text(error).into();
                }
            }
            row
        });
    json!({"images": images, "charts": charts.collect::<Vec<_>>()})
}
