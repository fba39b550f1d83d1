//! The regret of a fit that chooses by itself: how much better the best of all candidates does
//! against real strangers than the one that was chosen without meeting any. `make regret` runs it.
//!
//!     regret NAME MODEL fit=DATA id=DATA ood=DATA... [calibration=DATA] [labels=A,B,...]
//!         [mean=R,G,B] [std=R,G,B] [framing=ink]
//!
//! Each candidate is fitted to features of one run of the model and measured on all sets. Prints
//! the best candidates, then a row of the table of docs/score.md.

use std::collections::HashMap;
use std::error::Error;
use std::thread;
use std::time::Instant;

use she_ood::data::{Dataset, Inputs};
use she_ood::metrics::Curve;
use she_ood::{
    AggregatorKind, Candidate, Detector, Features, Fit, FitOptions, Fitter, Preprocess,
    PreprocessOptions, Similarity, fit_features,
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SIMILARITIES: [Similarity; 4] =
    [Similarity::Cosine, Similarity::Inner, Similarity::Euclidean, Similarity::Mahalanobis];

/// Candidates printed.
const PRINTED: usize = 8;

/// Features above which a choice does not try Mahalanobis distances.
const MOST_WHITENED: usize = 512;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, model, settings @ ..] = arguments.as_slice() else {
        return Err("expected: NAME MODEL fit=DATA id=DATA ood=DATA...".into());
    };
    let settings = Settings::read(settings)?;
    let trial = Trial::prepare(std::fs::read(model)?, &settings)?;
    let started = Instant::now();
    let chosen = trial.chosen(&settings)?;
    let seconds = started.elapsed().as_secs_f64();
    let known = trial.run(settings.one("id")?)?;
    let strangers: Vec<(String, Vec<Features>)> = settings
        .all("ood")
        .map(|line| Ok((Dataset::open(line)?.name().to_string(), trial.run(line)?)))
        .collect::<Result<_>>()?;
    let mut rows: Vec<Row> = trial
        .candidates()
        .iter()
        .filter_map(|candidate| trial.row(candidate, &known, &strangers).ok())
        .collect();
    rows.sort_by(|a, b| b.mean().total_cmp(&a.mean()));
    let is_chosen = |row: &&Row| row.candidate == described(&chosen);
    let own = rows.iter().find(is_chosen).ok_or("the chosen candidate was not measured")?;
    let names: Vec<&str> = strangers.iter().map(|(name, _)| name.as_str()).collect();
    println!("| candidate | mean | {} |", names.join(" | "));
    println!("|{}", " --- |".repeat(names.len() + 2));
    rows.iter().take(PRINTED).for_each(|row| println!("{row}"));
    println!("chosen: {own}");
    let best = rows.first().ok_or("no candidate can be fitted")?;
    println!(
        "\n| {name} | {} | {:.4} | {} | {:.4} | {:.4} | {seconds:.1} s |",
        own.candidate,
        own.mean(),
        best.candidate,
        best.mean(),
        best.mean() - own.mean()
    );
    Ok(())
}

/// The words `key=value` of the command line.
struct Settings(Vec<(String, String)>);

impl Settings {
    fn read(words: &[String]) -> Result<Self> {
        let pair = |word: &String| {
            let (key, value) = word.split_once('=').ok_or(format!("no key=value: {word}"))?;
            Ok((key.to_string(), value.to_string()))
        };
        words.iter().map(pair).collect::<Result<_>>().map(Self)
    }

    fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == key).map(|(_, value)| value.as_str())
    }

    fn one<'a>(&'a self, key: &'a str) -> Result<&'a str> {
        self.all(key).next().ok_or_else(|| format!("{key}= is missing").into())
    }

    fn numbers(&self, key: &str) -> Option<Vec<f32>> {
        self.all(key).next()?.split(',').map(|number| number.parse().ok()).collect()
    }

    /// Position of a label among the classes.
    fn class(&self, label: &str) -> Option<usize> {
        let mut named = self.all("labels").flat_map(|names| names.split(','));
        label.parse().ok().or_else(|| named.position(|name| name == label))
    }
}

