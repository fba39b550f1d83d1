//! Inputs and images to reports.

use super::Detector;
#[cfg(doc)]
use crate::Error;
use crate::parallel::map_in_order;
use crate::scorer::Stopwatch;
use crate::{BatchReport, Features, Image, Report, Result, Tensor, Timings};

impl Detector {
    /// Scores one sample of the model's input shape.
    ///
    /// # Errors
    /// As [`Model::run`](crate::Model::run), and [`Error::NotFinite`] for features so large that
    /// their score overflows.
    pub fn score(&self, input: &Tensor) -> Result<Report> {
        let mut watch = Stopwatch::start();
        let outputs = self.model.forward(input)?;
        let model = watch.lap();
        let features = Features::from_outputs(&outputs.sample(0)?, self.model.taps())?;
        let mut report = self.scorer.report_of(&features)?;
        report.timings = Timings { image: 0.0, model, she: watch.lap() };
        Ok(report)
    }

    /// Scores an image of any size, with the detector's preprocessing.
    ///
    /// # Errors
    /// As [`Detector::preprocess`] and [`Detector::score`].
    pub fn score_image(&self, image: &Image<'_>) -> Result<Report> {
        let mut watch = Stopwatch::start();
        let input = self.preprocess(image)?;
        let image = watch.lap();
        let mut report = self.score(&input)?;
        report.timings.image = image;
        Ok(report)
    }

    /// Scores many samples laid end to end, each of the model's input shape.
    ///
    /// # Errors
    /// [`Error::InputLength`] unless `data` is a whole number of samples, [`Error::NotFinite`] with
    /// the index in `data`, else as [`Model::run`](crate::Model::run).
    pub fn score_batch(&self, data: &[f32]) -> Result<BatchReport> {
        self.model.check_batch(data)?;
        let mut batch = BatchReport::default();
        for part in map_in_order(self.model.chunks(data), |chunk| self.score_chunk(chunk)) {
            batch.append(part?);
        }
        Ok(batch)
    }

    /// Scores samples, on one thread, that [`Model::check_batch`](crate::Model::check_batch) has
    /// accepted.
    fn score_chunk(&self, data: &[f32]) -> Result<BatchReport> {
        let mut batch = BatchReport::default();
        Features::each_of_chunk(&self.model, data, |features| {
            batch.push_scored(&self.scorer.score(features)?);
            Ok(())
        })?;
        Ok(batch)
    }

    /// Report on features computed earlier. Its timings are zero.
    ///
    /// # Errors
    /// As [`Scorer::report`](crate::Scorer::report).
    pub fn report(&self, features: &Features) -> Result<Report> {
        self.scorer.report(features)
    }
}
