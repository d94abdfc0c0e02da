use ironhelm_registry::login::{login, logout};
use ironhelm_registry::{CredentialStore, Credentials};

use crate::server::{Reply, Server, options, transport};

#[tokio::test]
async fn only_proven_credentials_are_stored() {
    let server = Server::start(|request| match request.authorization() {
        Some("Basic dTpw") => Reply::ok("{}"),
        _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=x"),
    });
    let directory = tempfile::tempdir().unwrap();
    let store = CredentialStore {
        path: directory.path().join("registry/config.json"),
        ..CredentialStore::default()
    };
    let host = server.host();
    let wrong = login(&store, &host, Credentials::basic("u", "x"), transport(), options())
        .await
        .unwrap_err();
    assert_eq!(wrong.status(), Some(401));
    assert!(!store.path.exists());
    login(&store, &host, Credentials::basic("u", "p"), transport(), options())
        .await
        .unwrap();
    assert_eq!(store.find(&host).await.unwrap(), Some(Credentials::basic("u", "p")));
    logout(&store, &host).await.unwrap();
    assert_eq!(store.find(&host).await.unwrap(), None);
    let path = format!("{host}/a/b");
    let error = login(&store, &path, Credentials::basic("u", "p"), transport(), options())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("invalid reference {path:?}: invalid registry")
    );
}
