//! `she-ood fit`.

mod classifier;
mod held_out;
mod partial;
mod pixels;
mod portion;

use std::path::PathBuf;
use std::process::ExitCode;

use she_ood::data::{Dataset, Inputs};
use she_ood::{
    AggregatorKind, Classify, CompareWith, Fit, FitOptions, Preprocess, PreprocessConfig, Preset,
    Similarity, Store,
};

use self::classifier::{Loading, Named, of_embeddings};
use self::held_out::{Fitted, HeldOut};
use self::pixels::Pixels;
pub use self::portion::Portion;
use super::merge::Threshold;
use super::model_file::ModelFile;
use super::percent::percent;
use super::reading::Reading;
use super::samples::{Samples, open};
use super::{Result, inspect, say};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("held out").args(["calibration", "hold_out"])))]
pub struct Arguments {
    #[command(flatten)]
    reading: Reading,
    /// Layer to tap, as `layers` lists it [default: the input of the node that makes the logits].
    /// Repeat the option for several. The name may end in :mean, :max or :first (the first token),
    /// and in :channels-first or :channels-last.
    #[arg(long = "layer", value_name = "NAME")]
    layers: Vec<String>,
    /// Labelled data to fit to.
    #[arg(long)]
    data: String,
    /// Held-out in-distribution data for the threshold, and with labels for the prediction sets.
    #[arg(long, value_name = "DATA")]
    calibration: Option<String>,
    /// Instead of --calibration, hold out this share of the data, evenly of each label. Where
    /// patterns classify, neither is needed: each sample is compared with patterns without it.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = hold_out)]
    hold_out: Option<f64>,
    /// File to write the detector to, or the part.
    #[arg(short, long, value_name = "DETECTOR")]
    output: PathBuf,
    /// Write a part of a fit, which `merge` joins with those of other data, in place of a detector.
    /// The options decide: without --layer the default layer, nothing is chosen. --hold-out holds
    /// out samples by a hash of their features, --calibration is for `calibrate`.
    #[arg(long, conflicts_with = "calibration")]
    partial: bool,
    /// In a part, scale longer features of a sample down to this Euclidean length, in each layer.
    #[arg(long, value_name = "LENGTH")]
    clip: Option<f64>,
    /// In a part, add Gaussian noise: this deviation on the counts of classes, and this times the
    /// clip on their sums. What it promises is said and stands in the part.
    #[arg(long, value_name = "DEVIATION", requires = "clip")]
    noise: Option<f64>,
    /// What classifies: model, or patterns, for labels that are not the model's [default: the
    /// model, unless it has no logits or fewer than half of the labels are classes of it].
    #[arg(long, value_name = "BY")]
    classify: Option<Classify>,
    /// System to reproduce: oodeel, oodeel-0.3, openood, pytorch-ood, paper, hopfield [default:
    /// oodeel].
    #[arg(long)]
    preset: Option<Preset>,
    /// Override the preset's similarity: inner, dot, cosine, euclidean, mahalanobis, hopfield.
    #[arg(long)]
    similarity: Option<Similarity>,
    /// Inverse temperature of hopfield [default: 0.01].
    #[arg(long, allow_negative_numbers = true)]
    beta: Option<f32>,
    /// Override the class that a sample is compared with: nearest, predicted.
    #[arg(long, value_name = "CLASS")]
    compare_with: Option<CompareWith>,
    /// What to store of a class: mean, all, or a number of samples.
    #[arg(long, value_parser = store)]
    store: Option<Store>,
    /// Correctly classified samples that a class needs for a pattern.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    min_count: u64,
    /// Override how the preset joins layers: std, sum, mean, fisher.
    #[arg(long)]
    aggregator: Option<AggregatorKind>,
    /// Add another score to that of the layers: energy, or energy=WEIGHT [default weight: 1].
    #[arg(long, value_name = "SCORE", value_parser = with_energy)]
    with: Option<f32>,
    /// ReAct: clip features at this quantile of the fit features, 0 to 1.
    #[arg(long, value_name = "QUANTILE")]
    react: Option<f64>,
    #[command(flatten)]
    threshold: Threshold,
    /// Class names in the order of the logits, or @FILE with one per line or with JSON: a list,
    /// id2label of Transformers' config.json, class_index.json of Keras. By default, the names in
    /// the config or in the model's own metadata; else the class folders sorted as text, which must
    /// then be the order of the logits; without folders, numbers. If no class is named by a number,
    /// labels that are numbers are positions.
    #[arg(long, value_name = "A,B,...|@FILE")]
    labels: Option<String>,
    #[command(flatten)]
    pixels: Pixels,
    /// Stop at the first sample that cannot be used instead of leaving it out.
    #[arg(long)]
    strict: bool,
}

