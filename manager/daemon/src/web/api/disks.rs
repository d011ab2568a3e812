//! `/system/disks` and `/system/mounts`: what is plugged in, and the disks and shares that were added.

use super::{
    answer::Begun,
    extract::{Body, IdempotencyKey, Key},
};
use crate::{
    engine::appliance::{DiskList, FormatRequest, InstallOntoRequest, MountList, MountView, NewMount},
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer},
    },
};
use axum::{Json, extract::State, http::StatusCode};

/// The disks of the box
#[utoipa::path(get, path = "/system/disks", tag = "system",
    responses((status = 200, description = "All that are plugged in, and what is on them", body = DiskList)))]
pub async fn disks(_: AsViewer, State(services): State<Services>) -> Json<DiskList> {
    Json(services.disks.list().await)
}

/// Remove all that is on a disk, and add it empty
///
/// It gets one ext4 file system. The disk that Hearth runs from, and one that is in use, are refused.
#[utoipa::path(post, path = "/system/disks/{disk}/format", tag = "system", request_body = FormatRequest,
    params(("disk" = String, Path, description = "Name of the disk, such as sdb")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn format_disk(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    IdempotencyKey(once): IdempotencyKey,
    key: Key,
    Body(request): Body<FormatRequest>,
) -> Result<Begun, Problem> {
    let disk = key.parse("disk")?;
    Ok(services
        .disks
        .format(&disk, request, once.as_deref(), &actor)
        .await?
        .into())
}

/// Install Hearth onto a disk
///
/// All that is on the disk is removed. Both slots get the system that runs; the data partition is empty: a new box, that the wizard sets up
/// when it is started from that disk alone.
#[utoipa::path(post, path = "/system/disks/{disk}/install", tag = "system", request_body = InstallOntoRequest,
    params(("disk" = String, Path, description = "Name of the disk, such as nvme0n1")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn install_onto_disk(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    IdempotencyKey(once): IdempotencyKey,
    key: Key,
    Body(request): Body<InstallOntoRequest>,
) -> Result<Begun, Problem> {
    let disk = key.parse("disk")?;
    Ok(services
        .disks
        .install(&disk, request, once.as_deref(), &actor)
        .await?
        .into())
}

/// The disks and shares that were added
#[utoipa::path(get, path = "/system/mounts", tag = "system",
    responses((status = 200, description = "All of them, and how they are", body = MountList)))]
pub async fn mounts(_: AsViewer, State(services): State<Services>) -> Result<Json<MountList>, Problem> {
    Ok(Json(services.mounts.list().await?))
}

/// Add a disk or share
///
/// It is mounted at once, which may take 20 s; when that does not work nothing is added, and the field that is to be mended is named.
#[utoipa::path(post, path = "/system/mounts", tag = "system", request_body = NewMount,
    responses((status = 201, description = "It is there", body = MountView)))]
pub async fn add_mount(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(new): Body<NewMount>,
) -> Result<(StatusCode, Json<MountView>), Problem> {
    let added = services.mounts.add(new, &actor).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Try once more to mount a disk or share
///
/// Hearth tries by itself, too, at least once a minute.
#[utoipa::path(post, path = "/system/mounts/{name}/mount", tag = "system",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is there", body = MountView)))]
pub async fn try_mount(_: AsAdmin, State(services): State<Services>, key: Key) -> Result<Json<MountView>, Problem> {
    let name = key.parse("added disk or share")?;
    Ok(Json(services.mounts.mount(&name).await?))
}

/// Unmount a disk or share and forget it
///
/// What is on it stays as it is.
#[utoipa::path(delete, path = "/system/mounts/{name}", tag = "system",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "It can be unplugged")))]
pub async fn remove_mount(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
) -> Result<StatusCode, Problem> {
    let name = key.parse("added disk or share")?;
    services.mounts.remove(&name, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
