//! Small web servers on loopback: files, and a stand-in for ChartMuseum.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::harbor;

/// A request, as far as tests care.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// More headers, each with the end of its line.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
    /// Says that there are so many more bytes than there are.
    pub missing: usize,
}

impl Answer {
    /// An answer without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn header(mut self, line: &str) -> Self {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }
}

type Answers = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A server that remembers what it was asked.
#[derive(Debug)]
pub struct Web {
    address: String,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl Web {
    /// A server with these answers. It lives as long as the process.
    ///
    /// # Panics
    /// Without a free port.
    #[must_use]
    pub fn answering(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&seen);
        let answer: Arc<Answers> = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Self { address, seen }
    }

    /// Serves files, to those who know the password of `admin` where there is one.
    #[must_use]
    pub fn files(root: PathBuf, password: Option<&str>) -> Self {
        let wanted = password.map(basic);
        Self::answering(move |asked| {
            if wanted.is_some() && wanted != asked.authorization {
                return Answer::new(401, "{\"error\":\"unauthorized\"}");
            }
            let path = asked.path.split('?').next().unwrap_or_default();
            std::fs::read(root.join(path.trim_start_matches('/')))
                .map_or_else(|_| Answer::new(404, ""), |bytes| Answer::new(200, bytes))
        })
    }

    /// `host:port`
    #[must_use]
    pub fn host(&self) -> &str {
        &self.address
    }

    /// `http://host:port`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The header `Authorization` of all that was asked so far.
    #[must_use]
    pub fn authorizations(&self) -> Vec<Option<String>> {
        self.asked().into_iter().map(|asked| asked.authorization).collect()
    }
}

/// What `admin` sends.
pub(crate) fn basic(password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("admin:{password}")))
}

fn serve(mut stream: TcpStream, answer: &Answers, log: &Mutex<Vec<Asked>>) {
    let Some(asked) = stream.try_clone().ok().and_then(read) else {
        return;
    };
    let answer = answer(&asked);
    log.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    let length = answer.body.len() + answer.missing;
    let head = format!(
        "HTTP/1.1 {} X\r\n{}Content-Length: {length}\r\nConnection: close\r\n\r\n",
        answer.status, answer.headers
    );
    let body = if asked.method == "HEAD" { &[][..] } else { &answer.body };
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn read(stream: TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let mut asked = Asked {
        method: words.next()?,
        path: words.next()?,
        ..Asked::default()
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_lowercase().as_str() {
            "authorization" => asked.authorization = Some(value.to_owned()),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    asked.body = vec![0; length];
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

/// A ChartMuseum with the project `skoala` and the user `admin` (password `secret`): the program that `CHARTMUSEUM` names,
/// or a stand-in that answers in the same words.
#[derive(Debug)]
pub struct Museum {
    /// Where the project is.
    pub url: String,
    process: Option<Child>,
}

impl Museum {
    /// Starts one with these archives; `folder` is for what it keeps. Whoever may read without a password, may so here.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start(folder: &Path, archives: &[PathBuf], anonymous: bool) -> Self {
        let storage = folder.join("museum");
        let project = storage.join("skoala");
        std::fs::create_dir_all(&project).expect("a writable folder");
        for archive in archives {
            let name = archive.file_name().expect("an archive");
            std::fs::copy(archive, project.join(name)).expect("the archive can be copied");
        }
        match std::env::var("CHARTMUSEUM") {
            Ok(binary) => Self::real(&binary, &storage, anonymous),
            Err(_) => Self::stand_in(&project, anonymous),
        }
    }

    /// Whether it is the real one.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.process.is_some()
    }

    fn real(binary: &str, storage: &Path, anonymous: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let mut command = Command::new(binary);
        command
            .args(["--storage=local", "--depth=1", "--context-path=/chartrepo"])
            .args(["--basic-auth-user=admin", "--basic-auth-pass=secret"])
            .arg(format!("--storage-local-rootdir={}", storage.display()))
            .arg(format!("--port={port}"));
        if anonymous {
            command.arg("--auth-anonymous-get");
        }
        let process = command.spawn().expect("CHARTMUSEUM starts");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(50));
        }
        Self {
            url: format!("http://127.0.0.1:{port}/chartrepo/skoala"),
            process: Some(process),
        }
    }

    fn stand_in(project: &Path, anonymous: bool) -> Self {
        let (project, good) = (project.to_owned(), basic("secret"));
        let web = Web::answering(move |asked| {
            if !anonymous && asked.authorization.as_ref() != Some(&good) {
                return said(401, "unauthorized").header("Www-Authenticate: Basic realm=\"ChartMuseum\"");
            }
            match (asked.method.as_str(), asked.authorization.as_ref()) {
                ("POST", Some(given)) if *given == good => take(&project, asked),
                ("POST", _) => said(401, "unauthorized"),
                _ => answer(&project, &asked.path),
            }
        });
        Self {
            url: format!("{}/chartrepo/skoala", web.url()),
            process: None,
        }
    }
}

