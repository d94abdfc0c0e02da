//! Telling hooks from the rest of the manifest.

use ironhelm_golang::strconv;
use ironhelm_release::{DeletePolicy, Hook, HookEvent, OutputLogPolicy};

use crate::document::Document;

const HOOK: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
const OUTPUT_LOG_POLICY: &str = "helm.sh/hook-output-log-policy";

/// What a document is.
pub(crate) enum Sorted {
    Manifest(Document),
    Hook(Box<Hook>),
    /// A hook for an event that does not exist; Helm drops it.
    UnknownHook,
}

/// Decides whether a document is a hook.
pub(crate) fn sort(document: Document) -> Sorted {
    let Some(events) = document.head.annotation(HOOK) else {
        return Sorted::Manifest(document);
    };
    let events: Option<Vec<_>> = words(events).map(|word| HookEvent::from_annotation(&word)).collect();
    let Some(events) = events else {
        return Sorted::UnknownHook;
    };
    let annotation = |key| document.head.annotation(key);
    let delete_policies = annotation(DELETE_POLICY)
        .map(|value| words(value).map(|word| DeletePolicy::from(word.as_str())).collect())
        .unwrap_or_default();
    let output_log_policies = annotation(OUTPUT_LOG_POLICY)
        .map(|value| words(value).map(|word| OutputLogPolicy::from(word.as_str())).collect())
        .unwrap_or_default();
    Sorted::Hook(Box::new(Hook {
        weight: annotation(WEIGHT)
            .and_then(|value| strconv::atoi(value).ok())
            .unwrap_or(0),
        delete_policies,
        output_log_policies,
        events,
        name: document.head.name,
        kind: document.head.kind,
        path: document.source,
        manifest: document.text,
        ..Hook::default()
    }))
}

fn words(value: &str) -> impl Iterator<Item = String> + '_ {
    value.split(',').map(|word| word.trim().to_lowercase())
}
