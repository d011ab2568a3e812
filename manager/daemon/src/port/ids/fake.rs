//! Chance without chance: the same ids in the same order in every run.

use super::Ids;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Counts instead of drawing.
#[derive(Debug, Default)]
pub struct FakeIds(AtomicU64);

impl Ids for FakeIds {
    fn uuid(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(count))
    }

    fn random(&self, bytes: &mut [u8]) {
        let seed = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        for (byte, mix) in bytes.iter_mut().zip(0u64..) {
            *byte = (seed
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .wrapping_add(mix.wrapping_mul(0xBF58_476D_1CE4_E5B9))
                >> 32) as u8;
        }
    }
}
