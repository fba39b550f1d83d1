//! Times loads and scores of detectors, for benches/native_scores.py and benches/growth.py.
//!
//!     score_times DETECTOR INPUT
//!
//! INPUT holds samples of raw 32-bit floats, laid end to end. Prints how many milliseconds the load
//! took, then answers each line of standard input with one line:
//!
//! - `one COUNT`: the mean milliseconds to score the first sample, over COUNT runs, and its score;
//! - `batch`: the milliseconds per sample to score all samples as a batch, and their scores;
//! - `memory`: the peak memory of this process, in megabytes.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;

use she_ood::{Detector, Tensor};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [detector, input] = arguments.as_slice() else {
        return Err("expected: DETECTOR INPUT".into());
    };
    let (detector, samples) = (fs::read(detector)?, floats(&fs::read(input)?));
    let start = Instant::now();
    let detector = Detector::load(detector)?;
    println!("{}", milliseconds(start));
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["one", count] => println!("{}", one(&detector, &samples, count.parse()?)?),
            ["batch"] => println!("{}", batch(&detector, &samples)?),
            ["memory"] => println!("{}", memory()?),
            _ => return Err(format!("expected `one COUNT`, `batch` or `memory`: {line}").into()),
        }
    }
    Ok(())
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
}

fn milliseconds(start: Instant) -> f64 {
    1e3 * start.elapsed().as_secs_f64()
}

fn one(detector: &Detector, samples: &[f32], count: usize) -> Result<String> {
    let shape = detector.input_shape();
    let length = shape.iter().product();
    let input = Tensor::new(shape, samples.get(..length).ok_or("no sample")?.to_vec())?;
    let score = detector.score(&input)?.score;
    let start = Instant::now();
    for _ in 0..count {
        black_box(detector.score(&input)?.score);
    }
    Ok(format!("{} {score}", milliseconds(start) / count as f64))
}

fn batch(detector: &Detector, samples: &[f32]) -> Result<String> {
    let start = Instant::now();
    let scores = detector.score_batch(samples)?.scores;
    let each = milliseconds(start) / scores.len() as f64;
    let words: Vec<String> = scores.iter().map(ToString::to_string).collect();
    Ok(format!("{each} {}", words.join(" ")))
}

fn memory() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes = line.split_whitespace().next().ok_or("no size")?;
    Ok(kilobytes.parse::<f64>()? / 1000.0)
}
