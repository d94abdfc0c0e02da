//! Inputs from grammars: right enough to get deep into a part, odd enough to find its edges.

use crate::random::Random;
use crate::targets::PART;

/// The values that grown templates ask for.
pub(crate) const VALUES: &str = "a: {b: {c: 1, d: [x, y]}, n: null}\nl: [1, 2.5, three, {k: v}, [4]]\ns: héllo wörld\ni: 7\nf: 0.5\nbig: 1e21\nt: true\nn: null\ne: {}\nel: []\nes: \"\"\ntpl: '{{ .Values.i }}'\n";

pub(crate) const TEMPLATE_WORDS: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{/*",
    "*/}}",
    "{{ end }}",
    "{{ if ",
    "{{ else if ",
    "{{ range $k, $v := ",
    "{{ with ",
    "{{ define \"x\" }}",
    "{{ template \"x\" . }}",
    "{{ block \"x\" . }}",
    "{{ break }}",
    "{{ continue }}",
    "$x := ",
    "$x = ",
    "$",
    ".",
    "|",
    "(",
    ")",
    "`",
    "\"",
    "'a'",
    "nil",
    "true",
    "0x1p-2",
    "1_000",
    "1i",
    "include \"x\" .",
    "tpl ",
    "printf \"%*d\" ",
];

/// Functions by the number of arguments that they want.
const FUNCTIONS: &[(&str, usize)] = &[
    ("len", 1),
    ("index", 2),
    ("index", 3),
    ("slice", 3),
    ("print", 2),
    ("printf", 3),
    ("eq", 2),
    ("lt", 2),
    ("and", 2),
    ("or", 2),
    ("not", 1),
    ("html", 1),
    ("js", 1),
    ("urlquery", 1),
    ("call", 1),
    ("trunc", 2),
    ("abbrev", 2),
    ("abbrevboth", 3),
    ("substr", 3),
    ("repeat", 2),
    ("indent", 2),
    ("nindent", 2),
    ("wrap", 2),
    ("wrapWith", 3),
    ("replace", 3),
    ("trim", 1),
    ("trimAll", 2),
    ("trimSuffix", 2),
    ("title", 1),
    ("untitle", 1),
    ("upper", 1),
    ("swapcase", 1),
    ("snakecase", 1),
    ("camelcase", 1),
    ("kebabcase", 1),
    ("initials", 1),
    ("nospace", 1),
    ("contains", 2),
    ("quote", 2),
    ("squote", 2),
    ("cat", 3),
    ("plural", 3),
    ("split", 2),
    ("splitn", 3),
    ("splitList", 2),
    ("join", 2),
    ("sortAlpha", 1),
    ("toStrings", 1),
    ("atoi", 1),
    ("int", 1),
    ("int64", 1),
    ("float64", 1),
    ("toDecimal", 1),
    ("add", 2),
    ("add1", 1),
    ("sub", 2),
    ("mul", 2),
    ("div", 2),
    ("mod", 2),
    ("addf", 2),
    ("divf", 2),
    ("mulf", 2),
    ("max", 2),
    ("minf", 2),
    ("ceil", 1),
    ("round", 2),
    ("seq", 2),
    ("seq", 3),
    ("until", 1),
    ("untilStep", 3),
    ("default", 2),
    ("empty", 1),
    ("coalesce", 3),
    ("ternary", 3),
    ("all", 2),
    ("any", 2),
    ("compact", 1),
    ("list", 3),
    ("dict", 2),
    ("dict", 4),
    ("get", 2),
    ("set", 3),
    ("unset", 2),
    ("hasKey", 2),
    ("pluck", 2),
    ("keys", 1),
    ("pick", 2),
    ("omit", 2),
    ("merge", 2),
    ("mergeOverwrite", 2),
    ("values", 1),
    ("append", 2),
    ("prepend", 2),
    ("first", 1),
    ("rest", 1),
    ("last", 1),
    ("initial", 1),
    ("reverse", 1),
    ("uniq", 1),
    ("without", 2),
    ("has", 2),
    ("concat", 2),
    ("dig", 3),
    ("chunk", 2),
    ("deepCopy", 1),
    ("typeOf", 1),
    ("kindOf", 1),
    ("kindIs", 2),
    ("deepEqual", 2),
    ("toYaml", 1),
    ("toYamlPretty", 1),
    ("fromYaml", 1),
    ("fromYamlArray", 1),
    ("toJson", 1),
    ("toPrettyJson", 1),
    ("toRawJson", 1),
    ("fromJson", 1),
    ("mustFromJson", 1),
    ("fromJsonArray", 1),
    ("toToml", 1),
    ("fromToml", 1),
    ("b64enc", 1),
    ("b64dec", 1),
    ("b32enc", 1),
    ("b32dec", 1),
    ("sha256sum", 1),
    ("adler32sum", 1),
    ("encryptAES", 2),
    ("decryptAES", 2),
    ("semver", 1),
    ("semverCompare", 2),
    ("regexMatch", 2),
    ("regexFind", 2),
    ("regexFindAll", 3),
    ("regexReplaceAll", 3),
    ("regexSplit", 3),
    ("regexQuoteMeta", 1),
    ("urlParse", 1),
    ("urlJoin", 1),
    ("base", 1),
    ("dir", 1),
    ("clean", 1),
    ("ext", 1),
    ("date", 2),
    ("dateInZone", 3),
    ("dateModify", 2),
    ("duration", 1),
    ("durationRound", 1),
    ("toDate", 2),
    ("unixEpoch", 1),
    ("ago", 1),
    ("htmlDate", 1),
    ("include", 2),
    ("tpl", 2),
    ("required", 2),
    ("lookup", 4),
    ("genSignedCert", 5),
    ("buildCustomCert", 2),
    ("derivePassword", 5),
    ("shuffle", 1),
    ("randAlphaNum", 1),
    ("randBytes", 1),
    ("fail", 1),
];

