//! What the targets share: a detector is put to use, and panics that are caught are no findings.

use std::sync::Once;

use she_ood::{Detector, Tensor};

/// Lets the library catch the engine's panics, as it does for its users. One that it does not catch
/// still ends the run.
pub fn let_panics_be_caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

/// What was loaded scores or says why not, and its file holds all of it.
pub fn check(detector: &Detector) {
    let shape = detector.input_shape();
    let volume: usize = shape.iter().product();
    if volume <= 1 << 16 {
        let input = Tensor::new(shape, vec![0.5; volume]).expect("as many values as the shape has");
        if let Ok(report) = detector.score(&input) {
            let sound = report.score.is_finite() && (0.0..=1.0).contains(&report.p_value);
            assert!(sound, "{report:?}");
        }
    }
    let file = detector.to_bytes();
    let again = Detector::load(&file).expect("a detector's own file can be loaded");
    assert!(again.to_bytes() == file, "the file of a detector's file is another");
}
