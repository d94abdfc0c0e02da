//! Random templates beside real helm: output and error texts have to be the same.
//!
//! Templates that we render go to helm a hundred at a time, as the files of one chart; those that fail with us go one by
//! one. Each works on its own copy of the values.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use ironhelm_chart::{Chart, File, load};
use ironhelm_render::{RenderOptions, render};
use ironhelm_tests::{Oracles, Output, Program};
use ironhelm_values::{Values, coalesce_values};

use crate::random::Random;
use crate::targets::{Still, capabilities, release};
use crate::{grow, table};

const BATCH: usize = 100;

/// What random expressions may not use: clocks, dice, and Go's random order of maps.
const UNSTEADY: &[&str] = &[
    "now",
    // What is no time is now.
    "date",
    "htpasswd",
    "ago",
    "htmlDate",
    "unixEpoch",
    "rand",
    "shuffle",
    "keys",
    "values ",
    "gen",
    "buildCustomCert",
    "encryptAES",
    "toDate",
    "$.Files",
    // Addresses, and the number of the template in its batch.
    " . ",
    " .)",
    "= . ",
    "$ ",
    "$)",
    "$.Template.Name",
    "pluck",
    "$.Capabilities",
];

/// What stands behind what was grown.
const FRAME: &str = "{{ end }}a: {{ include \"NAME\" . | b64enc | quote }}";

