//! Work on all cores, with its results in order.
//!
//! rayon's pool does it, the global one or that in which it is called; `RAYON_NUM_THREADS` limits
//! the threads of the former.

/// Items under way for each thread: enough that none waits for long, few enough to hold.
const ROUND: usize = 8;

/// Does `work` on each item, many at once, and shows what comes of it in the order of the items,
/// until `see` fails.
///
/// Items are taken and results shown on the calling thread, at the same time as others are worked
/// on: two rounds of them are held.
pub fn in_order<T: Send, R: Send, E>(
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    mut see: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let mut items = items.into_iter().fuse();
    if threads() == 1 {
        return items.try_for_each(|item| see(work(item)));
    }
    let most = ROUND * threads();
    let mut next: Vec<T> = items.by_ref().take(most).collect();
    let mut done = Vec::new();
    while !next.is_empty() || !done.is_empty() {
        let meanwhile = || {
            done.drain(..).try_for_each(&mut see)?;
            Ok(items.by_ref().take(most).collect())
        };
        let (results, further) = together(next, &work, meanwhile);
        (done, next) = (results, further?);
    }
    Ok(())
}

/// Items in parts of this size, of which the last may have less.
pub fn batches<T>(items: impl IntoIterator<Item = T>, size: usize) -> impl Iterator<Item = Vec<T>> {
    let mut items = items.into_iter().fuse();
    std::iter::from_fn(move || {
        Some(items.by_ref().take(size).collect()).filter(|batch: &Vec<T>| !batch.is_empty())
    })
}

/// Does `work` on all items while the calling thread does something else.
#[cfg(not(target_family = "wasm"))]
fn together<T: Send, R: Send, M>(
    items: Vec<T>,
    work: &(impl Fn(T) -> R + Sync),
    meanwhile: impl FnOnce() -> M,
) -> (Vec<R>, M) {
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let other = rayon::in_place_scope(|scope| {
        for (item, result) in items.into_iter().zip(&mut results) {
            scope.spawn(move |_| *result = Some(work(item)));
        }
        meanwhile()
    });
    (results.into_iter().flatten().collect(), other)
}

#[cfg(not(target_family = "wasm"))]
fn threads() -> usize {
    rayon::current_num_threads()
}

/// WebAssembly has one thread.
#[cfg(target_family = "wasm")]
fn together<T, R, M>(
    items: Vec<T>,
    work: &impl Fn(T) -> R,
    meanwhile: impl FnOnce() -> M,
) -> (Vec<R>, M) {
    (items.into_iter().map(work).collect(), meanwhile())
}

#[cfg(target_family = "wasm")]
fn threads() -> usize {
    1
}
