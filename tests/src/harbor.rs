//! A stand-in for the chart repository of Harbor up to 2.7: ChartMuseum behind Harbor's addresses.

use std::path::{Path, PathBuf};

use crate::registry::LocalRegistry;
use crate::web::{Answer, Asked, Web, basic, index, said};

const READ: &str = "/chartrepo/release.daocloud.io/";
const WRITE: &str = "/api/chartrepo/release.daocloud.io/charts";

/// A public project that [`LocalRegistry::USER`] may write to. It lives as long as the process.
#[derive(Debug)]
pub struct Harbor {
    web: Web,
}

impl Harbor {
    /// Starts one that keeps its charts in `folder`.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let project = folder.join("harbor");
        std::fs::create_dir_all(&project).expect("a writable folder");
        Self {
            web: Web::answering(move |asked| answer(&project, asked)),
        }
    }

    /// `host:port`
    #[must_use]
    pub fn host(&self) -> &str {
        self.web.host()
    }

    /// How many charts were sent to it.
    #[must_use]
    pub fn uploads(&self) -> usize {
        let asked = self.web.asked();
        asked.iter().filter(|asked| asked.method == "POST").count()
    }
}

fn answer(project: &Path, asked: &Asked) -> Answer {
    if asked.path == "/api/chartrepo/health" {
        return Answer::new(200, "{\"healthy\":true}");
    }
    if asked.method == "POST" && asked.path == WRITE {
        return if asked.authorization == Some(basic(LocalRegistry::PASSWORD)) {
            save(project, &asked.body)
        } else {
            said(401, "unauthorized")
        };
    }
    match asked.path.strip_prefix(READ) {
        Some("index.yaml") => index(project).header("Content-Type: application/x-yaml"),
        Some(path) => file(&project.join(path.trim_start_matches("charts/"))),
        None => said(404, "not found"),
    }
}

fn file(path: &PathBuf) -> Answer {
    std::fs::read(path).map_or_else(|_| said(404, "object not found"), |bytes| Answer::new(200, bytes))
}

/// Keeps the archive in a form under the name that the form has for it.
pub(crate) fn save(project: &Path, form: &[u8]) -> Answer {
    match archive(form) {
        Some((name, _)) if project.join(&name).exists() => said(409, "file already exists"),
        Some((name, bytes)) if std::fs::write(project.join(&name), bytes).is_ok() => {
            Answer::new(201, "{\"saved\":true}")
        }
        Some(_) => said(500, "cannot write"),
        None => said(400, "unexpected EOF"),
    }
}

fn archive(form: &[u8]) -> Option<(String, &[u8])> {
    let find = |wanted: &[u8]| form.windows(wanted.len()).position(|window| window == wanted);
    let boundary = form.get(..find(b"\r\n")?)?;
    let head = find(b"\r\n\r\n")?;
    let end = find(&[b"\r\n", boundary, b"--"].concat())?;
    let names = String::from_utf8_lossy(form.get(..head)?).into_owned();
    let name = names.split("filename=\"").nth(1)?.split('"').next()?.to_owned();
    (names.contains("name=\"chart\"") && !name.contains('/')).then_some(())?;
    Some((name, form.get(head + 4..end)?))
}
