//! Records written by real Helm, read and written again.
#![allow(clippy::unwrap_used, reason = "a test stops where its sample is not as expected")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ironhelm_release::{
    ApplyMethod, Header, History, Release, Status, Stored, StoredChart, UpgradeBasis, storage_key, wire,
};
use serde_json::Value;

/// One stored revision.
struct Sample {
    file: PathBuf,
    json: String,
    secret: Value,
}

impl Sample {
    fn payload(&self) -> Vec<u8> {
        STANDARD
            .decode(self.secret["data"]["release"].as_str().unwrap())
            .unwrap()
    }

    fn labels(&self) -> BTreeMap<String, String> {
        serde_json::from_value(self.secret["metadata"]["labels"].clone()).unwrap()
    }

    fn stored(&self) -> Stored {
        let header = Header::from_labels("testns".into(), self.labels()).unwrap();
        Stored {
            header,
            payload: self.payload(),
        }
    }

    fn is_of_helm_4(&self) -> bool {
        self.file.to_str().unwrap().ends_with("-v4.2.3.json")
    }

    /// The record in the form of Helm 4: only Helm 3 writes empty times.
    fn json_of_helm_4(&self) -> String {
        let json = self
            .json
            .replace(r#""deleted":"","#, "")
            .replace(r#""started_at":"","completed_at":"","phase""#, r#""phase""#);
        if json.contains("\"schemamodtime\":") {
            return json;
        }
        json.replacen(r#","files":"#, r#","schemamodtime":"0001-01-01T00:00:00Z","files":"#, 1)
    }
}

fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/release");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "json") && !file.to_str().unwrap().contains(".secret."));
    files.sort();
    let read = |file: PathBuf| {
        let secret = std::fs::read_to_string(file.with_extension("secret.json")).unwrap();
        let json = std::fs::read_to_string(&file).unwrap().trim_end().to_owned();
        Sample {
            file,
            json,
            secret: serde_json::from_str(&secret).unwrap(),
        }
    };
    files.into_iter().map(read).collect()
}

fn mix() -> History {
    let history: History = samples()
        .iter()
        .filter(|sample| sample.labels()["name"] == "mix")
        .map(|sample| sample.stored().decode().unwrap())
        .collect();
    assert_eq!(history.revisions().len(), 7);
    history
}

#[test]
fn records_are_written_as_helm_4_writes_them() {
    for sample in samples() {
        let release = wire::decode(&sample.payload()).unwrap();
        assert_eq!(
            wire::encode_json(&release),
            sample.json_of_helm_4(),
            "{}",
            sample.file.display()
        );
        if sample.is_of_helm_4() {
            assert_eq!(wire::encode_json(&release), sample.json, "{}", sample.file.display());
        }
    }
}

#[test]
fn encoded_records_decode_to_themselves() {
    for sample in samples() {
        let release = wire::decode_json(&sample.json_of_helm_4()).unwrap();
        assert_eq!(wire::decode(wire::encode(&release).as_bytes()).unwrap(), release);
    }
}

#[test]
fn payloads_start_as_those_of_helm() {
    for sample in samples() {
        let ours = STANDARD
            .decode(wire::encode(&wire::decode(&sample.payload()).unwrap()))
            .unwrap();
        let helms = STANDARD.decode(sample.payload()).unwrap();
        assert_eq!(ours[..10], helms[..10]);
        assert!(
            ours.len() < helms.len() * 11 / 10,
            "{} against {}",
            ours.len(),
            helms.len()
        );
    }
}

#[test]
fn uncompressed_records_are_read() {
    let sample = &samples()[0];
    let release = wire::decode(STANDARD.encode(&sample.json).as_bytes()).unwrap();
    assert_eq!(release, wire::decode(&sample.payload()).unwrap());
}

#[test]
fn labels_say_the_same_as_the_record() {
    for sample in samples() {
        let stored = sample.stored();
        let release = stored.decode().unwrap();
        assert_eq!(stored.header.name, release.name);
        assert_eq!(stored.header.revision, release.revision);
        assert_eq!(stored.header.status, release.info.status);
        assert_eq!(
            storage_key(&release.name, release.revision),
            sample.secret["metadata"]["name"].as_str().unwrap()
        );
    }
}

#[test]
fn charts_survive_a_round_trip_through_the_model() {
    for sample in samples().iter().filter(|sample| !sample.json.contains("+05:30")) {
        let stored = wire::decode_json(&sample.json).unwrap().chart;
        let mut again = StoredChart::from_chart(&stored.to_chart().unwrap())
            .as_json()
            .to_owned();
        if !stored.as_json().contains("schemamodtime") {
            again = again.replace(r#""schemamodtime":"0001-01-01T00:00:00Z","#, "");
        }
        assert_eq!(again, stored.as_json(), "{}", sample.file.display());
    }
}

#[test]
fn metadata_and_values_are_read_on_demand() {
    let history = mix();
    let chart = &history.last().unwrap().chart;
    let metadata = chart.metadata().unwrap();
    assert_eq!((metadata.name.as_str(), metadata.app_version.as_str()), ("c1", "1.0"));
    assert_eq!(metadata.annotations["a"], "<1>");
    assert_eq!(metadata.dependencies()[0].name, "sub");
    let values = chart.values().unwrap().unwrap();
    assert_eq!(values["a"], Value::from(1.0));
    assert_eq!(values["sub"]["z"], Value::from(3.0));
    assert_eq!(
        chart.to_chart().unwrap().schema.as_deref(),
        Some(&b"{\"type\":\"object\"}\n"[..])
    );
}

#[test]
fn a_mixed_history_is_understood() {
    let history = mix();
    let methods: Vec<Option<ApplyMethod>> = history.revisions().iter().map(|release| release.apply_method).collect();
    let client = Some(ApplyMethod::ClientSide);
    assert_eq!(methods, [None, None, client, client, client, None, None]);
    let last: &Release = history.last().unwrap();
    assert_eq!(last.info.status, Status::Uninstalled);
    assert_eq!(
        last.info.deleted.as_ref().unwrap().as_str(),
        "2026-11-24T11:27:23.246934144Z"
    );
    assert_eq!(history.last_successful().unwrap().revision.number(), 6);
    let refused = UpgradeBasis::of(&last.name, &history).unwrap_err();
    assert_eq!(refused.to_string(), r#""mix" has no deployed releases"#);
}

#[test]
fn unknown_fields_survive_a_change_of_status() {
    let json = r#"{"name":"x","info":{"status":"deployed","owner":{"b":1,"a":[2.50]}},"chart":{"metadata":{"name":"c","new":1}, "more":[]},"hooks":[{"name":"h","events":["test","mid-flight"],"last_run":{"phase":""},"retries":3}],"version":2,"apply_method":"wasm","signature":"s<"}"#;
    let mut release = wire::decode_json(json).unwrap();
    release.set_status(Status::Superseded, "");
    assert_eq!(
        wire::encode_json(&release),
        json.replace("\"deployed\"", "\"superseded\"")
    );
    assert_eq!(release.hooks[0].foreign_events, ["mid-flight"]);
}

#[test]
fn hostile_payloads_are_errors() {
    let deep = format!(
        r#"{{"name":"x","config":{}1{}}}"#,
        r#"{"a":"#.repeat(200_000),
        "}".repeat(200_000)
    );
    let texts = [
        "",
        "{",
        "[]",
        "null",
        r#"{"name":"../x"}"#,
        r#"{"name":"x","version":-1}"#,
        r#"{"name":"x","config":[]}"#,
        &deep,
    ];
    for text in texts {
        assert!(wire::decode(STANDARD.encode(text).as_bytes()).is_err(), "{text:.40}");
    }
    for payload in ["%%%", "H4sIAAAAAAAC/w=="] {
        assert!(wire::decode(payload.as_bytes()).is_err(), "{payload}");
    }
}
