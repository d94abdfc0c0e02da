use std::path::Path;

use ironhelm_image::{ImageArchive, Window};

use super::*;
use crate::config::{Options, Overwrite};
use crate::package::Package;
use crate::relocate::Rules;

/// The parts of the sample: the chart, the hints, the images.
fn sample() -> (Package, Vec<u8>, ImageArchive) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sample/skoala_0.14.0.bundle.tar");
    let mut archive = tar::Archive::new(std::fs::File::open(path).unwrap());
    let (mut files, mut hints, mut images) = (Vec::new(), Vec::new(), Vec::new());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        match (name.as_str(), name.strip_prefix("original-chart/")) {
            (_, Some(name)) => files.push((name.to_owned(), bytes.into())),
            ("hints.yaml", _) => hints = bytes,
            ("images.tar", _) => images = bytes,
            _ => {}
        }
    }
    let images = ImageArchive::open(Window::from_bytes(images)).unwrap();
    (Package::new(files), hints, images)
}

fn guide() -> Rules {
    Rules {
        registry: "10.16.23.145".into(),
        repository: "release.daocloud.io/skoala".into(),
        ..Rules::default()
    }
}

fn planned(rules: &Rules) -> (SyncPlan, Contents) {
    let (package, hints, images) = sample();
    let input = BundleInput {
        label: "skoala_0.14.0.bundle.tar".to_owned(),
        named: Some(("skoala".to_owned(), "0.14.0".to_owned())),
        package,
        hints: &hints,
        images: Some(&images),
        skip_images: false,
    };
    build(vec![input], rules, None)
}

#[test]
fn the_plan_of_the_sample_has_the_recorded_names_and_digests() {
    let (plan, contents) = planned(&guide());
    assert_eq!(plan.problems, []);
    let images: Vec<_> = plan
        .images
        .iter()
        .map(|image| (image.target.as_str(), image.digest.as_str()))
        .collect();
    assert_eq!(
        images,
        [
            (
                "10.16.23.145/release.daocloud.io/skoala/hive:v0.14.0",
                "sha256:f688fa3b7b6d73170ac59510e0699f8b53efe94f1bd1491c4eeac9c82461cd58"
            ),
            (
                "10.16.23.145/release.daocloud.io/skoala/sesame:v0.14.0",
                "sha256:a0343a62b86e32c7deee9edc4893d9772d5da0193adb2cf1e3aed4356126b5c4"
            ),
        ]
    );
    // Two images, two layers each, one of them shared, and two configurations.
    assert_eq!(plan.blobs.len(), 5);
    assert_eq!(plan.blobs.iter().filter(|blob| blob.repositories.len() == 2).count(), 1);
    assert_eq!(plan.projects[0].name, "release.daocloud.io");
    assert_eq!(plan.charts[0].values.len(), 4);
    assert_eq!(contents.images.len(), 2);
    assert_eq!(plan.charts[0].size, contents.charts[0].archive.len() as u64);
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["images"][0]["action"]["do"], "push");
    assert_eq!(plan.image_rows().len(), 2);
    assert_eq!(plan.questions().len(), 4);
}

#[test]
fn actions_follow_what_the_targets_have() {
    let (mut plan, _) = planned(&guide());
    let mut seen = Observations::default();
    let same = plan.images[0].digest.clone();
    for image in &plan.images {
        seen.tags
            .insert(image.target.clone(), TagState::Present { digest: same.clone() });
    }
    let chart = ("skoala".to_owned(), "0.14.0".to_owned());
    seen.charts.insert(
        chart,
        ChartState::Present {
            digest: plan.charts[0].digest.clone(),
        },
    );
    let words = |plan: &SyncPlan| plan.images.iter().map(|image| image.action.word()).collect::<Vec<_>>();

    plan.decide(&seen, &Options::default());
    assert_eq!(words(&plan), ["skip (already there)", "replace"]);
    assert_eq!(plan.charts[0].action.word(), "skip (already there)");

    plan.decide(
        &seen,
        &Options {
            overwrite: Overwrite::Never,
            ..Options::default()
        },
    );
    assert_eq!(words(&plan), ["skip (already there)", "skip (another image is there)"]);
    assert!(plan.is_idle());
    assert_eq!(plan.problems.len(), 1);

    plan.decide(
        &seen,
        &Options {
            overwrite: Overwrite::Always,
            ..Options::default()
        },
    );
    assert_eq!(words(&plan), ["replace", "replace"]);
}

#[test]
fn a_missing_project_is_created_or_stands_in_the_way() {
    let (mut plan, _) = planned(&guide());
    let mut seen = Observations::default();
    let key = ("10.16.23.145".to_owned(), "release.daocloud.io".to_owned());
    seen.projects.insert(key, ProjectState::Missing);
    plan.decide(
        &seen,
        &Options {
            auto_create_repository: true,
            ..Options::default()
        },
    );
    assert_eq!(plan.projects[0].action, Action::Create);
    assert!(!plan.has_errors());
    plan.decide(&seen, &Options::default());
    assert!(plan.has_errors());
    assert_eq!(plan.images[0].action, Action::Conflict);
    assert_eq!(plan.charts[0].action, Action::Conflict);
}

#[test]
fn two_images_under_one_name_are_a_conflict() {
    let (package, _, images) = sample();
    // Both images under one last part: the hint text fixes the rest of the name.
    let hints = b"- '{{ .hive.image.registry }}/{{ .hive.image.repository }}:{{ .hive.image.tag }}'\n- '{{ .sesame.image.registry }}/{{ .sesame.image.repository }}:{{ .sesame.image.tag }}'\n";
    let mut package = package;
    let address = crate::package::Address {
        archives: Vec::new(),
        name: "templates/x".to_owned(),
    };
    package.replace(&address, None);
    let input = |label: &str| BundleInput {
        label: label.to_owned(),
        named: None,
        package: package.clone(),
        hints,
        images: Some(&images),
        skip_images: false,
    };
    let (plan, _) = build(vec![input("one"), input("two")], &guide(), None);
    // The same images twice are no conflict; they are sent once.
    assert_eq!(plan.images.len(), 2);
    assert!(!plan.has_errors());
    let (plan, _) = build(vec![input("one")], &Rules::default(), None);
    assert!(
        plan.problems[0]
            .text
            .starts_with("at least one rewrite rule is required")
    );
}
