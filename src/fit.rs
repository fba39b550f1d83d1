//! From a classifier and labelled samples to a detector.

use crate::aggregator::Spread;
use crate::baselines::baselines;
use crate::detector::check_settings;
use crate::model::metadata;
use crate::she::She;
use crate::threshold::check_rate;
use crate::{
    Aggregator, Detector, Error, Features, Model, PatternChoice, PatternsBuilder, Preprocess, Result, Similarity, Tensor,
    Threshold,
};

/// What to fit. [`FitOptions::new`] gives the preset `oodeel`: inner product, best pattern, `std` aggregator.
#[derive(Debug, Clone, PartialEq)]
pub struct FitOptions {
    /// Names of the layers to tap, as [`Model::layers`] lists them. At least one.
    pub layers: Vec<String>,
    /// How features are compared with patterns.
    pub similarity: Similarity,
    /// Which pattern judges a sample.
    pub pattern: PatternChoice,
    /// Name of each class, in the order of the logits. `None` names them by their positions.
    pub labels: Option<Vec<String>>,
    /// How pictures become inputs, for a detector that is to take pictures.
    pub preprocess: Option<Preprocess>,
    /// Share of in-distribution samples that is to pass, between 0 and 1.
    pub id_pass_rate: f64,
}

impl FitOptions {
    /// The preset `oodeel` on these layers, with a pass rate of 0.95.
    pub fn new(layers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            layers: layers.into_iter().map(Into::into).collect(),
            similarity: Similarity::default(),
            pattern: PatternChoice::default(),
            labels: None,
            preprocess: None,
            id_pass_rate: 0.95,
        }
    }
}

/// Fits a detector: class patterns from labelled samples, the threshold from held-out in-distribution samples.
///
/// `samples` are pairs of input and class index; they are gone through once, or twice (by a clone of the iterator) when several
/// layers are joined, and never gathered. `calibration` must not share samples with them, or the threshold promises too much; with
/// too few to promise the rate, fewer than 19 for 0.95, the threshold is +infinity and nothing is flagged.
///
/// # Errors
/// Those of [`Model::load`] and [`Model::run`]; [`Error::Fit`] when no layer is named, no sample is classified correctly or a
/// layer's scores do not vary; [`Error::UnknownClass`] for a label that the model does not have; [`Error::InvalidOption`].
pub fn fit<S>(onnx: &[u8], options: &FitOptions, samples: S, calibration: impl IntoIterator<Item = Tensor>) -> Result<Detector>
where
    S: IntoIterator<Item = (Tensor, usize)> + Clone,
{
    let (onnx, _) = metadata::split(onnx)?;
    let model = Model::load(&onnx, &options.layers)?;
    let labels = options.labels.clone().unwrap_or_else(|| (0..model.classes()).map(|class| class.to_string()).collect());
    // Before the long work: what is wrong with the options would else come to light after it.
    check_rate(options.id_pass_rate)?;
    check_settings(&model, &labels, options.preprocess.as_ref())?;
    let (she, aggregator) = match options.layers.len() {
        1 => (fit_patterns(&model, options, samples)?, Aggregator::Single),
        _ => {
            let she = fit_patterns(&model, options, samples.clone())?;
            let aggregator = fit_aggregator(&model, &she, samples)?;
            (she, aggregator)
        }
    };
    let scores = calibration.into_iter().map(|input| {
        let layers = layer_scores(&model, &she, &input)?;
        Ok(aggregator.join(&layers))
    });
    let threshold = Threshold::calibrate(scores.collect::<Result<_>>()?, options.id_pass_rate)?;
    Detector { onnx, model, she, aggregator, threshold, labels, preprocess: options.preprocess.clone() }.checked()
}

fn fit_patterns(model: &Model, options: &FitOptions, samples: impl IntoIterator<Item = (Tensor, usize)>) -> Result<She> {
    let mut builders: Vec<_> = options.layers.iter().map(PatternsBuilder::new).collect();
    if builders.is_empty() {
        return Err(Error::Fit { reason: "no layer is named, at least one is needed".to_string() });
    }
    for (input, label) in samples {
        if label >= model.classes() {
            return Err(Error::UnknownClass { class: label, classes: model.classes() });
        }
        let (features, predicted) = observed(model, &input)?;
        for (builder, layer) in builders.iter_mut().zip(&features.layers) {
            builder.push(layer, label, predicted)?;
        }
    }
    let layers = builders.into_iter().map(PatternsBuilder::finish).collect::<Result<_>>()?;
    Ok(She { layers, similarity: options.similarity, pattern: options.pattern })
}

/// The spread of each layer's scores over all samples, the misclassified ones too.
fn fit_aggregator(model: &Model, she: &She, samples: impl IntoIterator<Item = (Tensor, usize)>) -> Result<Aggregator> {
    let mut spreads = vec![Spread::default(); she.layers.len()];
    for (input, _) in samples {
        let scores = layer_scores(model, she, &input)?;
        spreads.iter_mut().zip(scores).for_each(|(spread, score)| spread.push(score));
    }
    let stds: Vec<f32> = spreads.iter().map(Spread::std).collect();
    match stds.iter().zip(&she.layers).find(|(std, _)| !(std.is_finite() && **std > 0.0)) {
        Some((std, layer)) => {
            Err(Error::Fit { reason: format!("the scores of layer {:?} have standard deviation {std}", layer.layer()) })
        }
        None => Ok(Aggregator::Std { stds }),
    }
}

/// The features of a sample and its predicted class.
fn observed(model: &Model, input: &Tensor) -> Result<(Features, usize)> {
    let features = Features::pool(model.run(input)?, model.taps())?;
    let predicted = baselines(&features.logits).0.class;
    Ok((features, predicted))
}

fn layer_scores(model: &Model, she: &She, input: &Tensor) -> Result<Vec<f32>> {
    let (features, predicted) = observed(model, input)?;
    Ok(she.score(&features.layers, predicted)?.into_iter().map(|layer| layer.score).collect())
}