impl Drop for Museum {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

pub(crate) fn said(status: u16, error: &str) -> Answer {
    Answer::new(status, format!("{{\"error\":\"{error}\"}}")).header("Content-Type: application/json; charset=utf-8")
}

fn take(project: &Path, asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/chartrepo/api/skoala/charts" => harbor::save(project, &asked.body),
        _ => said(404, "not found"),
    }
}

fn answer(project: &Path, path: &str) -> Answer {
    let Some(path) = path.strip_prefix("/chartrepo/skoala/") else {
        return said(404, "not found");
    };
    if path == "index.yaml" {
        return index(project).header("Content-Type: application/x-yaml");
    }
    let archive = path
        .strip_prefix("charts/")
        .map(|name| std::fs::read(project.join(name)));
    match archive {
        Some(Ok(bytes)) => Answer::new(200, bytes).header("Content-Type: application/x-tar"),
        Some(Err(_)) => said(404, "object not found"),
        None => said(404, "not found"),
    }
}

/// The index of the archives, in ChartMuseum's words.
pub(crate) fn index(project: &Path) -> Answer {
    use ironhelm_repository::index::{GenerateOptions, generate};
    let options = GenerateOptions {
        url: "charts".to_owned(),
        now: "2026-11-23T22:32:15Z".to_owned(),
        ..GenerateOptions::default()
    };
    let text =
        generate(project, &options).map(|()| std::fs::read_to_string(project.join("index.yaml")).unwrap_or_default());
    let text = text.unwrap_or_default() + "serverInfo:\n  contextPath: /chartrepo\n";
    Answer::new(200, text)
}

/// The last answer of a recorded conversation with ChartMuseum to each plain request.
///
/// # Panics
/// Without the recording.
#[must_use]
pub fn recorded_museum() -> Web {
    let recording = crate::root().join("testdata/repository/chartmuseum-conversation.txt");
    let text = std::fs::read_to_string(recording).expect("the recording");
    let mut answers = BTreeMap::new();
    let is_plain = |part: &&str| {
        ![" -X ", " --data", "-I ", " -F "]
            .iter()
            .any(|flag| part.contains(flag))
    };
    for part in text.split("\n### ").filter(is_plain) {
        let request = part.lines().next().unwrap_or_default();
        let path = request.split("http://HOST").nth(1).unwrap_or_default().to_owned();
        let (head, body) = part.split_once("\n\n").unwrap_or((part, ""));
        let status = head
            .lines()
            .nth(1)
            .and_then(|line| line.split(' ').nth(1)?.parse().ok());
        answers.insert(
            (path, request.contains("admin:secret")),
            Answer::new(status.unwrap_or(500), body),
        );
    }
    let good = basic("secret");
    Web::answering(move |asked| {
        let is_allowed = asked.authorization.as_ref() == Some(&good);
        let answer = answers.get(&(asked.path.clone(), is_allowed)).cloned();
        answer.unwrap_or_else(|| said(401, "unauthorized"))
    })
}
