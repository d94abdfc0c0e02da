//! Certificates with their keys: authorities, self-signed and signed ones.

use std::any::Any;
use std::net::IpAddr;
use std::rc::Rc;

use base64::prelude::{BASE64_STANDARD, Engine};
use ironhelm_gotmpl::{Args, FuncError, List, Object, Type, Value, fmt};
use jiff::{SignedDuration, Timestamp};

use super::keys::PrivateKey;
use super::x509::{self, Issuer, Template};
use super::{Random, pem};
use crate::SprigWorld;
use crate::table::{INT, LIST, Outcome, STRING, Table};

const CERTIFICATE: Type = Type::Named("sprig.certificate");

/// Go: only `genPrivateKey` makes keys of 4096 bits.
const KEY_BITS: usize = 2048;

pub(crate) fn register(t: &mut Table) {
    t.row("buildCustomCert", &[STRING, STRING], |a| custom(a.bytes(0), a.bytes(1)));
    let world = t.world();
    t.row("genCA", &[STRING, INT], move |a| Maker::new(&world).authority(a, None));
    let world = t.world();
    t.row("genCAWithKey", &[STRING, INT, STRING], move |a| {
        Maker::new(&world).authority(a, Some(given_key(&a.text(2))?))
    });
    let world = t.world();
    t.row("genSelfSignedCert", &[STRING, LIST, LIST, INT], move |a| {
        Maker::new(&world).self_signed(a, None)
    });
    let world = t.world();
    t.row(
        "genSelfSignedCertWithKey",
        &[STRING, LIST, LIST, INT, STRING],
        move |a| Maker::new(&world).self_signed(a, Some(given_key(&a.text(4))?)),
    );
    let world = t.world();
    t.row("genSignedCert", &[STRING, LIST, LIST, INT, CERTIFICATE], move |a| {
        Maker::new(&world).signed(a, None)
    });
    let world = t.world();
    t.row(
        "genSignedCertWithKey",
        &[STRING, LIST, LIST, INT, CERTIFICATE, STRING],
        move |a| Maker::new(&world).signed(a, Some(given_key(&a.text(5))?)),
    );
}

/// A certificate and its key as PEM texts, with the fields `Cert` and `Key`.
struct Certificate {
    cert: String,
    key: String,
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", self.cert.as_str().into()), ("Key", self.key.as_str().into())]
    }

    fn deep_equal(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<Self>();
        other.is_some_and(|other| other.cert == self.cert && other.key == self.key)
    }
}

impl Outcome for Certificate {
    fn outcome(self) -> Result<Value, FuncError> {
        Ok(Value::object(self))
    }
}

/// Makes certificates with the world's time and randomness.
struct Maker {
    now: Timestamp,
    random: Random,
}

impl Maker {
    fn new(world: &Rc<dyn SprigWorld>) -> Self {
        Self {
            now: world.now(),
            random: Random(Rc::clone(world)),
        }
    }

    fn authority(mut self, args: Args<'_>, key: Option<PrivateKey>) -> Result<Certificate, String> {
        let key = self.key(key)?;
        let template = Template {
            is_ca: true,
            ..self.template(&args.text(0), None, args.int(1))?
        };
        self.make(&template, &key, None, &key)
    }

    fn self_signed(mut self, args: Args<'_>, key: Option<PrivateKey>) -> Result<Certificate, String> {
        let key = self.key(key)?;
        let template = self.template(&args.text(0), Some((args.list(1), args.list(2))), args.int(3))?;
        self.make(&template, &key, None, &key)
    }

    fn signed(mut self, args: Args<'_>, key: Option<PrivateKey>) -> Result<Certificate, String> {
        let key = self.key(key)?;
        let authority = args.any(4).downcast::<Certificate>();
        let authority = authority.ok_or("unable to decode certificate")?;
        let encoded = pem::decode(&authority.cert).ok_or("unable to decode certificate")?;
        let issuer = Issuer::parse(&encoded.data)
            .ok_or("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate")?;
        let signer =
            PrivateKey::from_pem(&authority.key).map_err(|error| format!("error parsing private key: {error}"))?;
        let template = self.template(&args.text(0), Some((args.list(1), args.list(2))), args.int(3))?;
        self.make(&template, &key, Some(&issuer), &signer)
    }

    fn key(&mut self, given: Option<PrivateKey>) -> Result<PrivateKey, String> {
        match given {
            Some(key) => Ok(key),
            None => PrivateKey::rsa(&mut self.random, KEY_BITS)
                .map_err(|error| format!("error generating rsa key: {error}")),
        }
    }

    fn template(&self, common_name: &str, names: Option<(List, List)>, days: i64) -> Result<Template, String> {
        let (addresses, names) = names.map_or_else(
            || Ok((Vec::new(), Vec::new())),
            |(addresses, names)| Ok::<_, String>((ip_addresses(&addresses)?, dns_names(&names)?)),
        )?;
        let validity = SignedDuration::from_hours(days.saturating_mul(24).clamp(-1_000_000_000, 1_000_000_000));
        let not_after = self.now.saturating_add(validity).unwrap_or(Timestamp::MAX);
        Ok(Template {
            common_name: common_name.to_owned(),
            addresses,
            names,
            not_before: self.now,
            not_after,
            is_ca: false,
        })
    }

    fn make(
        &mut self,
        template: &Template,
        key: &PrivateKey,
        issuer: Option<&Issuer>,
        signer: &PrivateKey,
    ) -> Result<Certificate, String> {
        let failed = |error| format!("error creating certificate: {error}");
        x509::check_names(&template.names).map_err(failed)?;
        let encoded = x509::create(&mut self.random, template, key, issuer, signer).map_err(failed)?;
        Ok(Certificate {
            cert: pem::encode("CERTIFICATE", &encoded),
            key: key.to_pem(),
        })
    }
}

fn given_key(text: &str) -> Result<PrivateKey, String> {
    PrivateKey::from_pem(text).map_err(|error| format!("parsing private key: {error}"))
}

fn ip_addresses(list: &List) -> Result<Vec<IpAddr>, String> {
    let addresses = list.iter().map(|item| match item {
        Value::String(text) => {
            let text = text.to_string_lossy();
            text.parse().map_err(|_| format!("error parsing ip: {text}"))
        }
        other => Err(format!("error parsing ip: {} is not a string", fmt::text(other))),
    });
    addresses.collect()
}

fn dns_names(list: &List) -> Result<Vec<String>, String> {
    let names = list.iter().map(|item| match item {
        Value::String(text) => Ok(text.to_string_lossy().into_owned()),
        other => Err(format!(
            "error processing alternate dns name: {} is not a string",
            fmt::text(other)
        )),
    });
    names.collect()
}

/// `buildCustomCert`: a certificate and key given as base64 of PEM.
fn custom(cert: &[u8], key: &[u8]) -> Result<Certificate, String> {
    let decode = |text: &[u8]| {
        BASE64_STANDARD
            .decode(text)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let cert = decode(cert).map_err(|_| "unable to decode base64 certificate")?;
    let key = decode(key).map_err(|_| "unable to decode base64 private key")?;
    let encoded = pem::decode(&cert).ok_or("unable to decode certificate")?;
    Issuer::parse(&encoded.data).ok_or("error parsing certificate: decodedCert.Bytes: x509: malformed certificate")?;
    PrivateKey::from_pem(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Certificate { cert, key })
}