/// `--hold-out`.
fn hold_out(text: &str) -> std::result::Result<f64, String> {
    let share = text.parse().ok().filter(|&share: &f64| share > 0.0 && share < 1.0);
    share.ok_or_else(|| {
        "allowed: a share above 0 and below 1. Give one, or --calibration DATA instead".to_string()
    })
}

/// `--with`: the weight of the energy.
fn with_energy(text: &str) -> std::result::Result<f32, String> {
    let weight = match text.split_once('=') {
        None if text == "energy" => Some(1.0),
        Some(("energy", weight)) => weight.parse().ok(),
        _ => None,
    };
    let weight = weight.filter(|weight: &f32| weight.is_finite() && *weight > 0.0);
    weight.ok_or_else(|| "allowed: energy, or energy=WEIGHT with a weight above 0".to_string())
}

/// `--store`.
fn store(text: &str) -> std::result::Result<Store, String> {
    match (text, text.parse()) {
        ("mean", _) => Ok(Store::Mean),
        ("all", _) => Ok(Store::All),
        (_, Ok(rows)) => Ok(Store::Reservoir(rows)),
        _ => Err("allowed: mean, all, or a number of samples".to_string()),
    }
}

/// Said where no strangers could be made.
const NO_JUDGEMENT: &str = "none: at least 20 pictures must be put aside to make strangers of. Try \
                            strangers of your own with `eval`";

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    super::check_output(&arguments.output)?;
    arguments.check_partial()?;
    let (data, held_out) = arguments.open_sets()?;
    let Prepared { fit, labels, inputs } = arguments.prepare(&data, &held_out)?;
    if arguments.partial {
        let samples = Samples::new(&data, &inputs, &labels);
        return partial::run(&fit, &samples, arguments).map(|()| ExitCode::SUCCESS);
    }
    if fit.classify() == Classify::Model && matches!(held_out, HeldOut::None) {
        let reason = "the model classifies, and its threshold needs held-out samples: give \
                      --calibration DATA or --hold-out SHARE. Or --classify patterns, if the \
                      labels are not the model's";
        return Err(reason.into());
    }
    let samples = Samples::new(&data, &inputs, &labels);
    samples.check_labels()?;
    let fitted = held_out.fit(&fit, &samples, (&inputs, &labels), arguments.strict)?;
    let bytes = fitted.detector.to_bytes();
    super::write(&arguments.output, &bytes)?;
    describe(&fitted, bytes.len());
    let info = fitted.detector.info();
    let is_told_apart =
        info.taught.is_none() || info.warnings.iter().all(|warning| warning.code != "few-correct");
    let works = info.judgement.as_ref().is_none_or(|judgement| judgement.works) && is_told_apart;
    Ok(super::written_code(&info, works))
}

/// A fit that is ready for its samples.
struct Prepared {
    fit: Fit,
    /// Names of the classes.
    labels: Vec<String>,
    inputs: Inputs,
}

/// Describes a fitted detector on standard error: its parts, accuracy and warnings.
fn describe(Fitted { detector, count, left_out }: &Fitted<'_>, bytes: usize) {
    let info = detector.info();
    let missing = match left_out.len() {
        0 => String::new(),
        missing => format!("; left out: {missing}"),
    };
    let correct = info.correct_samples() as usize;
    say(inspect::describe(&info, Some(bytes)).trim_end());
    match info.taught {
        Some(_) => say(&format!("samples     {count}{missing}")),
        None => {
            say(&format!("accuracy    {} of {count} samples{missing}", percent(correct, *count)))
        }
    }
    left_out.warn_of_lost_labels();
    super::warn(&info.warnings);
    if info.taught.is_some() {
        return;
    }
    let sentence = info.judgement.as_ref().map(|judgement| judgement.sentence.as_str());
    say(&format!("judgement   {}", sentence.unwrap_or(NO_JUDGEMENT)));
}

impl Arguments {
    /// Loads the model, with the options, labels and preprocessing that suit the data.
    fn prepare(&self, data: &Dataset, held_out: &HeldOut) -> Result<Prepared> {
        let onnx = self.model(data)?;
        self.check_classify()?;
        let config = self.pixels.config()?;
        let mut options = self.options()?;
        options.model.image_size = config.as_ref().and_then(PreprocessConfig::size);
        let of_part = self.partial.then_some(Classify::Model);
        let loading = Loading {
            onnx,
            options,
            classify: self.classify.or_else(|| self.of_embeddings()).or(of_part),
            says_how_to_score: self.says_how_to_score(),
            given: self.labels.as_deref(),
            config: config.as_ref().and_then(PreprocessConfig::labels),
        };
        let Named { fit, labels } = loading.named(data)?;
        let config = config.map_or_else(|| fit.file_config(), |config| Ok(Some(config)))?;
        let preprocess = self.preprocess(&fit, config, data, held_out)?;
        let inputs = Inputs::new(fit.model().input_shape(), preprocess.as_ref());
        let fit = fit.with_labels(labels.clone())?.with_preprocess(preprocess)?;
        Ok(Prepared { fit, labels, inputs })
    }

