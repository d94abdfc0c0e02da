//! Calls of every function with operands of every kind: mostly those that it wants, sometimes any other.

use crate::random::Random;

/// Functions by the kinds of their arguments: `s`tring, `i`nteger, `f`loat, `b`ool, `l`ist, `m`ap, `a`ny,
/// `r`egular expression, `v`ersion, `t`ime, time `z`one, la`y`out, `u`rl, `j`son, `o` for YAML, `c` for version constraints,
/// `p` for a format; the last may be repeated when `*` follows.
const SIGNATURES: &[(&str, &str)] = &[
    ("abbrev", "is"), ("abbrevboth", "iis"), ("add", "a*"), ("add1", "a"), ("add1f", "a"), ("addf", "a*"),
    ("adler32sum", "s"), ("all", "a*"), ("and", "a*"), ("any", "a*"), ("append", "la"), ("atoi", "s"), ("b32dec", "s"),
    ("b32enc", "s"), ("b64dec", "s"), ("b64enc", "s"), ("base", "u"), ("biggest", "a*"), ("camelcase", "s"),
    ("cat", "a*"), ("ceil", "a"), ("chunk", "il"), ("clean", "u"), ("coalesce", "a*"), ("compact", "l"),
    ("concat", "l*"), ("contains", "ss"), ("date", "yt"), ("dateInZone", "ytz"), ("date_in_zone", "ytz"),
    ("dateModify", "st"), ("decryptAES", "ss"), ("deepCopy", "a"), ("deepEqual", "aa"), ("default", "aa"),
    ("derivePassword", "issss"), ("dict", "sasa"), ("dig", "ssam"), ("dir", "u"), ("div", "aa"), ("divf", "a*"),
    ("duration", "a"), ("durationRound", "a"), ("empty", "a"), ("env", "s"), ("eq", "aa*"), ("expandenv", "s"),
    ("ext", "u"), ("fail", "s"), ("first", "l"), ("float64", "a"), ("floor", "a"), ("fromJson", "j"),
    ("fromJsonArray", "j"), ("fromToml", "s"), ("fromYaml", "o"), ("fromYamlArray", "o"), ("ge", "aa"),
    ("genPrivateKey", "s"), ("get", "ms"), ("gt", "aa"), ("has", "al"), ("hasKey", "ms"), ("hasPrefix", "ss"),
    ("hasSuffix", "ss"), ("hello", ""), ("html", "a*"), ("htmlDateInZone", "tz"), ("htpasswd", "ss"), ("indent", "is"),
    ("index", "li"), ("index", "ms"), ("index", "lii"), ("initial", "l"), ("initials", "s"), ("int", "a"),
    ("int64", "a"), ("isAbs", "u"), ("join", "sl"), ("js", "a*"), ("kebabcase", "s"), ("kindIs", "sa"), ("kindOf", "a"),
    ("last", "l"), ("le", "aa"), ("len", "a"), ("list", "a*"), ("lower", "s"), ("lt", "aa"), ("max", "a*"),
    ("maxf", "a*"), ("merge", "mm*"), ("mergeOverwrite", "mm*"), ("min", "a*"), ("minf", "a*"), ("mod", "aa"),
    ("mul", "a*"), ("mulf", "a*"), ("mustDateModify", "st"), ("mustFromJson", "j"), ("mustHas", "al"),
    ("mustRegexFind", "rs"), ("mustRegexFindAll", "rsi"), ("mustRegexMatch", "rs"), ("mustRegexReplaceAll", "rss"),
    ("mustRegexSplit", "rsi"), ("mustToJson", "a"), ("mustToPrettyJson", "a"), ("mustToRawJson", "a"),
    ("mustToYaml", "a"), ("mustToToml", "a"), ("mustToDuration", "a"), ("mustSlice", "lii"), ("mustUniq", "l"), ("ne", "aa"),
    ("nindent", "is"), ("nospace", "s"), ("not", "a"), ("omit", "ms*"), ("or", "a*"), ("osBase", "u"),
    ("osClean", "u"), ("osDir", "u"), ("osExt", "u"), ("osIsAbs", "u"), ("pick", "ms*"), ("plural", "ssi"),
    ("prepend", "la"), ("print", "a*"), ("printf", "pa*"), ("printf", "pa*"), ("printf", "pa*"), ("println", "a*"),
    ("push", "la"), ("quote", "a*"), ("regexFind", "rs"), ("regexFindAll", "rsi"), ("regexMatch", "rs"),
    ("regexQuoteMeta", "s"), ("regexReplaceAll", "rss"), ("regexReplaceAllLiteral", "rss"), ("regexSplit", "rsi"),
    ("repeat", "is"), ("replace", "sss"), ("required", "sa"), ("rest", "l"), ("reverse", "l"), ("round", "ai"),
    ("round", "aif"), ("semver", "v"), ("semverCompare", "cv"), ("seq", "i*"), ("set", "msa"), ("sha1sum", "s"),
    ("sha256sum", "s"), ("sha512sum", "s"), ("slice", "lii"), ("slice", "sii"), ("snakecase", "s"), ("sortAlpha", "l"),
    ("split", "ss"), ("splitList", "ss"), ("splitn", "sis"), ("squote", "a*"), ("sub", "aa"), ("subf", "a*"),
    ("substr", "iis"), ("swapcase", "s"), ("ternary", "aab"), ("title", "s"), ("toDecimal", "a"), ("toJson", "a"),
    ("toPrettyJson", "a"), ("toRawJson", "a"), ("toString", "a"), ("toStrings", "l"), ("toToml", "a"),
    ("toToml", "m"), ("toYaml", "a"), ("toYamlPretty", "a"), ("tpl", "sa"), ("trim", "s"), ("trimAll", "ss"),
    ("trimPrefix", "ss"), ("trimSuffix", "ss"), ("trunc", "is"), ("tuple", "a*"), ("typeIs", "sa"),
    ("typeIsLike", "sa"), ("typeOf", "a"), ("uniq", "l"), ("unset", "ms"), ("until", "i"), ("untilStep", "iii"),
    ("untitle", "s"), ("upper", "s"), ("urlJoin", "m"), ("urlParse", "u"), ("urlquery", "a*"), ("without", "la*"),
    ("wrap", "is"), ("wrapWith", "iss"), ("toDuration", "a"), ("mustAppend", "la"), ("lookup", "ssss"), ("include", "sa"),
];

