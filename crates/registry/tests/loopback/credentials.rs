use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use ironhelm_registry::{CredentialStore, Credentials, Error};

fn store(directory: &Path) -> CredentialStore {
    CredentialStore {
        path: directory.join("registry/config.json"),
        fallback: Some(directory.join("docker.json")),
        helper_directory: Some(directory.join("bin")),
    }
}

/// The bytes that helm 4.2.3 wrote for the same login and logout.
#[tokio::test]
async fn files_are_written_as_helm_does() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    store
        .store("127.0.0.1:5602", &Credentials::basic("u", "p:w\"<>"))
        .await
        .unwrap();
    let expected = "{\n\t\"auths\": {\n\t\t\"127.0.0.1:5602\": {\n\t\t\t\"auth\": \"dTpwOnciPD4=\"\n\t\t}\n\t}\n}";
    assert_eq!(fs::read_to_string(&store.path).unwrap(), expected);
    assert_eq!(fs::metadata(&store.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::metadata(store.path.parent().unwrap()).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(
        store.find("127.0.0.1:5602").await.unwrap(),
        Some(Credentials::basic("u", "p:w\"<>"))
    );

    let before =
        r#"{"zz":{"b":1,"a":[1,  2]},"auths":{"q.io":{"auth":"YTpi","foo":1}},"HttpHeaders":{"x":"<"},"e":{ }}"#;
    fs::write(&store.path, before).unwrap();
    store
        .store("127.0.0.1:5602", &Credentials::basic("u", "p:w\"<>"))
        .await
        .unwrap();
    let expected = "{\n\t\"HttpHeaders\": {\n\t\t\"x\": \"\\u003c\"\n\t},\n\t\"auths\": {\n\t\t\"127.0.0.1:5602\": {\n\t\t\t\"auth\": \"dTpwOnciPD4=\"\n\t\t},\n\t\t\"q.io\": {\n\t\t\t\"auth\": \"YTpi\",\n\t\t\t\"foo\": 1\n\t\t}\n\t},\n\t\"e\": {},\n\t\"zz\": {\n\t\t\"b\": 1,\n\t\t\"a\": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t}\n}";
    assert_eq!(fs::read_to_string(&store.path).unwrap(), expected);
    store.erase("127.0.0.1:5602").await.unwrap();
    store.erase("nobody.io").await.unwrap();
    assert_eq!(store.find("127.0.0.1:5602").await.unwrap(), None);
    assert_eq!(store.find("q.io").await.unwrap(), Some(Credentials::basic("a", "b")));
    assert!(
        fs::read_dir(store.path.parent().unwrap()).unwrap().count() == 1,
        "no temporary files stay"
    );
}

#[tokio::test]
async fn nothing_is_written_for_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    store.erase("nobody.io").await.unwrap();
    assert!(!store.path.exists());
}

/// CVE-2025-53547 and its family: a link is replaced, what it points to stays as it is.
#[tokio::test]
async fn links_are_not_written_through() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    let victim = directory.path().join("victim");
    fs::write(&victim, "{}").unwrap();
    fs::create_dir(store.path.parent().unwrap()).unwrap();
    symlink(&victim, &store.path).unwrap();
    store.store("h", &Credentials::basic("u", "p")).await.unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "{}");
    assert!(!fs::symlink_metadata(&store.path).unwrap().is_symlink());
}

#[tokio::test]
async fn dockers_file_is_asked_second() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    let docker = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"aHViOng="},"https://old.io/v2/":{"username":"o","password":"p"},
        "t.io":{"identitytoken":"id"},"r.io":{"registrytoken":"rt"},"q.io":{"auth":"ZG9ja2VyOng="},"empty.io":{}}}"#;
    fs::write(store.fallback.as_ref().unwrap(), docker).unwrap();
    store.store("q.io", &Credentials::basic("helm", "y")).await.unwrap();
    let find = async |host: &str| store.find(host).await.unwrap();
    assert_eq!(find("q.io").await, Some(Credentials::basic("helm", "y")));
    assert_eq!(find("docker.io").await, Some(Credentials::basic("hub", "x")));
    assert_eq!(find("registry-1.docker.io").await, Some(Credentials::basic("hub", "x")));
    assert_eq!(find("old.io").await, Some(Credentials::basic("o", "p")));
    assert_eq!(find("t.io").await, Some(Credentials::IdentityToken("id".to_owned())));
    assert_eq!(find("r.io").await, Some(Credentials::AccessToken("rt".to_owned())));
    for host in ["empty.io", "t.io:443", "io", "nobody.io"] {
        assert_eq!(find(host).await, None, "{host}");
    }
    fs::write(store.fallback.as_ref().unwrap(), "{broken").unwrap();
    assert_eq!(find("t.io").await, None);
    fs::write(&store.path, "{broken").unwrap();
    assert!(matches!(
        store.find("t.io").await.unwrap_err(),
        Error::CredentialsFile { action: "parse", .. }
    ));
}

