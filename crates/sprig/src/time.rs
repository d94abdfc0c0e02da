//! [`Time`]: Go's `time.Time` as templates see it.

use std::any::Any;
use std::rc::Rc;

use ironhelm_golang::time as go;
use ironhelm_gotmpl::{Function, Object, Type, Value};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

use crate::table::Outcome;

/// A point in time shown in a zone, with the methods that charts call.
#[derive(Clone)]
pub struct Time(pub go::Time);

const TYPE_NAME: &str = "time.Time";

/// The type of parameters that take a [`Time`].
pub(crate) const TIME: Type = Type::Named(TYPE_NAME);

impl Object for Time {
    fn type_name(&self) -> &str {
        TYPE_NAME
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Rc<Function>> {
        self.reading(name)
            .or_else(|| self.comparison(name))
            .or_else(|| self.derivation(name))
            .map(Rc::new)
    }

    fn text(&self) -> Option<String> {
        Some(go::time_string(&self.0))
    }

    fn json(&self) -> Option<Value> {
        Some(go::rfc3339_nano(&self.0).into())
    }

    fn deep_equal(&self, other: &dyn Object) -> bool {
        other
            .as_any()
            .downcast_ref::<Self>()
            .is_some_and(|other| other.0 == self.0)
    }
}

impl Outcome for Time {
    fn outcome(self) -> Result<Value, ironhelm_gotmpl::FuncError> {
        Ok(Value::object(self))
    }
}

impl Time {
    /// Methods without parameters that read a part.
    fn reading(&self, name: &str) -> Option<Function> {
        let civil = self.civil();
        let value = match name {
            "Unix" => Value::int64(self.0.unix()),
            "UnixMilli" => Value::int64(self.nanoseconds() / 1_000_000),
            "UnixMicro" => Value::int64(self.nanoseconds() / 1_000),
            "UnixNano" => Value::int64(self.nanoseconds()),
            "Nanosecond" => Value::int(i64::from(self.0.nanosecond())),
            "Year" => Value::int(civil.year().into()),
            "Month" => Value::object(Named::month(civil)),
            "Day" => Value::int(civil.day().into()),
            "Weekday" => Value::object(Named::weekday(civil)),
            "YearDay" => Value::int(civil.day_of_year().into()),
            "Hour" => Value::int(civil.hour().into()),
            "Minute" => Value::int(civil.minute().into()),
            "Second" => Value::int(civil.second().into()),
            "IsZero" => Value::Bool(self.0.is_zero()),
            "String" => go::time_string(&self.0).into(),
            _ => return None,
        };
        Some(Function::new(name.to_owned(), &[], move |_, _| Ok(value.clone())))
    }

    fn comparison(&self, name: &str) -> Option<Function> {
        let compare: fn(i64) -> bool = match name {
            "After" => |difference| difference > 0,
            "Before" => |difference| difference < 0,
            "Equal" => |difference| difference == 0,
            _ => return None,
        };
        let time = self.0.clone();
        Some(Function::new(name.to_owned(), &[TIME], move |_, args| {
            let other = args.any(0).downcast::<Self>();
            Ok(Value::Bool(other.is_some_and(|other| compare(time.sub(&other.0).0))))
        }))
    }

    /// Methods that give another text or time.
    fn derivation(&self, name: &str) -> Option<Function> {
        let time = self.clone();
        Some(match name {
            "Format" => Function::new("Format", &[Type::String], move |_, args| {
                Ok(go::format(&time.0, &args.text(0)).into())
            }),
            "UTC" | "Local" => Function::new(name.to_owned(), &[], move |_, _| {
                Ok(Value::object(Self(time.0.in_zone(&TimeZone::UTC))))
            }),
            "AddDate" => Function::new("AddDate", &[Type::INT, Type::INT, Type::INT], move |_, args| {
                let moved = time.add_date(args.int(0), args.int(1), args.int(2));
                moved
                    .map(Value::object)
                    .ok_or_else(|| "AddDate: the date is out of range".into())
            }),
            _ => return None,
        })
    }

    fn nanoseconds(&self) -> i64 {
        let seconds = self.0.unix().wrapping_mul(1_000_000_000);
        seconds.wrapping_add(i64::from(self.0.nanosecond()))
    }

    fn civil(&self) -> DateTime {
        let limits = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let timestamp = Timestamp::from_second(self.0.unix().clamp(limits.0, limits.1)).unwrap_or_default();
        let offset = Offset::from_seconds(self.0.zone().offset).unwrap_or(Offset::UTC);
        offset.to_datetime(timestamp)
    }

    /// Go: months are counted first, and a day beyond the month's end runs over into the next.
    fn add_date(&self, years: i64, months: i64, days: i64) -> Option<Self> {
        let civil = self.civil();
        let month = (i64::from(civil.year()).checked_add(years)?)
            .checked_mul(12)?
            .checked_add(i64::from(civil.month()) - 1)?
            .checked_add(months)?;
        let first = Date::new(
            month.div_euclid(12).try_into().ok()?,
            (month.rem_euclid(12) + 1) as i8,
            1,
        )
        .ok()?;
        let days = days.checked_add(i64::from(civil.day()) - 1)?;
        let moved = first.checked_add(Span::new().try_days(days).ok()?).ok()?;
        let elapsed = civil.date().until(moved).ok()?.get_days();
        let seconds = self.0.unix().checked_add(i64::from(elapsed) * 86_400)?;
        Some(Self(go::Time::new(seconds, self.0.nanosecond(), self.0.zone().clone())))
    }
}

/// A number that prints as a name: `time.Month`, `time.Weekday`.
struct Named {
    type_name: &'static str,
    number: i64,
    name: String,
}

impl Named {
    fn month(civil: DateTime) -> Self {
        Self {
            type_name: "time.Month",
            number: civil.month().into(),
            name: civil.strftime("%B").to_string(),
        }
    }

    fn weekday(civil: DateTime) -> Self {
        Self {
            type_name: "time.Weekday",
            number: civil.weekday().to_sunday_zero_offset().into(),
            name: civil.strftime("%A").to_string(),
        }
    }
}

impl Object for Named {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind_name(&self) -> &'static str {
        "int"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn text(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.number))
    }
}
