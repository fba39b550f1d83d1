#![no_main]
//! Any bytes as a file of samples, of the kind that the first of them says.

use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use she_ood::Preprocess;
use she_ood::data::{Dataset, Inputs};

/// How files are named, and whether they lie in a folder of samples.
const KINDS: [(&str, bool); 8] = [
    ("x.npz", false),
    ("x-idx", false),
    ("x-idx.gz", false),
    ("x.png", true),
    ("x.jpg", true),
    ("x.gif", true),
    ("x.webp", true),
    ("x.bmp", true),
];

fuzz_target!(|bytes: &[u8]| {
    she_ood_fuzz::let_panics_be_caught();
    let [kind, bytes @ ..] = bytes else { return };
    let (name, in_folder) = KINDS[usize::from(*kind) % KINDS.len()];
    let folder = folder().join(name.replace('.', "-"));
    let path = folder.join(name);
    std::fs::create_dir_all(&folder).expect("a folder of its own");
    std::fs::write(&path, bytes).expect("a file of its own");
    let line = if in_folder { folder } else { path };
    let Ok(set) = Dataset::open(&line.to_string_lossy()) else { return };
    let preprocess = Preprocess::of_input(&[3, 8, 8]);
    let inputs = Inputs::new(&[3, 8, 8], preprocess.as_ref());
    for index in 0..set.len().min(3) {
        if let Ok(sample) = set.sample(index) {
            let _ = inputs.make(&sample);
        }
    }
});

/// In memory where the system has such a place.
fn folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let base = if memory.is_dir() { memory } else { std::env::temp_dir() };
    base.join(format!("she-ood-fuzz-{}", std::process::id()))
}