    /// Patterns classify if the data are embeddings, as there is no model to do it.
    fn of_embeddings(&self) -> Option<Classify> {
        let path = &self.reading.model;
        (path.as_os_str() == "embeddings" && !path.exists()).then_some(Classify::Patterns)
    }

    /// Refuses options that only parts have, or only detectors. clap skips `requires` if the
    /// required option conflicts with one that was given.
    fn check_partial(&self) -> Result<()> {
        match (self.partial, self.clip) {
            (true, _) => self.threshold.check_not_for_part(),
            (false, Some(_)) => {
                Err("--clip and --noise are for the parts of a fit: add --partial, \
                                     and give --calibration to `calibrate`; or leave them out"
                    .into())
            }
            (false, None) => Ok(()),
        }
    }

    /// Refuses options that patterns which classify leave no choice of.
    fn check_classify(&self) -> Result<()> {
        let is_taught = self.classify.or_else(|| self.of_embeddings()) == Some(Classify::Patterns);
        match is_taught && (self.says_how_to_compare() || self.min_count != 1) {
            true => Err("where patterns classify, the score is few-shot, by one layer: leave out \
                         --preset, --similarity, --beta, --compare-with, --store, --aggregator, \
                         --with, --react and --min-count"
                .into()),
            false => Ok(()),
        }
    }

    /// The model's file in one piece; for `embeddings`, where no file has that name, the one of
    /// features that the data are.
    fn model(&self, data: &Dataset) -> Result<Vec<u8>> {
        if self.of_embeddings().is_some() {
            return of_embeddings(data);
        }
        let model = ModelFile::read(&self.reading.model)?;
        model.check_output(&self.output)?;
        model.whole()
    }

    /// The set to fit to, and where the held-out samples come from.
    fn open_sets(&self) -> Result<(Dataset, HeldOut)> {
        let data = open(&self.data, self.strict)?;
        if !data.is_labelled() {
            return Err(
                format!("{}: there are no labels, and fitting needs them", data.name()).into()
            );
        }
        let held_out = match (&self.calibration, self.hold_out) {
            (Some(line), _) => HeldOut::Set(open(line, self.strict)?),
            (None, Some(share)) => HeldOut::Share(share),
            (None, None) => HeldOut::None,
        };
        if let HeldOut::Set(set) = &held_out {
            warn_of_shared(set.shared_with(&data));
        }
        Ok((data, held_out))
    }

    fn preprocess(
        &self,
        fit: &Fit,
        config: Option<PreprocessConfig>,
        data: &Dataset,
        held_out: &HeldOut,
    ) -> Result<Option<Preprocess>> {
        let sets = match held_out {
            HeldOut::Set(set) => vec![data, set],
            HeldOut::Share(_) | HeldOut::None => vec![data],
        };
        self.pixels.preprocess(&self.reading.model, fit.model(), config, &sets)
    }

    /// Whether an option is given that a choice would decide, or that it cannot take into account.
    fn says_how_to_score(&self) -> bool {
        !self.layers.is_empty() || self.says_how_to_compare()
    }

    /// Whether an option is given that says more than which layers to compare.
    fn says_how_to_compare(&self) -> bool {
        self.preset.is_some()
            || self.similarity.is_some()
            || self.beta.is_some()
            || self.compare_with.is_some()
            || self.store.is_some()
            || self.aggregator.is_some()
            || self.with.is_some()
            || self.react.is_some()
    }

    fn options(&self) -> Result<FitOptions> {
        let preset = FitOptions::from(self.preset.unwrap_or_default());
        let similarity = match (self.beta, self.similarity.unwrap_or(preset.similarity)) {
            (None, similarity) => similarity,
            (Some(beta), Similarity::Hopfield { .. }) => Similarity::Hopfield { beta },
            (Some(_), _) => return Err("--beta is for the similarity hopfield".into()),
        };
        Ok(self.threshold.over(FitOptions {
            choose: !self.says_how_to_score() && !self.partial,
            model: self.reading.options(&self.layers),
            similarity,
            compare_with: self.compare_with.unwrap_or(preset.compare_with),
            store: self.store.unwrap_or(preset.store),
            aggregator: self.aggregator.or(preset.aggregator),
            min_count: self.min_count,
            energy: self.with,
            compact: self.preset.is_none(),
            react: self.react,
            ..preset
        }))
    }
}

fn warn_of_shared(shared: usize) {
    if shared > 0 {
        say(&format!(
            "warning: {shared} calibration samples are fit samples, too: fewer in-distribution \
             samples will pass than the threshold promises"
        ));
    }
}
