//! URLs: taking apart and putting together as Go's `net/url` does.

use ironhelm_golang::strconv;
use ironhelm_gotmpl::{FuncError, Map, Str, Value};

use crate::table::{MAP, NIL_DEREFERENCE, STRING, Table};

pub(crate) fn register(t: &mut Table) {
    t.row("urlParse", &[STRING], |a| {
        let text = a.text(0);
        match Url::parse(&text) {
            Ok(url) => Ok(url.into_map()),
            Err(error) => {
                let quoted = strconv::quote(text.as_bytes());
                Err(FuncError::from(format!("unable to parse url: parse {quoted}: {error}")))
            }
        }
    });
    t.row("urlJoin", &[MAP], |a| join(&a.map(0)));
}

/// Which part of a URL a text is; decides which characters are written as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    userinfo: String,
    host: Vec<u8>,
    path: Vec<u8>,
    query: String,
    fragment: Vec<u8>,
}

impl Url {
    fn parse(text: &str) -> Result<Self, String> {
        let (rest, fragment) = text
            .split_once('#')
            .map_or((text, ""), |(rest, fragment)| (rest, fragment));
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let mut url = Self {
            fragment: unescape(fragment, Part::Fragment)?,
            ..Self::default()
        };
        if rest == "*" {
            url.path = b"*".to_vec();
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(rest)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        url.query = query.to_owned();
        url.read_hierarchy(rest)?;
        Ok(url)
    }

    /// What stands between scheme and query.
    fn read_hierarchy(&mut self, rest: &str) -> Result<(), String> {
        if !rest.starts_with('/') {
            if !self.scheme.is_empty() {
                self.opaque = rest.to_owned();
                return Ok(());
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let mut path = rest;
        let has_authority = rest.starts_with("//") && (!self.scheme.is_empty() || !rest.starts_with("///"));
        if let Some(authority) = rest.strip_prefix("//").filter(|_| has_authority) {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, after) = authority.split_at(end);
            path = after;
            self.read_authority(authority)?;
        }
        self.path = unescape(path, Part::Path)?;
        Ok(())
    }

    fn read_authority(&mut self, authority: &str) -> Result<(), String> {
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority),
        };
        self.host = parse_host(host)?;
        let Some(userinfo) = userinfo else {
            return Ok(());
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
        if !userinfo.chars().all(allowed) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        self.userinfo = match userinfo.split_once(':') {
            None => escape(&unescape(userinfo, Part::User)?, Part::User),
            Some((user, password)) => {
                let user = escape(&unescape(user, Part::User)?, Part::User);
                format!("{user}:{}", escape(&unescape(password, Part::User)?, Part::User))
            }
        };
        Ok(())
    }

    fn into_map(self) -> Map {
        let hostname = hostname(&self.host).to_vec();
        let entries = [
            ("scheme", self.scheme.into_bytes()),
            ("host", self.host),
            ("hostname", hostname),
            ("path", self.path),
            ("query", self.query.into_bytes()),
            ("opaque", self.opaque.into_bytes()),
            ("fragment", self.fragment),
            ("userinfo", self.userinfo.into_bytes()),
        ];
        entries
            .into_iter()
            .map(|(key, text)| (key, Value::string(text)))
            .collect()
    }
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_host(host: &str) -> Result<Vec<u8>, String> {
    if let Some(start) = host.rfind('[').filter(|_| host.starts_with('[')) {
        let Some(end) = host[start..].rfind(']').map(|end| start + end) else {
            return Err("missing ']' in host".to_owned());
        };
        check_port(&host[end + 1..])?;
        // RFC 6874: the zone of an IPv6 address follows %25 and is escaped more freely than a host.
        if let Some(zone) = host[..end].find("%25") {
            let address = unescape(&host[..zone], Part::Host)?;
            let zone = unescape(&host[zone..end], Part::Zone)?;
            return Ok([address, zone, unescape(&host[end..], Part::Host)?].concat());
        }
    } else if let Some(colon) = host.find(':') {
        check_port(&host[colon..])?;
    }
    unescape(host, Part::Host)
}

fn check_port(port: &str) -> Result<(), String> {
    let valid = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => port.is_empty(),
    };
    if valid {
        Ok(())
    } else {
        Err(format!("invalid port {} after host", strconv::quote(port.as_bytes())))
    }
}

/// The host without its port and the brackets of an IPv6 address.
fn hostname(host: &[u8]) -> &[u8] {
    let position = |wanted: u8| host.iter().rposition(|byte| *byte == wanted);
    if let (Some(b'['), Some(end)) = (host.first(), position(b']')) {
        return &host[1..end];
    }
    match position(b':') {
        Some(colon) if host[colon + 1..].iter().all(u8::is_ascii_digit) => &host[..colon],
        _ => host,
    }
}

fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let escape = &text[text.len() - rest.len() - 1..];
            let decoded = hex_pair(rest).ok_or_else(|| invalid_escape(escape))?;
            let allowed = match part {
                // Go: a host may hold escaped non-ASCII only, and %25 before a zone.
                Part::Host => decoded >= 0x80 || decoded == b'%',
                Part::Zone => decoded == b'%' || decoded == b' ' || !is_escaped(decoded, Part::Host),
                _ => true,
            };
            if !allowed {
                return Err(invalid_escape(escape));
            }
            out.push(decoded);
            rest = &rest[2..];
            continue;
        }
        if matches!(part, Part::Host | Part::Zone) && byte < 0x80 && is_escaped(byte, part) {
            let quoted = strconv::quote(&[byte]);
            return Err(format!("invalid character {quoted} in host name"));
        }
        out.push(byte);
    }
    Ok(out)
}

