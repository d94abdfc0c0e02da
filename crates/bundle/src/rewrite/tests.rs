use std::path::Path;

use super::*;
use crate::hints;
use crate::package::Package;

fn chart(files: &[(&str, &str)]) -> OpenChart {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().into()));
    OpenChart::open(Package::new(files)).unwrap()
}

fn text(package: &Package, name: &str) -> String {
    let address = Address {
        archives: Vec::new(),
        name: name.to_owned(),
    };
    String::from_utf8(package.file(&address).unwrap().to_vec()).unwrap()
}

fn moves(chart: &OpenChart, hints: &[&str], rules: &Rules) -> Result<Vec<ImageMove>, RewriteError> {
    let hints = hints.iter().map(|hint| Hint::new(hint).unwrap());
    hints.map(|hint| relocation(chart, &hint, rules, None)).collect()
}

fn guide() -> Rules {
    Rules {
        registry: "10.16.23.145".into(),
        repository: "release.daocloud.io/skoala".into(),
        ..Rules::default()
    }
}

const IMAGE: &str = "{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}";
const META: &str = "apiVersion: v2\nname: app\nversion: 1.0.0\n";

#[test]
fn names_and_values_are_those_of_the_table() {
    let table = include_str!("../../testdata/relocations.tsv");
    let values = "image: {registry: docker.io, repository: bitnami/nginx, tag: v1}\n";
    let chart = chart(&[("Chart.yaml", META), ("values.yaml", values)]);
    let mut checked = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line
            .split('\t')
            .map(|cell| if cell == "-" { "" } else { cell })
            .collect();
        let rules = Rules {
            registry: cells[0].to_owned(),
            repository: cells[1].to_owned(),
            prefix_registry: cells[2].to_owned(),
            prefix_repository: cells[3].to_owned(),
            append_origin_registry: cells[4] == "append",
        };
        let image = &moves(&chart, &[IMAGE], &rules).unwrap()[0];
        let value = |key: &str| {
            let path = ValuePath(vec!["image".to_owned(), key.to_owned()]);
            image.values.get(&path).cloned().unwrap_or_default()
        };
        // The table tells the name in full; a chart that keeps `docker.io` says the same in short.
        let full = |name: &str| name.replace("index.docker.io/", "docker.io/");
        assert_eq!(full(&image.to.normalised()), full(cells[5]), "{line}");
        assert_eq!(
            (value("registry").as_str(), value("repository").as_str()),
            (cells[6], cells[7]),
            "{line}"
        );
        let rewritten = rewrite(&chart, std::slice::from_ref(image)).unwrap();
        assert_eq!(rewritten.values.len(), image.values.len());
        checked += 1;
    }
    assert_eq!(checked, 12);
}

#[test]
fn a_path_in_the_registry_value_is_treated_as_the_original_does() {
    let values = "image: {registry: a.io/base, repository: x/y, tag: v1}\n";
    let chart = chart(&[("Chart.yaml", META), ("values.yaml", values)]);
    let to = |rules: Rules| moves(&chart, &[IMAGE], &rules).unwrap()[0].to.to_string();
    assert_eq!(
        to(Rules {
            repository: "p".into(),
            ..Rules::default()
        }),
        "a.io/base/p/y:v1"
    );
    // Only the path that the registry value had is new here: the repository value stays.
    assert_eq!(
        to(Rules {
            registry: "r.io".into(),
            ..Rules::default()
        }),
        "r.io/x/y:v1"
    );
}

#[test]
fn a_subchart_is_rewritten_in_its_own_file() {
    let chart = chart(&[
        (
            "Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 1.0.0\n# why\ndependencies:\n- name: sub # x\n  version: 0.1.0\n  repository: https://r # gone\n",
        ),
        ("Chart.lock", "dependencies: []\n"),
        ("values.yaml", "a: 1\n"),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
        (
            "charts/sub/values.yaml",
            "# sub\nimage:\n  registry: a.io # here\n  repository: x/y\n  tag: 1.10\n",
        ),
    ]);
    let hint = "{{ .sub.image.registry }}/{{ .sub.image.repository }}:{{ .sub.image.tag }}";
    let moves = moves(&chart, &[hint], &guide()).unwrap();
    assert_eq!(moves[0].from.to_string(), "a.io/x/y:1.10");
    let rewritten = rewrite(&chart, &moves).unwrap();
    assert_eq!(
        text(&rewritten.package, "charts/sub/values.yaml"),
        "# sub\nimage:\n  registry: 10.16.23.145 # here\n  repository: release.daocloud.io/skoala/y\n  tag: 1.10\n"
    );
    assert_eq!(text(&rewritten.package, "values.yaml"), "a: 1\n");
    assert_eq!(
        text(&rewritten.package, "Chart.yaml"),
        "apiVersion: v2\nname: app\nversion: 1.0.0\n# why\ndependencies:\n- name: sub # x\n  version: 0.1.0\n  repository: \"\" # gone\n"
    );
    assert!(!rewritten.package.names().any(|name| name == "Chart.lock"));
    assert_eq!(chart.number_notices(&moves[0].hint)[0].printed, "1.1");
}

