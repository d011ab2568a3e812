//! Pulling an image, its progress added up over all layers.

use super::{DockerEngine, transport::streaming};
use crate::port::containers::{Containers, ContainersError, PullProgress};
use bollard::{models::CreateImageInfo, query_parameters::CreateImageOptions};
use futures::StreamExt;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// The most layers that are told apart (an image has at most 127).
const MAX_LAYERS: usize = 512;

pub(super) async fn pull(
    engine: &DockerEngine,
    image: &str,
    progress: mpsc::Sender<PullProgress>,
) -> Result<(), ContainersError> {
    let attempt = format!("pulling {image}");
    let options = CreateImageOptions {
        from_image: Some(with_tag(image)),
        ..Default::default()
    };
    let (docker, budget) = streaming(&engine.docker);
    let mut stream = Box::pin(docker.create_image(Some(options), None, None));
    let mut layers = Layers::default();
    while let Some(info) = stream.next().await {
        let info = info.map_err(|e| engine.error(&attempt, e))?;
        budget.refill();
        if let Some(error) = &info.error_detail {
            let reason = error.message.clone().unwrap_or_default();
            return Err(ContainersError::Refused {
                machine: engine.session.machine().to_owned(),
                attempt,
                reason,
            });
        }
        let now = layers.add(image, &info);
        // Progress is for showing: a watcher that is slow misses some of it and the pull goes on.
        let _ = progress.try_send(now);
    }
    // A stream that was cut looks like one that has ended.
    match engine.has_image(image).await? {
        true => Ok(()),
        false => Err(ContainersError::Refused {
            machine: engine.session.machine().to_owned(),
            attempt,
            reason: "the engine ended the pull without the image".to_owned(),
        }),
    }
}

/// Without a tag the API would pull every tag there is.
fn with_tag(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.contains(':') || name.contains('@') {
        image.to_owned()
    } else {
        format!("{image}:latest")
    }
}

#[derive(Default)]
struct Layers(HashMap<String, (u64, u64)>);

impl Layers {
    fn add(&mut self, image: &str, info: &CreateImageInfo) -> PullProgress {
        let status = info.status.clone().unwrap_or_default();
        let size = |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        if let Some(id) = info.id.as_ref().filter(|_| self.0.len() < MAX_LAYERS) {
            let layer = self.0.entry(id.clone()).or_default();
            match (&info.progress_detail, status.as_str()) {
                (Some(detail), "Downloading") => *layer = (size(detail.current), size(detail.total)),
                (_, "Download complete" | "Pull complete") => layer.0 = layer.1,
                _ => {}
            }
        }
        PullProgress {
            image: image.to_owned(),
            current_bytes: self.0.values().map(|layer| layer.0).sum(),
            total_bytes: self.0.values().map(|layer| layer.1).sum(),
            status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::ProgressDetail;

    #[test]
    fn layers_add_up() {
        let mut layers = Layers::default();
        let mut tell = |id: &str, status: &str, current, total| {
            let progress_detail = Some(ProgressDetail {
                current: Some(current),
                total: Some(total),
            });
            let info = CreateImageInfo {
                id: Some(id.to_owned()),
                status: Some(status.to_owned()),
                progress_detail,
                ..Default::default()
            };
            layers.add("x:1", &info)
        };
        tell("a", "Downloading", 10, 100);
        tell("b", "Downloading", 50, 50);
        let now = tell("a", "Download complete", 0, 0);
        assert_eq!((now.current_bytes, now.total_bytes), (150, 150));
    }

    #[test]
    fn a_tag_is_always_asked_for() {
        assert_eq!(with_tag("10.0.0.1:5000/x"), "10.0.0.1:5000/x:latest");
        assert_eq!(with_tag("x@sha256:00"), "x@sha256:00");
        assert_eq!(with_tag("postgres:17"), "postgres:17");
    }
}