fn invalid_escape(escape: &str) -> String {
    let shown: String = escape.chars().take(3).collect();
    format!("invalid URL escape {}", strconv::quote(shown.as_bytes()))
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |index: usize| bytes.get(index).and_then(|byte| char::from(*byte).to_digit(16));
    Some((digit(0)? * 16 + digit(1)?) as u8)
}

fn escape(text: &[u8], part: Part) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for &byte in text {
        if is_escaped(byte, part) {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

fn is_escaped(byte: u8, part: Part) -> bool {
    let plain: &[u8] = match part {
        Part::Path => b"$&+,/:;=@",
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
        Part::User => b"$&+,;=",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    !(byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || plain.contains(&byte))
}

/// `urlJoin`: the URL of a dictionary such as `urlParse` makes.
fn join(map: &Map) -> Result<String, FuncError> {
    let text = |key| text_of(map, key);
    let lossy = |key| text_of(map, key).map(|text| text.to_string_lossy().into_owned());
    let url = Url {
        scheme: lossy("scheme")?,
        host: text("host")?.to_vec(),
        path: text("path")?.to_vec(),
        query: lossy("query")?,
        opaque: lossy("opaque")?,
        fragment: text("fragment")?.to_vec(),
        userinfo: user_of(&lossy("userinfo")?)?,
    };
    Ok(url.to_text())
}

// Go: the user is read back from a URL of its own.
fn user_of(userinfo: &str) -> Result<String, FuncError> {
    if userinfo.is_empty() {
        return Ok(String::new());
    }
    let text = format!("proto://{userinfo}@host");
    let url = Url::parse(&text).map_err(|error| {
        let quoted = strconv::quote(text.as_bytes());
        format!("unable to parse userinfo in dict: parse {quoted}: {error}")
    })?;
    Ok(url.userinfo)
}

fn text_of(map: &Map, key: &str) -> Result<Str, FuncError> {
    match map.get(key) {
        None => Ok(Str::default()),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Nil) => Err(NIL_DEREFERENCE.into()),
        Some(other) => {
            let kind = other.kind_name();
            Err(format!("unable to parse {key} key, must be of type string, but {kind} found").into())
        }
    }
}

impl Url {
    fn to_text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            self.append_hierarchy(&mut out);
        } else {
            out.push_str(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn append_hierarchy(&self, out: &mut String) {
        let path = escape(&self.path, Part::Path);
        let has_authority = !self.host.is_empty() || !self.userinfo.is_empty();
        if has_authority || !self.scheme.is_empty() && path.starts_with("//") {
            out.push_str("//");
        }
        if !self.userinfo.is_empty() {
            out.push_str(&self.userinfo);
            out.push('@');
        }
        out.push_str(&escape(&self.host, Part::Host));
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&path);
    }
}
