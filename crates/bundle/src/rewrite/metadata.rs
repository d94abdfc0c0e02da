//! `Chart.yaml` of a relocated chart: it no longer says where subcharts were fetched from.
//!
//! `helm dependency update` would fetch them again and undo the relocation; with an empty repository it keeps what lies in
//! `charts/`. The lock that goes with the old text is dropped. Packed subcharts stay packed: nobody updates them.

use ironhelm_yaml::decode;
use serde_json::Value;

use super::RewriteError;
use crate::edit::EditError;
use crate::layout::Layout;
use crate::outline::Outline;
use crate::package::{Address, Package};

/// Empties the repository of every dependency in every `Chart.yaml` that is not in an archive.
pub(super) fn forget_repositories(layout: &Layout, package: &mut Package) -> Result<(), RewriteError> {
    let mut changed = Vec::new();
    for root in layout.roots().into_iter().filter(|root| root.archives.is_empty()) {
        let file = root.with("Chart.yaml");
        let Some(data) = package.file(&file) else { continue };
        let edited = forget(data).map_err(|source| RewriteError::Edit {
            file: file.clone(),
            source,
        })?;
        changed.extend(edited.map(|text| (root, file, text)));
    }
    for (root, file, text) in changed {
        package.replace(&file, Some(text.into_bytes().into()));
        let lock: Address = root.with("Chart.lock");
        package.replace(&lock, None);
    }
    Ok(())
}

/// The text without repositories; none if there were none.
fn forget(data: &[u8]) -> Result<Option<String>, EditError> {
    let unreadable = |problem: String| EditError::Unreadable { problem };
    let mut expected = decode(data).map_err(|error| unreadable(error.to_string()))?;
    let text = std::str::from_utf8(data).map_err(|_| unreadable("the file is not UTF-8".to_owned()))?;
    let dependencies = expected.get_mut("dependencies").and_then(Value::as_array_mut);
    let items = Outline::new(text).items(&["dependencies"]);
    let mut new = text.to_owned();
    let mut changed = false;
    // From the end, so that the places before stay right.
    let dependencies = dependencies.map_or(&mut [][..], Vec::as_mut_slice);
    for (index, dependency) in dependencies.iter_mut().enumerate().rev() {
        let Some(repository) = dependency
            .get_mut("repository")
            .filter(|value| value.as_str() != Some(""))
        else {
            continue;
        };
        if repository.is_null() {
            continue;
        }
        *repository = Value::String(String::new());
        changed = true;
        if let Some(range) = items.get(index).and_then(|item| item.scalar(Some("repository"))) {
            new.replace_range(range, "\"\"");
        }
    }
    if decode(new.as_bytes()).ok().as_ref() != Some(&expected) {
        let paths = "\"dependencies[].repository\"".to_owned();
        return Err(EditError::SideEffect { paths });
    }
    Ok(changed.then_some(new))
}
