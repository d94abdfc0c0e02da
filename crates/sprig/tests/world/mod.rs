//! A world whose time stands still and whose randomness is a fixed sequence.

use std::cell::Cell;

use ironhelm_sprig::SprigWorld;

/// SplitMix64 from a fixed seed.
pub(crate) struct Seeded(Cell<u64>);

impl Default for Seeded {
    fn default() -> Self {
        Self(Cell::new(42))
    }
}

impl SprigWorld for Seeded {
    fn now(&self) -> jiff::Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.0.set(state);
            let mut word = state;
            word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(word ^ word >> 31).to_le_bytes()[..chunk.len()]);
        }
    }
}