const STRINGS: &[&str] = &[
    "\"\"", "\"a\"", "\"k\"", "\"x y  z\"", "\"héllo wörld ß\"", "\"日本語\"", "\"\\x80\\xff\"", "\"a\\tb\\nc\"", "\"A_b-C.d\"", "\"<a href='x'>&</a>\"",
    "\"5\"", "\"-7\"", "\"0x1F\"", "\"010\"", "\"1_000\"", "\"1e3\"", "\"5.00\"", "\"9223372036854775808\"", "\"true\"", "\"null\"",
    "\" trim \"", "\"fooBarBAZ quux\"", "\"aGk=\"", "\"$HOME ${X}\"", "$v.s", "$v.es", "$v.tpl", "\"{{ .i }}\"", "\"string\"", "\"map\"",
    "\"1h30m\"", "\"\\u2028\\u0085\\ufeff\"", "\"~\"", "\"- a\\n- b\\n\"", "(toYaml $v.a)", "(printf \"%d\" 7)", "\"İıſK\"", "\"a,b,,c\"", "\",\"", "\"[]map[string]interface {}\"",
];
const INTEGERS: &[&str] = &[
    "0", "1", "2", "3", "-1", "-3", "10", "64", "(int64 5)", "(int 2)", "(len \"abc\")", "$v.i", "(int64 -2)", "(atoi \"4\")", "'a'", "0x10", "1_0",
];
const FLOATS: &[&str] = &["0.5", "1.0", "-2.75", "1e6", "1e21", "1e-7", "$v.f", "$v.big", "(float64 3)", "(divf 1 3)", "123456789.0", "(float64 \"nan\")", "(float64 \"inf\")", "-0.0"];
const BOOLS: &[&str] = &["true", "false", "$v.t", "(not true)"];
const LISTS: &[&str] = &[
    "(list)", "(list 1 2 3)", "(list 1 \"a\" nil 2.5 true)", "(list (list 1 2) (dict \"a\" 1))", "$v.l", "$v.el", "(splitList \",\" \"a,b,c\")",
    "(until 4)", "(sortAlpha (list \"b\" \"a\"))", "(list \"b\" \"a\" \"b\")", "(list nil nil)", "(chunk 2 (list 1 2 3))", "(tuple 1.0 2)", "(list 1 1 1.0 (int64 1) \"1\")",
    "(rest (list 1))", "(regexFindAll \"x\" \"abc\" -1)", "(list \"\" 0 false nil (list) (dict) \"x\")", "(fromJsonArray \"[1, 2.5, \\\"x\\\", null, {}]\")", "(untilStep 0 10 3)", "(concat (list) (list))",
];
const MAPS: &[&str] = &[
    "(dict)", "(dict \"a\" 1 \"b\" (list 2))", "(dict \"k\" (dict \"k\" nil))", "$v.a", "$v.e", "$v", "(split \".\" \"a.b\")", "(urlParse \"https://u:p@h:1/p?q#f\")",
    "(fromYaml \"a: 1\\nb: {c: [1, x]}\")", "(fromJson \"{\\\"n\\\": 5, \\\"f\\\": 0.1}\")", "(dict \"z\" 1.5 \"é\" \"x\" \"1\" true \"n\" nil)", "(fromYaml \"[\")", "$.Chart", "$.Release", "(dict \"s\" \"line\\n two\" \"d\" \"2001-01-01\" \"y\" \"yes\")",
    "(dict \"scheme\" \"http\" \"host\" \"h:1\" \"path\" \"/a b\" \"query\" \"q=1\" \"userinfo\" \"u:p\")",
];
const OTHERS: &[&str] = &["nil", "$v.n", "$v.nope", "$v.a.b.c", "$.Values", ".", "$.Capabilities.KubeVersion", "$.Capabilities.KubeVersion.Version", "$.Template.Name", "(semver \"1.2.3-a+b\")", "(toDate \"2006-01-02\" \"2020-02-03\")", "(duration 5)", "(b64dec \"/w==\")", "1i", "$.Subcharts", "$.Chart.Maintainers", "$.Chart.Annotations", "$.Chart.Dependencies"];
const PATTERNS: &[&str] = &["\"a+\"", "\"(a|b)*c\"", "\"[\"", "\"^\\\\w+$\"", "\"(?i)H(?P<n>.)\"", "\"\"", "\"x*\"", "\"\\\\pL\"", "\"(a){2,1}\"", "\"[[:alpha:]]\"", "\"\\\\d{1,3}\"", "\"(?<n>a)\"", "\"a**\"", "\"\\\\Qa.b\\\\E\"", "\"(?=a)\"", "\"[^a-z]\"", "\".\"", "\"\\\\C\"", "\"\\\\8\"", "\"(?s).\"", "\"a|\"", "\"\\\\bo\""];
const VERSIONS: &[&str] = &["\"1.2.3\"", "\"v1.2\"", "\"1\"", "\"1.2.3-rc.1+b\"", "\"01.2.3\"", "\"x\"", "\"\"", "\"1.27.4-eks-1\"", "\"1.2.3.4\"", "\"2.0.0\"", "\"1.2.3-01\""];
const CONSTRAINTS: &[&str] = &["\"^1.2\"", "\"~1.2.3\"", "\">=1.0 <2\"", "\">= 1.2.x || 3\"", "\"*\"", "\"\"", "\"1.2 - 2.1\"", "\">=1.19-0\"", "\"!=1.2.3\"", "\"=>1\"", "\"x\"", "\"<1.27.0-0, >1\"", "\"^0.0.3\"", "\"~> 1\"", "\">1.2.3-alpha\"", "\"1.2.3 1\""];
const TIMES: &[&str] = &["(toDate \"2006-01-02\" \"2020-02-03\")", "(toDate \"2006-01-02T15:04:05Z07:00\" \"2021-12-31T23:59:59+05:30\")", "0", "1600000000", "(int64 1600000000)"];
const LAYOUTS: &[&str] = &["\"2006-01-02\"", "\"Mon Jan _2 15:04:05.000 MST 2006\"", "\"02/01/06 3:04PM -0700 Z07\"", "\"January 002 .999 __2\"", "\"x\"", "\"\"", "\"20060102150405,000000\""];
const ZONES: &[&str] = &["\"UTC\"", "\"Europe/Paris\"", "\"America/New_York\"", "\"\"", "\"Nowhere/X\"", "\"Asia/Kolkata\""];
const URLS: &[&str] = &["\"/a/b/../c.tar.gz\"", "\"\"", "\".\"", "\"a//b/./c/\"", "\"https://u:p@h:1/p%20x?q=1&r#f\"", "\"mailto:a@b\"", "\"//h/p\"", "\"http://[::1]:80/\"", "\"http://a b/\"", "\"%zz\"", "\":\"", "\"..\"", "\"/\"", "\"x.y/z\"", "\"http://h:x/\"", "\"?q\"", "\"1http://x\""];
const JSONS: &[&str] = &["`{\"a\": [1, 2.5, null], \"b\": {\"c\": \"\\u00e9\\ud800\"}}`", "`[1, \"x\", {}]`", "`5`", "`\"s\"`", "`null`", "`{`", "`{\"a\":1,}`", "``", "`[1] x`", "`{\"a\": 12345678901234567890}`", "`tru`", "`{\"a\":\"\\q\"}`", "`01`", "`{a: 1}`", "`1e400`", "`{\"b\":1,\"b\":2}`"];
const YAMLS: &[&str] = &["\"a: 1\\nb: [x, ~, 0o17, 0x1F, 1e3, .5, 2001-01-01, yes]\"", "\"- 1\\n- {a: b}\"", "\"a: &x {b: 1}\\nc: *x\\nd: {<<: *x, e: 2}\"", "\"[\"", "\"a: b: c\"", "\"\"", "\"null\"", "\"x\"", "\"a: |\\n  t\\n  u\\n\"", "\"a: 1\\na: 2\"", "\"\\t- x\"", "\"a: !!binary aGk=\"", "\"1: x\\ntrue: y\\n2.5: z\"", "\"---\\na: 1\\n---\\nb: 2\"", "\"a: *x\"", "\"'a\"", "\"{a: 1, b}\"", "\"a: 12345678901234567890\\nb: 1e400\\nc: .nan\"", "\"a: \\\"\\\\N\\\\L\\\\x85\\\"\"", "\"? [a]\\n: b\"", "\"%YAML 1.2\\n---\\na\"", "\"@x\""];
const VERBS: &[&str] = &["v", "d", "s", "q", "x", "X", "T", "t", "f", "g", "e", "c", "U", "b", "o", "O", "p", "+v", "#v", "5v", "-8v|", "08d", ".3f", "8.2f", "+d", " d", "#x", "% x", "#q", "+q", "05s", ".2s", "x%%", "!", "z", "6.3v", "G", "E", "+.2e", "#o", "w", "[2]v", "[1]*d", "*d"];