#[test]
fn overrides_of_the_parent_are_rewritten_where_they_are() {
    let chart = chart(&[
        ("Chart.yaml", META),
        (
            "values.yaml",
            "sub:\n  image:\n    repository: over/ride\nglobal: {reg: g.io}\n",
        ),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
        (
            "charts/sub/values.yaml",
            "global: {reg: none.io}\nimage: {repository: x/y, tag: v1}\n",
        ),
    ]);
    let hint = "{{ .sub.global.reg }}/{{ .sub.image.repository }}:{{ .sub.image.tag }}";
    let moves = moves(&chart, &[hint], &guide()).unwrap();
    assert_eq!(moves[0].from.to_string(), "g.io/over/ride:v1");
    let rewritten = rewrite(&chart, &moves).unwrap();
    assert_eq!(
        text(&rewritten.package, "values.yaml"),
        "sub:\n  image:\n    repository: release.daocloud.io/skoala/ride\nglobal: {reg: 10.16.23.145}\n"
    );
}

#[test]
fn packed_subcharts_and_aliases_are_rewritten() {
    let packed = Package::new([
        (
            "Chart.yaml".to_owned(),
            "apiVersion: v2\nname: db\nversion: 0.1.0\n".as_bytes().into(),
        ),
        (
            "values.yaml".to_owned(),
            "image: {name: a.io/x/y, tag: v1}\n".as_bytes().into(),
        ),
    ]);
    let packed = packed.archive("db").unwrap();
    let meta = format!(
        "{META}dependencies:\n- {{name: db, version: 0.1.0, alias: first, condition: first.on}}\n- {{name: db, version: 0.1.0, alias: second}}\n"
    );
    let files = [
        ("Chart.yaml".to_owned(), meta.into_bytes().into()),
        (
            "values.yaml".to_owned(),
            "first: {on: false}\nsecond: {image: {tag: v2}}\n".as_bytes().into(),
        ),
        ("charts/db-0.1.0.tgz".to_owned(), packed.into()),
    ];
    let chart = OpenChart::open(Package::new(files)).unwrap();
    let hints = [
        "{{ .first.image.name }}:{{ .first.image.tag }}",
        "{{ .second.image.name }}:{{ .second.image.tag }}",
    ];
    let moves = moves(&chart, &hints, &guide()).unwrap();
    let rewritten = rewrite(&chart, &moves).unwrap();
    let again = OpenChart::open(rewritten.package).unwrap();
    let images: Vec<String> = moves
        .iter()
        .map(|image| again.image(&image.hint).unwrap().to_string())
        .collect();
    assert_eq!(
        images,
        [
            "10.16.23.145/release.daocloud.io/skoala/y:v1",
            "10.16.23.145/release.daocloud.io/skoala/y:v2"
        ]
    );
    assert_eq!(rewritten.values[0].file, "charts/db-0.1.0.tgz/db/values.yaml");
    // The name of the chart stands for its first alias.
    let by_name = Hint::new("{{ .db.image.name }}:{{ .db.image.tag }}").unwrap();
    assert_eq!(again.image(&by_name).unwrap().to_string(), images[0]);
}

#[test]
fn what_a_subchart_file_cannot_take_is_overridden_by_the_outermost_chart() {
    let chart = chart(&[
        ("Chart.yaml", META),
        ("values.yaml", "# root\na: 1\n"),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
        (
            "charts/sub/values.yaml",
            "image: &name a.io/x/y\nother: *name\ntag: v1\n",
        ),
    ]);
    let moves = moves(&chart, &["{{ .sub.image }}:{{ .sub.tag }}"], &guide()).unwrap();
    let rewritten = rewrite(&chart, &moves).unwrap();
    assert_eq!(
        text(&rewritten.package, "values.yaml"),
        "# root\na: 1\nsub:\n  image: 10.16.23.145/release.daocloud.io/skoala/y\n"
    );
}

