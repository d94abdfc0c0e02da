//! From what the HTTP library says to what a person can use.

use std::error::Error as Cause;
use std::io;

use reqwest::Url;
use rustls::CertificateError;

use crate::error::{Error, TlsProblem};
use crate::text::{clean, public};

/// A request that got no answer.
pub(super) fn of_request(url: &Url, error: &reqwest::Error) -> Error {
    if let Some(problem) = find(error).and_then(|tls| tls_problem(url, tls)) {
        return Error::Tls {
            url: public(url),
            problem,
        };
    }
    if error.is_dns() {
        let host = url.host_str().unwrap_or_default().to_owned();
        return Error::UnknownHost { url: public(url), host };
    }
    if error.is_timeout() {
        return Error::Unreachable {
            url: public(url),
            reason: "no connection within the time allowed".to_owned(),
        };
    }
    Error::Unreachable {
        url: public(url),
        reason: root_cause(error),
    }
}

/// The deepest cause, which names what happened.
pub(super) fn root_cause(error: &(dyn Cause + 'static)) -> String {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    clean(&plain(&deepest.to_string()))
}

/// The system's words without its number, in lower case as the rest of a line.
fn plain(text: &str) -> String {
    let Some((words, _)) = text.split_once(" (os error") else {
        return text.to_owned();
    };
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// The TLS error among the causes; I/O errors hide theirs one level deeper.
fn find<'e>(error: &'e (dyn Cause + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(tls) = cause.downcast_ref() {
            return Some(tls);
        }
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn Cause + 'static)),
            None => cause.source(),
        };
    }
    None
}

fn tls_problem(url: &Url, error: &rustls::Error) -> Option<TlsProblem> {
    let problem = match error {
        rustls::Error::InvalidCertificate(problem) => certificate_problem(url, problem),
        rustls::Error::InvalidMessage(_) => TlsProblem::NotTls,
        rustls::Error::AlertReceived(alert) => {
            let detail = format!("{alert:?}");
            if detail.contains("ertificate") || detail.contains("UnknownCA") || detail.contains("AccessDenied") {
                TlsProblem::ClientCertificate { detail }
            } else {
                TlsProblem::Other { detail }
            }
        }
        other => TlsProblem::Other {
            detail: clean(&other.to_string()),
        },
    };
    Some(problem)
}

fn certificate_problem(url: &Url, problem: &CertificateError) -> TlsProblem {
    match problem {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsProblem::UnknownAuthority,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsProblem::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsProblem::WrongName {
            host: url.host_str().unwrap_or_default().to_owned(),
        },
        CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
            TlsProblem::UnknownAuthority
        }
        other => TlsProblem::Other {
            detail: clean(&other.to_string()),
        },
    }
}
