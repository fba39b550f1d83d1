//! Which images are used for what, and their features.

use std::thread;

use she_ood::data::{Dataset, Inputs, Picture, Sample};
use she_ood::{
    Channels, Features, Framing, Interpolation, Layout, Model, ModelOptions, Preprocess, Tensor,
};

use super::{LAYERS, Result};

/// The rows of the training files: see tools/train_cifar10.py.
const FIT: &str =
    "data/cifar10/train-images-idx4-ubyte:data/cifar10/train-labels-idx1-ubyte:rows=..47000";
const VALIDATION: &str = "data/cifar10/train-images-idx4-ubyte:rows=47000..48000";
const CALIBRATION: &str = "data/cifar10/train-images-idx4-ubyte:rows=48000..";
const TEST: &str = "data/cifar10/test-images-idx4-ubyte:data/cifar10/test-labels-idx1-ubyte";
const FASHION: &str = "data/fashion/t10k-images-idx3-ubyte:name=Fashion-MNIST";
const MNIST: &str = "data/mnist/t10k-images-idx3-ubyte:name=MNIST";
const NOISE: [&str; 3] = [
    "data/noise/uniform-idx4-ubyte:name=uniform noise",
    "data/noise/gaussian-idx4-ubyte:name=Gaussian noise",
    "data/noise/blank-idx4-ubyte:name=blank",
];

/// A set of images, run through the model.
pub struct Set {
    pub name: String,
    pub features: Vec<Features>,
    /// One an image, none where there are no labels.
    pub labels: Vec<usize>,
}

impl Set {
    /// Share of images that are classified correctly.
    pub fn accuracy(&self) -> f64 {
        let is_correct = |(features, label): &(&Features, &usize)| {
            she_ood::baselines(features.logits())
                .is_ok_and(|(prediction, _)| prediction.class() == **label)
        };
        let correct = self.features.iter().zip(&self.labels).filter(is_correct).count();
        correct as f64 / self.features.len() as f64
    }
}

/// Runs sets of images through the model.
pub struct Reader {
    model: Model,
    inputs: Inputs,
}

impl Reader {
    pub fn new(onnx: &[u8]) -> Result<Self> {
        let model = Model::load(onnx, &ModelOptions::new(LAYERS))?;
        let inputs = Inputs::new(model.input_shape(), Some(&preprocess()));
        Ok(Self { model, inputs })
    }

    pub fn fit(&self) -> Result<Set> {
        self.read(&Dataset::open(FIT)?)
    }

    pub fn validation(&self) -> Result<Set> {
        self.read(&Dataset::open(VALIDATION)?)
    }

    pub fn calibration(&self) -> Result<Set> {
        self.read(&Dataset::open(CALIBRATION)?)
    }

    pub fn test(&self) -> Result<Set> {
        self.read(&Dataset::open(TEST)?)
    }

    /// What the detector is not to know, from test files: SVHN first, where it is present.
    pub fn unknown(&self, svhn: Option<&str>) -> Result<Vec<Set>> {
        let svhn = svhn.map(|path| format!("{path}:name=SVHN"));
        let lines = svhn.as_deref().into_iter().chain([FASHION, MNIST]).chain(NOISE);
        lines.map(|line| self.read(&Dataset::open(line)?)).collect()
    }

    /// What stands for the unknown while settings are chosen: other training files, and validation
    /// images that were spoilt.
    pub fn outliers(&self) -> Result<Vec<Set>> {
        let known = Dataset::open(VALIDATION)?;
        let spoilt = |name: &str, spoil: fn(&[Picture], usize) -> Vec<u8>| -> Result<Set> {
            let pictures =
                (0..known.len()).map(|row| picture(&known, row)).collect::<Result<Vec<_>>>()?;
            let spoilt = |row| {
                Ok(Sample::Picture(Picture {
                    pixels: spoil(&pictures, row),
                    ..pictures[row].clone()
                }))
            };
            self.run(name, known.len(), &spoilt)
        };
        let mut sets = vec![spoilt("blends", blend)?, spoilt("shuffled", shuffle)?];
        for line in [
            "data/fashion/train-images-idx3-ubyte:rows=..1000:name=Fashion-MNIST",
            "data/mnist/train-images-idx3-ubyte:rows=..1000:name=MNIST",
        ] {
            sets.push(self.read(&Dataset::open(line)?)?);
        }
        Ok(sets)
    }

    fn read(&self, set: &Dataset) -> Result<Set> {
        let labels = (0..set.len()).filter_map(|row| set.label(row)?.parse().ok()).collect();
        Ok(Set { labels, ..self.run(set.name(), set.len(), &|row| Ok(set.sample(row)?))? })
    }

    /// The features of so many samples, on all cores.
    fn run(
        &self,
        name: &str,
        count: usize,
        sample: &(impl Fn(usize) -> Result<Sample> + Sync),
    ) -> Result<Set> {
        let workers = thread::available_parallelism()?.get();
        let share = count.div_ceil(workers);
        let features = thread::scope(|scope| {
            let run = |worker: usize| {
                move || self.part(worker * share..count.min((worker + 1) * share), sample)
            };
            let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(run(worker))).collect();
            let parts =
                workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker died")?);
            parts.collect::<Result<Vec<_>>>()
        })?;
        Ok(Set { name: name.to_string(), features: features.concat(), labels: Vec::new() })
    }

    fn part(
        &self,
        rows: std::ops::Range<usize>,
        sample: &impl Fn(usize) -> Result<Sample>,
    ) -> Result<Vec<Features>> {
        rows.map(|row| {
            let input: Tensor = self.inputs.make(&sample(row)?)?;
            Ok(Features::pool(&self.model.run(&input)?, self.model.taps())?)
        })
        .collect()
    }
}

fn preprocess() -> Preprocess {
    let (mean, std) = (vec![0.4914, 0.4822, 0.4465], vec![0.2470, 0.2435, 0.2616]);
    Preprocess {
        width: 32,
        height: 32,
        channels: Channels::Rgb,
        layout: Layout::Nchw,
        framing: Framing::Stretch,
        resize: None,
        interpolation: Interpolation::Bilinear,
        fill: [0; 3],
        mean,
        std,
    }
}

fn picture(set: &Dataset, row: usize) -> Result<Picture> {
    match set.sample(row)? {
        Sample::Picture(picture) => Ok(picture),
        _ => Err("these are no pictures".into()),
    }
}

/// Half of this picture and half of another.
fn blend(pictures: &[Picture], row: usize) -> Vec<u8> {
    let (one, other) = (&pictures[row], &pictures[(row + pictures.len() / 2) % pictures.len()]);
    one.pixels.iter().zip(&other.pixels).map(|(&a, &b)| a.midpoint(b)).collect()
}

/// The sixteen tiles of a picture of 32 x 32 in another order, by steps of seven from a start that
/// differs from row to row.
fn shuffle(pictures: &[Picture], row: usize) -> Vec<u8> {
    let pixels = &pictures[row].pixels;
    let tile = |index: usize| (7 * index + row) % 16;
    let from = |x: usize, y: usize| {
        let tile = tile(y / 8 * 4 + x / 8);
        3 * ((tile / 4 * 8 + y % 8) * 32 + tile % 4 * 8 + x % 8)
    };
    let places = (0..32).flat_map(|y| (0..32).map(move |x| (x, y)));
    places.flat_map(|(x, y)| pixels[from(x, y)..from(x, y) + 3].to_vec()).collect()
}
