//! Chance from the operating system.

use crate::port::ids::Ids;
use rand::{Rng, rand_core::UnwrapErr, rngs::SysRng};
use uuid::Uuid;

/// Version 7 UUIDs, in order also when the clock steps back, and random bytes from the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Panics when the kernel has no randomness to give (`getrandom(2)` fails), which it never does
    /// once a system is up: going on with guessable passwords would be worse.
    fn random(&self, bytes: &mut [u8]) {
        UnwrapErr(SysRng).fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let ids: Vec<_> = (0..1000).map(|_| SystemIds.uuid()).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn random_bytes_differ() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        SystemIds.random(&mut a);
        SystemIds.random(&mut b);
        assert_ne!(a, b);
    }
}
