//! Bytes on their way out: read ahead by a blocking thread, handed over in chunks.

use std::io;

use bytes::Bytes;
use ironhelm_image::Window;
use tokio::sync::mpsc;

const CHUNK: usize = 128 * 1024;
/// Chunks that wait between the reading thread and the network.
const AHEAD: usize = 2;

/// The bytes of `body` in chunks; the thread that reads them ends with the receiver.
pub(crate) fn chunks(body: Window) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = feed(&body, &sender) {
            // A failed send means that nobody listens any more: the request has ended.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn feed(body: &Window, sender: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let mut offset = 0;
    while offset < body.size() {
        let wanted = usize::try_from(body.size() - offset).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = vec![0; wanted];
        body.read_exact_at(&mut chunk, offset)?;
        offset += wanted as u64;
        if sender.blocking_send(Ok(chunk.into())).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
