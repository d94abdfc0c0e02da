//! One blob into the content store: ask where a former attempt stopped, go on there, commit.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use tokio::sync::mpsc;
use tonic::{Code, Status, Streaming};

use super::client::{Client, refused};
use super::messages::{WriteAction, WriteContentRequest, WriteContentResponse};
use crate::chunks::blob_chunks;
use crate::error::{Error, foreign_text};
use crate::images::{Blob, BlobSource};
use crate::progress::Part;

/// The name of the call in errors.
const CALL: &str = "/containerd.services.content.v1.Content/Write";
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A blob on its way, and the labels that it gets.
pub(crate) struct Write<'a> {
    pub(crate) blob: &'a Blob,
    pub(crate) labels: HashMap<String, String>,
    pub(crate) attempts: u32,
}

/// Why an attempt ended.
enum Stop {
    /// The connection broke, or somebody else holds the reference.
    Again(Status),
    /// The bytes do not have the digest.
    Damaged(Status),
    Failed(Error),
}

impl Write<'_> {
    /// Sends the blob; content that appears in between is as good.
    pub(crate) async fn run(
        self,
        client: &Client,
        source: &Arc<dyn BlobSource>,
        part: &mut Part<'_>,
    ) -> Result<(), Error> {
        let (mut attempt, mut furthest, mut restarted) = (1, 0, false);
        loop {
            let mut offset = 0;
            let stop = match self.attempt(client, source, part, &mut offset).await {
                Ok(()) => {
                    part.reached(self.blob.size);
                    return Ok(());
                }
                Err(stop) => stop,
            };
            if offset > furthest {
                (furthest, attempt) = (offset, 1);
            }
            match stop {
                Stop::Failed(error) => return Err(error),
                Stop::Again(status) if attempt >= self.attempts => return Err(self.given_up(&status)),
                Stop::Again(status) => {
                    attempt += 1;
                    part.retrying(&self.blob.digest, attempt, &foreign_text(status.message()));
                    tokio::time::sleep(pause(attempt)).await;
                }
                Stop::Damaged(status) => {
                    client.abort_write(&self.reference()).await?;
                    // What an earlier run left behind may have been the bad part: once from the beginning.
                    if restarted {
                        return Err(self.damaged(&status));
                    }
                    restarted = true;
                }
            }
        }
    }

    /// The same reference in every run, so that a run finds what an earlier one has sent.
    fn reference(&self) -> String {
        format!("ironhelm-{}", self.blob.digest)
    }

    async fn attempt(
        &self,
        client: &Client,
        source: &Arc<dyn BlobSource>,
        part: &mut Part<'_>,
        offset: &mut u64,
    ) -> Result<(), Stop> {
        let (sender, receiver) = mpsc::channel(2);
        let _ = sender.send(self.message(WriteAction::Stat, 0, Bytes::new())).await;
        let messages = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|message| (message, receiver))
        });
        let mut answers = match client.write(messages).await {
            Ok(answers) => answers,
            Err(status) => return self.ended(status),
        };
        match answers.message().await {
            Ok(Some(answer)) => *offset = unsigned(answer.offset),
            Ok(None) => return Err(Stop::Again(Status::unavailable("the stream ended"))),
            Err(status) => return self.ended(status),
        }
        if *offset > self.blob.size {
            return Err(Stop::Damaged(Status::failed_precondition(
                "more bytes than the blob has",
            )));
        }
        part.reached(*offset);
        let (sent, answered) = futures::join!(self.send(sender, source, *offset), receive(&mut answers, part, offset));
        match answered {
            Ok(true) => Ok(()),
            Ok(false) => Err(sent.err().map_or_else(
                || Stop::Again(Status::unavailable("the stream ended before the commit")),
                Stop::Failed,
            )),
            Err(status) => self.ended(status),
        }
    }

    /// Feeds the stream from the source; ends quietly when nobody takes the messages any more (the answers tell why).
    async fn send(
        &self,
        sender: mpsc::Sender<WriteContentRequest>,
        source: &Arc<dyn BlobSource>,
        mut offset: u64,
    ) -> Result<(), Error> {
        let size = self.blob.size;
        let mut chunks = blob_chunks(Arc::clone(source), self.blob.digest.clone(), offset, size);
        while let Some(chunk) = chunks.recv().await {
            let chunk = chunk.map_err(|source| Error::Read {
                digest: self.blob.digest.clone(),
                source,
            })?;
            let length = chunk.len() as u64;
            let message = self.message(WriteAction::Write, offset, chunk);
            if sender.send(message).await.is_err() {
                return Ok(());
            }
            offset += length;
        }
        let _ = sender.send(self.message(WriteAction::Commit, size, Bytes::new())).await;
        Ok(())
    }

    fn message(&self, action: WriteAction, offset: u64, data: Bytes) -> WriteContentRequest {
        // An expected digest makes the store look for it each time; needed at the beginning and at the end only.
        let named = action != WriteAction::Write;
        WriteContentRequest {
            action: action.into(),
            reference: self.reference(),
            total: signed(self.blob.size),
            expected: if named { self.blob.digest.clone() } else { String::new() },
            offset: signed(offset),
            data,
            labels: if action == WriteAction::Commit {
                self.labels.clone()
            } else {
                HashMap::new()
            },
        }
    }

    /// What the end of a stream means.
    fn ended(&self, status: Status) -> Result<(), Stop> {
        match status.code() {
            Code::AlreadyExists => Ok(()),
            Code::FailedPrecondition => Err(Stop::Damaged(status)),
            // A broken connection shows as any of these; an offset out of range is another writer's doing.
            Code::Unavailable | Code::Unknown | Code::Internal | Code::Cancelled | Code::Aborted | Code::OutOfRange => {
                Err(Stop::Again(status))
            }
            _ => Err(Stop::Failed(refused(CALL, &self.blob.digest, &status))),
        }
    }

    fn given_up(&self, status: &Status) -> Error {
        // containerd's text for a reference that another stream holds.
        if status.code() == Code::Unavailable && status.message().contains("locked") {
            return Error::Busy {
                digest: self.blob.digest.clone(),
            };
        }
        refused(CALL, &self.blob.digest, status)
    }

    fn damaged(&self, status: &Status) -> Error {
        Error::Damaged {
            digest: self.blob.digest.clone(),
            message: foreign_text(status.message()),
        }
    }
}

/// Reads answers until the commit's; whether it came.
async fn receive(
    answers: &mut Streaming<WriteContentResponse>,
    part: &mut Part<'_>,
    offset: &mut u64,
) -> Result<bool, Status> {
    while let Some(answer) = answers.message().await? {
        *offset = unsigned(answer.offset);
        part.reached(*offset);
        if answer.action == i32::from(WriteAction::Commit) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn pause(attempt: u32) -> Duration {
    Duration::from_millis(100 << attempt.min(6)).min(LONGEST_PAUSE)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A source that holds one small blob: a manifest.
pub(crate) struct OneBlob(pub(crate) Bytes);

impl BlobSource for OneBlob {
    fn read_at(&self, _digest: &str, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.0.len());
        let count = buffer.len().min(self.0.len() - start);
        buffer[..count].copy_from_slice(&self.0[start..start + count]);
        Ok(count)
    }
}
