//! Maps on all cores and yields the results in order.
//!
//! The work is done by the rayon pool it is called in, or else by the global one, whose threads
//! `RAYON_NUM_THREADS` limits. WebAssembly has one thread: there it is a plain map.

#[cfg(not(target_family = "wasm"))]
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Items of a round for each thread: enough to keep every thread busy, few enough to hold.
#[cfg(not(target_family = "wasm"))]
const ROUND: usize = 8;

/// Maps `items` in parallel and yields the results in the order of the items.
///
/// Items are drawn on the calling thread while the round before them is worked on, so at most two
/// rounds are held: results not yet taken, and items drawn ahead.
#[cfg(not(target_family = "wasm"))]
pub fn map_in_order<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> impl Iterator<Item = R> {
    let mut items = items.into_iter().fuse();
    let threads = rayon::current_num_threads();
    let (mut drawn, mut done) = (Vec::new(), Vec::new().into_iter());
    std::iter::from_fn(move || {
        if threads == 1 {
            return items.next().map(&work);
        }
        if done.len() == 0 {
            let mut draw = || items.by_ref().take(ROUND * threads).collect::<Vec<T>>();
            let round = if drawn.is_empty() { draw() } else { std::mem::take(&mut drawn) };
            let (results, next) = join(round, &work, draw);
            (done, drawn) = (results.into_iter(), next);
        }
        done.next()
    })
}

/// Maps `items` and yields the results in order.
#[cfg(target_family = "wasm")]
pub fn map_in_order<T, R>(
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R,
) -> impl Iterator<Item = R> {
    items.into_iter().map(work)
}

/// Maps a round in parallel while the calling thread does something else.
#[cfg(not(target_family = "wasm"))]
fn join<T: Send, R: Send, M>(
    round: Vec<T>,
    work: &(impl Fn(T) -> R + Sync),
    meanwhile: impl FnOnce() -> M,
) -> (Vec<R>, M) {
    let mut results = Vec::new();
    let other = rayon::in_place_scope(|scope| {
        // Items may take long, so each is a task of its own.
        let round = round.into_par_iter().with_max_len(1);
        scope.spawn(|_| results = round.map(work).collect());
        meanwhile()
    });
    (results, other)
}

/// Splits items into vectors of `size`; the last may be shorter.
pub fn batches<T>(items: impl IntoIterator<Item = T>, size: usize) -> impl Iterator<Item = Vec<T>> {
    let mut items = items.into_iter().fuse();
    std::iter::from_fn(move || {
        Some(items.by_ref().take(size).collect()).filter(|batch: &Vec<T>| !batch.is_empty())
    })
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn results_come_in_order_and_items_are_drawn_two_rounds_ahead_at_most() {
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| {
                let drawn = Cell::new(0);
                let items = (0..1000).inspect(|_| drawn.set(drawn.get() + 1));
                for (i, result) in map_in_order(items, |item| item * item).enumerate() {
                    assert_eq!(result, i * i);
                    assert!(drawn.get() <= i + 2 * ROUND * threads, "{} at {i}", drawn.get());
                }
                assert_eq!(drawn.get(), 1000);
            });
        }
    }
}