const OPERANDS: &[&str] = &[
    ".Values.a",
    ".Values.a.b",
    ".Values.a.b.c",
    ".Values.l",
    ".Values.s",
    ".Values.i",
    ".Values.f",
    ".Values.big",
    ".Values.t",
    ".Values.n",
    ".Values.e",
    ".Values.el",
    ".Values.es",
    ".Values.nope",
    ".Values",
    ".",
    "$",
    "$.Chart",
    "$.Files",
    "$.Capabilities.APIVersions",
    "nil",
    "true",
    "0",
    "1",
    "-1",
    "3",
    "100",
    "65537",
    "9223372036854775807",
    "1.5",
    "-0.0",
    "1e300",
    "'x'",
    "\"\"",
    "\"a\"",
    "\"x\"",
    "\"%v\"",
    "\"%5.3q|%-08d|%+x|%#v|%[3]*.[2]*[1]f\"",
    "\"%!\"",
    "\"é日本\\n\\x80\"",
    "\"(a|b)*c\"",
    "\"^1.2.x || >=3\"",
    "\"1.2.3-a+b\"",
    "\"2006-01-02T15:04:05Z07:00\"",
    "\"a: [1, {b: c}]\"",
    "\"{\\\"a\\\": [1, 2.5, null]}\"",
    "\"[t]\\na = 1\"",
    "\"https://u:p@h:1/p?q#f\"",
    "\"-1h2m\"",
    "\"{{ . }}\"",
    "\".\"",
    "\"_0\"",
    "`raw`",
    "(list)",
    "(dict)",
    "(list 1 \"a\" nil)",
    "(dict \"a\" 1 \"b\" (list 2))",
    "(now)",
    "(int64 5)",
];

/// One template.
pub(crate) fn template(random: &mut Random) -> Vec<u8> {
    let mut out = String::new();
    block(random, &mut out, 0);
    if random.once_in(3) {
        out.push_str("{{ define \"x\" }}");
        block(random, &mut out, 2);
        out.push_str("{{ end }}");
    }
    out.into_bytes()
}

/// What may stand inside a definition.
pub(crate) fn body(random: &mut Random) -> String {
    let mut out = String::new();
    block(random, &mut out, 1);
    out
}

/// One pipeline.
pub(crate) fn expression(random: &mut Random) -> String {
    let mut out = String::new();
    pipeline(random, &mut out, 2);
    out
}

/// Values, and templates that include each other.
pub(crate) fn chart(random: &mut Random) -> Vec<u8> {
    let mut out = VALUES.to_owned();
    for _ in 0..=random.below(3) {
        out.push_str(PART);
        out.push_str(&String::from_utf8_lossy(&template(random)));
    }
    out.into_bytes()
}

