//! Names of releases out of templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhelm_gotmpl::{Function, Templates, Type, Value};

use crate::outside::with_outside;
use crate::world::World;

/// Makes the name of a release of a template without data; `environment` is what its `env` knows.
///
/// # Errors
/// Go's text when the template is none or fails.
pub fn name_from_template(
    template: &str,
    environment: &BTreeMap<String, String>,
    world: &dyn World,
) -> Result<String, String> {
    let environment = Arc::new(environment.clone());
    let name = with_outside(world, false, |outside| {
        let mut functions = ironhelm_sprig::functions(outside);
        let known = Arc::clone(&environment);
        let env = move |name: &str| known.get(name).cloned().unwrap_or_default();
        let expand = env.clone();
        functions.insert(
            Function::new("env", &[Type::String], move |_, args| Ok(env(&args.text(0)).into())).returning(Type::String),
        );
        functions.insert(
            Function::new("expandenv", &[Type::String], move |_, args| {
                Ok(expanded(&args.text(0), &expand).into())
            })
            .returning(Type::String),
        );
        functions.insert(
            Function::new("fail", &[Type::String], |_, args| Err(args.text(0).into_owned().into()))
                .returning(Type::String),
        );
        let mut templates = Templates::new("name-template", functions);
        templates
            .parse("name-template", template.as_bytes())
            .map_err(|error| error.to_string())?;
        templates
            .execute(b"name-template", Value::Nil)
            .map_err(|error| error.to_string())
    });
    let text = name.map_err(|error| error.to_string())??;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Go's `os.ExpandEnv` for `$name` and `${name}`.
fn expanded(text: &str, env: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, after) = match after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some((name, after)) => (name, after),
            None => after.split_at(
                after
                    .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
                    .unwrap_or(after.len()),
            ),
        };
        out.push_str(&env(name));
        rest = after;
    }
    out + rest
}
