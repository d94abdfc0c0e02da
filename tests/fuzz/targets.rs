//! What is fuzzed: one function from bytes per part that reads what others wrote.

use std::fmt::Write as _;
use std::io::Read as _;
use std::io::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ironhelm_chart::{Chart, File, IgnoreRules, LoadOptions, load_archive};
use ironhelm_gotmpl::Templates;
use ironhelm_render::{
    Budget, Capabilities, KubeVersion, Lookup, LookupAnswer, ReleaseContext, RenderOptions, World, render,
};
use ironhelm_sprig::SprigWorld;
use ironhelm_values::Values;
use ironhelm_values::set::{SetKind, parse_into};
use serde_json::Value;

use crate::mutate::mutate;
use crate::random::Random;
use crate::{grow, seeds};

/// Between the parts of an input that has several.
pub(crate) const PART: &str = "\n%%%\n";

/// One part of the product, and how its inputs come about.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Runs one input; whatever it says is fine, if only it ends.
    pub(crate) run: fn(&[u8]),
    /// An input from the target's grammar.
    grow: fn(&mut Random) -> Vec<u8>,
    seeds: fn() -> Vec<Vec<u8>>,
    words: &'static [&'static str],
}

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "yaml",
        run: yaml,
        grow: grow::yaml,
        seeds: || {
            [
                seeds::cells("yaml/parse.tsv"),
                seeds::cells("yaml/yaml-oracle.tsv"),
                seeds::files("demo", &[".yaml"]),
            ]
            .concat()
        },
        words: &[
            "&a ",
            "*a",
            "<<: ",
            "!!binary ",
            "!!str ",
            "? ",
            "- ",
            ": ",
            "|2\n",
            ">-\n",
            "{",
            "}",
            "[",
            "]",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "\"\\x",
            "'",
            "#",
            "~",
            "0b1",
            "1_0",
            "1:30",
            "2001-01-01",
        ],
    },
    Target {
        name: "parse",
        run: parse_template,
        grow: grow::template,
        seeds: templates,
        words: grow::TEMPLATE_WORDS,
    },
    Target {
        name: "execute",
        run: execute,
        grow: grow::chart,
        seeds: templates,
        words: grow::TEMPLATE_WORDS,
    },
    Target {
        name: "set",
        run: set,
        grow: grow::set,
        seeds: || seeds::cells("values/set.tsv"),
        words: &[
            "[", "]", "{", "}", ",", "=", ".", "\\", "null", "true", "[0]", "[65536]", "[-1]", "\"", ":", "1e5",
        ],
    },
    Target {
        name: "archive",
        run: archive,
        grow: grow::archive,
        seeds: archives,
        words: &[
            "../",
            "ustar",
            "Chart.yaml",
            "templates/",
            "charts/",
            "name: x\n",
            "\0\0\0\0",
            "7777777777",
        ],
    },
    Target {
        name: "ignore",
        run: ignore,
        grow: grow::ignore,
        seeds: || seeds::cells("chart/directories.tsv"),
        words: &["!", "/", "*", "?", "[a-", "]", "\\", "**", "#", "[^]"],
    },
    Target {
        name: "schema",
        run: schema,
        grow: grow::schema,
        seeds: schemas,
        words: &[
            "\"$ref\":\"#\",",
            "\"$id\":\"x:y\",",
            "\"$dynamicRef\":\"#a\",",
            "{",
            "}",
            "[",
            "]",
            "\"pattern\":\"(a*)*\",",
            "1e400",
            "\"not\":{},",
        ],
    },
];

impl Target {
    pub(crate) fn named(name: &str) -> &'static Self {
        let known = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
        TARGETS
            .iter()
            .find(|target| target.name == name)
            .unwrap_or_else(|| panic!("no target {name:?} (there are {})", known()))
    }

    pub(crate) fn source(&'static self) -> Source {
        Source {
            target: self,
            seeds: (self.seeds)().into_iter().filter(|seed| !seed.is_empty()).collect(),
        }
    }
}

/// Where a target's inputs come from.
pub(crate) struct Source {
    target: &'static Target,
    seeds: Vec<Vec<u8>>,
}

impl Source {
    /// Input `number` of `seed`: always the same.
    pub(crate) fn input(&self, seed: u64, number: u64) -> Vec<u8> {
        let mut random = Random::of(seed, number);
        let grown = self.seeds.is_empty() || random.once_in(2);
        let base = match grown {
            true => (self.target.grow)(&mut random),
            false => self.seeds[random.below(self.seeds.len())].clone(),
        };
        if grown && !random.once_in(3) {
            return base;
        }
        mutate(&mut random, base, &self.seeds, self.target.words)
    }
}

fn templates() -> Vec<Vec<u8>> {
    [
        seeds::lines("gotmpl/cases-go1.26.jsonl", "tmpl"),
        seeds::lines("render/cases-helm-4.2.3.jsonl", "template"),
        seeds::files("demo", &[".tpl", ".yaml", ".txt"]),
    ]
    .concat()
}

fn schemas() -> Vec<Vec<u8>> {
    let cells = seeds::cells("values/schema.tsv");
    let pairs = cells.chunks_exact(3).map(|row| {
        let schema = String::from_utf8_lossy(&row[0]);
        let schema = schema.trim_matches('"');
        [schema.as_bytes(), PART.as_bytes(), &row[1]].concat()
    });
    pairs.collect()
}

