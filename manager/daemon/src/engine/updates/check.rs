//! Looking for updates: what a feed offers is fetched, believed or not, and kept.

use super::{CHECKED, Checked, OFFER, UpdateSettings, Updates, keep, prepared, unavailable};
use crate::{
    engine::{Error, Result, jobs::Wish, once::Once, saga::check_update},
    store::settings as rows,
};
use hearth_model::{
    account::Actor,
    job::{Job, JobKind},
    update::{Channel, Feed, MAX_FEED, Offer},
};

impl Updates {
    /// Whether there is anything to look at: a feed on a box that can be updated.
    pub async fn is_watching(&self) -> bool {
        let feed = self.settings().await.is_ok_and(|settings| settings.feed.is_some());
        feed && self.parts.updater.slots().await.is_ok()
    }

    /// Looks at the feed, and keeps what it offers. What went wrong is kept, too.
    ///
    /// # Errors
    /// `Conflict` where no feed is chosen; `NotReady` when it cannot be had or is not believed.
    pub async fn check(&self) -> Result<Option<Offer>> {
        let settings = self.settings().await?;
        let looked = self.look(&settings).await;
        let at = self.parts.clock.now();
        let error = looked.as_ref().err().map(ToString::to_string);
        let kept = looked.as_ref().ok().cloned();
        self.parts
            .store
            .write(move |tx| {
                keep(tx, CHECKED, &Checked { at, error })?;
                if let Some((feed, offer)) = kept {
                    rows::set(tx, &seen(feed.channel), &feed.serial.to_string())?;
                    match offer {
                        Some(offer) => keep(tx, OFFER, &offer)?,
                        None => rows::remove(tx, OFFER)?,
                    }
                }
                Ok::<_, Error>(())
            })
            .await?;
        looked.map(|(_, offer)| offer)
    }

    async fn look(&self, settings: &UpdateSettings) -> Result<(Feed, Option<Offer>)> {
        let Some(key) = &self.parts.key else {
            return Err(Error::Conflict(
                "this Hearth came without the key of its releases, so it believes no feed; install a bundle by hand"
                    .to_owned(),
            ));
        };
        let Some(address) = settings.address() else {
            return Err(Error::Conflict(
                "no feed is chosen; set its address, or install a bundle by hand".to_owned(),
            ));
        };
        let slots = self.parts.updater.slots().await.map_err(unavailable)?;
        let channel = settings.channel;
        let seen: u64 = self
            .parts
            .store
            .read(move |c| rows::get(c, &seen(channel)))
            .await?
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let not_ready = |error: &dyn std::fmt::Display| Error::NotReady(format!("{address}: {error}"));
        let fetched = self.parts.fetcher.get(&address, MAX_FEED).await;
        let document = fetched.map_err(|error| Error::NotReady(error.to_string()))?;
        let text = key.open(&document).map_err(|error| not_ready(&error))?;
        let feed = Feed::parse(&text, channel, seen).map_err(|error| not_ready(&error))?;
        let mut offer = feed.newest(&slots.compatible);
        if let Some(offer) = &mut offer {
            let url = address.join(&offer.bundle.url);
            offer.bundle.url = url.map_err(|error| not_ready(&error))?.into();
        }
        Ok((feed, offer))
    }

    /// Begins to look at the feed.
    ///
    /// # Errors
    /// See [`crate::engine::jobs::Jobs::submit`].
    pub async fn begin_check(&self, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let wish = Wish {
            kind: JobKind::CheckUpdate,
            steps: &check_update::STEPS,
            action: "update.check",
            once: Once::new(key, "update.check", &())?,
        };
        let prepare =
            |_: &rusqlite::Transaction<'_>, _| Ok(prepared("feed updates", serde_json::Value::Null, String::new()));
        self.parts.jobs.submit(wish, actor, prepare).await
    }
}

/// Key of the highest serial that a channel has shown.
fn seen(channel: Channel) -> String {
    format!("update.seen.{channel}")
}
