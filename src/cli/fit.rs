//! `she-ood fit`.

use std::path::PathBuf;
use std::str::FromStr;

use she_ood::data::{Dataset, Inputs, Sample};
use she_ood::{
    AggregatorKind, CompareWith, Detector, FitOptions, Framing, Info, Model, Preprocess, Preset,
    Similarity, Store,
};

use super::samples::{Samples, open};
use super::shares::percent;
use super::{Result, classes, inspect, say};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("held out").required(true).args(["calibration", "hold_out"])))]
pub struct Arguments {
    /// ONNX classifier.
    model: PathBuf,
    /// Layer to tap, as `layers` lists it; may be given several times.
    #[arg(long = "layer", value_name = "NAME", required = true)]
    layers: Vec<String>,
    /// Labelled data to fit on.
    #[arg(long)]
    data: String,
    /// Held-out in-distribution data for the threshold.
    #[arg(long, value_name = "DATA")]
    calibration: Option<String>,
    /// Hold out this share of the data for the threshold, evenly of each label, instead of
    /// --calibration.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    hold_out: Option<f64>,
    /// Where the detector goes.
    #[arg(short, long, value_name = "DETECTOR")]
    output: PathBuf,
    /// Whose SHE: oodeel, oodeel-0.3, openood, pytorch-ood, paper, hopfield.
    #[arg(long, default_value = "oodeel")]
    preset: Preset,
    /// Another similarity than the preset's: inner, dot, cosine, euclidean, hopfield.
    #[arg(long)]
    similarity: Option<String>,
    /// Inverse temperature of hopfield [default: 0.01].
    #[arg(long, allow_negative_numbers = true)]
    beta: Option<f32>,
    /// Override the class that a sample is compared with: nearest, predicted.
    #[arg(long, value_name = "CLASS")]
    compare_with: Option<String>,
    /// What is stored of a class: mean, all, or a number of samples.
    #[arg(long)]
    store: Option<String>,
    /// The fewest correctly classified samples that make a pattern; classes with fewer have none.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    min_count: u64,
    /// Another way than the preset's to join layers: std, sum, mean, fisher.
    #[arg(long)]
    aggregator: Option<String>,
    /// ReAct: cut features off at this quantile of the fit features, 0 to 1.
    #[arg(long, value_name = "QUANTILE")]
    react: Option<f64>,
    /// Share of in-distribution samples that is to pass.
    #[arg(long, value_name = "RATE", default_value_t = 0.95, allow_negative_numbers = true)]
    id_pass_rate: f64,
    /// Give each predicted class a threshold of its own.
    #[arg(long)]
    class_conditional: bool,
    /// Names of the classes in the order of the logits, or @FILE with one a line. Else those of
    /// the class folders, sorted as text, which must then be that order; else numbers. Where
    /// no class is named by a number, labels that are numbers are positions.
    #[arg(long, value_name = "A,B,...|@FILE")]
    labels: Option<String>,
    #[command(flatten)]
    pixels: Pixels,
    /// Stop at the first sample that cannot be used, instead of leaving it out.
    #[arg(long)]
    strict: bool,
}

/// How pixels become input: `(pixel / scale - mean) / std`.
#[derive(Debug, clap::Args)]
struct Pixels {
    /// What pixels are divided by [default: 255].
    #[arg(long, allow_negative_numbers = true)]
    scale: Option<f32>,
    /// Subtracted then: one number, or one a channel [default: 0].
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    mean: Option<Vec<f32>>,
    /// Divided by then: one number, or one a channel [default: 1].
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    std: Option<Vec<f32>>,
    /// How pictures of files are framed: stretch, or ink (drawings, as MNIST was made) [default:
    /// stretch].
    #[arg(long)]
    framing: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    super::check_output(&arguments.output)?;
    arguments.check()?;
    let onnx = super::read(&arguments.model)?;
    let model = Model::load(&onnx, &[])?;
    let (data, calibration) = arguments.sets()?;
    let labels = classes::names(arguments.labels.as_deref(), &data, model.classes())?;
    let options = FitOptions {
        preprocess: arguments
            .pixels
            .preprocess(model.input_shape(), &[Some(&data), calibration.as_ref()])?,
        labels: Some(labels.clone()),
        ..arguments.options()?
    };
    let inputs = Inputs::new(model.input_shape(), options.preprocess.as_ref());
    let samples = Samples::new(&data, &inputs, &labels, arguments.strict);
    let held_out =
        calibration.as_ref().map(|set| Samples::new(set, &inputs, &labels, arguments.strict));
    let fitted = match &held_out {
        Some(held_out) => {
            let inputs = held_out.usable("calibrating").map(|(_, input)| input);
            she_ood::fit(&onnx, &options, Labelled(&samples, samples.kept()), inputs)
                .map(|detector| (detector, samples.kept().len()))
        }
        None => arguments.fit_part(&onnx, &options, &data, &samples),
    };
    // What was left out explains a fit that failed.
    samples.report_some()?;
    held_out.iter().try_for_each(Samples::report_some)?;
    let (detector, fitted) = fitted?;
    let bytes = detector.to_bytes();
    super::write(&arguments.output, &bytes)?;
    describe(&detector.info(), bytes.len(), fitted, &samples);
    Ok(())
}

