//! Digits on paper are known, and the rest is not. `tests/data/on_paper.py` tells what the photos
//! are.

use she_ood::Detector;
use she_ood::data::{Dataset, Inputs};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/on_paper");

/// Class and verdict on each photo of a case, by the name of what it shows.
fn verdicts(case: &str) -> Vec<(String, String, String)> {
    let detector = Detector::embedded().unwrap();
    let info = detector.info();
    let inputs = Inputs::new(&info.input_shape, info.preprocess.as_ref());
    let judge = |shown: &str| {
        let photo = Dataset::open(&format!("{FOLDER}/{case}-{shown}.jpg")).unwrap();
        let input = inputs.make(&photo.sample(0).unwrap()).unwrap();
        let report = detector.score(&input).unwrap();
        (shown.to_string(), report.predicted.label, report.verdict.to_string())
    };
    ["0", "1", "2", "3", "4", "stranger"].into_iter().map(judge).collect()
}

#[test]
fn of_five_digits_on_paper_four_are_known_at_least_and_no_stranger_is() {
    for case in ["shaded", "ruled", "pencil", "shadow", "fine"] {
        let verdicts = verdicts(case);
        let passed = verdicts
            .iter()
            .filter(|(shown, label, verdict)| verdict == "known" && (shown == label));
        assert!(passed.count() >= 4, "{case}: {verdicts:?}");
        let strangers = verdicts.iter().filter(|(shown, ..)| shown == "stranger");
        assert!(
            strangers.clone().all(|(.., verdict)| verdict == "unknown"),
            "{case}: {verdicts:?}"
        );
    }
}
