//! The key by which a reservoir chooses rows: at random, but the same wherever the model runs.

use sha2::{Digest, Sha256};

/// Largest features, whose order counts.
const ORDERED: usize = 16;
/// Largest features whose upper half of the bits counts as well.
const ROUNDED: usize = 4;

/// Two hashes. The first leaves out the last bits, in which WebAssembly and processors differ, so
/// that all choose the same rows. The second, of all bits, breaks ties.
pub(super) type Key = ([u8; 32], [u8; 32]);

pub(super) fn key(features: &[f32]) -> Key {
    let mut largest: Vec<(usize, f32)> =
        features.iter().copied().enumerate().filter(|(_, value)| *value != 0.0).collect();
    largest.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    let order = largest.iter().take(ORDERED).map(|&(index, _)| index as u32);
    let rounded = largest
        .iter()
        .take(ROUNDED)
        .map(|(_, value)| value.to_bits().saturating_add(1 << 15) >> 16);
    (hash(order.chain(rounded)), hash(features.iter().map(|value| value.to_bits())))
}

fn hash(numbers: impl Iterator<Item = u32>) -> [u8; 32] {
    numbers
        .fold(Sha256::new(), |hash, number| hash.chain_update(number.to_le_bytes()))
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_bits_change_no_choice_and_still_tell_rows_apart() {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32 - 0.3
        };
        let rows: Vec<Vec<f32>> =
            (0..2000).map(|_| (0..32).map(|_| next().max(0.0)).collect()).collect();
        let elsewhere = |row: &[f32]| {
            row.iter().map(|value| value * (1.0 + f32::EPSILON)).collect::<Vec<f32>>()
        };
        let same = rows.iter().filter(|row| key(row).0 == key(&elsewhere(row)).0).count();
        assert!(same >= 1990, "{same} of 2000");
        assert!(rows.iter().all(|row| key(row).1 != key(&elsewhere(row)).1));
        let firsts: std::collections::HashSet<_> = rows.iter().map(|row| key(row).0).collect();
        assert_eq!(firsts.len(), rows.len(), "the choice is among all rows");
    }
}
