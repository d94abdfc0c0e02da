//! Tables: Helm's own, and those that a server prints.

use serde_json::Value;

/// A table in Helm's form: cells padded to the width of their column, columns apart by a tab.
pub(crate) struct Table {
    headers: Option<Vec<&'static str>>,
    rows: Vec<Vec<String>>,
    widest: usize,
}

impl Table {
    pub(crate) fn new(headers: &[&'static str]) -> Self {
        Self {
            headers: Some(headers.to_vec()),
            rows: Vec::new(),
            widest: usize::MAX,
        }
    }

    /// The same table with cells of at most so many characters; 0 for any number.
    pub(crate) fn at_most(self, characters: usize) -> Self {
        let widest = if characters == 0 { usize::MAX } else { characters };
        Self { widest, ..self }
    }

    /// The same table without its first line.
    pub(crate) fn without_headers(self) -> Self {
        Self { headers: None, ..self }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn text(&self) -> String {
        let headers = self
            .headers
            .iter()
            .map(|headers| headers.iter().map(|&cell| cell.to_owned()).collect());
        let cut = |line: Vec<String>| {
            line.iter()
                .map(|cell| shortened(&one_line(cell), self.widest))
                .collect()
        };
        let lines: Vec<Vec<String>> = headers.chain(self.rows.iter().cloned()).map(cut).collect();
        let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(|column| width(&lines, column)).collect();
        let mut text = String::new();
        for line in &lines {
            let cells: Vec<String> = line
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        text
    }
}

fn width(lines: &[Vec<String>], column: usize) -> usize {
    lines
        .iter()
        .filter_map(|line| line.get(column))
        .map(|cell| one_line(cell).chars().count())
        .max()
        .unwrap_or(0)
}

fn shortened(cell: &str, most: usize) -> String {
    if cell.chars().count() <= most {
        return cell.to_owned();
    }
    let kept: String = cell.chars().take(most.saturating_sub(3)).collect();
    kept + "..."
}

/// Helm: a cell of several lines is cut after the first.
fn one_line(cell: &str) -> String {
    cell.split_once('\n')
        .map_or_else(|| cell.to_owned(), |(first, _)| format!("{first}..."))
}

/// A table of `meta.k8s.io/v1` as `kubectl get` prints it.
///
/// Go: columns are laid out by a tabwriter of minimal width 6 and padding 3, for this table alone.
pub(crate) fn server_table(table: &Value, with_headers: bool) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let columns = list(&table["columnDefinitions"]);
    let shown: Vec<usize> = (0..columns.len())
        .filter(|&column| columns[column]["priority"].as_i64().unwrap_or(0) == 0)
        .collect();
    let header = || {
        shown
            .iter()
            .map(|&column| columns[column]["name"].as_str().unwrap_or_default().to_uppercase())
    };
    let mut lines: Vec<Vec<String>> = Vec::new();
    if with_headers {
        lines.push(header().collect());
    }
    for row in list(&table["rows"]) {
        lines.push(shown.iter().map(|&column| cell_text(&row["cells"][column])).collect());
    }
    tabbed(&lines)
}

fn cell_text(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => ironhelm_golang::json::encode_plain(other),
    }
}

fn tabbed(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(|column| (width(lines, column) + 3).max(6)).collect();
    let mut text = String::new();
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            let last = column + 1 == line.len();
            let width = if last { 0 } else { widths[column] };
            text.push_str(&format!("{cell:width$}"));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_padded_to_their_column() {
        let mut table = Table::new(&["NAME", "STATUS"]);
        table.row(vec!["öl".to_owned(), "deployed".to_owned()]);
        assert_eq!(table.text(), "NAME\tSTATUS  \nöl  \tdeployed\n");
        assert_eq!(table.without_headers().text(), "öl\tdeployed\n");
    }

    #[test]
    fn a_servers_table_looks_as_with_kubectl() {
        let table = json!({
            "columnDefinitions": [{ "name": "Name" }, { "name": "Data", "priority": 0 }, { "name": "Wide", "priority": 1 }, { "name": "Age" }],
            "rows": [{ "cells": ["zz-a-long-name", 0, "x", "1s"] }],
        });
        assert_eq!(
            server_table(&table, true),
            "NAME             DATA   AGE\nzz-a-long-name   0      1s\n"
        );
        assert_eq!(
            server_table(
                &json!({ "columnDefinitions": table["columnDefinitions"], "rows": [{ "cells": ["aa", 1, "", "1s"] }] }),
                false
            ),
            "aa    1     1s\n"
        );
    }
}