fn block(random: &mut Random, out: &mut String, depth: usize) {
    for _ in 0..=random.below(if depth == 0 { 8 } else { 3 }) {
        match random.below(if depth > 4 { 6 } else { 10 }) {
            0 => out.push_str(random.pick(&["a: ", "\n", "text\n", "- ", "---\n", "{", "<no value>"])),
            1..=4 => action(random, out, depth),
            5 => {
                out.push_str("{{ $x := ");
                pipeline(random, out, depth);
                out.push_str(" }}{{ $x }}");
            }
            kind => {
                let open = ["{{ if ", "{{ with ", "{{ range ", "{{- range $k, $v := "][kind - 6];
                out.push_str(open);
                pipeline(random, out, depth);
                out.push_str(random.pick(&[" }}", " -}}\n"]));
                block(random, out, depth + 1);
                if random.once_in(3) {
                    out.push_str("{{ else }}");
                    block(random, out, depth + 1);
                }
                if kind > 7 && random.once_in(6) {
                    out.push_str(random.pick(&["{{ break }}", "{{ continue }}"]));
                }
                out.push_str("{{ end }}");
            }
        }
    }
}

fn action(random: &mut Random, out: &mut String, depth: usize) {
    out.push_str(random.pick(&["{{ ", "{{- "]));
    pipeline(random, out, depth);
    out.push_str(random.pick(&[" }}", " }}\n", " -}} "]));
}

fn pipeline(random: &mut Random, out: &mut String, depth: usize) {
    let first = if random.once_in(4) {
        random.pick(OPERANDS).to_owned()
    } else {
        call(random, depth, 0)
    };
    out.push_str(&first);
    for _ in 0..random.below(3) {
        out.push_str(" | ");
        out.push_str(&call(random, depth, 1));
    }
}

/// A call with its arguments, `piped` of them left out.
fn call(random: &mut Random, depth: usize, piped: usize) -> String {
    let (name, arity) = FUNCTIONS[random.below(FUNCTIONS.len())];
    let count = if random.once_in(20) {
        random.below(5)
    } else {
        arity.saturating_sub(piped)
    };
    let mut text = name.to_owned();
    for _ in 0..count {
        text.push(' ');
        if depth < 4 && random.once_in(4) {
            text.push_str(&format!("({})", call(random, depth + 1, 0)));
        } else {
            text.push_str(random.pick(OPERANDS));
        }
    }
    text
}

const SCALARS: &[&str] = &[
    "a",
    "~",
    "null",
    "yes",
    "No",
    "on",
    "0x1F",
    "0o17",
    "017",
    "1_000",
    "1e3",
    ".5",
    "-.inf",
    ".nan",
    "1:30:00",
    "2001-12-14t21:59:43.10-05:00",
    "\"q\\n\\u00e9\\x41\"",
    "'it''s'",
    "*a",
    "&a b",
    "!!str 5",
    "!!binary aGk=",
    "!!float 1",
    "!x y",
    "<<",
    "=",
    "héllo",
    "a b\n  c",
    "\"a\n\n b\"",
    "|\n  x\n",
    ">+\n  y\n\n",
    "|2-\n    z",
    "a: b",
    "# no",
    "@x",
    "%",
    "`",
    "-",
    "?",
    "18446744073709551615",
    "9223372036854775808",
    "1e400",
    "",
];

/// A document, mostly valid.
pub(crate) fn yaml(random: &mut Random) -> Vec<u8> {
    let mut out = String::new();
    if random.once_in(10) {
        out.push_str(random.pick(&["---\n", "%YAML 1.1\n---\n", "--- &a\n", "\u{feff}"]));
    }
    yaml_node(random, &mut out, 0, 0);
    if random.once_in(10) {
        out.push_str(random.pick(&["\n...\n", "\n---\nb: c\n", "\n# end"]));
    }
    out.into_bytes()
}

