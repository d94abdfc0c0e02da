//! Numbers: conversions, integer and decimal arithmetic, rounding, sequences.

use ironhelm_golang::strconv;
use ironhelm_gotmpl::{FuncError, List, Type, Value, fmt};

use crate::cast::{to_float64, to_int64};
use crate::decimal::{Decimal, Operand};
use crate::strings::{below, too_large};
use crate::table::{ANY, FLOAT, INT, Int, SIZE_LIMIT, Table};

const DIVIDE_BY_ZERO: &str = "runtime error: integer divide by zero";

pub(crate) fn register(table: &mut Table) {
    register_conversions(table);
    register_integers(table);
    register_decimals(table);
    register_extremes(table);
    register_sequences(table);
}

fn register_conversions(t: &mut Table) {
    t.row("int", &[ANY], |a| Int(to_int64(a.any(0))));
    t.row("int64", &[ANY], |a| to_int64(a.any(0)));
    t.row("float64", &[ANY], |a| to_float64(a.any(0)));
    t.row("toDecimal", &[ANY], |a| {
        strconv::parse_int(&fmt::text(a.any(0)).to_string_lossy(), 8, 64).unwrap_or_default()
    });
    t.row("ceil", &[ANY], |a| to_float64(a.any(0)).ceil());
    t.row("floor", &[ANY], |a| to_float64(a.any(0)).floor());
    t.variadic("round", &[ANY, INT, FLOAT], |a| {
        let up_from = if a.len() > 2 { a.float(2) } else { 0.5 };
        round(to_float64(a.any(0)), a.int(1), up_from)
    });
}

fn register_integers(t: &mut Table) {
    t.row("add1", &[ANY], |a| to_int64(a.any(0)).wrapping_add(1));
    t.variadic("add", &[ANY], |a| a.iter().map(to_int64).fold(0, i64::wrapping_add));
    t.row("sub", &[ANY, ANY], |a| {
        to_int64(a.any(0)).wrapping_sub(to_int64(a.any(1)))
    });
    t.variadic("mul", &[ANY, ANY], |a| {
        a.iter().map(to_int64).fold(1, i64::wrapping_mul)
    });
    t.row("div", &[ANY, ANY], |a| match to_int64(a.any(1)) {
        0 => Err(FuncError::from(DIVIDE_BY_ZERO)),
        divisor => Ok(to_int64(a.any(0)).wrapping_div(divisor)),
    });
    t.row("mod", &[ANY, ANY], |a| match to_int64(a.any(1)) {
        0 => Err(FuncError::from(DIVIDE_BY_ZERO)),
        divisor => Ok(to_int64(a.any(0)).wrapping_rem(divisor)),
    });
    let world = t.world();
    t.row("randInt", &[INT, INT], move |a| {
        let (min, max) = (a.int(0), a.int(1));
        match max.wrapping_sub(min) {
            ..=0 => Err(FuncError::from("invalid argument to Intn")),
            range => Ok(Int(min.wrapping_add(below(&*world, range as u64) as i64))),
        }
    });
}

fn register_decimals(t: &mut Table) {
    t.row("add1f", &[ANY], |a| {
        decimal(a.any(0), &[Value::int(1)], |x, y| Some(x.add(y)))
    });
    t.variadic("addf", &[ANY], |a| {
        decimal(&Value::float(0.0), &a, |x, y| Some(x.add(y)))
    });
    t.variadic("subf", &[ANY, ANY], |a| {
        decimal(a.any(0), a.rest(1), |x, y| Some(x.subtract(y)))
    });
    t.variadic("mulf", &[ANY, ANY], |a| {
        decimal(a.any(0), a.rest(1), |x, y| Some(x.multiply(y)))
    });
    t.variadic("divf", &[ANY, ANY], |a| decimal(a.any(0), a.rest(1), Decimal::divide));
}

fn register_extremes(t: &mut Table) {
    t.variadic("max", &[ANY, ANY], |a| a.iter().map(to_int64).max().unwrap_or_default());
    t.also("max", &["biggest"]);
    t.variadic("min", &[ANY, ANY], |a| a.iter().map(to_int64).min().unwrap_or_default());
    t.variadic("maxf", &[ANY, ANY], |a| extreme(&a, f64::max));
    t.variadic("minf", &[ANY, ANY], |a| extreme(&a, f64::min));
}

fn register_sequences(t: &mut Table) {
    t.row("until", &[INT], |a| {
        let count = a.int(0);
        integers("until", 0, count, if count < 0 { -1 } else { 1 })
    });
    t.row("untilStep", &[INT, INT, INT], |a| {
        integers("untilStep", a.int(0), a.int(1), a.int(2))
    });
    t.variadic("seq", &[INT], |a| {
        let params: Vec<_> = (0..a.len()).map(|index| a.int(index)).collect();
        sequence(&params)
    });
}

fn round(number: f64, places: i64, up_from: f64) -> f64 {
    let power = 10f64.powi(places.clamp(-400, 400) as i32);
    let shifted = power * number;
    let rounded = if shifted % 1.0 >= up_from {
        shifted.ceil()
    } else {
        shifted.floor()
    };
    rounded / power
}

fn decimal(
    first: &Value,
    rest: &[Value],
    step: impl Fn(Decimal, Operand) -> Option<Decimal>,
) -> Result<f64, FuncError> {
    let mut result = Decimal::from(operand(first)?);
    for value in rest {
        result = step(result, operand(value)?).ok_or("decimal division by 0")?;
    }
    Ok(result.to_f64())
}

fn operand(value: &Value) -> Result<Operand, FuncError> {
    let number = to_float64(value);
    Operand::new(number).ok_or_else(|| {
        let text = strconv::format_float(number, b'g', -1, 64);
        format!("Cannot create a Decimal from {text}").into()
    })
}

fn extreme(values: &[Value], pick: fn(f64, f64) -> f64) -> f64 {
    // Go: math.Max and math.Min are NaN as soon as one operand is.
    values
        .iter()
        .map(to_float64)
        .reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { pick(a, b) })
        .unwrap_or_default()
}

/// The integers from `start` to before `stop`; none when the step leads away from it.
fn integers(function: &str, start: i64, stop: i64, step: i64) -> Result<List, FuncError> {
    let numbers = stepped(function, start, stop, step)?;
    Ok(List::of(Type::INT, numbers.map(Value::int).collect()))
}

fn stepped(function: &str, start: i64, stop: i64, step: i64) -> Result<impl Iterator<Item = i64>, FuncError> {
    let distance = stop.abs_diff(start);
    let towards = if stop < start { step < 0 } else { step > 0 };
    let count = if towards {
        distance.div_ceil(step.unsigned_abs())
    } else {
        0
    };
    if count > SIZE_LIMIT as u64 / 16 {
        return Err(too_large(function, usize::try_from(count).unwrap_or(usize::MAX)));
    }
    Ok((0..count as i64).map(move |index| start.wrapping_add(index.wrapping_mul(step))))
}

/// The shell's `seq`: END, START END, or START STEP END.
fn sequence(params: &[i64]) -> Result<String, FuncError> {
    let towards = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match *params {
        [end] => (1, towards(1, end), end),
        [start, end] => (start, towards(start, end), end),
        [start, step, end] if end >= start || step <= 0 => (start, step, end),
        _ => return Ok(String::new()),
    };
    let beyond = end.wrapping_add(towards(start, end));
    let numbers = stepped("seq", start, beyond, step)?;
    Ok(numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" "))
}
