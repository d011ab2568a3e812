//! The way to D-Bus. A connection is made when it is needed: the bus, and what answers on it, may come and go.

use zbus::Connection;

/// Where D-Bus is.
#[derive(Debug, Clone)]
pub struct Bus(Option<Connection>);

impl Bus {
    /// This machine's system bus.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// What is at the other end of a connection.
    #[must_use]
    pub fn over(connection: Connection) -> Self {
        Self(Some(connection))
    }

    /// A connection to it.
    pub(super) async fn connection(&self) -> zbus::Result<Connection> {
        match &self.0 {
            Some(connection) => Ok(connection.clone()),
            None => Connection::system().await,
        }
    }
}
