//! Icons, drawn for Hearth on a grid of 24 by 24 and put into the page itself, so that they take the text's colour
//! and no page waits for them. They always stand beside a word, so a screen reader passes over them.

use maud::{Markup, PreEscaped, html};

/// An icon. Its name says what it shows or stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Icon {
    Activity,
    Apps,
    Arrow,
    Bolt,
    Box,
    Check,
    Clock,
    Copy,
    Cpu,
    Disk,
    Down,
    External,
    File,
    Flame,
    Home,
    Info,
    Key,
    Logout,
    Memory,
    Minus,
    Network,
    Node,
    Play,
    Plus,
    Radar,
    Refresh,
    Search,
    Settings,
    Shield,
    Spark,
    Spinner,
    Stop,
    Tag,
    Terminal,
    Thermometer,
    Trash,
    Triangle,
    Undo,
    Unplugged,
    User,
    X,
    Octagon,
}

impl Icon {
    const fn shapes(self) -> &'static str {
        match self {
            Self::Activity => r#"<path d="M3 12h4l3-8 4 16 3-8h4"/>"#,
            Self::Apps => {
                r#"<rect x="3.5" y="3.5" width="7" height="7" rx="2"/><rect x="13.5" y="3.5" width="7" height="7" rx="2"/><rect x="3.5" y="13.5" width="7" height="7" rx="2"/><path d="M17 13.5v7M13.5 17h7"/>"#
            }
            Self::Arrow => r#"<path d="M5 12h14M13 6l6 6-6 6"/>"#,
            Self::Bolt => r#"<path d="M13 3 5 13.5h6L10.5 21l8.5-11h-6.5z"/>"#,
            Self::Box => r#"<path d="m12 3 8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9"/>"#,
            Self::Check => r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>"#,
            Self::Copy => {
                r#"<rect x="8.5" y="8.5" width="12" height="12" rx="2.5"/><path d="M15.5 8.5V6A2.5 2.5 0 0 0 13 3.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5"/>"#
            }
            Self::Cpu => {
                r#"<rect x="6" y="6" width="12" height="12" rx="2.5"/><path d="M10 10h4v4h-4zM9.5 2.5V6M14.5 2.5V6M9.5 18v3.5M14.5 18v3.5M2.5 9.5H6M2.5 14.5H6M18 9.5h3.5M18 14.5h3.5"/>"#
            }
            Self::Disk => {
                r#"<ellipse cx="12" cy="6" rx="8" ry="3"/><path d="M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"/>"#
            }
            Self::Down => r#"<path d="M12 4v12M6.5 11 12 16.5 17.5 11M5 20.5h14"/>"#,
            Self::External => {
                r#"<path d="M14 4h6v6M20 4l-9 9M18 14v4.5A1.5 1.5 0 0 1 16.5 20h-11A1.5 1.5 0 0 1 4 18.5v-11A1.5 1.5 0 0 1 5.5 6H10"/>"#
            }
            Self::File => {
                r#"<path d="M13.5 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8.5zM13.5 3v5.5H19M8.5 13h7M8.5 16.5h5"/>"#
            }
            Self::Flame => {
                r#"<path d="M12.5 2.5c1 4.5-6.5 7.5-6.5 13 0 3.6 2.7 6 6 6s6-2.4 6-6c0-2.6-1.2-4.5-2.5-6-.2 1.6-.9 2.6-2 3.1.8-3.6.5-7.2-1-10.1z"/>"#
            }
            Self::Home => {
                r#"<path d="m3.5 11 8.5-7.5 8.5 7.5M5.5 9.5V19a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5V9.5M9.5 20.5V15a2.5 2.5 0 0 1 5 0v5.5"/>"#
            }
            Self::Info => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 7.8v.1"/>"#,
            Self::Key => r#"<circle cx="8" cy="15.5" r="4.5"/><path d="m11.2 12.3 8.3-8.3M16 7.5l3 3M13.5 10l2 2"/>"#,
            Self::Logout => {
                r#"<path d="M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10.5 12H21M17.5 8.5 21 12l-3.5 3.5"/>"#
            }
            Self::Memory => {
                r#"<path d="M3 7.5h18v8H3zM6 15.5v3M10 15.5v3M14 15.5v3M18 15.5v3M7 10.5v2M12 10.5v2M17 10.5v2"/>"#
            }
            Self::Minus => r#"<circle cx="12" cy="12" r="8.5"/><path d="M8 12h8"/>"#,
            Self::Network => {
                r#"<rect x="9" y="3" width="6" height="5" rx="1.5"/><rect x="3" y="16" width="6" height="5" rx="1.5"/><rect x="15" y="16" width="6" height="5" rx="1.5"/><path d="M12 8v4M6 16v-2.5A1.5 1.5 0 0 1 7.5 12h9a1.5 1.5 0 0 1 1.5 1.5V16"/>"#
            }
            Self::Node => {
                r#"<rect x="3.5" y="4" width="17" height="7" rx="2"/><rect x="3.5" y="13" width="17" height="7" rx="2"/><path d="M7.5 7.5h.1M7.5 16.5h.1M11 7.5h5.5M11 16.5h5.5"/>"#
            }
            Self::Play => r#"<path d="M7 4.5v15l12-7.5z"/>"#,
            Self::Plus => r#"<path d="M12 5v14M5 12h14"/>"#,
            Self::Radar => {
                r#"<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4.5"/><path d="M12 12 18 6M12 12h.1"/>"#
            }
            Self::Refresh => {
                r#"<path d="M4 12a8 8 0 0 1 14-5.3L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.3L4 15M4 20v-5h5"/>"#
            }
            Self::Search => r#"<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>"#,
            Self::Settings => {
                r#"<path d="M4 7h9M19 7h1M4 17h1M11 17h9"/><circle cx="16" cy="7" r="2.7"/><circle cx="8" cy="17" r="2.7"/>"#
            }
            Self::Shield => r#"<path d="M12 3 5 5.5v6c0 4.5 3 7.7 7 9.5 4-1.8 7-5 7-9.5v-6zM8.8 12l2.3 2.3 4.3-4.5"/>"#,
            Self::Spark => r#"<path d="M12 3.5 13.8 10l6.7 2-6.7 2L12 20.5 10.2 14l-6.7-2 6.7-2z"/>"#,
            Self::Spinner => r#"<path d="M12 3.5a8.5 8.5 0 1 0 8.5 8.5"/>"#,
            Self::Stop => r#"<rect x="6" y="6" width="12" height="12" rx="2"/>"#,
            Self::Tag => r#"<path d="M4 4.5h7.5l8.5 8.5a1.5 1.5 0 0 1 0 2L15 20a1.5 1.5 0 0 1-2 0l-9-8.5zM8 8.5h.1"/>"#,
            Self::Terminal => {
                r#"<rect x="3" y="4" width="18" height="16" rx="2.5"/><path d="m7 9 3 3-3 3M12.5 15.5H17"/>"#
            }
            Self::Thermometer => r#"<path d="M10 13.5V5.5a2 2 0 0 1 4 0v8a4.3 4.3 0 1 1-4 0zM12 9v8"/>"#,
            Self::Trash => {
                r#"<path d="M4.5 6.5h15M9.5 6.5V4h5v2.5M6.5 6.5 7.3 19a1.5 1.5 0 0 0 1.5 1.5h6.4a1.5 1.5 0 0 0 1.5-1.5l.8-12.5M10 10.5v6M14 10.5v6"/>"#
            }
            Self::Triangle => r#"<path d="M12 4 2.8 19.5h18.4zM12 10v4M12 16.8v.1"/>"#,
            Self::Undo => r#"<path d="M4 9h10a5.5 5.5 0 0 1 0 11H8M4 9l4.5-4.5M4 9l4.5 4.5"/>"#,
            Self::Unplugged => {
                r#"<path d="M4 4l16 16M9.5 5.5V9M14.5 3v6M8 9h8.5M17 9v2.5a5 5 0 0 1-.6 2.3M13.5 16.2A5 5 0 0 1 7 11.5V9.5M12 16.5V21"/>"#
            }
            Self::User => r#"<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/>"#,
            Self::X => r#"<path d="m6 6 12 12M18 6 6 18"/>"#,
            Self::Octagon => r#"<path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 8v5M12 16v.1"/>"#,
        }
    }

    /// The icon as markup.
    #[must_use]
    pub fn show(self) -> Markup {
        self.with_class("icon")
    }

    /// The icon with its own classes, such as the one that makes it turn.
    #[must_use]
    pub fn with_class(self, class: &str) -> Markup {
        html! {
            svg class=(class) viewBox="0 0 24 24" aria-hidden="true" focusable="false" { (PreEscaped(self.shapes())) }
        }
    }
}

impl maud::Render for Icon {
    fn render(&self) -> Markup {
        self.show()
    }
}