/// The archives without their compression, which mutation would only break.
fn archives() -> Vec<Vec<u8>> {
    let packed = [
        seeds::files("corpus/charts", &[".tgz"]),
        seeds::files("chart/archives", &[".tgz"]),
    ]
    .concat();
    let unpacked = packed.iter().filter_map(|bytes| {
        let mut tar = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .take(200_000)
            .read_to_end(&mut tar)
            .ok()?;
        Some(tar)
    });
    unpacked.collect()
}

fn yaml(input: &[u8]) {
    let _ = ironhelm_yaml::decode_strict(input);
    let Ok(value) = ironhelm_yaml::decode(input) else {
        return;
    };
    let _ = ironhelm_yaml::encode_pretty(&value);
    let Ok(text) = ironhelm_yaml::try_encode(&value) else {
        return;
    };
    // What has a text reads back as itself. Go: but not a line break of Unicode, which is written plainly, nor `<<` as
    // a key, nor a negative zero.
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) || text.contains("<<") || value.to_string().contains("-0.0") {
        return;
    }
    let again = ironhelm_yaml::decode(text.as_bytes());
    assert_eq!(again.as_ref().ok(), Some(&value), "{text}\n{again:?}");
}

fn parse_template(input: &[u8]) {
    thread_local! {
        static SET: Templates = Templates::new("gotpl", ironhelm_sprig::functions(Rc::new(Still)));
    }
    SET.with(|set| {
        let _ = set.parse_text("t", input);
    });
}

/// Values, then templates.
fn execute(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.split(PART);
    let first = parts.next().unwrap_or_default();
    let mut templates: Vec<&str> = parts.collect();
    let values = if templates.is_empty() {
        templates.push(first);
        grow::VALUES
    } else {
        first
    };
    let values = match ironhelm_yaml::decode(values.as_bytes()) {
        Ok(Value::Object(values)) => values,
        _ => Values::new(),
    };
    let _ = render(
        &chart(&templates),
        &values,
        &release(),
        &capabilities(),
        &Still,
        &RenderOptions {
            budget: BUDGET,
            ..RenderOptions::default()
        },
    );
}

/// A part of the usual one, so that an input that uses it up ends within the limit of time on a busy machine.
const BUDGET: Budget = Budget {
    steps: 20_000_000,
    bytes: 1 << 30,
};

fn chart(templates: &[&str]) -> Chart {
    let mut chart = Chart::default();
    chart.metadata.name = "c".to_owned();
    chart.metadata.version = "1.0.0".to_owned();
    let files = templates.iter().enumerate().map(|(index, text)| File {
        name: format!("templates/{}t{index}.yaml", if index > 1 { "_" } else { "" }),
        data: Arc::from(text.as_bytes()),
        modified: None,
    });
    chart.templates = files.collect();
    chart
}

pub(crate) fn release() -> ReleaseContext {
    ReleaseContext {
        name: "r".to_owned(),
        namespace: "n".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    }
}

pub(crate) fn capabilities() -> Capabilities {
    Capabilities::offline(KubeVersion::default(), [])
}

fn set(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for kind in [
        SetKind::Typed,
        SetKind::String,
        SetKind::Json,
        SetKind::File,
        SetKind::Literal,
    ] {
        let mut values = Values::new();
        values.insert("a".to_owned(), serde_json::json!({"b": [1, {"c": "d"}], "e": null}));
        let mut files = |name: &str| Ok::<_, std::io::Error>(name.as_bytes().to_vec());
        let _ = parse_into(kind, &text, &mut values, &mut files);
    }
}

fn archive(input: &[u8]) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(input).unwrap();
    let _ = load_archive("fuzz.tgz", &encoder.finish().unwrap(), &LoadOptions::default());
    let _ = load_archive("fuzz.tgz", input, &LoadOptions::default());
}

fn ignore(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (rules, paths) = text
        .split_once(PART)
        .unwrap_or((&text, "a/b.txt\ntemplates/.x\nREADME.md\n[x]\né/ü"));
    let Ok(rules) = IgnoreRules::parse(rules) else { return };
    for path in paths.lines() {
        let _ = (rules.ignores(path, false), rules.ignores(path, true));
    }
}

fn schema(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (schema, values) = text
        .split_once(PART)
        .unwrap_or((&text, r#"{"a": [1, "b", {"c": null}], "d": 1.5}"#));
    let mut chart = chart(&[]);
    chart.schema = Some(Arc::from(schema.as_bytes()));
    let values = match ironhelm_yaml::decode(values.as_bytes()) {
        Ok(Value::Object(values)) => values,
        _ => Values::new(),
    };
    if let Ok(checked) = ironhelm_values::schema::check(&chart, &values) {
        let mut told = String::new();
        for failure in &checked.failures {
            let _ = write!(told, "{failure:?}");
        }
    }
}

/// A world where nothing happens.
pub(crate) struct Still;

impl World for Still {
    fn lookup(&self, _lookup: &Lookup) -> LookupAnswer {
        LookupAnswer::Offline
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        pattern(bytes);
    }

    fn resolve_host(&self, _name: &str) -> Option<String> {
        None
    }
}

impl SprigWorld for Still {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        pattern(bytes);
    }
}

/// Bytes that look random and are always the same for one length, counted on from call to call.
fn pattern(bytes: &mut [u8]) {
    thread_local! {
        static CALLS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }
    let call = CALLS.replace(CALLS.get().wrapping_add(1));
    let mut random = Random::of(7, call);
    bytes.fill_with(|| random.next() as u8);
}