/// Describes a fitted detector on standard error: its parts, accuracy and warnings.
fn describe(info: &Info, bytes: usize, fitted: usize, samples: &Samples) {
    let missing = samples.missing();
    let left_out = if missing > 0 { format!("; left out: {missing}") } else { String::new() };
    say(inspect::described(info, Some(bytes)).trim_end());
    say(&format!(
        "accuracy    {} of {fitted} samples{left_out}",
        percent(correct_of(info), fitted)
    ));
    samples.report_lost_labels();
    super::warn(info);
}

/// Samples to be gone through several times.
#[derive(Clone)]
struct Labelled<'a>(&'a Samples<'a>, Vec<usize>);

impl<'a> IntoIterator for Labelled<'a> {
    type Item = (she_ood::Tensor, usize);
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.0.labelled_of(self.1, "fitting"))
    }
}

fn correct_of(info: &Info) -> usize {
    info.counts.iter().sum::<u64>() as usize
}

impl Arguments {
    /// Refuses what cannot be, before the work.
    fn check(&self) -> Result<()> {
        if self
            .output
            .canonicalize()
            .is_ok_and(|output| self.model.canonicalize().is_ok_and(|model| model == output))
        {
            let output = self.output.display();
            return Err(format!(
                "{output}: that is the model itself, name another file for the detector"
            )
            .into());
        }
        match self.hold_out {
            Some(share) if !(share > 0.0 && share < 1.0) => Err(format!(
                "--hold-out is {share}, allowed: a share above 0 and below 1. Give one, or --calibration DATA instead"
            )
            .into()),
            _ => self.pixels.check(),
        }
    }

    /// Fits with a share of the samples held out, and counts those fitted on. Which samples can be
    /// used only a fit tells, so one that leaves out some of them is followed by one that parts
    /// the rest.
    fn fit_part(
        &self,
        onnx: &[u8],
        options: &FitOptions,
        data: &Dataset,
        samples: &Samples,
    ) -> she_ood::Result<(Detector, usize)> {
        loop {
            let (missing, (first, second)) = (
                samples.missing(),
                data.parted(samples.kept(), self.hold_out.unwrap_or_default())?,
            );
            let (count, second) =
                (first.len(), samples.labelled_of(second, "calibrating").map(|(input, _)| input));
            let fitted = she_ood::fit(onnx, options, Labelled(samples, first), second);
            if self.strict || samples.missing() == missing {
                return fitted.map(|detector| (detector, count));
            }
        }
    }

    /// The sets to fit on and, unless a part of the first is held out, to calibrate with.
    fn sets(&self) -> Result<(Dataset, Option<Dataset>)> {
        let data = open(&self.data, self.strict)?;
        if !data.is_labelled() {
            return Err(format!(
                "{}: there are no labels, and to fit is to learn from them",
                data.name()
            )
            .into());
        }
        let calibration =
            self.calibration.as_ref().map(|line| open(line, self.strict)).transpose()?;
        let shared = calibration.as_ref().map_or(0, |calibration| calibration.shared_with(&data));
        if shared > 0 {
            say(&format!(
                "warning: {shared} calibration samples are fit samples, too: the threshold promises more than it keeps"
            ));
        }
        Ok((data, calibration))
    }