fn yaml_node(random: &mut Random, out: &mut String, indent: usize, depth: usize) {
    let pad = " ".repeat(indent);
    match random.below(if depth > 5 { 2 } else { 7 }) {
        0 | 1 => {
            out.push_str(random.pick(SCALARS));
            out.push('\n');
        }
        2 => {
            yaml_flow(random, out, depth);
            out.push('\n');
        }
        3 => {
            out.push('\n');
            for _ in 0..=random.below(4) {
                out.push_str(&pad);
                out.push_str("- ");
                yaml_node(random, out, indent + 2, depth + 1);
            }
        }
        _ => {
            out.push_str(random.pick(&["\n", "\n", "&a\n", "!!map\n"]));
            for index in 0..=random.below(5) {
                out.push_str(&pad);
                match random.below(8) {
                    0 => out.push_str("<<: *a\n"),
                    1 => out.push_str(&format!("? {}\n{pad}: ", random.pick(SCALARS))),
                    2 => out.push_str(&format!("{}: ", random.pick(SCALARS))),
                    _ => out.push_str(&format!("k{index}: ")),
                }
                let deeper = indent + 1 + random.below(2);
                yaml_node(random, out, deeper, depth + 1);
            }
        }
    }
}

fn yaml_flow(random: &mut Random, out: &mut String, depth: usize) {
    let map = random.once_in(2);
    out.push(if map { '{' } else { '[' });
    for _ in 0..random.below(4) {
        if map {
            out.push_str(random.pick(&["a: ", "\"b\":", "? c : ", "d"]));
        }
        if depth < 6 && random.once_in(3) {
            yaml_flow(random, out, depth + 1);
        } else {
            out.push_str(random.pick(&SCALARS[..24]));
        }
        out.push_str(random.pick(&[", ", ",", ",\n  "]));
    }
    out.push(if map { '}' } else { ']' });
}

/// An argument of `--set`.
pub(crate) fn set(random: &mut Random) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "a",
        "b",
        "c.d",
        ".",
        "[0]",
        "[1]",
        "[2][3]",
        "[65536]",
        "[-1]",
        "=",
        "=",
        "1",
        "null",
        "true",
        "\\,",
        "\\.",
        "\\",
        ",",
        ",",
        "{a,b}",
        "{",
        "}",
        "\"x\"",
        "é",
        " ",
        "[",
        "]",
        "{\"a\":[1]}",
        "[1,2]",
        "0x10",
        "007",
        "-5",
        "a[0].b=",
    ];
    let mut out = String::new();
    for _ in 0..=random.size() {
        out.push_str(random.pick(PIECES));
    }
    out.into_bytes()
}

/// The rules, then paths.
pub(crate) fn ignore(random: &mut Random) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "a", "b", "*", "?", "/", "[a-c]", "[^x]", "[", "]", "\\", "!", ".", "é", "txt", "-", "**",
    ];
    let line = |random: &mut Random| {
        let mut out = String::new();
        for _ in 0..random.size() {
            out.push_str(random.pick(PIECES));
        }
        out
    };
    let rules: Vec<String> = (0..random.below(6)).map(|_| line(random)).collect();
    let paths: Vec<String> = (0..4).map(|_| line(random)).collect();
    [rules.join("\n"), paths.join("\n")].join(PART).into_bytes()
}

