//! Chart repositories that speak HTTP: Harbor up to 2.7, `ChartMuseum`, Artifactory.

use std::path::Path;

use ironhelm_image::{Digest, Window};
use ironhelm_registry::Error;
use ironhelm_registry::transport::{Method, Request, header};
use ironhelm_repository::index::{Budgets, Index, parse};
use url::Url;

use super::{ChartTarget, Connection, MAX_ANSWER, OpenedTarget, Protocol, UploadError, oci};
use crate::config::{Kind, Repository};
use crate::plan::PlannedChart;

/// Reads the index, and settles where charts go.
pub(super) async fn open(settings: &Repository, connection: Connection) -> Result<OpenedTarget, UploadError> {
    let base = address(&settings.url)?;
    let index = match index(&base, &connection).await {
        Ok(index) => index,
        Err(UploadError::Index { source, .. }) if settings.kind == Kind::Harbor && is_nothing(&source) => {
            if !has_chart_repository(&base, &connection).await {
                return harbor_without_charts(&base, connection);
            }
            Index::default()
        }
        Err(UploadError::Index { source, .. }) if source.status() == Some(404) => Index::default(),
        Err(error) => return Err(error),
    };
    let protocol = match settings.kind {
        Kind::Harbor => Protocol::Form {
            kind: Kind::Harbor,
            post: harbor_form(&base)?,
            otherwise: Vec::new(),
        },
        Kind::JFrog => Protocol::Put { base },
        kind => {
            let (post, otherwise) = museum_forms(&base)?;
            Protocol::Form { kind, post, otherwise }
        }
    };
    let target = ChartTarget {
        protocol,
        connection,
        index,
    };
    Ok(OpenedTarget { target, notice: None })
}

/// The address, with a slash at its end.
fn address(url: &str) -> Result<Url, UploadError> {
    let text = format!("{}/", url.trim_end_matches('/'));
    Url::parse(&text).map_err(|error| UploadError::Address {
        url: url.to_owned(),
        reason: error.to_string(),
    })
}

fn joined(base: &Url, path: &str) -> Result<Url, UploadError> {
    base.join(path).map_err(|error| UploadError::Address {
        url: base.to_string(),
        reason: error.to_string(),
    })
}

async fn index(base: &Url, connection: &Connection) -> Result<Index, UploadError> {
    let url = joined(base, "index.yaml")?;
    let budgets = Budgets::default();
    let fetched = connection
        .transport
        .get_bytes(&url, &connection.access, budgets.bytes, "an index")
        .await;
    let text = fetched.map_err(|source| UploadError::Index {
        url: base.to_string(),
        source,
    })?;
    parse(&text, Path::new(url.as_str()), budgets).map_err(|error| UploadError::BadIndex {
        url: base.to_string(),
        reason: error.to_string(),
    })
}

/// Whether the answer says that there is no index.
fn is_nothing(error: &Error) -> bool {
    matches!(error, Error::Html { .. }) || error.status() == Some(404)
}

/// Harbor: an empty project has no index either; only the health of the service tells.
async fn has_chart_repository(base: &Url, connection: &Connection) -> bool {
    let Ok(url) = joined(base, "/api/chartrepo/health") else {
        return false;
    };
    let answer = connection
        .transport
        .get_bytes(&url, &connection.access, MAX_ANSWER, "the health of a repository");
    answer.await.is_ok()
}

/// Harbor 2.8 and later: charts are OCI artefacts in the same project.
fn harbor_without_charts(base: &Url, connection: Connection) -> Result<OpenedTarget, UploadError> {
    let path = base.path().trim_matches('/');
    let project = path.strip_prefix("chartrepo/").unwrap_or(path).to_owned();
    let host = &base[url::Position::BeforeHost..url::Position::AfterPort];
    let address = format!("{}://{host}/{project}", base.scheme());
    let protocol = oci(&address, &connection)?;
    let notice = format!(
        "{base} has no chart repository (Harbor gave it up in version 2.8): charts go to oci://{host}/{project}; set \
         target.repo.kind to OCI and target.repo.url to {address}"
    );
    Ok(ChartTarget::without_index(protocol, connection, Some(notice)))
}

