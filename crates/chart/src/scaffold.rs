//! A new chart: the files to begin with.

use ironhelm_golang::strconv::quote;

/// Why there cannot be a chart of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScaffoldError {
    /// No name, or a very long one.
    #[error("chart name must be between 1 and {MAX_NAME} characters")]
    Length,
    /// A character that names of charts do not have.
    #[error("chart name must match the regular expression {}", quote(NAME.as_bytes()))]
    Characters,
}

const MAX_NAME: usize = 250;
const NAME: &str = "^[a-zA-Z0-9._-]+$";

/// Stands for the name in scaffolds and starters.
pub const CHART_NAME: &str = "<CHARTNAME>";

/// The files of a new chart, in the order in which they are written.
const FILES: [(&str, &str); 12] = [
    ("Chart.yaml", include_str!("scaffold/Chart.yaml")),
    ("values.yaml", include_str!("scaffold/values.yaml")),
    (".helmignore", include_str!("scaffold/helmignore")),
    ("templates/ingress.yaml", include_str!("scaffold/ingress.yaml")),
    ("templates/httproute.yaml", include_str!("scaffold/httproute.yaml")),
    ("templates/deployment.yaml", include_str!("scaffold/deployment.yaml")),
    ("templates/service.yaml", include_str!("scaffold/service.yaml")),
    (
        "templates/serviceaccount.yaml",
        include_str!("scaffold/serviceaccount.yaml"),
    ),
    ("templates/hpa.yaml", include_str!("scaffold/hpa.yaml")),
    ("templates/NOTES.txt", include_str!("scaffold/NOTES.txt")),
    ("templates/_helpers.tpl", include_str!("scaffold/helpers.tpl")),
    (
        "templates/tests/test-connection.yaml",
        include_str!("scaffold/test-connection.yaml"),
    ),
];

/// The files of a new chart: paths and contents, byte for byte those of Helm 4.2.3.
///
/// # Errors
/// [`ScaffoldError`] when the name is none for a chart.
pub fn scaffold(name: &str) -> Result<Vec<(&'static str, String)>, ScaffoldError> {
    check_name(name)?;
    let named = |(path, text): &(&'static str, &str)| (*path, text.replace(CHART_NAME, name));
    Ok(FILES.iter().map(named).collect())
}

/// Is this a name for a new chart?
///
/// # Errors
/// [`ScaffoldError`] when it is not.
pub fn check_name(name: &str) -> Result<(), ScaffoldError> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(ScaffoldError::Length);
    }
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if name.bytes().all(is_right) {
        Ok(())
    } else {
        Err(ScaffoldError::Characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_chart_can_be_loaded() {
        let files = scaffold("shop").unwrap();
        assert!(files.iter().all(|(_, text)| !text.contains(CHART_NAME)));
        assert_eq!(scaffold("a b"), Err(ScaffoldError::Characters));
        assert_eq!(scaffold(""), Err(ScaffoldError::Length));
    }
}
