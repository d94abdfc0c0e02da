//! Templates that try to eat time or memory: each ends soon, with an error that says what was too much.

#![allow(clippy::unwrap_used, reason = "a broken test is to fail")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhelm_chart::{Chart, File};
use ironhelm_render::{
    Budget, Capabilities, KubeVersion, Lookup, LookupAnswer, ReleaseContext, RenderOptions, World, render,
};
use ironhelm_values::Values;

/// Debug builds are slow, so that the budget of most cases is small.
const SMALL: Budget = Budget {
    steps: 200_000,
    bytes: 64 << 20,
};

fn failure(text: &str) -> String {
    failure_within(text, SMALL)
}

fn failure_within(text: &str, budget: Budget) -> String {
    let started = Instant::now();
    let error = run(text, budget).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    error
}

fn run(text: &str, budget: Budget) -> Result<(), String> {
    let mut chart = Chart::default();
    chart.metadata.name = "c".to_owned();
    chart.templates = vec![File {
        name: "templates/a.yaml".to_owned(),
        data: Arc::from(text.as_bytes()),
        modified: None,
    }];
    let release = ReleaseContext {
        name: "r".to_owned(),
        namespace: "n".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    };
    let options = RenderOptions {
        budget,
        ..RenderOptions::default()
    };
    let capabilities = Capabilities::offline(KubeVersion::default(), []);
    render(&chart, &Values::new(), &release, &capabilities, &Still, &options)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

struct Still;

impl World for Still {
    fn lookup(&self, _lookup: &Lookup) -> LookupAnswer {
        LookupAnswer::Offline
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(9);
    }

    fn resolve_host(&self, _name: &str) -> Option<String> {
        None
    }
}

/// Templates and what their error says.
fn check(cases: &[(&str, &str)]) {
    for (text, wanted) in cases {
        let error = failure(text);
        assert!(
            error.contains(wanted),
            "{text}\nwant {wanted}\ngot  {}",
            &error[..error.len().min(600)]
        );
    }
}

#[test]
fn endless_loops_run_out_of_steps() {
    check(&[
        (
            "{{ range 9223372036854775807 }}{{ end }}",
            "exceeded the budget of 200000 steps",
        ),
        (
            "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}",
            "exceeded the budget of 200000 steps",
        ),
        (
            "{{ define \"a\" }}{{ if . }}{{ include \"a\" (rest .) }}{{ include \"a\" (rest .) }}{{ end }}{{ end }}{{ include \"a\" (until 60) }}",
            "exceeded the budget of 200000 steps",
        ),
        (
            "{{ range until 1000 }}{{ $_ := genPrivateKey \"nope\" }}{{ end }}",
            "exceeded the budget of 200000 steps",
        ),
    ]);
}

#[test]
fn endless_recursion_ends() {
    check(&[
        (
            "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
            "exceeded",
        ),
        (
            "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
            "nested reference name",
        ),
        (
            "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
            "nested reference name",
        ),
        (
            "{{ tpl .Template.Name . }}{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}",
            "exceeded",
        ),
    ]);
}

#[test]
fn huge_sizes_are_refused() {
    check(&[
        ("{{ repeat 1000000000 \"x\" }}", "more than the limit"),
        ("{{ indent 1000000000 \"x\" }}", "more than the limit"),
        ("{{ until 1000000000 }}", "more than the limit"),
        ("{{ untilStep 0 1000000000 1 }}", "more than the limit"),
        ("{{ seq 0 1000000000 }}", "more than the limit"),
        ("{{ randAlphaNum 1000000000 }}", "more than the limit"),
        ("{{ randBytes 1000000000 }}", "more than the limit"),
        ("{{ range 100 }}{{ repeat 10000000 \"x\" }}{{ end }}", "bytes of text"),
        (
            "{{ $x := repeat 60000 \"a\" }}{{ replace \"a\" $x $x }}",
            "more than the limit",
        ),
        (
            "{{ $x := repeat 60000 \"a\" }}{{ wrapWith 1 $x $x }}",
            "more than the limit",
        ),
        (
            "{{ $x := repeat 60000 \"a\" }}{{ regexReplaceAll \"a\" $x $x }}",
            "longer than",
        ),
        (
            "{{ $x := repeat 10000000 \"a\" }}{{ join \"\" (list $x $x $x $x $x $x $x $x) }}",
            "bytes",
        ),
    ]);
}

#[test]
fn printf_takes_no_widths_that_eat_memory() {
    for text in [
        "x: {{ printf \"%1000000000d\" 1 | quote }}",
        "x: {{ printf \"%.1000000000f\" 1.0 | quote }}",
        "x: {{ printf \"%*d\" 1000000000 1 | quote }}",
    ] {
        assert!(run(text, SMALL).is_ok(), "{text}");
    }
}

#[test]
fn a_list_that_is_in_itself_many_times_is_no_bomb() {
    const DOUBLED: &str = "{{ $x := list (repeat 10000 \"a\") }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}";
    let generous = Budget {
        steps: 200_000,
        bytes: 1 << 30,
    };
    for use_it in [
        "$x",
        "toJson $x",
        "toPrettyJson $x",
        "toYaml $x",
        "toYamlPretty $x",
        "toToml (dict \"x\" $x)",
        "print $x",
        "quote $x",
        "squote $x",
        "cat $x $x",
        "deepCopy $x",
        "toStrings $x",
        "sortAlpha $x",
        "join \",\" $x",
        "printf \"%v\" $x",
        "printf \"%#v\" $x",
        "mustToJson $x",
    ] {
        let started = Instant::now();
        let outcome = run(&format!("{DOUBLED}x: {{{{ {use_it} | len }}}}"), generous);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(20), "{use_it} took {took:?}");
        // Helm: an encoder that fails gives the empty text.
        let empty = use_it.starts_with("to") && !use_it.contains("Strings") || use_it == "$x";
        assert!(outcome.is_err() || empty, "{use_it}");
    }
}