/// `…/chartrepo/<project>` takes charts at `…/api/chartrepo/<project>/charts`.
fn harbor_form(base: &Url) -> Result<Url, UploadError> {
    let path = base.path().replacen("/chartrepo/", "/api/chartrepo/", 1);
    joined(base, &format!("{path}charts"))
}

/// The path of an address is one that a proxy or `--context-path` puts in front, then a tenant's: where the one ends and
/// the other begins, only the server knows.
fn museum_forms(base: &Url) -> Result<(Url, Vec<Url>), UploadError> {
    let parts: Vec<&str> = base.path().split('/').filter(|part| !part.is_empty()).collect();
    let form = |context: usize| {
        let (context, tenant) = parts.split_at(context);
        let path = [context, &["api"], tenant, &["charts"]].concat().join("/");
        joined(base, &format!("/{path}"))
    };
    let others: Result<_, _> = (1..=parts.len()).map(form).collect();
    Ok((form(0)?, others?))
}

/// Sends the archive in a form; the next address is tried where one is not known to the server.
pub(super) async fn post_form(
    connection: &Connection,
    kind: Kind,
    addresses: impl Iterator<Item = &Url>,
    chart: &PlannedChart,
    replace: bool,
) -> Result<(), UploadError> {
    let mut outcome = Ok(());
    for address in addresses {
        let mut url = address.clone();
        if replace && kind == Kind::ChartMuseum {
            url.query_pairs_mut().append_key_only("force");
        }
        outcome = send_form(connection, url, chart).await;
        let unknown = matches!(&outcome, Err(UploadError::Registry { source, .. })
            if matches!(source.status(), Some(404 | 405)));
        if !unknown {
            break;
        }
    }
    outcome
}

async fn send_form(connection: &Connection, url: Url, chart: &PlannedChart) -> Result<(), UploadError> {
    let boundary = format!("ironhelm-{}", Digest::sha256(&chart.archive).hex());
    let PlannedChart { name, version, archive } = chart;
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"chart\"; filename=\"{name}-{version}.tgz\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), archive, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    let request = Request::new(Method::POST, url, connection.access.clone())
        .header(
            header::CONTENT_TYPE,
            &format!("multipart/form-data; boundary={boundary}"),
        )
        .body(Window::from_bytes(body));
    send(connection, request, chart).await
}

/// Sends the archive as it is.
pub(super) async fn put(connection: &Connection, base: &Url, chart: &PlannedChart) -> Result<(), UploadError> {
    let url = joined(base, &format!("{}-{}.tgz", chart.name, chart.version))?;
    let request = Request::new(Method::PUT, url, connection.access.clone())
        .header(header::CONTENT_TYPE, "binary/octet-stream")
        .body(Window::from_bytes(chart.archive.to_vec()));
    send(connection, request, chart).await
}

async fn send(connection: &Connection, request: Request, chart: &PlannedChart) -> Result<(), UploadError> {
    let about = format!("{} {}", chart.name, chart.version);
    let method = request.method.clone();
    let failed = |source| UploadError::Registry {
        what: about.clone(),
        source,
    };
    let mut response = connection.transport.send(request).await.map_err(failed)?;
    if response.status().as_u16() == 409 {
        return Err(UploadError::Exists { chart: about });
    }
    response
        .refuse_html("the answer of a chart repository")
        .await
        .map_err(failed)?;
    response.success(&method).await.map(drop).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_tenant_or_a_context_or_both() {
        let forms = |url: &str| {
            let (first, others) = museum_forms(&address(url).unwrap()).unwrap();
            let all = std::iter::once(first).chain(others);
            all.map(|url| url.path().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(forms("http://h.example"), ["/api/charts"]);
        assert_eq!(forms("http://h.example/a/"), ["/api/a/charts", "/a/api/charts"]);
        assert_eq!(
            forms("http://h.example/chartrepo/a"),
            [
                "/api/chartrepo/a/charts",
                "/chartrepo/api/a/charts",
                "/chartrepo/a/api/charts"
            ]
        );
    }
}
