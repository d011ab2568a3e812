//! Tells watchers what happens. A slow watcher loses events (and is told so); it never slows the rest.

use hearth_model::event::{Channel, Event};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::broadcast;

/// How many events a watcher may lag behind before it is dropped.
const BACKLOG: usize = 1024;

/// The bus.
#[derive(Debug)]
pub struct Events {
    sender: broadcast::Sender<Event>,
    seq: AtomicU64,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
            seq: AtomicU64::new(0),
        }
    }
}

impl Events {
    /// Watches from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Tells all watchers.
    pub fn tell(&self, channel: Channel, event: &str, data: serde_json::Value) {
        let seq = self.seq.fetch_add(1, Ordering::Relaxed) + 1;
        // No watcher is no fault.
        let _ = self.sender.send(Event {
            channel,
            event: event.to_owned(),
            data,
            seq,
        });
    }
}
