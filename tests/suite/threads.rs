//! What comes out does not depend on the number of threads.

use rayon::ThreadPoolBuilder;
use she_ood::{AggregatorKind, Detector, FitOptions, Result, Tensor, fit};

use crate::fixtures::{DENSE, DENSE_1, MLP, inputs, mini_samples};

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// The mini fit ten times over: enough for several rounds of batches.
fn many() -> Vec<(Tensor, usize)> {
    std::iter::repeat_with(mini_samples).take(10).flatten().collect()
}

fn fitted(samples: Vec<(Tensor, usize)>) -> Result<Detector> {
    let options = FitOptions {
        aggregator: Some(AggregatorKind::Std),
        react: Some(0.9),
        ..FitOptions::new([DENSE, DENSE_1])
    };
    fit(MLP, &options, samples, inputs("images"))
}

#[test]
fn a_fit_and_its_scores_are_the_same_to_the_bit() {
    let data: Vec<f32> = many().into_iter().flat_map(|(input, _)| input.into_data()).collect();
    let results = [1, 2, 5].map(|threads| {
        with_threads(threads, || {
            let detector = fitted(many()).unwrap();
            (
                detector.to_bytes(),
                detector.score_batch(&data).unwrap(),
                detector.features_batch(&data).unwrap(),
            )
        })
    });
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn the_first_error_is_that_of_the_first_sample() {
    let mut samples = many();
    samples[700].1 = 77;
    samples[1400].1 = 88;
    samples[2100].0 = Tensor::new([2], vec![0.0; 2]).unwrap();
    for threads in [1, 2, 5] {
        let error = with_threads(threads, || fitted(samples.clone()).unwrap_err());
        assert!(
            matches!(error, she_ood::Error::UnknownClass { class: 77, .. }),
            "{threads} threads: {error}"
        );
    }
}
