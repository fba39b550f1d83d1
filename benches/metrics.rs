//! How long a million scores take to evaluate.
//!
//!     cargo bench --bench metrics

use std::hint::black_box;
use std::time::Instant;

use she_ood::metrics::{evaluate, oodeel};

fn main() {
    let (id, ood) = (scores(500_000, 0.0), scores(500_000, 0.3));
    let time = |name: &str, work: &dyn Fn() -> f64| {
        let mut times: Vec<f64> = (0..9)
            .map(|_| {
                let start = Instant::now();
                black_box(work());
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{name}: {:.0} ms (median of 9, {:.0} to {:.0})", times[4], times[0], times[8]);
    };
    time("evaluate, a million scores", &|| {
        evaluate(&id, &ood).map_or(f64::NAN, |found| found.auroc)
    });
    time("oodeel's figures, a million scores", &|| {
        oodeel(&id, &ood).map_or(f64::NAN, |found| found.auroc)
    });
}

/// Scattered numbers by a linear congruence.
fn scores(count: usize, shift: f32) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 + shift
    };
    (0..count).map(|_| next()).collect()
}
