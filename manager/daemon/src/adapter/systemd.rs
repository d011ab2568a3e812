//! The services of the box, through systemd.
//!
//! Source: org.freedesktop.systemd1(5).

use super::{
    bus::{Bus, refused},
    unit_job::UnitJob,
};
use crate::port::{appliance::ApplianceError, units::Units};
use async_trait::async_trait;
use hearth_model::{
    system::{OWN_UNIT, UnitName, UnitState, UnitStatus, UnitVerb},
    units::Bytes,
};
use std::time::Duration;
use zbus::{Connection, proxy::CacheProperties};
use zbus_systemd::systemd1::{ManagerProxy, ServiceProxy, UnitProxy};

/// How long a unit may take to start or stop before that is told as still going on.
const LIMIT: Duration = Duration::from_secs(30);
/// What systemd tells where memory is not counted.
const NOT_COUNTED: u64 = u64::MAX;

/// The services of the machine that this process runs on.
#[derive(Debug)]
pub struct Systemd {
    bus: Bus,
}

impl Systemd {
    /// Of the machine on this bus.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus }
    }
}

/// A unit as `ListUnits` gives it, as far as it is of use here.
struct Listed {
    name: String,
    description: String,
    loaded: bool,
    state: String,
    detail: String,
    path: zbus::OwnedObjectPath,
}

type Row = (
    String,
    String,
    String,
    String,
    String,
    String,
    zbus::OwnedObjectPath,
    u32,
    String,
    zbus::OwnedObjectPath,
);

impl From<Row> for Listed {
    fn from((name, description, load, state, detail, _, path, ..): Row) -> Self {
        Self {
            name,
            description,
            loaded: load == "loaded",
            state,
            detail,
            path,
        }
    }
}

/// Seconds since the start; the kernel's, which systemd's monotonic times are of too as long as the box does not sleep.
fn uptime_us() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    u64::try_from(Duration::try_from_secs_f64(seconds).ok()?.as_micros()).ok()
}

async fn status(connection: &Connection, listed: Listed) -> zbus::Result<Option<UnitStatus>> {
    let Ok(unit) = listed.name.parse::<UnitName>() else {
        return Ok(None);
    };
    // A unit has hundreds of properties, and this needs two of them.
    let proxy = UnitProxy::builder(connection).path(&listed.path);
    let proxy = proxy.cache_properties(CacheProperties::No).build().await?;
    let changed_us = proxy.state_change_timestamp_monotonic().await?;
    let for_secs = uptime_us()
        .filter(|_| changed_us > 0)
        .map(|now| now.saturating_sub(changed_us) / 1_000_000);
    let memory = if listed.name.ends_with(".service") {
        let proxy = ServiceProxy::builder(connection).path(&listed.path);
        let proxy = proxy.cache_properties(CacheProperties::No).build().await?;
        Some(proxy.memory_current().await?).filter(|bytes| *bytes != NOT_COUNTED)
    } else {
        None
    };
    Ok(Some(UnitStatus {
        unit,
        description: listed.description,
        state: UnitState::of(&listed.state),
        detail: listed.detail,
        for_secs,
        memory: memory.map(Bytes),
    }))
}

#[async_trait]
impl Units for Systemd {
    async fn list(&self, names: &[&str]) -> Result<Vec<UnitStatus>, ApplianceError> {
        let refused = refused("list its services");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let manager = ManagerProxy::new(&connection).await.map_err(&refused)?;
        let wanted = names.iter().map(|&name| name.to_owned()).collect();
        let known = manager.list_units_by_names(wanted).await.map_err(&refused)?;
        let failed = manager.list_units_filtered(vec!["failed".to_owned()]).await;
        let failed = failed.map_err(&refused)?;
        let known = known.into_iter().map(Listed::from).filter(|unit| unit.loaded);
        let others = failed.into_iter().map(Listed::from);
        let others = others.filter(|unit| !names.contains(&unit.name.as_str()));
        let mut units = Vec::new();
        for listed in known.chain(others) {
            units.extend(status(&connection, listed).await.map_err(&refused)?);
        }
        Ok(units)
    }

    async fn act(&self, unit: &UnitName, verb: UnitVerb) -> Result<(), ApplianceError> {
        let job = UnitJob::begin(&self.bus, verb.word(), unit.as_str(), verb).await?;
        if unit.as_str() == OWN_UNIT {
            return Ok(());
        }
        job.success(LIMIT).await
    }
}
