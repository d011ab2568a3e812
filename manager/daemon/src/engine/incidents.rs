//! Incidents: what went wrong and what was done. The reconcilers open and end them; a person says here that they know.

use super::{
    Error, Result,
    audit::{Note, Page, Slice},
    events::Events,
    jobs::Announcement,
};
use crate::{
    port::{clock::Clock, ids::Ids},
    store::{Store, incidents},
};
use hearth_model::{account::Actor, event::Channel, id::IncidentId, incident::Incident};
use serde_json::json;
use std::sync::Arc;

pub use crate::store::incidents::Filter;

/// Sees incidents, and notes who knows of them.
pub struct Incidents {
    store: Store,
    events: Arc<Events>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Incidents {
    /// Over a store.
    #[must_use]
    pub fn new(store: Store, events: Arc<Events>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self {
            store,
            events,
            clock,
            ids,
        }
    }

    /// Incidents, newest first.
    ///
    /// # Errors
    /// `Invalid` for a bad cursor or limit.
    pub async fn list(&self, filter: Filter, slice: Slice) -> Result<Page<Incident>> {
        slice.check()?;
        let before = slice.after.as_deref().map(str::parse::<IncidentId>).transpose();
        let before = before.map_err(|_| Error::field("/after", "is not a cursor of this list"))?;
        let limit = slice.limit as usize;
        let mut items = self
            .store
            .read(move |c| incidents::list(c, &filter, before, slice.limit.saturating_add(1)))
            .await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|incident| incident.id.to_string());
        Ok(Page { items, next })
    }

    /// One incident.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: IncidentId) -> Result<Incident> {
        let found = self.store.read(move |c| incidents::get(c, id)).await?;
        found.ok_or_else(|| Error::not_found("incident", id))
    }

    /// Notes that a person knows of it: it is no longer among what needs somebody. Who said so first stays.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn acknowledge(&self, id: IncidentId, actor: &Actor) -> Result<Incident> {
        let known = self.get(id).await?;
        if known.acked_by.is_some() {
            return Ok(known);
        }
        let note = Note::new(&*self.clock, &*self.ids, actor, "incident.ack").on(known.subject.clone());
        let (note, who) = (note.detail(known.text.clone()), actor.name.clone());
        let acknowledged = self
            .store
            .write(move |tx| {
                incidents::acknowledge(tx, id, &who)?;
                note.write(tx)?;
                incidents::get(tx, id)
            })
            .await?;
        let acknowledged = acknowledged.ok_or_else(|| Error::not_found("incident", id))?;
        let told = told("acknowledged", &acknowledged);
        self.events.tell(told.channel, told.event, told.data);
        Ok(acknowledged)
    }
}

/// What watchers are told of an incident.
#[must_use]
pub fn told(event: &'static str, incident: &Incident) -> Announcement {
    let data = json!({
        "incident": incident.id,
        "subject": incident.subject,
        "text": incident.text,
        "started_at": incident.started_at,
        "ended_at": incident.ended_at,
        "done": incident.done,
        "acked_by": incident.acked_by,
    });
    Announcement {
        channel: Channel::Incidents,
        event,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{clock::FakeClock, ids::FakeIds};

    fn slice(limit: u32, after: Option<String>) -> Slice {
        Slice { limit, after }
    }

    async fn three() -> (tempfile::TempDir, Incidents, Arc<Events>) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let (clock, ids) = (Arc::new(FakeClock::default()), Arc::new(FakeIds::default()));
        let made: [IncidentId; 3] = [ids.uuid().into(), ids.uuid().into(), ids.uuid().into()];
        let now = clock.now();
        let opened = store.write(move |tx| {
            for (id, subject) in made.into_iter().zip(["app a", "app b", "app c"]) {
                incidents::open(tx, id, now, subject, "On m1: its container was stopped.")?;
            }
            incidents::close(tx, now, "app a", "It is as it should be again.")
        });
        opened.await.unwrap();
        let events = Arc::new(Events::default());
        (dir, Incidents::new(store, events.clone(), clock, ids), events)
    }

    #[tokio::test]
    async fn they_are_listed_by_what_one_asks_for() {
        let (_dir, incidents, _) = three().await;
        let subjects = async |filter: Filter| -> Vec<String> {
            let page = incidents.list(filter, slice(100, None)).await.unwrap();
            page.items.into_iter().map(|incident| incident.subject).collect()
        };
        let open = |open| Filter {
            open: Some(open),
            ..Filter::default()
        };
        assert_eq!(subjects(Filter::default()).await, ["app c", "app b", "app a"]);
        assert_eq!(subjects(open(true)).await, ["app c", "app b"]);
        assert_eq!(subjects(open(false)).await, ["app a"]);
        let subject = Some("app b".to_owned());
        let b = Filter {
            subject,
            ..Filter::default()
        };
        assert_eq!(subjects(b).await, ["app b"]);
        let first = incidents.list(Filter::default(), slice(2, None)).await.unwrap();
        let rest = incidents.list(Filter::default(), slice(2, first.next)).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (1, None));
        let bad = incidents.list(Filter::default(), slice(2, Some("x".to_owned()))).await;
        assert!(matches!(bad, Err(Error::Invalid(_))));
    }

    #[tokio::test]
    async fn who_knows_of_it_first_stays_and_is_told_once() {
        let (_dir, incidents, events) = three().await;
        let mut watch = events.watch();
        let id = incidents.list(Filter::default(), slice(1, None)).await.unwrap().items[0].id;
        let by = async |name: &str| {
            let actor = Actor {
                name: name.to_owned(),
                ..Actor::system()
            };
            incidents.acknowledge(id, &actor).await.unwrap().acked_by
        };
        assert_eq!(by("ann").await.as_deref(), Some("ann"));
        assert_eq!(by("ben").await.as_deref(), Some("ann"));
        let event = watch.try_recv().unwrap();
        assert_eq!(
            (event.channel, event.event.as_str()),
            (Channel::Incidents, "acknowledged")
        );
        assert_eq!(event.data["acked_by"], "ann");
        assert!(watch.try_recv().is_err(), "the second changes nothing");
        let known = Filter {
            acknowledged: Some(true),
            ..Filter::default()
        };
        let page = incidents.list(known, slice(10, None)).await.unwrap();
        assert_eq!(page.items.len(), 1);
        let actor = Actor::system();
        let none = incidents
            .acknowledge(IncidentId(uuid::Uuid::from_u128(9)), &actor)
            .await;
        assert!(matches!(none, Err(Error::NotFound { .. })));
    }
}
