//! The box's own certificate authority, kept in a folder: `ca.key`, `ca.crt`, `server.key`, `server.crt`.

use super::{Certified, Names};
use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{Date, date},
    tz::TimeZone,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData as _, SanType, date_time_ymd, string::Ia5String,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject};
use std::{
    fs, io,
    io::Write as _,
    net::IpAddr,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};

/// Ten years.
const CA_DAYS: i64 = 3_650;
/// With yesterday 398, the longest life that browsers accept. Source: CA/Browser Forum, Baseline Requirements, 6.3.2.
const SERVER_DAYS: i64 = 397;
/// A certificate is renewed so long before its end.
const RENEW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A clock that shows less was never set; certificates are dated from here then.
const EARLIEST: Date = date(2026, 1, 1);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("{attempt} {path} failed")]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// File.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// A certificate or key could not be made or read.
    #[error("{attempt} failed")]
    Certificate {
        /// What was attempted.
        attempt: &'static str,
        /// Cause.
        #[source]
        source: rcgen::Error,
    },
    /// Key and certificate do not work together.
    #[error("the certificate cannot be used")]
    Rustls(#[from] rustls::Error),
}

/// The box's own certificate authority.
pub struct Authority {
    dir: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

impl Authority {
    /// The one in `dir`, or a new one when there is none or it has ended.
    ///
    /// # Errors
    /// [`TlsError::File`]; [`TlsError::Certificate`] when the key in `dir` is damaged: it is not replaced by itself, for people
    /// may trust it.
    pub fn open(dir: &Path, box_name: &str, now: Timestamp) -> Result<Self, TlsError> {
        fs::create_dir_all(dir).map_err(file("making the folder", dir))?;
        let (key_path, path) = (dir.join("ca.key"), dir.join("ca.crt"));
        if let (Some(key), Some(pem)) = (read(&key_path)?, read(&path)?) {
            let authority = Self::from_pem(dir, &key, pem)?;
            if is_within(&authority.der, now) {
                return Ok(authority);
            }
        }
        let key = KeyPair::generate().map_err(certificate("making the authority's key"))?;
        let issued = ca_params(box_name, now)
            .self_signed(&key)
            .map_err(certificate("making the authority's certificate"))?;
        write(&key_path, &key.serialize_pem())?;
        write(&path, &issued.pem())?;
        Self::from_pem(dir, &key.serialize_pem(), issued.pem())
    }

    fn from_pem(dir: &Path, key: &str, pem: String) -> Result<Self, TlsError> {
        const READING: &str = "reading the authority";
        let key = KeyPair::from_pem(key).map_err(certificate(READING))?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| certificate(READING)(rcgen::Error::CouldNotParseCertificate))?;
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(certificate(READING))?;
        Ok(Self {
            dir: dir.to_owned(),
            issuer,
            pem,
            der,
        })
    }

    /// Its certificate, PEM: what people trust.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Whether the certificate in the folder is ours, does for these names, and is not yet due.
    #[must_use]
    pub fn is_current(&self, names: &Names, now: Timestamp) -> bool {
        matches!(self.load(), Ok(Some(certified)) if self.suits(&certified, names, settled(now)))
    }

    /// The certificate for these names: the one in the folder while it is current, else a new one.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn certificate(&self, names: &Names, now: Timestamp) -> Result<Certified, TlsError> {
        let now = settled(now);
        if let Some(certified) = self.load()?.filter(|c| self.suits(c, names, now)) {
            return Ok(certified);
        }
        const MAKING: &str = "making the server's certificate";
        let key = KeyPair::generate().map_err(certificate("making the server's key"))?;
        let issued = server_params(names, now)
            .and_then(|params| params.signed_by(&key, &self.issuer))
            .map_err(certificate(MAKING))?;
        write(&self.dir.join("server.key"), &key.serialize_pem())?;
        write(&self.dir.join("server.crt"), &issued.pem())?;
        Ok(Certified {
            chain: vec![issued.der().clone(), self.der.clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()),
        })
    }

    /// What is in the folder; a damaged certificate is none, for it is made anew without loss.
    fn load(&self) -> Result<Option<Certified>, TlsError> {
        let (Some(key), Some(pem)) = (read(&self.dir.join("server.key"))?, read(&self.dir.join("server.crt"))?) else {
            return Ok(None);
        };
        let parsed = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes())
            .ok()
            .zip(CertificateDer::from_pem_slice(pem.as_bytes()).ok());
        Ok(parsed.map(|(key, der)| Certified {
            chain: vec![der, self.der.clone()],
            key,
        }))
    }

    fn suits(&self, certified: &Certified, names: &Names, now: Timestamp) -> bool {
        let Some(Ok((_, parsed))) = certified.chain.first().map(|der| X509Certificate::from_der(der)) else {
            return false;
        };
        let Ok((_, ours)) = X509Certificate::from_der(&self.der) else {
            return false;
        };
        let key_fits = KeyPair::try_from(&certified.key)
            .is_ok_and(|key| parsed.public_key().subject_public_key.data.as_ref() == key.der_bytes());
        let validity = parsed.validity();
        key_fits
            && parsed.verify_signature(Some(ours.public_key())).is_ok()
            && validity.not_before.timestamp() <= now.as_second()
            && (now + RENEW).as_second() < validity.not_after.timestamp()
            && names_of(&parsed).covers(names)
    }
}

