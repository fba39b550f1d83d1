//! Judges the pictures that its arguments name.

use she_ood::{Detector, Image, Verdict};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Your own: Detector::load(&std::fs::read("my-detector.onnx")?)?
    let detector = Detector::embedded()?;
    for path in std::env::args().skip(1) {
        let picture = image::open(&path)?.to_rgba8();
        let (width, height) = picture.dimensions();
        let image = Image::new(width as usize, height as usize, &picture)?;
        let report = detector.score_image(&image)?;
        let words = match report.verdict {
            Verdict::Known => format!("it is a {}", report.predicted.label),
            Verdict::Unsure => "not sure".to_string(),
            Verdict::Unknown => "never seen such a thing".to_string(),
        };
        println!("{path}: {words} (p = {:.3})", report.p_value);
    }
    Ok(())
}
