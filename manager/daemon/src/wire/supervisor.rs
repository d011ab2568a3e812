//! What the manager tells systemd: that it answers, and again and again that it still works. A manager that hangs is then
//! started anew. Where nobody asked for it (`NOTIFY_SOCKET`), nothing is told.

use crate::store::{self, Store};
use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// Tells that the pages answer, then that they still do, until `stop`. What proves it is an answer of the database: every
/// page and every job needs one.
pub(super) async fn watch(store: Store, stop: CancellationToken) {
    tell(NotifyState::Ready);
    let asked = sd_notify::watchdog_enabled();
    while let Some(limit) = asked {
        let answered = store.read(|connection| store::settings::get(connection, "name").map(drop));
        match answered.await {
            Ok(()) => tell(NotifyState::Watchdog),
            Err(error) => tracing::error!(%error, "the database does not answer"),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            // Half of the limit is what sd_watchdog_enabled(3) recommends.
            () = tokio::time::sleep(limit / 2) => {}
        }
    }
    stop.cancelled().await;
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told how Hearth is");
    }
}
