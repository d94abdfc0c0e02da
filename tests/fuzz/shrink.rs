//! Making a failing input small.

use std::time::{Duration, Instant};

/// Takes pieces away, halves first, as long as the input goes on failing and there is time.
pub(crate) fn shrink(input: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let end = Instant::now() + Duration::from_secs(45);
    let mut best = input.to_vec();
    let mut piece = best.len() / 2;
    while piece > 0 {
        let mut at = 0;
        let mut smaller = false;
        while at < best.len() {
            if Instant::now() > end {
                return best;
            }
            let mut trial = best.clone();
            trial.drain(at..(at + piece).min(best.len()));
            if fails(&trial) {
                best = trial;
                smaller = true;
            } else {
                at += piece;
            }
        }
        if !smaller || piece > best.len() {
            piece = (piece / 2).min(best.len());
        }
    }
    best
}
