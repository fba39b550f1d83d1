//! From a classifier and labelled samples to a detector.

mod fitter;
pub(crate) mod hold_out;
mod options;
mod passes;
mod patterns_builder;
mod preset;
mod quantile;
mod reservoir;
mod seen;

pub use self::fitter::Fitter;
pub use self::options::FitOptions;
use self::passes::{Samples, See, observe, show};
pub use self::patterns_builder::{PatternsBuilder, Store};
pub use self::preset::Preset;
use self::quantile::Quantile;
use self::seen::Seen;
use crate::detector::check_settings;
use crate::model::metadata;
use crate::score::AggregatorBuilder;
use crate::{
    Aggregator, AggregatorKind, Detector, Error, Features, Model, Result, She, Similarity, Tensor,
    Threshold,
};

/// Fits a detector: class patterns from labelled samples, the threshold from held-out
/// in-distribution samples.
///
/// `samples` are pairs of input and class index. They are gone through once, and by clones of the
/// iterator again for an aggregator and again for ReAct, unless all their features fit into 64 MB,
/// which are kept. Beyond that memory does not grow with them, but for
/// [`Store::All`](crate::Store::All) and [`AggregatorKind::Fisher`]. `calibration` must not share
/// samples with them, or the threshold promises too much; with too few to promise the rate, fewer
/// than 19 for 0.95, the threshold is +infinity and nothing is flagged.
///
/// A class without a correctly classified sample, or with fewer than [`FitOptions::min_count`], has
/// no pattern: it is missing in [`Info::classes`](crate::Info::classes).
///
/// # Errors
/// Those of [`Model::load`] and [`Model::run`]; [`Error::Fit`] when no layer is named, several are
/// and no aggregator, no sample is classified correctly or a layer's features or scores do not
/// vary; [`Error::UnknownClass`] for a label that the model does not have;
/// [`Error::InvalidOption`].
pub fn fit<S>(
    onnx: &[u8],
    options: &FitOptions,
    samples: S,
    calibration: impl IntoIterator<Item = Tensor>,
) -> Result<Detector>
where
    S: IntoIterator<Item = (Tensor, usize)> + Clone,
{
    let (onnx, model) = tapped(onnx, options)?;
    let mut samples = Samples::new(&model, samples, options.passes());
    let scores = fit_scores(&model, options, |see| samples.each(see))?;
    let calibration = calibration.into_iter().map(|input| (input, 0));
    let threshold =
        fit_threshold(&model, options, &scores, |see| observe(&model, calibration, see))?;
    detector(onnx, model, options, scores, threshold)
}