#[test]
fn literal_text_of_a_hint_stays() {
    let chart = chart(&[
        ("Chart.yaml", META),
        (
            "values.yaml",
            "x: a/b\nt: v1\nsha: \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"\n",
        ),
    ]);
    let error = moves(&chart, &["docker.io/{{ .x }}:{{ .t }}"], &guide()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hint \"docker.io/{{ .x }}:{{ .t }}\" fixes \"docker.io/\", but the image has to become \
         \"10.16.23.145/release.daocloud.io/skoala/b\""
    );
    let fits = Rules {
        registry: "docker.io".into(),
        repository: "p".into(),
        ..Rules::default()
    };
    let moved = moves(&chart, &["docker.io/{{ .x }}:{{ .t }}"], &fits).unwrap();
    assert_eq!(moved[0].to.to_string(), "docker.io/p/b:v1");
    let pinned = moves(&chart, &["{{ .x }}@{{ .sha }}"], &guide()).unwrap();
    assert!(
        pinned[0]
            .to
            .to_string()
            .starts_with("10.16.23.145/release.daocloud.io/skoala/b@sha256:000")
    );
}

#[test]
fn missing_and_contradicting_values_are_named() {
    let chart = chart(&[
        ("Chart.yaml", META),
        ("values.yaml", "r: a.io\nx: p/q\ny: s/t\nt: v1\nn:\n"),
    ]);
    let error = |hints: &[&str]| match moves(&chart, hints, &guide()) {
        Ok(moves) => rewrite(&chart, &moves).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        error(&["{{ .r }}/{{ .z.image }}:{{ .t }}"]),
        "hint \"{{ .r }}/{{ .z.image }}:{{ .t }}\": the chart's values have no \"z.image\" (there is no \"z\")"
    );
    let own = Rules {
        prefix_registry: "r.io".into(),
        ..Rules::default()
    };
    let shared = moves(&chart, &["{{ .r }}/{{ .x }}:{{ .t }}", "{{ .x }}:{{ .t }}"], &own).unwrap();
    assert!(matches!(
        rewrite(&chart, &shared),
        Err(RewriteError::Contradiction { .. })
    ));
}

#[test]
fn the_sample_becomes_what_charts_syncer_recorded_and_its_subchart_what_it_should() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sample");
    let mut archive = tar::Archive::new(std::fs::File::open(data.join("skoala_0.14.0.bundle.tar")).unwrap());
    let mut files = Vec::new();
    let mut hint_text = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        match name.strip_prefix("original-chart/") {
            Some(name) => files.push((name.to_owned(), bytes.into())),
            None if name == "hints.yaml" => hint_text = bytes,
            None => {}
        }
    }
    let chart = OpenChart::open(Package::new(files)).unwrap();
    let hints = hints::parse(&hint_text).unwrap();
    let moves: Vec<_> = hints
        .iter()
        .map(|hint| relocation(&chart, hint, &guide(), None).unwrap())
        .collect();
    let rewritten = rewrite(&chart, &moves).unwrap();

    let mut recorded = tar::Archive::new(flate2::read::MultiGzDecoder::new(
        std::fs::File::open(data.join("expected/skoala-0.14.0.relocated.tgz")).unwrap(),
    ));
    let mut compared = 0;
    for entry in recorded.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut expected = String::new();
        std::io::Read::read_to_string(&mut entry, &mut expected).unwrap();
        let ours = text(&rewritten.package, name.strip_prefix("skoala/").unwrap());
        match name.as_str() {
            "skoala/Chart.yaml" => {
                let tree = |text: &str| ironhelm_yaml::decode(text.as_bytes()).unwrap();
                assert_eq!(tree(&ours), tree(&expected));
            }
            "skoala/charts/sesame/values.yaml" => {
                let right = expected
                    .replace("registry: release.daocloud.io", "registry: 10.16.23.145")
                    .replace("skoala/sesame", "release.daocloud.io/skoala/sesame");
                assert_eq!(ours, right);
            }
            _ => assert_eq!(ours, expected, "{name}"),
        }
        compared += 1;
    }
    assert_eq!(compared, rewritten.package.names().count());
}
