//! Templates that try to exhaust the stack: each must end with output or an error.

use ironhelm_gotmpl::{Function, Functions, Templates, Type, Value};

fn functions() -> Functions {
    let mut table = Functions::new();
    table.insert(Function::variadic("list", &[Type::Any], |_, args| {
        Ok(Value::list(args.to_vec()))
    }));
    table.insert(Function::variadic("dict", &[Type::Any], |_, args| {
        Ok(Value::map(args.chunks_exact(2).map(|pair| {
            (pair[0].as_str().cloned().unwrap_or_default(), pair[1].clone())
        })))
    }));
    table.insert(Function::new(
        "set",
        &[Type::Map, Type::String, Type::Any],
        |_, args| {
            args.map(0).insert(args.str(1), args.any(2).clone());
            Ok(args.any(0).clone())
        },
    ));
    table.insert(Function::new("include", &[Type::String, Type::Any], |call, args| {
        Ok(Value::string(call.execute(args.bytes(0), args.any(1).clone())?))
    }));
    table.insert(Function::new("tpl", &[Type::String, Type::Any], |call, args| {
        let parsed = call.templates().map(|set| set.parse_text("t", args.bytes(0)));
        let Some(Ok(parsed)) = parsed else {
            return Err("no parse".into());
        };
        Ok(Value::string(call.execute_parsed(&parsed, args.any(1).clone())?))
    }));
    table
}

fn run(text: &str, data: Value) -> Result<String, String> {
    let mut templates = Templates::new("t", functions());
    templates
        .parse("t", text.as_bytes())
        .map_err(|error| error.to_string())?;
    let out = templates.execute(b"t", data).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

#[test]
fn deep_values_are_built_and_dropped() {
    assert_eq!(
        run(
            "{{ $x := list }}{{ range 300000 }}{{ $x = list $x }}{{ end }}ok",
            Value::Nil
        )
        .as_deref(),
        Ok("ok")
    );
    let maps = r#"{{ $x := dict }}{{ range 300000 }}{{ $x = dict "a" $x }}{{ end }}ok"#;
    assert_eq!(run(maps, Value::Nil).as_deref(), Ok("ok"));
}

#[test]
fn deep_values_are_printed() {
    let out = run(
        "{{ $x := list }}{{ range 10000 }}{{ $x = list $x }}{{ end }}{{ $x }}",
        Value::Nil,
    );
    assert_eq!(out.map(|out| out.len()), Ok(20_002));
}

#[test]
fn a_map_may_hold_itself() {
    let out = run(r#"{{ $x := dict }}{{ $x = set $x "me" $x }}{{ $x }}"#, Value::Nil);
    assert_eq!(out.as_deref(), Ok("map[me:map[...]]"));
}

#[test]
fn endless_inclusion_ends() {
    let error = run(
        r#"{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}"#,
        Value::Nil,
    );
    assert!(error.is_err_and(|text| text.contains("exceeded maximum depth of nested executions")));
    let error = run("{{ tpl . . }}", Value::from("{{ tpl . . }}"));
    assert!(error.is_err_and(|text| text.contains("exceeded maximum depth of nested executions")));
}

#[test]
fn deep_nesting_is_refused() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(run(&parens, Value::Nil).is_err_and(|text| text.ends_with("max expression depth exceeded")));
    let blocks = "{{ if 1 }}".repeat(100_000) + &"{{ end }}".repeat(100_000);
    assert!(run(&blocks, Value::Nil).is_err_and(|text| text.ends_with("max nesting depth exceeded")));
    let chain = "{{ if 0 }}".to_owned() + &"{{ else if 0 }}".repeat(100_000) + "{{ end }}";
    assert!(run(&chain, Value::Nil).is_err_and(|text| text.ends_with("max nesting depth exceeded")));
}

#[test]
fn nesting_below_the_cap_runs() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(900), ")".repeat(900));
    assert_eq!(run(&parens, Value::Nil).as_deref(), Ok("1"));
    let blocks = "{{ if 1 }}".repeat(900) + "x" + &"{{ end }}".repeat(900);
    assert_eq!(run(&blocks, Value::Nil).as_deref(), Ok("x"));
}
