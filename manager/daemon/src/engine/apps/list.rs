//! Apps in lists: part by part, at a glance, and counted.

use super::{Apps, Filter};
use crate::{
    engine::{
        Result,
        audit::{Page, Slice},
    },
    store::{self, apps},
};
use hearth_model::{
    app::{App, AppState},
    id::NodeId,
};

impl Apps {
    /// A page of the apps that `filter` lets through, by slug, which is the cursor.
    ///
    /// # Errors
    /// `Invalid` for a limit that is not 1 to 1,000.
    pub async fn page(&self, filter: Filter, slice: Slice) -> Result<Page<App>> {
        slice.check()?;
        let limit = slice.limit;
        let items = self
            .parts
            .store
            .read(move |c| apps::page(c, &filter, slice.after.as_deref(), limit + 1))
            .await?;
        Ok(Page::cut(items, limit, |app| app.slug.to_string()))
    }

    /// How many apps `filter` lets through.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count(&self, filter: Filter) -> Result<u32> {
        Ok(self.parts.store.read(move |c| apps::count(c, &filter)).await?)
    }

    /// How many apps there are in each state, by the state's word.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn counts(&self) -> Result<Vec<(String, u32)>> {
        Ok(self.parts.store.read(apps::counts).await?)
    }

    /// All apps of a node, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn on_node(&self, node: NodeId) -> Result<Vec<App>> {
        Ok(self.parts.store.read(move |c| apps::on_node(c, node)).await?)
    }

    /// All apps when there are at most `limit` of them; else as many, those that do not simply run first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn glance(&self, limit: u32) -> Result<Vec<App>> {
        let read = self.parts.store.read(move |c| {
            let first = apps::page(c, &Filter::default(), None, limit + 1)?;
            if first.len() <= limit as usize {
                return Ok(first);
            }
            let mut shown = apps::not_running(c, limit)?;
            let left = limit - u32::try_from(shown.len()).unwrap_or(limit);
            let running = Filter {
                state: Some(AppState::Running.word().to_owned()),
                ..Filter::default()
            };
            shown.extend(apps::page(c, &running, None, left)?);
            Ok::<_, store::Error>(shown)
        });
        Ok(read.await?)
    }
}
