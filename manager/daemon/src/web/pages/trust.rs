//! Trusting the box's own certificate authority, once for each device. Needs no login: who sees a warning has none yet.

use super::{
    components::{
        head, link,
        notice::{Kind, notice},
    },
    frame,
    icons::Icon,
};
use crate::web::server::CaCertificate;
use axum::Extension;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{Markup, html};
use sha2::{Digest, Sha256};

/// SHA-256 of a certificate as `openssl x509 -fingerprint -sha256` shows it; none when it is no PEM.
fn fingerprint(pem: &str) -> Option<String> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body.trim()).ok().filter(|der| !der.is_empty())?;
    let pairs: Vec<String> = Sha256::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect();
    Some(pairs.join(":"))
}

/// `GET /trust`
pub async fn get(Extension(CaCertificate(pem)): Extension<CaCertificate>) -> Markup {
    page(fingerprint(&pem).as_deref())
}

/// How to trust it on each system.
const SYSTEMS: [(&str, &[&str]); 5] = [
    (
        "iPhone and iPad",
        &[
            "Open the downloaded file; the device says that a profile was loaded.",
            "Settings → General → VPN & Device Management: install the profile.",
            "Settings → General → About → Certificate Trust Settings: switch it on for Hearth.",
        ],
    ),
    (
        "Android",
        &[
            "Settings → Security → Encryption & credentials → Install a certificate → CA certificate.",
            "Choose the downloaded file.",
        ],
    ),
    (
        "macOS",
        &[
            "Open the downloaded file; it is added to Keychain Access.",
            "Open it there, and under Trust choose Always Trust.",
        ],
    ),
    (
        "Windows",
        &[
            "Open the downloaded file and choose Install Certificate.",
            "Place it in the store Trusted Root Certification Authorities.",
        ],
    ),
    (
        "Linux",
        &[
            "Debian, Ubuntu: copy it to /usr/local/share/ca-certificates/hearth.crt and run update-ca-certificates as root.",
            "Fedora: copy it to /etc/pki/ca-trust/source/anchors/ and run update-ca-trust as root.",
            "Firefox has a list of its own: Settings → Privacy & Security → View Certificates → Authorities → Import.",
        ],
    ),
];

/// The page.
#[must_use]
pub fn page(fingerprint: Option<&str>) -> Markup {
    let content = html! {
        (head("Trust this Hearth", Some("Hearth signs its own certificate, as no authority can vouch for a box in your home. Tell your devices once that you do."), None))
        div class="stack" {
            section class="card stack" aria-labelledby="certificate" {
                h2 id="certificate" { "1. Download the certificate" }
                @if let Some(fingerprint) = fingerprint {
                    p class="small muted" { "Compare its SHA-256 fingerprint with the one on the box's own screen, or with " code { "hearth login" } "." }
                    p class="fingerprint" { (fingerprint) }
                }
                p { (link("/ca.crt", "primary", Icon::Down, "Download hearth.crt")) }
            }
            section class="card stack" aria-labelledby="systems" {
                h2 id="systems" { "2. Let your device trust it" }
                @for (system, steps) in SYSTEMS {
                    details {
                        summary { (system) }
                        div class="prose small" { ol { @for step in steps { li { (step) } } } }
                    }
                }
            }
            (notice(Kind::Info, "What this means", &html! {
                p class="small" { "Your device will believe certificates that this box signs. Its key never leaves the box." }
            }))
            p { a href="/" { "Back to Hearth" } }
        }
    };
    frame::lone("Trust this Hearth", true, None, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_that_of_the_der() {
        let pem = "-----BEGIN CERTIFICATE-----\naGVh\ncnRo\n-----END CERTIFICATE-----\n";
        let shown = fingerprint(pem).map(|f| f.replace(':', "").to_lowercase());
        // printf hearth | sha256sum
        let hash = "fe586323e9793abc1c207b55b40f0dd301c9a006761d8f7d5ee5feeeb8082d86";
        assert_eq!(shown.as_deref(), Some(hash));
        assert_eq!(fingerprint(""), None);
    }
}
