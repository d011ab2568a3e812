//! A QR code (ISO/IEC 18004) of an address, so that a phone opens it without typing.

use maud::{Markup, html};
use qrcode::{Color, QrCode};
use std::fmt::Write as _;

/// The code as an image; nothing when the text is too long for one.
#[must_use]
pub fn code(text: &str) -> Markup {
    let Ok(code) = QrCode::new(text) else {
        return html! {};
    };
    let width = code.width();
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a string cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", index % width, index / width);
        }
    }
    html! {
        svg class="qr" viewBox={ "0 0 " (width) " " (width) } role="img" aria-label={ "QR code of " (text) } shape-rendering="crispEdges" {
            path d=(path) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_picture_and_too_much_becomes_nothing() {
        assert!(
            code("http://192.168.1.20:8080/")
                .into_string()
                .contains("<path d=\"M0 0h1")
        );
        assert_eq!(code(&"x".repeat(5_000)).into_string(), "");
    }
}
