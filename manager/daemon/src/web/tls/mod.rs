//! HTTPS from the first minute: a certificate authority of the box's own, and a certificate for its names.
//!
//! The authority is made once and lasts ten years, so that a person who trusts it need not do so again. The
//! certificate lasts 398 days, is renewed a month before its end, and made anew when the box gets another name or
//! address. Both keys stay in the data folder, readable by the manager alone.

mod authority;
mod names;

pub use authority::{Authority, TlsError};
pub use names::Names;

use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    version::{TLS12, TLS13},
};
use std::sync::Arc;

/// A certificate with its key, and the authority's above it.
pub struct Certified {
    /// The box's certificate and the authority's, DER.
    pub chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    /// Its private key, PKCS #8 in DER.
    pub key: PrivatePkcs8KeyDer<'static>,
}

impl Certified {
    /// Settings for the listener: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// [`TlsError::Rustls`] when key and certificate do not belong together.
    pub fn server_config(self) -> Result<Arc<ServerConfig>, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_single_cert(self.chain, PrivateKeyDer::Pkcs8(self.key))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// The listener's certificate, which can be replaced while it listens.
pub struct Tls {
    authority: Authority,
    config: RustlsConfig,
}

impl Tls {
    /// With the authority and certificate that there are, or new ones.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn new(authority: Authority, names: &Names, now: jiff::Timestamp) -> Result<Self, TlsError> {
        let certified = authority.certificate(names, now)?;
        let config = RustlsConfig::from_config(certified.server_config()?);
        Ok(Self { authority, config })
    }

    /// What the listener takes.
    #[must_use]
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// The authority's certificate, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.authority.pem()
    }

    /// Renews the certificate when it is due, or lacks a name that the box has now. Connections that stand go on.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn refresh(&self, names: &Names, now: jiff::Timestamp) -> Result<bool, TlsError> {
        if self.authority.is_current(names, now) {
            return Ok(false);
        }
        let certified = self.authority.certificate(names, now)?;
        self.config.reload_from_config(certified.server_config()?);
        Ok(true)
    }
}