/// One call, its arguments, and perhaps a call around it.
pub(crate) fn expression(random: &mut Random) -> String {
    let mut text = call(random, 0);
    if random.once_in(3) {
        let (name, kinds) = random.pick(&[("toYaml", ""), ("toJson", ""), ("typeOf", ""), ("quote", ""), ("default", "a"), ("toString", ""), ("len", ""), ("kindOf", ""), ("printf", "p"), ("toToml", "")]);
        let before: String = kinds.chars().map(|kind| format!("{} ", operand(random, kind, 2))).collect();
        text = format!("{text} | {name} {before}");
    }
    text.trim_end().to_owned()
}

fn call(random: &mut Random, depth: usize) -> String {
    let (name, kinds) = SIGNATURES[random.below(SIGNATURES.len())];
    let (kinds, repeats) = match kinds.strip_suffix('*') {
        Some(kinds) => (kinds, random.below(3)),
        None => (kinds, 0),
    };
    let last = kinds.chars().last().unwrap_or('a');
    let kinds = kinds.chars().chain(std::iter::repeat_n(last, repeats));
    let mut text = name.to_owned();
    for kind in kinds {
        text.push(' ');
        text.push_str(&operand(random, kind, depth));
    }
    text
}

fn operand(random: &mut Random, kind: char, depth: usize) -> String {
    let kind = if random.once_in(9) { 'a' } else { kind };
    if depth < 2 && random.once_in(8) {
        return format!("({})", call(random, depth + 1));
    }
    if kind == 'p' {
        return format!("\"%{}%{}\"", random.pick(VERBS), random.pick(VERBS)).replacen("%v", "", random.below(2));
    }
    let pools: &[&[&str]] = match kind {
        's' => &[STRINGS],
        'i' => &[INTEGERS],
        'f' => &[FLOATS],
        'b' => &[BOOLS],
        'l' => &[LISTS],
        'm' => &[MAPS],
        'r' => &[PATTERNS],
        'v' => &[VERSIONS],
        'c' => &[CONSTRAINTS],
        't' => &[TIMES],
        'y' => &[LAYOUTS],
        'z' => &[ZONES],
        'u' => &[URLS, STRINGS],
        'j' => &[JSONS],
        'o' => &[YAMLS],
        _ => &[STRINGS, INTEGERS, INTEGERS, FLOATS, BOOLS, LISTS, MAPS, OTHERS],
    };
    (*random.pick(pools[random.below(pools.len())])).to_owned()
}