fn ca_params(box_name: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    set_validity(&mut params, now, CA_DAYS);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Hearth on {box_name}"));
    params.distinguished_name.push(DnType::OrganizationName, "Hearth");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server_params(names: &Names, now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    set_validity(&mut params, now, SERVER_DAYS);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Hearth");
    for name in &names.dns {
        params
            .subject_alt_names
            .push(SanType::DnsName(Ia5String::try_from(name.as_str())?));
    }
    params
        .subject_alt_names
        .extend(names.ip.iter().map(|address| SanType::IpAddress(*address)));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// The time, or the earliest that it can be.
fn settled(now: Timestamp) -> Timestamp {
    let earliest = EARLIEST.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    earliest.map_or(now, |earliest| now.max(earliest))
}

/// Valid from yesterday, so that a client whose clock is behind accepts it, for `days` after today.
fn set_validity(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let today = settled(now).to_zoned(TimeZone::UTC).date();
    let start = today.saturating_sub(1.day());
    let end = today.saturating_add(days.days());
    let at_midnight = |date: Date| {
        date_time_ymd(
            date.year().into(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    params.not_before = at_midnight(start);
    params.not_after = at_midnight(end);
}

fn is_within(der: &CertificateDer<'_>, now: Timestamp) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, parsed)| now.as_second() < parsed.validity().not_after.timestamp())
}

fn names_of(certificate: &X509Certificate<'_>) -> Names {
    let mut names = Names::default();
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return names;
    };
    for name in &extension.value.general_names {
        match name {
            GeneralName::DNSName(name) => {
                names.dns.insert((*name).to_owned());
            }
            GeneralName::IPAddress(bytes) => {
                let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
                let v6 = <[u8; 16]>::try_from(*bytes).map(IpAddr::from);
                names.ip.extend(v4.or(v6));
            }
            _ => {}
        }
    }
    names
}

fn read(path: &Path) -> Result<Option<String>, TlsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file("reading", path)(error)),
    }
}

/// Writes a file for the manager alone, whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let beside = path.with_extension("new");
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut out| {
            out.set_permissions(fs::Permissions::from_mode(0o600))?;
            out.write_all(text.as_bytes())?;
            out.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(file("writing", path))
}

fn file(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TlsError {
    let path = path.to_owned();
    move |source| TlsError::File { attempt, path, source }
}

fn certificate(attempt: &'static str) -> impl FnOnce(rcgen::Error) -> TlsError {
    move |source| TlsError::Certificate { attempt, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn names(host: &str) -> Names {
        Names {
            dns: [host.to_owned()].into(),
            ip: ["127.0.0.1".parse().unwrap()].into(),
        }
    }

    #[test]
    fn the_authority_and_its_certificate_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let first = Authority::open(dir.path(), "home", now()).unwrap();
        let issued = first.certificate(&names("home.local"), now()).unwrap();
        let second = Authority::open(dir.path(), "other", now()).unwrap();
        assert_eq!(first.pem(), second.pem());
        assert!(second.is_current(&names("home.local"), now()));
        assert_eq!(
            second.certificate(&names("home.local"), now()).unwrap().chain,
            issued.chain
        );
        for name in ["ca.key", "server.key"] {
            assert_eq!(
                fs::metadata(dir.path().join(name)).unwrap().mode() & 0o777,
                0o600,
                "{name}"
            );
        }
    }

    #[test]
    fn a_certificate_is_renewed_for_a_new_name_and_before_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open(dir.path(), "home", now()).unwrap();
        let first = authority.certificate(&names("home.local"), now()).unwrap();
        assert!(!authority.is_current(&names("away.local"), now()));
        let second = authority.certificate(&names("away.local"), now()).unwrap();
        assert_ne!(first.chain[0], second.chain[0]);
        assert!(authority.is_current(&names("away.local"), now() + DAY * 360));
        assert!(!authority.is_current(&names("away.local"), now() + DAY * 370));
    }

    #[test]
    fn an_ended_authority_and_a_foreign_certificate_are_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let first = Authority::open(dir.path(), "home", now()).unwrap();
        first.certificate(&names("home.local"), now()).unwrap();
        let later = now() + DAY * 3_660;
        let second = Authority::open(dir.path(), "home", later).unwrap();
        assert_ne!(first.pem(), second.pem());
        assert!(!second.is_current(&names("home.local"), later));
    }

    #[test]
    fn a_clock_that_was_never_set_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open(dir.path(), "home", Timestamp::UNIX_EPOCH).unwrap();
        authority
            .certificate(&names("home.local"), Timestamp::UNIX_EPOCH)
            .unwrap();
        assert_eq!(
            Authority::open(dir.path(), "home", now()).unwrap().pem(),
            authority.pem()
        );
    }

    #[test]
    fn a_damaged_authority_is_told_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        Authority::open(dir.path(), "home", now()).unwrap();
        fs::write(dir.path().join("ca.key"), "damaged").unwrap();
        assert!(matches!(
            Authority::open(dir.path(), "home", now()),
            Err(TlsError::Certificate { .. })
        ));
        assert_eq!(fs::read_to_string(dir.path().join("ca.key")).unwrap(), "damaged");
    }
}