/// Fits a detector as [`fit()`] does, of features that were computed before: those of one run of
/// the model serve many options.
///
/// `samples` are pairs of features, of the layers and in the order of the options, and class index.
///
/// # Errors
/// As [`fit()`]; [`Error::Fit`] for features that are not of these layers too.
pub fn fit_features<'a, S>(
    onnx: &[u8],
    options: &FitOptions,
    samples: S,
    calibration: impl IntoIterator<Item = &'a Features>,
) -> Result<Detector>
where
    S: IntoIterator<Item = (&'a Features, usize)> + Clone,
{
    let (onnx, model) = tapped(onnx, options)?;
    let calibration: Vec<&Features> = calibration.into_iter().collect();
    let mut given = samples
        .clone()
        .into_iter()
        .map(|(features, _)| features)
        .chain(calibration.iter().copied());
    given.try_for_each(|features| features.check(&model))?;
    fit_shown(onnx, model, options, samples, calibration)
}

/// Fits to features that are the model's.
fn fit_shown<'a, S>(
    onnx: Vec<u8>,
    model: Model,
    options: &FitOptions,
    samples: S,
    calibration: impl IntoIterator<Item = &'a Features>,
) -> Result<Detector>
where
    S: IntoIterator<Item = (&'a Features, usize)> + Clone,
{
    let scores = fit_scores(&model, options, |see| show(samples.clone(), see))?;
    let calibration = calibration.into_iter().map(|features| (features, 0));
    let threshold = fit_threshold(&model, options, &scores, |see| show(calibration, see))?;
    detector(onnx, model, options, scores, threshold)
}

/// The model without detector metadata, and loaded with its taps, once the options are found to be
/// right.
fn tapped(onnx: &[u8], options: &FitOptions) -> Result<(Vec<u8>, Model)> {
    options.check()?;
    let (onnx, _) = metadata::split(onnx)?;
    let model = Model::load_within(&onnx, &options.layers, &options.limits)?;
    check_settings(&model, &options.labels_of(&model), options.preprocess.as_ref())?;
    check_cosine(&model, options.similarity)?;
    Ok((onnx, model))
}

/// Refuses the cosine of a single number, which is 1 or -1 for every sample.
fn check_cosine(model: &Model, similarity: Similarity) -> Result<()> {
    match model.taps().iter().find(|tap| tap.size() == 1 && similarity == Similarity::Cosine) {
        Some(tap) => Err(Error::Fit {
            reason: format!(
                "layer {:?} has a single feature, and no cosine tells one from another: choose another layer",
                tap.name
            ),
        }),
        None => Ok(()),
    }
}

fn detector(
    onnx: Vec<u8>,
    model: Model,
    options: &FitOptions,
    scores: Scores,
    threshold: Threshold,
) -> Result<Detector> {
    let labels = options.labels_of(&model);
    let outputs = scores.seen.output_kind(&model);
    let model = model.with_outputs(outputs);
    let Scores { she, aggregator, seen } = scores;
    let (samples, preprocess) = (Some(seen.into_samples()), options.preprocess.clone());
    Detector { onnx, model, she, aggregator, threshold, labels, preprocess, samples }.checked()
}

/// All that scores of samples follow from, and what the fit noticed on the way.
struct Scores {
    she: She,
    aggregator: Aggregator,
    seen: Seen,
}

impl Scores {
    /// The joined score of a sample.
    fn of(&self, features: &Features, predicted: usize) -> f32 {
        self.aggregator.join(&layer_scores(&self.she, features, predicted))
    }
}

/// Patterns and aggregator. `each` shows all fit samples.
fn fit_scores(
    model: &Model,
    options: &FitOptions,
    mut each: impl FnMut(See<'_>) -> Result<()>,
) -> Result<Scores> {
    let mut seen = Seen::new(model.classes(), options.layers.len());
    let she = fit_she(&mut seen, options, &mut each)?;
    seen.check_layers(&options.layers)?;
    let aggregator = match options.aggregator {
        Some(kind) if options.layers.len() > 1 => {
            fit_aggregator(&she, kind, &options.layers, each)?
        }
        _ => Aggregator::Single,
    };
    Ok(Scores { she, aggregator, seen })
}

fn fit_she(
    seen: &mut Seen,
    options: &FitOptions,
    mut each: impl FnMut(See<'_>) -> Result<()>,
) -> Result<She> {
    let mut builders: Vec<_> =
        options.layers.iter().map(|layer| PatternsBuilder::new(layer, options.store)).collect();
    let mut quantiles: Vec<_> = options
        .react
        .iter()
        .flat_map(|&share| vec![Quantile::new(share); builders.len()])
        .collect();
    each(&mut |features, label, predicted| {
        seen.push(features, label)?;
        each_value(&mut quantiles, features, Quantile::count);
        let mut layers = builders.iter_mut().zip(features.layers());
        layers.try_for_each(|(builder, layer)| builder.push(layer, label, predicted))
    })?;
    let patterns = |builder: PatternsBuilder| builder.at_least(options.min_count)?.finish();
    let layers = builders.into_iter().map(patterns).collect::<Result<_>>()?;
    if options.react.is_some() {
        quantiles.iter_mut().for_each(Quantile::narrow);
        each(&mut |features, _, _| {
            each_value(&mut quantiles, features, Quantile::refine);
            Ok(())
        })?;
    }
    let clips = options.react.map(|_| quantiles.iter().map(Quantile::value).collect());
    She::new(layers, options.similarity, options.compare_with)?.with_clips(clips)
}

/// Shows the features of each layer to its quantile.
fn each_value(quantiles: &mut [Quantile], features: &Features, see: fn(&mut Quantile, f32)) {
    for (quantile, layer) in quantiles.iter_mut().zip(features.layers()) {
        layer.iter().for_each(|&value| see(quantile, value));
    }
}

fn fit_aggregator(
    she: &She,
    kind: AggregatorKind,
    layers: &[String],
    mut each: impl FnMut(See<'_>) -> Result<()>,
) -> Result<Aggregator> {
    let mut builder = AggregatorBuilder::new(kind, layers.len());
    if kind != AggregatorKind::Sum {
        each(&mut |features, _, predicted| {
            builder.push(&layer_scores(she, features, predicted));
            Ok(())
        })?;
    }
    builder.finish(layers)
}

fn fit_threshold(
    model: &Model,
    options: &FitOptions,
    fitted: &Scores,
    each: impl FnOnce(See<'_>) -> Result<()>,
) -> Result<Threshold> {
    let mut scores = vec![Vec::new(); model.classes()];
    each(&mut |features, _, predicted| {
        let score = fitted.of(features, predicted);
        if score == f32::NEG_INFINITY || score.is_nan() {
            return Err(Error::NotFinite {
                place: "the score of a calibration sample".to_string(),
                index: 0,
                value: score,
            });
        }
        scores.get_mut(predicted).into_iter().for_each(|scores| scores.push(score));
        Ok(())
    })?;
    check_spread(&scores)?;
    match options.class_conditional {
        true => Threshold::calibrate_by_class(scores, options.id_pass_rate),
        false => Threshold::calibrate(scores.concat(), options.id_pass_rate),
    }
}

/// Refuses scores that are the same for all of several samples: nothing would ever be flagged.
fn check_spread(scores: &[Vec<f32>]) -> Result<()> {
    let mut all = scores.iter().flatten();
    let (first, count) = (all.next(), scores.iter().map(Vec::len).sum::<usize>());
    match first {
        Some(first) if count > 1 && first.is_finite() && all.all(|score| score == first) => {
            Err(Error::Fit {
                reason: format!(
                    "all {count} calibration samples have the score {first}, choose another layer or similarity"
                ),
            })
        }
        _ => Ok(()),
    }
}

fn layer_scores(she: &She, features: &Features, predicted: usize) -> Vec<f32> {
    she.compare(features.layers(), predicted).into_iter().map(|layer| layer.score).collect()
}