    fn options(&self) -> Result<FitOptions> {
        let preset = FitOptions::preset(self.preset, &self.layers);
        let similarity = match (self.similarity.as_deref(), preset.similarity) {
            (None, similarity) => similarity,
            (Some("hopfield"), _) => Similarity::Hopfield { beta: 0.01 },
            (Some(name), _) => named("similarity", name)?,
        };
        let similarity = match (self.beta, similarity) {
            (None, similarity) => similarity,
            (Some(beta), Similarity::Hopfield { .. }) => Similarity::Hopfield { beta },
            (Some(_), _) => return Err("--beta is for the similarity hopfield".into()),
        };
        let store = self.store.as_deref().map(store).transpose()?;
        let compare_with: Option<CompareWith> =
            self.compare_with.as_deref().map(|name| named("compare-with", name)).transpose()?;
        let aggregator: Option<AggregatorKind> =
            self.aggregator.as_deref().map(|name| named("aggregator", name)).transpose()?;
        Ok(FitOptions {
            similarity,
            compare_with: compare_with.unwrap_or(preset.compare_with),
            store: store.unwrap_or(preset.store),
            aggregator: aggregator.or(preset.aggregator),
            min_count: self.min_count,
            react: self.react,
            id_pass_rate: self.id_pass_rate,
            class_conditional: self.class_conditional,
            ..preset
        })
    }
}

/// Note that names the assumed normalisation.
fn guessed(Preprocess { width, height, mean, std, .. }: &Preprocess) -> String {
    format!(
        "note: pixels are taken to be normalised as is usual for {width} x {height}: mean {mean:?}, std {std:?} of pixels 0 to 1. \
         Give --mean and --std if the model was trained otherwise"
    )
}

/// A value by the name that it has in a detector file; the error lists the names there are.
fn named<T: serde::de::DeserializeOwned>(option: &str, name: &str) -> Result<T> {
    serde_json::from_value(name.into()).map_err(|error| format!("--{option}: {error}").into())
}

fn store(text: &str) -> Result<Store> {
    match (text, usize::from_str(text)) {
        ("mean", _) => Ok(Store::Mean),
        ("all", _) => Ok(Store::All),
        (_, Ok(rows)) => Ok(Store::Reservoir(rows)),
        _ => Err(format!("--store is {text:?}, allowed: mean, all, or a number of samples").into()),
    }
}

impl Pixels {
    fn check(&self) -> Result<()> {
        let values = |values: &Option<Vec<f32>>| values.clone().unwrap_or_default();
        for (option, values, least, allowed) in [
            (
                "scale",
                self.scale.into_iter().collect(),
                f32::MIN_POSITIVE,
                "a finite number above 0",
            ),
            ("mean", values(&self.mean), f32::MIN, "finite numbers"),
            ("std", values(&self.std), f32::MIN_POSITIVE, "finite numbers above 0"),
        ] {
            if let Some(value) = values.iter().find(|value| !(least..=f32::MAX).contains(*value)) {
                return Err(format!("--{option} is {value}, allowed: {allowed}").into());
            }
        }
        Ok(())
    }

    /// How pictures become inputs of this shape: where there are pictures, or where the user says
    /// how, and the shape is one of a picture.
    fn preprocess(
        &self,
        input_shape: &[usize],
        sets: &[Option<&Dataset>],
    ) -> Result<Option<Preprocess>> {
        let wanted = self.scale.is_some()
            || self.mean.is_some()
            || self.std.is_some()
            || self.framing.is_some();
        let pictures =
            || sets.iter().flatten().any(|set| !matches!(set.sample(0), Ok(Sample::Values(_))));
        let normalised = self.scale.is_some() || self.mean.is_some() || self.std.is_some();
        let usual = if normalised {
            Preprocess::of_input(input_shape)
        } else {
            Preprocess::guess(input_shape)
        };
        let Some(plain) = usual.filter(|_| wanted || pictures()) else {
            return Ok(None);
        };
        let framing: Framing = named("framing", self.framing.as_deref().unwrap_or("stretch"))?;
        if !normalised {
            say(&guessed(&plain));
            return Ok(Some(Preprocess { framing, ..plain }));
        }
        // Detector files hold mean and std of pixels over 255.
        let scaled = |values: Option<&Vec<f32>>, default: f32| -> Vec<f32> {
            let values = values.cloned().unwrap_or_else(|| vec![default]);
            let values =
                if values.len() == 1 { values.repeat(plain.channels.count()) } else { values };
            values.iter().map(|value| value * (self.scale.unwrap_or(255.0) / 255.0)).collect()
        };
        let (mean, std) = (scaled(self.mean.as_ref(), 0.0), scaled(self.std.as_ref(), 1.0));
        Ok(Some(Preprocess { framing, mean, std, ..plain }))
    }
}
