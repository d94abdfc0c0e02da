//! Signals that end a command early.

use ironhelm::Cancellation;

use crate::output::Console;

/// Wished for with the first interrupt or termination signal, which is then said. From here on the process no longer
/// dies of these signals: the verb ends, and its record with it.
pub(crate) fn cancellation(release: &str, console: &Console) -> Cancellation {
    let text = format!("Release {release} has been cancelled.\n");
    let console = console.clone();
    match first_signal() {
        Ok(signal) => Cancellation::when(async move {
            signal.await;
            console.data(&text);
        }),
        Err(error) => {
            console.warn(&format!("signals cannot be received: {error}"));
            Cancellation::default()
        }
    }
}

#[cfg(unix)]
fn first_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn first_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
