// The most that one thread of this machine can multiply and add natively, in GFLOP/s, and the most
// that it reads from memory, in GB/s: the two limits of a roofline.
//
//     rustc -O -C target-cpu=native benches/peak.rs -o target/bench/peak && target/bench/peak
//
// Built on its own with rustc, because Cargo would rebuild the whole project for this processor.

use std::hint::black_box;
use std::time::Instant;

/// Sums that do not wait for one another, enough to keep the units of current processors at work.
const LANES: usize = 16 * 12;
const TURNS: usize = 4_000_000;
/// Larger than caches.
const VALUES: usize = 64 << 20;
const ROUNDS: usize = 30;

fn main() {
    println!("{:.1} {:.1}", best(arithmetic) / 1e9, best(memory) / 1e9);
}

/// The highest rate of several rounds.
fn best(mut rate: impl FnMut() -> f64) -> f64 {
    (0..ROUNDS).map(|_| rate()).fold(0.0, f64::max)
}

fn arithmetic() -> f64 {
    let mut sums = [0.0f32; LANES];
    let (factor, term) = (black_box(0.999f32), black_box(0.5f32));
    let start = Instant::now();
    for _ in 0..TURNS {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, term);
        }
    }
    black_box(sums);
    (2 * LANES * TURNS) as f64 / start.elapsed().as_secs_f64()
}

fn memory() -> f64 {
    let values = black_box(vec![1u32; VALUES]);
    let start = Instant::now();
    black_box(values.iter().fold(0u32, |sum, value| sum.wrapping_add(*value)));
    (4 * VALUES) as f64 / start.elapsed().as_secs_f64()
}
