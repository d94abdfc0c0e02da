//! A small HTTP/1.1 server on a free port of the loopback interface; a thread for each connection.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use ironhelm_registry::{Origin, RegistryOptions, Transport, TransportOptions};
use reqwest::Url;

/// One request as the server saw it.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// The server closed the connection before the body was there; the reply is not sent.
    pub broken: bool,
}

impl Seen {
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn authorization(&self) -> Option<&str> {
        self.header("authorization")
    }
}

/// What the server answers.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Close the connection after so many bytes of the body.
    cut: Option<usize>,
    /// Wait before the body.
    pause: std::time::Duration,
}

impl Reply {
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            cut: None,
            pause: std::time::Duration::ZERO,
        }
    }

    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::new(200)
        }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn cut(mut self, after: usize) -> Self {
        self.cut = Some(after);
        self
    }

    pub fn pause(mut self, millis: u64) -> Self {
        self.pause = std::time::Duration::from_millis(millis);
        self
    }
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;
type Breaker = dyn Fn(&Seen) -> Option<usize> + Send + Sync;

pub struct Server {
    pub address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(None, |_| None, handler)
    }

    /// `breaker` says after how many bytes of a request's body the connection is closed.
    pub fn breaking(
        breaker: impl Fn(&Seen) -> Option<usize> + Send + Sync + 'static,
        handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::with(None, breaker, handler)
    }

    pub fn tls(config: rustls::ServerConfig, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(Some(Arc::new(config)), |_| None, handler)
    }

    fn with(
        tls: Option<Arc<rustls::ServerConfig>>,
        breaker: impl Fn(&Seen) -> Option<usize> + Send + Sync + 'static,
        handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (handler, breaker): (Arc<Handler>, Arc<Breaker>) = (Arc::new(handler), Arc::new(breaker));
        let log = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, breaker, log, tls) = (handler.clone(), breaker.clone(), log.clone(), tls.clone());
                thread::spawn(move || serve_connection(stream, tls, &*handler, &*breaker, &log));
            }
        });
        Self { address, scheme, seen }
    }

    /// `127.0.0.1:port`
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}://{}{path}", self.scheme, self.address)).unwrap()
    }

    /// The same server under another host name.
    pub fn alias(&self, path: &str) -> Url {
        Url::parse(&format!("{}://localhost:{}{path}", self.scheme, self.address.port())).unwrap()
    }

    pub fn origin(&self) -> Origin {
        Origin::of(&self.url("/")).unwrap()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }
}

/// A transport that loses its patience soon.
pub fn transport() -> Transport {
    Transport::new(&TransportOptions {
        stall_timeout: std::time::Duration::from_millis(700),
        ..Default::default()
    })
    .unwrap()
}

/// Options for a plain http registry whose failures are retried at once.
pub fn options() -> RegistryOptions {
    let retry = ironhelm_registry::oci::RetryPolicy {
        first_wait: std::time::Duration::from_millis(2),
        ..Default::default()
    };
    RegistryOptions {
        plain_http: true,
        retry,
        ..Default::default()
    }
}

fn serve_connection(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    handler: &Handler,
    breaker: &Breaker,
    log: &Mutex<Vec<Seen>>,
) {
    // A client that goes away ends its thread.
    let _ = match tls {
        None => serve(BufReader::new(stream), handler, breaker, log),
        Some(config) => {
            let session = rustls::ServerConnection::new(config).unwrap();
            serve(
                BufReader::new(rustls::StreamOwned::new(session, stream)),
                handler,
                breaker,
                log,
            )
        }
    };
}

fn serve<S: Read + Write>(
    mut stream: BufReader<S>,
    handler: &Handler,
    breaker: &Breaker,
    log: &Mutex<Vec<Seen>>,
) -> io::Result<()> {
    while let Some(mut request) = read_head(&mut stream)? {
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let stop = breaker(&request);
        request.broken = stop.is_some_and(|stop| stop < length);
        request.body = vec![0; stop.unwrap_or(length).min(length)];
        stream.read_exact(&mut request.body)?;
        log.lock().unwrap().push(request.clone());
        let reply = handler(&request);
        if request.broken || !write_reply(stream.get_mut(), &reply, &request.method)? {
            return Ok(());
        }
    }
    Ok(())
}

fn read_head(stream: &mut impl BufRead) -> io::Result<Option<Seen>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Seen {
        method: words.next().unwrap(),
        target: words.next().unwrap(),
        ..Seen::default()
    };
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            return Ok(Some(request));
        };
        request.headers.insert(name.to_lowercase(), value.to_owned());
    }
}

fn write_reply(stream: &mut impl Write, reply: &Reply, method: &str) -> io::Result<bool> {
    let mut head = format!("HTTP/1.1 {} X\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let announced = reply
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !announced && reply.status != 204 {
        head += &format!("Content-Length: {}\r\n", reply.body.len());
    }
    stream.write_all((head + "\r\n").as_bytes())?;
    stream.flush()?;
    thread::sleep(reply.pause);
    if method != "HEAD" {
        stream.write_all(&reply.body[..reply.cut.unwrap_or(reply.body.len())])?;
    }
    stream.flush()?;
    Ok(reply.cut.is_none())
}
