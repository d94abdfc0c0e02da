//! A plan as rows of tables.

use super::{Action, Severity, SyncPlan};

impl Action {
    /// The action in a word or two.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Push => "push".to_owned(),
            Self::Replace { .. } => "replace".to_owned(),
            Self::Skip { reason } => format!("skip ({reason})"),
            Self::Create => "create".to_owned(),
            Self::Conflict => "conflict".to_owned(),
        }
    }
}

impl SyncPlan {
    /// Source, target, digest, size and action of each image.
    #[must_use]
    pub fn image_rows(&self) -> Vec<[String; 5]> {
        let rows = self.images.iter().map(|image| {
            let digest = image.digest.hex().chars().take(12).collect();
            [
                image.source.clone(),
                image.target.clone(),
                digest,
                image.size.to_string(),
                image.action.word(),
            ]
        });
        rows.collect()
    }

    /// Name, version, number of images, number of rewritten values and action of each chart.
    #[must_use]
    pub fn chart_rows(&self) -> Vec<[String; 5]> {
        let rows = self.charts.iter().map(|chart| {
            let (images, values) = (chart.images.len().to_string(), chart.values.len().to_string());
            [
                chart.name.clone(),
                chart.version.clone(),
                images,
                values,
                chart.action.word(),
            ]
        });
        rows.collect()
    }

    /// Chart, file, path, old and new text of each rewritten value.
    #[must_use]
    pub fn value_rows(&self) -> Vec<[String; 5]> {
        let rows = self.charts.iter().flat_map(|chart| {
            chart.values.iter().map(|value| {
                [
                    chart.name.clone(),
                    value.file.clone(),
                    value.path.clone(),
                    value.old.clone(),
                    value.new.clone(),
                ]
            })
        });
        rows.collect()
    }

    /// Severity, subject and text of each problem, errors first.
    #[must_use]
    pub fn problem_rows(&self) -> Vec<[String; 3]> {
        let mut problems: Vec<_> = self.problems.iter().collect();
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        let rows = problems.into_iter().map(|problem| {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            [severity.to_owned(), problem.about.clone(), problem.text.clone()]
        });
        rows.collect()
    }
}
