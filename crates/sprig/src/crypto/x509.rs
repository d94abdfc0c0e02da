//! X.509 certificates laid out as Go's `x509.CreateCertificate` lays them out.

use std::net::IpAddr;

use ironhelm_golang::strconv;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::keys::PrivateKey;
use super::{Random, der};

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// What a new certificate says.
pub(crate) struct Template {
    pub(crate) common_name: String,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) names: Vec<String>,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) is_ca: bool,
}

/// The certificate that signs, as far as it shows in the signed one.
pub(crate) struct Issuer {
    subject: Vec<u8>,
    key_id: Option<Vec<u8>>,
    public_key: Vec<u8>,
}

impl Issuer {
    /// The issuer in an encoded certificate.
    pub(crate) fn parse(certificate: &[u8]) -> Option<Self> {
        let mut fields = der::Reader(certificate).enter()?.enter()?;
        fields.optional(der::context(0));
        fields.expect(der::INTEGER)?;
        for _algorithm_issuer_validity in 0..3 {
            fields.expect(der::SEQUENCE)?;
        }
        let subject = fields.expect(der::SEQUENCE)?.whole.to_vec();
        let public_key = fields.expect(der::SEQUENCE)?.whole.to_vec();
        let extensions = fields.optional(der::context(3));
        let key_id = extensions.and_then(|extensions| subject_key_id(extensions.content));
        Some(Self {
            subject,
            key_id,
            public_key,
        })
    }
}

fn subject_key_id(extensions: &[u8]) -> Option<Vec<u8>> {
    let mut extensions = der::Reader(extensions).enter()?;
    while let Some(mut extension) = extensions.enter() {
        if extension.expect(der::OID)?.content == SUBJECT_KEY_ID {
            extension.optional(der::BOOLEAN);
            let value = extension.expect(der::OCTET_STRING)?.content;
            return Some(der::Reader(value).expect(der::OCTET_STRING)?.content.to_vec());
        }
    }
    None
}

/// The encoded certificate for `key`, signed by `signer`; self-signed without an issuer.
pub(crate) fn create(
    random: &mut Random,
    template: &Template,
    key: &PrivateKey,
    issuer: Option<&Issuer>,
    signer: &PrivateKey,
) -> Result<Vec<u8>, String> {
    let algorithm = signer.signature_algorithm()?;
    if issuer.is_some_and(|issuer| signer.public().is_ok_and(|public| public.info != issuer.public_key)) {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let public = key.public()?;
    let subject = name(&template.common_name);
    let issuer_name = issuer.map_or(&subject, |issuer| &issuer.subject);
    let authority = issuer
        .filter(|issuer| issuer.subject != subject)
        .and_then(|issuer| issuer.key_id.as_deref());
    let body = der::sequence(&[
        &der::element(der::context(0), &der::unsigned(&[2])),
        &der::unsigned(&random.serial()),
        &algorithm,
        issuer_name,
        &der::sequence(&[&time(template.not_before), &time(template.not_after)]),
        &subject,
        &public.info,
        &der::element(der::context(3), &extensions(template, &public.key, authority)),
    ]);
    let signature = signer.sign(random, &body)?;
    Ok(der::sequence(&[&body, &algorithm, &der::bits(&signature)]))
}

/// A distinguished name of a common name alone.
fn name(common_name: &str) -> Vec<u8> {
    if common_name.is_empty() {
        return der::sequence(&[]);
    }
    let printable = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
    let tag = if common_name.bytes().all(printable) {
        der::PRINTABLE_STRING
    } else {
        der::UTF8_STRING
    };
    let value = der::element(tag, common_name.as_bytes());
    let attribute = der::sequence(&[&der::element(der::OID, COMMON_NAME), &value]);
    der::sequence(&[&der::element(der::SET, &attribute)])
}

/// UTCTime until 2049, GeneralizedTime from then on.
fn time(timestamp: Timestamp) -> Vec<u8> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let date = jiff::tz::TimeZone::UTC.to_datetime(timestamp);
    let (tag, format) = if (1950..2050).contains(&date.year()) {
        (UTC_TIME, "%y%m%d%H%M%SZ")
    } else {
        (GENERALIZED_TIME, "%Y%m%d%H%M%SZ")
    };
    der::element(tag, date.strftime(format).to_string().as_bytes())
}

fn extensions(template: &Template, public_key: &[u8], authority: Option<&[u8]>) -> Vec<u8> {
    // Digital signature and key encipherment, and certificate signing for an authority.
    let usage: &[u8] = if template.is_ca { &[2, 0xa4] } else { &[5, 0xa0] };
    let purposes = [SERVER_AUTH, CLIENT_AUTH]
        .map(|purpose| der::element(der::OID, purpose))
        .concat();
    let is_ca: &[u8] = if template.is_ca { &[der::BOOLEAN, 1, 0xff] } else { &[] };
    let mut list = vec![
        extension(KEY_USAGE, true, &der::element(der::BIT_STRING, usage)),
        extension(EXTENDED_KEY_USAGE, false, &der::element(der::SEQUENCE, &purposes)),
        extension(BASIC_CONSTRAINTS, true, &der::sequence(&[is_ca])),
    ];
    if template.is_ca {
        // Go: since 1.25 the first 20 bytes of the SHA-256 of the key.
        let id = &Sha256::digest(public_key)[..20];
        list.push(extension(SUBJECT_KEY_ID, false, &der::element(der::OCTET_STRING, id)));
    }
    if let Some(id) = authority {
        list.push(extension(
            AUTHORITY_KEY_ID,
            false,
            &der::sequence(&[&der::element(0x80, id)]),
        ));
    }
    if !template.names.is_empty() || !template.addresses.is_empty() {
        let critical = template.common_name.is_empty();
        list.push(extension(SUBJECT_ALT_NAME, critical, &alternative_names(template)));
    }
    der::element(der::SEQUENCE, &list.concat())
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[der::BOOLEAN, 1, 0xff] } else { &[] };
    der::sequence(&[
        &der::element(der::OID, id),
        critical,
        &der::element(der::OCTET_STRING, value),
    ])
}

fn alternative_names(template: &Template) -> Vec<u8> {
    let names = template.names.iter().map(|name| der::element(0x82, name.as_bytes()));
    let addresses = template.addresses.iter().map(|address| match address.to_canonical() {
        IpAddr::V4(address) => der::element(0x87, &address.octets()),
        IpAddr::V6(address) => der::element(0x87, &address.octets()),
    });
    der::element(der::SEQUENCE, &names.chain(addresses).collect::<Vec<_>>().concat())
}

/// What is wrong with the names, in Go's words.
pub(crate) fn check_names(names: &[String]) -> Result<(), String> {
    match names.iter().find(|name| !name.is_ascii()) {
        Some(name) => {
            let quoted = strconv::quote(name.as_bytes());
            Err(format!("x509: {quoted} cannot be encoded as an IA5String"))
        }
        None => Ok(()),
    }
}
