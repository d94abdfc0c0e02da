use ironhelm_values::{UserValues, Value, ValuesFile};

use crate::{assert_none, full_text, rows, same};

#[test]
fn values_files_are_read_as_helm_reads_them() {
    let rows = rows("files.tsv");
    let mut failures = Vec::new();
    for row in &rows {
        let texts: Vec<String> = serde_json::from_str(&row[0]).unwrap();
        let files = texts.into_iter().enumerate();
        let files = files.map(|(at, text)| ValuesFile {
            name: format!("f{at}.yaml"),
            text: text.into_bytes(),
        });
        let user = UserValues {
            files: files.collect(),
            ..UserValues::default()
        };
        let resolved = user.resolve(&mut |_: &str| Err(std::io::Error::other("no file")));
        let ours = match resolved {
            Ok(values) => ("ok", Value::Object(values)),
            Err(error) => ("error", Value::from(format!("Error: {}", full_text(&error)))),
        };
        if ours.0 != row[1] || !same(&ours.1, &serde_json::from_str(&row[2]).unwrap()) {
            failures.push(format!("{}\n  helm: {}\n  ours: {}", row[0], row[2], ours.1));
        }
    }
    assert_none(failures, rows.len());
}
