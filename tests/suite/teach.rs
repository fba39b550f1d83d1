//! Teaching: closed forms against fits without each example, and the order of examples.

use she_ood::{Features, FitOptions, Teacher};

/// Numbers from 0 to 1 that are the same each time.
fn noise(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    })
}

const SIZE: usize = 24;

/// An example of a class: some features are large, all are noisy, and some negative.
fn example(class: u64, number: u64) -> Features {
    let own: Vec<f32> = noise(1000 + class).take(SIZE).collect();
    let values = noise(1 + class * 100 + number).zip(own);
    let values = values.map(|(noise, own)| own * 2.0 + noise - 0.4).collect();
    Features::new(vec![], vec![values]).unwrap()
}

fn teacher() -> Teacher {
    Teacher::of_embeddings(SIZE, FitOptions::taught()).unwrap()
}

fn taught(examples: &[(u64, u64)]) -> Teacher {
    let mut teacher = teacher();
    for &(class, number) in examples {
        teacher.add(&format!("class {class}"), &example(class, number)).unwrap();
    }
    teacher
}

#[test]
fn it_works() {
    let all: Vec<_> = (0..3).flat_map(|class| (0..8).map(move |number| (class, number))).collect();
    let mut teacher = taught(&all);
    let detector = teacher.detector().unwrap();
    eprintln!("{:?}", detector.info());
    eprintln!("{:?}", detector.calibration());
    let bytes = detector.to_bytes();
    let again = she_ood::Detector::load(bytes).unwrap();
    eprintln!("{:?}", again.report(&example(1, 50)).unwrap());
    eprintln!("{:?}", teacher.report(&example(1, 50)).unwrap());
    eprintln!("{:?}", teacher.report(&example(7, 50)).unwrap());
}
