//! How `hearth serve` and `hearth migrate` are told what to do: by options, or by variables named `HEARTH_…`. Everything else is set in the pages.

use clap::Args;
use std::{net::SocketAddr, path::PathBuf};

/// Options of `hearth migrate`.
#[derive(Debug, Clone, Args)]
pub struct MigrateConfig {
    /// Folder for everything that Hearth keeps, as for `hearth serve`
    #[arg(long, env = "HEARTH_DATA", value_name = "DIR", default_value = "/data/hearth")]
    pub data: PathBuf,
}

/// Options of `hearth serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// Folder for everything that Hearth keeps: database, keys, certificates
    #[arg(long, env = "HEARTH_DATA", value_name = "DIR", default_value = "/data/hearth")]
    pub data: PathBuf,

    /// Address for plain HTTP, which only leads to HTTPS
    #[arg(
        long,
        env = "HEARTH_LISTEN",
        value_name = "ADDR:PORT",
        default_value = "0.0.0.0:7080"
    )]
    pub listen: SocketAddr,

    /// Address for HTTPS
    #[arg(
        long,
        env = "HEARTH_TLS_LISTEN",
        value_name = "ADDR:PORT",
        default_value = "0.0.0.0:7443"
    )]
    pub tls_listen: SocketAddr,

    /// Folder of the recipes
    #[arg(
        long,
        env = "HEARTH_RECIPES",
        value_name = "DIR",
        default_value = "/usr/share/hearth/recipes"
    )]
    pub recipes: PathBuf,

    /// Folder of the tools that nodes may lack, one folder an architecture
    #[arg(
        long,
        env = "HEARTH_TOOLS",
        value_name = "DIR",
        default_value = "/usr/share/hearth/tools"
    )]
    pub tools: PathBuf,

    /// Public key (Ed25519, PEM) of who may sign update feeds; without the file no feed is believed
    #[arg(
        long,
        env = "HEARTH_FEED_KEY",
        value_name = "FILE",
        default_value = "/usr/share/hearth/feed.pem"
    )]
    pub feed_key: PathBuf,

    /// File in which a start that did not come up healthy leaves word why
    #[arg(
        long,
        env = "HEARTH_FAILED_START",
        value_name = "FILE",
        default_value = "/data/system/failed-start"
    )]
    pub failed_start: PathBuf,

    /// Folder of the settings of the box itself (network/, time/, …); only where Hearth runs on its own image
    #[arg(long, env = "HEARTH_APPLIANCE", value_name = "DIR")]
    pub appliance: Option<PathBuf>,

    /// What to log, as in `info` or `hearth=debug,russh=warn`
    #[arg(
        long,
        env = "HEARTH_LOG",
        value_name = "FILTER",
        default_value = "info,russh=warn,mdns_sd=error"
    )]
    pub log: String,

    /// Log as JSON lines
    #[arg(long, env = "HEARTH_LOG_JSON")]
    pub log_json: bool,
}