/// A tar of a chart that may lack something.
pub(crate) fn archive(random: &mut Random) -> Vec<u8> {
    const NAMES: &[&str] = &[
        "c/Chart.yaml",
        "c/values.yaml",
        "c/templates/a.yaml",
        "c/charts/d/Chart.yaml",
        "c/charts/e.tgz",
        "c/../x",
        "/c/y",
        "c\\z",
        "c/.helmignore",
        "c/values.schema.json",
        "c/Chart.lock",
        "c/requirements.yaml",
        "c/crds/x.yaml",
        "c/charts/_d/Chart.yaml",
        "C:/x",
        "c/é",
        "c/charts/README",
    ];
    const TEXTS: &[&str] = &[
        "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "apiVersion: v1\nname: d\nversion: 0.1.0\n",
        "a: {b: 1}\n",
        "dependencies:\n- {name: d, version: '*', condition: a.b, alias: x, import-values: [q]}\n",
        "",
        "\u{feff}x: y\n",
        "{}",
        "[",
        "name: c\nversion: 1.0.0\ndependencies: [{name: d}, null]\n",
    ];
    let mut builder = tar::Builder::new(Vec::new());
    for index in 0..=random.below(6) {
        let name = if index == 0 { NAMES[0] } else { random.pick(NAMES) };
        let text = if index == 0 { TEXTS[0] } else { random.pick(TEXTS) };
        let mut header = tar::Header::new_gnu();
        let kind = random.pick(&[
            &tar::EntryType::Regular,
            &tar::EntryType::Regular,
            &tar::EntryType::Symlink,
            &tar::EntryType::Directory,
        ]);
        header.set_entry_type(if index == 0 { tar::EntryType::Regular } else { *kind });
        header.set_size(text.len() as u64);
        // `set_path` refuses what an attacker would write.
        let field = &mut header.as_old_mut().name;
        let length = name.len().min(field.len());
        field[..length].copy_from_slice(&name.as_bytes()[..length]);
        header.set_cksum();
        builder.append(&header, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A schema, then values.
pub(crate) fn schema(random: &mut Random) -> Vec<u8> {
    let mut out = String::new();
    subschema(random, &mut out, 0);
    out.push_str(PART);
    out.push_str(random.pick(&[
        "{}",
        "{\"a\": 1, \"b\": [1, 2, \"x\"], \"c\": {\"a\": null}}",
        "{\"a\": {\"a\": {\"a\": []}}}",
        "{\"a\": 1.5, \"b\": \"2001-01-01\"}",
    ]));
    out.into_bytes()
}

#[allow(clippy::too_many_lines, reason = "a table of keywords")]
fn subschema(random: &mut Random, out: &mut String, depth: usize) {
    if depth > 5 || random.once_in(8) {
        return out.push_str(random.pick(&["true", "false", "{}", "{\"$ref\": \"#\"}", "{\"type\": \"string\"}"]));
    }
    out.push('{');
    for index in 0..=random.below(4) {
        if index > 0 {
            out.push(',');
        }
        match random.below(4) {
            0 => {
                let leaf = random.pick(&[
                    "\"type\": \"object\"",
                    "\"type\": [\"integer\", \"null\"]",
                    "\"type\": \"strng\"",
                    "\"enum\": [1, \"x\", null]",
                    "\"const\": {}",
                    "\"minimum\": 2",
                    "\"multipleOf\": 0.1",
                    "\"multipleOf\": 0",
                    "\"pattern\": \"^(a+)+$\"",
                    "\"pattern\": \"[\"",
                    "\"maxLength\": -1",
                    "\"required\": [\"a\", \"z\"]",
                    "\"format\": \"date\"",
                    "\"uniqueItems\": true",
                    "\"minItems\": 1e3",
                    "\"$ref\": \"#/properties/a\"",
                    "\"$ref\": \"#/$defs/a\"",
                    "\"$ref\": \"http://x/y\"",
                    "\"$id\": \"urn:x\"",
                    "\"$anchor\": \"a\"",
                    "\"$dynamicAnchor\": \"a\"",
                    "\"$dynamicRef\": \"#a\"",
                    "\"$schema\": \"http://json-schema.org/draft-07/schema#\"",
                    "\"$schema\": \"http://json-schema.org/draft-04/schema#\"",
                    "\"additionalProperties\": false",
                    "\"dependentRequired\": {\"a\": [\"b\"]}",
                ]);
                out.push_str(leaf);
            }
            1 => {
                let key = random.pick(&[
                    "not",
                    "items",
                    "additionalProperties",
                    "if",
                    "then",
                    "else",
                    "contains",
                    "propertyNames",
                    "unevaluatedProperties",
                    "unevaluatedItems",
                ]);
                out.push_str(&format!("\"{key}\": "));
                subschema(random, out, depth + 1);
            }
            2 => {
                let key = random.pick(&["allOf", "anyOf", "oneOf", "prefixItems"]);
                out.push_str(&format!("\"{key}\": ["));
                subschema(random, out, depth + 1);
                out.push(',');
                subschema(random, out, depth + 1);
                out.push(']');
            }
            _ => {
                let key = random.pick(&[
                    "properties",
                    "patternProperties",
                    "$defs",
                    "definitions",
                    "dependentSchemas",
                ]);
                out.push_str(&format!("\"{key}\": {{\"{}\": ", random.pick(&["a", "b", "^c", "("])));
                subschema(random, out, depth + 1);
                out.push('}');
            }
        }
    }
    out.push('}');
}