/// Compares `count` templates and prints those that differ.
pub(crate) fn run(seed: u64, count: usize) -> ExitCode {
    let helm = match Oracles::find() {
        Ok(oracles) => oracles.helm4,
        Err(reason) => {
            println!("skipped: {reason}");
            return ExitCode::SUCCESS;
        }
    };
    let folder = std::env::temp_dir().join(format!("ironhelm-beside-{}", std::process::id()));
    let mut bench = Bench::new(folder.clone(), helm);
    let mut number = 0;
    let cases = std::iter::from_fn(|| {
        number += 1;
        Some(case(&mut Random::of(seed, number)))
    });
    let cases: Vec<String> = cases
        .filter(|case| {
            let grown = case.replace(FRAME, "");
            !UNSTEADY.iter().any(|word| grown.contains(word))
        })
        .take(count)
        .collect();
    let (good, bad): (Vec<_>, Vec<_>) = cases
        .iter()
        .map(|text| (text.as_str(), bench.ours(text)))
        .partition(|(_, ours)| ours.is_ok());
    for batch in good.chunks(BATCH) {
        bench.batch(batch);
    }
    for (text, ours) in &bad {
        bench.single(text, ours);
    }
    let _ = fs::remove_dir_all(&folder);
    println!(
        "seed {seed}: identical {}/{} ({} of them errors)",
        bench.same, bench.all, bench.errors
    );
    if bench.same == bench.all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A template with one expression or a few blocks; what it writes is encoded, so that it need not be YAML.
fn case(random: &mut Random) -> String {
    let body = match random.below(6) {
        0 => grow::body(random),
        kind => {
            let expression = match kind {
                1 => grow::expression(random),
                _ => table::expression(random),
            };
            format!("{{{{ $x := {expression} }}}}{{{{ printf \"%T|%v|\" $x $x }}}}{{{{ toJson $x }}}}")
        }
    };
    let body = body.replace("$.Values", "$v").replace(".Values", "$v");
    format!("{{{{ define \"NAME\" }}}}{{{{ $v := deepCopy $.Values }}}}{body}{FRAME}\n")
}

type Outcome = Result<String, String>;

struct Bench {
    folder: PathBuf,
    helm: Program,
    chart: Chart,
    values: Values,
    same: usize,
    all: usize,
    errors: usize,
}

impl Bench {
    fn new(folder: PathBuf, helm: Program) -> Self {
        fs::create_dir_all(folder.join("templates")).unwrap();
        fs::write(folder.join("Chart.yaml"), "apiVersion: v2\nname: c\nversion: 1.0.0\n").unwrap();
        fs::write(folder.join("values.yaml"), grow::VALUES).unwrap();
        let chart = load(&folder).unwrap().chart;
        let values = coalesce_values(&chart, Values::new()).unwrap().values;
        Self {
            folder,
            helm,
            chart,
            values,
            same: 0,
            all: 0,
            errors: 0,
        }
    }

    fn ours(&self, text: &str) -> Outcome {
        let mut chart = self.chart.clone();
        chart.templates = vec![File {
            name: "templates/t0.yaml".to_owned(),
            data: Arc::from(text.replace("NAME", "t0").as_bytes()),
            modified: None,
        }];
        let rendered = render(
            &chart,
            &self.values,
            &release(),
            &capabilities(),
            &Still,
            &RenderOptions::default(),
        );
        match rendered {
            Ok(rendered) => Ok(rendered.manifests.iter().map(|document| document.text.trim()).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Renders many with one run of helm; when that fails, halves.
    fn batch(&mut self, cases: &[(&str, Outcome)]) {
        let texts: Vec<&str> = cases.iter().map(|(text, _)| *text).collect();
        let output = self.helm(&texts);
        if output.code != 0 {
            if let [(text, ours)] = cases {
                return self.single(text, ours);
            }
            let (left, right) = cases.split_at(cases.len() / 2);
            self.batch(left);
            return self.batch(right);
        }
        for (index, (text, ours)) in cases.iter().enumerate() {
            let marker = format!("# Source: c/templates/t{index}.yaml\n");
            let theirs = output
                .stdout
                .split("---\n")
                .find_map(|document| document.strip_prefix(&marker));
            self.judge(text, ours, Ok(theirs.unwrap_or_default().trim().to_owned()));
        }
    }

    fn single(&mut self, text: &str, ours: &Outcome) {
        let output = self.helm(&[text]);
        let theirs = if output.code == 0 {
            let document = output.stdout.split_once(".yaml\n").map_or("", |(_, document)| document);
            Ok(document.trim().to_owned())
        } else {
            let text = output.stderr.trim().trim_start_matches("Error: ");
            Err(text
                .trim_end_matches("Use --debug flag to render out invalid YAML")
                .trim_end()
                .to_owned())
        };
        self.judge(text, ours, theirs);
    }

    fn helm(&self, texts: &[&str]) -> Output {
        let templates = self.folder.join("templates");
        let _ = fs::remove_dir_all(&templates);
        fs::create_dir_all(&templates).unwrap();
        for (index, text) in texts.iter().enumerate() {
            let name = format!("t{index}");
            fs::write(templates.join(format!("{name}.yaml")), text.replace("NAME", &name)).unwrap();
        }
        self.helm.run(&["template", "r", &path(&self.folder), "-n", "n"])
    }

    fn judge(&mut self, text: &str, ours: &Outcome, theirs: Outcome) {
        self.all += 1;
        self.errors += usize::from(theirs.is_err());
        let trimmed = ours.as_ref().map_err(|text| text.trim_end().to_owned());
        if trimmed.as_ref().map(|text| text.as_str()) == theirs.as_ref().map(String::as_str) {
            self.same += 1;
            return;
        }
        let mut report = String::new();
        let _ = writeln!(report, "{text}  ours: {}\n  helm: {}", shown(ours), shown(&theirs));
        println!("{report}");
    }
}

fn shown(outcome: &Outcome) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    match outcome {
        Err(text) => format!("error {text:?}"),
        Ok(text) => {
            let encoded = text.split('"').nth(1).unwrap_or_default();
            let decoded = BASE64_STANDARD.decode(encoded).unwrap_or_default();
            format!("{:?}", String::from_utf8_lossy(&decoded))
        }
    }
}

fn path(folder: &Path) -> String {
    folder.to_string_lossy().into_owned()
}
