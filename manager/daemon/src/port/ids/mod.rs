//! Chance: ids, tokens and passwords.

mod fake;
pub use fake::FakeIds;
use uuid::Uuid;

/// Where chance comes from.
pub trait Ids: Send + Sync {
    /// A new UUIDv7; later ones sort after earlier ones.
    fn uuid(&self) -> Uuid;

    /// Fills `bytes` with unpredictable bytes.
    fn random(&self, bytes: &mut [u8]);
}

impl dyn Ids {
    /// A new id of any kind.
    pub fn make<T: From<Uuid>>(&self) -> T {
        T::from(self.uuid())
    }
}