#[test]
fn comparing_and_merging_what_is_in_itself_many_times_is_no_bomb() {
    const MAPS: &str = "{{ $x := dict }}{{ $y := dict }}{{ range until 60 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ $y = dict \"a\" $y \"b\" $y }}{{ end }}";
    for use_it in [
        "deepEqual $x $y",
        "has $x (list $y)",
        "without (list $x) $y",
        "uniq (list $x $y)",
        "merge $x $y",
        "mergeOverwrite $x $y",
    ] {
        let error = failure(&format!("{MAPS}x: {{{{ {use_it} | len }}}}"));
        assert!(
            error.contains("exceeded the budget of 200000 steps"),
            "{use_it}: {error}"
        );
    }
}

#[test]
fn what_lists_and_expressions_take_is_counted() {
    check(&[
        (
            "{{ $x := list 1 }}{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}",
            "bytes of text",
        ),
        (
            "{{ $d := dict }}{{ range until 4000 }}{{ $_ := set $d (print .) (until 100000) }}{{ end }}",
            "bytes of text",
        ),
        (
            "{{ range until 4000 }}{{ $_ := regexMatch (printf \"(a{100}){%d}\" .) \"a\" }}{{ end }}",
            "exceeded the budget",
        ),
        (
            "{{ $x := repeat 1000000 \"a\" }}{{ range until 40000 }}{{ $_ := contains \"b\" $x }}{{ end }}",
            "exceeded the budget of 200000 steps",
        ),
    ]);
}

#[test]
fn nesting_is_refused_where_it_would_take_the_stack() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(50_000), ")".repeat(50_000));
    assert!(failure(&parens).contains("max expression depth exceeded"));
    let yaml = "{{ $_ := fromYaml (repeat 100000 \"[\") }}{{ $_ := fromJson (repeat 100000 \"[\") }}x: {{ toJson (fromYamlArray (repeat 100000 \"- \")) | quote }}";
    assert!(run(yaml, SMALL).is_ok());
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut yaml = "a: &a [x, x, x, x, x, x, x, x, x]\\n".to_owned();
    for (this, last) in "bcdefghi".chars().zip("abcdefgh".chars()) {
        yaml += &format!("{this}: &{this} [{}]\\n", vec![format!("*{last}"); 9].join(", "));
    }
    let text = format!(
        "{{{{ $y := fromYaml \"{yaml}\" }}}}{{{{ if not $y.Error }}}}{{{{ fail \"read\" }}}}{{{{ end }}}}{{{{ fail $y.Error }}}}"
    );
    assert!(failure(&text).contains("excessive aliasing"));
}

#[test]
fn expressions_that_explode_are_refused() {
    let text = "x: {{ regexMatch \"((a{100}){100}){100}\" \"aaaa\" }}";
    assert!(run(text, SMALL).is_ok());
    let slow = "x: {{ regexMatch \"^(a+)+$\" (print (repeat 100000 \"a\") \"!\") }}";
    assert!(run(slow, SMALL).is_ok());
}

#[test]
fn the_budget_is_what_the_caller_says() {
    let text = "{{ range 300000 }}{{ end }}";
    assert!(run(text, SMALL).is_err());
    assert!(run(text, SMALL.times(2)).is_ok());
    assert!(run(text, Budget::default()).is_ok());
}

#[test]
fn a_template_of_five_megabytes_renders() {
    let text = "a: {{ 1 }}\n# text\n".repeat(300_000);
    assert!(run(&text, Budget::default()).is_ok());
}