/// A model with its samples run.
struct Trial {
    onnx: Vec<u8>,
    fit: Fit,
    preprocess: Option<Preprocess>,
    samples: Vec<(Features, usize)>,
    calibration: Vec<Features>,
}

/// A candidate's AUROC against each set of strangers.
struct Row {
    candidate: String,
    aurocs: Vec<f64>,
}

impl Trial {
    fn prepare(onnx: Vec<u8>, settings: &Settings) -> Result<Self> {
        let fit = Fit::load(onnx.as_slice(), FitOptions::default())?;
        let mut options = PreprocessOptions::default();
        (options.mean, options.std) = (settings.numbers("mean"), settings.numbers("std"));
        options.framing = settings.all("framing").next().map(str::parse).transpose()?;
        let preprocess = Some(fit.model().preprocess(&options)?);
        let fit = fit.with_preprocess(preprocess.clone())?;
        let (samples, calibration) = (Vec::new(), Vec::new());
        let mut trial = Self { onnx, fit, preprocess, samples, calibration };
        let (line, held_out) = (settings.one("fit")?, settings.all("calibration").next());
        let classes = classes(settings, &Dataset::open(line)?);
        let samples = trial.run(line)?.into_iter().zip(classes);
        // Without a set of their own, every tenth sample calibrates.
        for (number, (features, class)) in samples.enumerate() {
            match (held_out, number % 10) {
                (None, 9) => trial.calibration.push(features),
                _ => trial.samples.push((features, class)),
            }
        }
        if let Some(line) = held_out {
            trial.calibration = trial.run(line)?;
        }
        Ok(trial)
    }

    /// What the program itself chooses.
    fn chosen(&self, settings: &Settings) -> Result<Candidate> {
        let options = FitOptions { preprocess: self.preprocess.clone(), ..FitOptions::default() };
        let mut fitter = Fitter::new(&self.onnx, options, 0.1)?;
        let set = Dataset::open(settings.one("fit")?)?;
        let inputs = Inputs::new(self.fit.model().input_shape(), self.preprocess.as_ref());
        for (row, class) in classes(settings, &set).into_iter().enumerate() {
            fitter.push(inputs.make(&set.sample(row)?)?.data(), &[class])?;
        }
        let info = fitter.finish(0.95)?.info();
        info.judgement.iter().for_each(|judgement| println!("{judgement:#?}"));
        let choice = info.choice.ok_or("nothing was chosen")?;
        choice.candidates.iter().for_each(|candidate| println!("{candidate:?}"));
        Ok(choice.candidates.into_iter().next().ok_or("nothing was chosen")?)
    }

    /// The features of all samples of a set.
    fn run(&self, line: &str) -> Result<Vec<Features>> {
        let set = &Dataset::open(line)?;
        let inputs = &Inputs::new(self.fit.model().input_shape(), self.preprocess.as_ref());
        let rows: Vec<usize> = (0..set.len()).collect();
        let workers = thread::available_parallelism()?.get();
        let of_row = |&row: &usize| Ok(self.fit.features(&inputs.make(&set.sample(row)?)?)?);
        thread::scope(|scope| {
            let parts = rows.chunks(rows.len().div_ceil(workers));
            let parts: Vec<_> = parts
                .map(|part| {
                    scope.spawn(move || part.iter().map(of_row).collect::<Result<Vec<_>>>())
                })
                .collect();
            let joined = parts.into_iter().map(|part| part.join().map_err(|_| "a panic")?);
            Ok(joined.collect::<Result<Vec<_>>>()?.concat())
        })
    }