#[tokio::test]
async fn broken_entries_are_errors_not_panics() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    fs::create_dir(store.path.parent().unwrap()).unwrap();
    for broken in [
        r#"{"auths":{"h":{"auth":"%%"}}}"#,
        r#"{"auths":{"h":{"auth":"YWI="}}}"#,
        r#"{"auths":{"h":{"auth":5}}}"#,
        r#"{"auths":[]}"#,
        r#"{"credHelpers":5}"#,
        "[]",
    ] {
        fs::write(&store.path, broken).unwrap();
        assert!(store.find("h").await.is_err(), "{broken}");
    }
    fs::write(&store.path, r#"{"auths":null,"credHelpers":null,"credsStore":""}"#).unwrap();
    assert_eq!(store.find("h").await.unwrap(), None);
}

const HELPER: &str = r#"#!/bin/sh
input=$(cat)
echo "$1 $input" >> "$(dirname "$0")/log"
case "$1:$input" in
  get:known.io) echo '{"ServerURL":"known.io","Username":"hu","Secret":"hs"}';;
  get:token.io) echo '{"Username":"<token>","Secret":"it"}';;
  get:broken.io) echo 'keychain \033[2J locked'; exit 1;;
  get:*) echo 'credentials not found in native keychain'; exit 1;;
esac
"#;

#[tokio::test]
async fn helpers_keep_credentials() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    let bin = store.helper_directory.clone().unwrap();
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir(store.path.parent().unwrap()).unwrap();
    let program = bin.join("docker-credential-vault");
    fs::write(&program, HELPER).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(
        &store.path,
        r#"{"credsStore":"vault","credHelpers":{"plain.io":"missing"},"auths":{"known.io":{}}}"#,
    )
    .unwrap();
    assert_eq!(
        store.find("known.io").await.unwrap(),
        Some(Credentials::basic("hu", "hs"))
    );
    assert_eq!(
        store.find("token.io").await.unwrap(),
        Some(Credentials::IdentityToken("it".to_owned()))
    );
    assert_eq!(store.find("nobody.io").await.unwrap(), None);
    let error = store.find("broken.io").await.unwrap_err().to_string();
    assert!(
        error.starts_with("docker-credential-vault get: keychain") && !error.contains('\u{1b}'),
        "{error}"
    );
    assert!(
        store
            .find("plain.io")
            .await
            .unwrap_err()
            .to_string()
            .starts_with("docker-credential-missing get: ")
    );
    let before = fs::read(&store.path).unwrap();
    store.store("new.io", &Credentials::basic("u", "p")).await.unwrap();
    store.erase("new.io").await.unwrap();
    assert_eq!(fs::read(&store.path).unwrap(), before, "the file does not change");
    let log = fs::read_to_string(bin.join("log")).unwrap();
    assert!(
        log.contains(r#"store {"Secret":"p","ServerURL":"new.io","Username":"u"}"#) && log.contains("erase new.io"),
        "{log}"
    );
}

/// CVE-2026-35204 and its family: a name from a file becomes part of a path only if it is a word.
#[tokio::test]
async fn helpers_are_words() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    fs::create_dir(store.path.parent().unwrap()).unwrap();
    for name in ["../../bin/sh", "/bin/sh", "a b", "x;y"] {
        fs::write(&store.path, format!(r#"{{"credsStore":"{name}"}}"#)).unwrap();
        let error = store.find("h").await.unwrap_err().to_string();
        assert!(error.ends_with("not the name of a helper"), "{error}");
    }
}
