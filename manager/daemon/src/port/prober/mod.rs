//! Asking an app, from the outside, whether it answers: what a browser or a client would do.

use async_trait::async_trait;

mod fake;
pub use fake::FakeProber;

/// Asks apps whether they answer.
#[async_trait]
pub trait Prober: Send + Sync {
    /// The status of the answer to a GET of `url` (`http` or `https`; any certificate will do, for it is the app's own).
    /// Redirects are not followed. Takes at most 5 s.
    ///
    /// # Errors
    /// Why there was no answer, in words.
    async fn http(&self, url: &str) -> Result<u16, String>;

    /// Whether something takes a TCP connection. Takes at most 5 s.
    ///
    /// # Errors
    /// Why not, in words.
    async fn tcp(&self, host: &str, port: u16) -> Result<(), String>;
}