    /// Every candidate of a choice.
    fn candidates(&self) -> Vec<FitOptions> {
        let taps = self.fit.model().taps();
        let names = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
            let named = taps.iter().enumerate().filter(|(at, _)| wanted(*at));
            named.map(|(_, tap)| tap.name.clone()).collect()
        };
        let default = taps.iter().position(|tap| tap.is_default);
        let mut sets: Vec<_> = (0..taps.len()).map(|own| names(&|at| at == own)).collect();
        let joined = [names(&|at| Some(at) != default), names(&|_| true)];
        sets.extend(joined.into_iter().filter(|set| set.len() > 1));
        let mut all = Vec::new();
        for set in sets {
            for similarity in SIMILARITIES {
                for aggregator in [AggregatorKind::Std, AggregatorKind::Sum] {
                    for energy in [None, Some(1.0)] {
                        let aggregator = (set.len() > 1).then_some(aggregator);
                        all.push(FitOptions {
                            similarity,
                            aggregator,
                            energy,
                            ..FitOptions::new(set.clone())
                        });
                    }
                }
            }
        }
        all.sort_by_key(described_options);
        all.dedup();
        let sizes: HashMap<&str, usize> =
            taps.iter().map(|tap| (tap.name.as_str(), tap.size())).collect();
        let is_tried = |options: &FitOptions| {
            let mut sizes = options.model.layers.iter().map(|name| sizes[name.as_str()]);
            options.similarity != Similarity::Mahalanobis || sizes.all(|size| size <= MOST_WHITENED)
        };
        all.into_iter().filter(is_tried).collect()
    }

    fn row(
        &self,
        options: &FitOptions,
        known: &[Features],
        strangers: &[(String, Vec<Features>)],
    ) -> Result<Row> {
        let narrowed = |all: &[Features]| -> Result<Vec<Features>> {
            all.iter().map(|features| self.narrowed(options, features)).collect()
        };
        let calibration = narrowed(&self.calibration)?;
        let samples: Vec<(Features, usize)> = self
            .samples
            .iter()
            .map(|(features, class)| Ok((self.narrowed(options, features)?, *class)))
            .collect::<Result<_>>()?;
        let samples = samples.iter().map(|(features, class)| (features, *class));
        let detector = fit_features(&self.onnx, options, samples, &calibration)?;
        let known = scores(&detector, &narrowed(known)?)?;
        let auroc = |(_, set): &(String, Vec<Features>)| {
            Ok(Curve::new(&known, &scores(&detector, &narrowed(set)?)?)?.auroc())
        };
        let aurocs = strangers.iter().map(auroc).collect::<Result<_>>()?;
        Ok(Row { candidate: described_options(options), aurocs })
    }

    /// The features of the layers that the options name.
    fn narrowed(&self, options: &FitOptions, features: &Features) -> Result<Features> {
        let named = self.fit.model().taps().iter().zip(features.layers());
        let named = named.filter(|(tap, _)| options.model.layers.contains(&tap.name));
        let layers = named.map(|(_, layer)| layer.clone()).collect();
        Ok(Features::new(features.logits().to_vec(), layers)?)
    }
}

impl Row {
    fn mean(&self) -> f64 {
        self.aurocs.iter().sum::<f64>() / self.aurocs.len() as f64
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let aurocs: Vec<_> = self.aurocs.iter().map(|auroc| format!("{auroc:.4}")).collect();
        write!(f, "| {} | {:.4} | {} |", self.candidate, self.mean(), aurocs.join(" | "))
    }
}

fn classes(settings: &Settings, set: &Dataset) -> Vec<usize> {
    let class = |row| settings.class(&set.label(row)?);
    (0..set.len()).filter_map(class).collect()
}

fn scores(detector: &Detector, features: &[Features]) -> Result<Vec<f32>> {
    features.iter().map(|features| Ok(detector.report(features)?.score)).collect()
}

fn described(candidate: &Candidate) -> String {
    let Candidate { layers, similarity, aggregator, energy, .. } = candidate;
    text(layers, *similarity, *aggregator, *energy)
}

fn described_options(options: &FitOptions) -> String {
    text(&options.model.layers, options.similarity, options.aggregator, options.energy.is_some())
}

fn text(
    layers: &[String],
    similarity: Similarity,
    aggregator: Option<AggregatorKind>,
    energy: bool,
) -> String {
    let joined = aggregator.map(|kind| format!(" {kind}")).unwrap_or_default();
    let energy = if energy { " + energy" } else { "" };
    format!("{} {similarity}{joined}{energy}", layers.join(", "))
}
