//! A detector as a plain ONNX graph, for any runtime: the model's own outputs, and the verdict.
//!
//! Nodes are appended to the model's graph at the level of protobuf fields, so every byte of the
//! model stays, and no engine is needed.

mod builder;
mod decision;
mod features;
mod join;
mod pixels;
mod similarity;
mod source;
mod steps;

use self::builder::{BOOL, Builder, DOUBLE, FLOAT, INT64, Name, OUTPUT, fixed};
use self::decision::{Calibrated, Scored, indices};
use self::features::Logits;
use self::source::Source;
use crate::{Aggregator, Detector, Error, Layer, Patterns, Result, Similarity};

/// Name of the input that holds the threshold.
const THRESHOLD: &str = "ood_threshold";
/// Names of the outputs.
const SCORE: &str = "ood_score";
const P_VALUE: &str = "ood_p_value";
const IS_OOD: &str = "is_ood";
const NEAREST: &str = "nearest";
/// The class by the patterns, where those classify.
const PREDICTED: &str = "predicted";

/// What [`Detector::to_onnx`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExportOptions {
    /// Whether only the layers and the logits become outputs, under their own names, for a scorer
    /// outside the graph.
    pub taps: bool,
    /// Whether pictures are normalised in the graph: its input is then `pixels`, `[N, height,
    /// width, channels]` of 8 bits, in the size that the detector takes unchanged.
    pub preprocess: bool,
}

impl ExportOptions {
    /// Only the layers and the logits as outputs, or not.
    #[must_use]
    pub fn with_taps(self, taps: bool) -> Self {
        Self { taps, ..self }
    }

    /// Pictures normalised in the graph, or not.
    #[must_use]
    pub fn with_preprocess(self, preprocess: bool) -> Self {
        Self { preprocess, ..self }
    }
}

impl Detector {
    /// The detector as a plain ONNX graph of standard operators, for any runtime.
    ///
    /// Its outputs are those of the model, and for each sample of a batch
    ///
    /// | output | type | as |
    /// |---|---|---|
    /// | `ood_score` | float `[N]` | [`Report::score`](crate::Report::score) |
    /// | `ood_p_value` | float `[N]` | [`Report::p_value`](crate::Report::p_value) |
    /// | `is_ood` | bool `[N]` | [`Report::is_ood`](crate::Report::is_ood) |
    /// | `nearest` | int64 `[N]` | [`Nearest::index`](crate::Nearest::index) |
    /// | `predicted` | int64 `[N]` | [`Predicted::index`](crate::Predicted::index), where patterns classify |
    ///
    /// The threshold is a constant that is also an input, `ood_threshold`: a run may replace it.
    /// It holds one number, or one for each class where classes have their own.
    ///
    /// What the detector refuses, as a number is not finite, has the score infinity and the p-value
    /// 0, and is out-of-distribution.
    ///
    /// The result is no detector: [`Detector::load`] refuses it.
    ///
    /// ```
    /// # #[cfg(feature = "embedded")] {
    /// let detector = she_ood::Detector::embedded()?;
    /// let onnx = detector.to_onnx(&she_ood::ExportOptions::default())?;
    /// assert_eq!(she_ood::Detector::load(onnx).unwrap_err().code(), "not-a-detector");
    /// # }
    /// # Ok::<(), she_ood::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnsupportedModel`] for a layer or logits that are no tensor of the file itself, for
    /// a name that the model has already, and for an opset before 9; [`Error::NoPreprocess`] or
    /// [`Error::InvalidOption`] for pictures that no standard operator prepares alike.
    pub fn to_onnx(&self, options: &ExportOptions) -> Result<Vec<u8>> {
        let source = Source::read(&self.onnx)?;
        let export = Export { detector: self, source: &source };
        export.check_tensors()?;
        let (before, replaced) = match options.preprocess {
            true => (export.pixels()?, Some(source.input.name)),
            false => (Vec::new(), None),
        };
        let behind = if options.taps { export.taps()? } else { export.verdict()? };
        source.with(&before, &behind, replaced)
    }
}

/// A detector, and the file of its model.
struct Export<'a> {
    detector: &'a Detector,
    source: &'a Source<'a>,
}

impl Export<'_> {
    /// Refuses layers and logits that the file itself does not have.
    fn check_tensors(&self) -> Result<()> {
        for layer in self.detector.model.taps() {
            self.source.check_tensor(&format!("the layer {:?}", layer.name), &layer.tensor)?;
        }
        let logits = self.logits_tensor();
        logits.map_or(Ok(()), |logits| self.source.check_tensor("the logits", logits))
    }

    /// The tensor of the logits, where the model classifies.
    fn logits_tensor(&self) -> Option<&str> {
        self.detector.model.logits_tensor().filter(|_| self.detector.scorer.taught.is_none())
    }

    /// The builder of the nodes behind the model. Sums are in 64 bits where differences of large
    /// numbers, or standardised ones, would lose the last digits.
    fn builder(&self) -> Builder {
        let scorer = &self.detector.scorer;
        let is_wide = scorer.energy.is_some()
            || matches!(scorer.aggregator, Aggregator::Fisher(_))
            || matches!(
                scorer.she.similarity(),
                Similarity::Euclidean | Similarity::Mahalanobis | Similarity::FewShot
            );
        let Source { opset, ir, .. } = *self.source;
        Builder::new(self.source.prefix(), opset, ir, if is_wide { DOUBLE } else { FLOAT })
    }

    /// The nodes and outputs of the verdict.
    fn verdict(&self) -> Result<Vec<u8>> {
        let scorer = &self.detector.scorer;
        let taught = scorer.taught.map(|_| PREDICTED);
        self.source.check_opset()?;
        for name in [THRESHOLD, SCORE, P_VALUE, IS_OOD, NEAREST].into_iter().chain(taught) {
            self.source.check_free(name)?;
        }
        let (she, aggregator, mut graph) = (&scorer.she, &scorer.aggregator, self.builder());
        features::check_input(&mut graph, self.source.input.name, self.detector.model.has_batch());
        let layers: Vec<Name> = self
            .detector
            .model
            .taps()
            .iter()
            .zip(she.layers())
            .enumerate()
            .map(|(position, (layer, patterns))| self.layer(&mut graph, position, layer, patterns))
            .collect();
        let joined = join::joined(&mut graph, aggregator, &layers);
        let nearest = join::nearest(&mut graph, aggregator, &joined, &layers);
        let logits = self.logits().map(|logits| logits.write(&mut graph));
        let predicted = match (&logits, &scorer.taught) {
            (_, Some(taught)) => {
                let temperature = graph.real(taught.temperature.into());
                let scaled = graph.op("Div", &[&joined, &temperature]);
                let scaled = graph.rounded(scaled);
                graph.position("ArgMin", &scaled)
            }
            (Some(logits), None) => graph.position("ArgMax", logits),
            (None, None) => nearest.clone(),
        };
        let chosen: Vec<Name> = layers
            .iter()
            .map(|layer| {
                let with = she.compare_with();
                join::chosen(&mut graph, layer, she.classes(), with, &predicted)
            })
            .collect();
        let mut score = join::joined(&mut graph, aggregator, &chosen);
        if let Some((with, logits)) = scorer.energy.zip(logits.as_ref()) {
            score = join::with_energy(&mut graph, with, &score, logits);
        }
        let score = graph.cast(&score, FLOAT);
        let scored = Scored::of(&mut graph, &score);
        let (threshold, classes) = (&scorer.threshold, scorer.labels.len());
        let calibrated = Calibrated { threshold, classes };
        let given = graph.replaceable(THRESHOLD, &calibrated.values());
        let decision = calibrated.write(&mut graph, &scored, &predicted, &given);
        let score = graph.reshaped(&scored.score, &[-1]);
        let own = she.classes().iter().map(|class| class.index as i64).collect();
        let nearest = indices(&mut graph, &nearest, own);
        let outputs = [
            (SCORE, score, FLOAT),
            (P_VALUE, decision.p_value, FLOAT),
            (IS_OOD, decision.is_ood, BOOL),
            (NEAREST, nearest, INT64),
        ];
        let batch = [self.source.batch(self.detector.model.has_batch())];
        let more = taught.map(|name| (name, predicted, INT64));
        for (name, value, kind) in outputs.into_iter().chain(more) {
            graph.node("Identity", &[&value], name, &[]);
            graph.declare(OUTPUT, name, kind, &batch);
        }
        Ok(graph.into_fields())
    }

    fn logits(&self) -> Option<Logits<'_>> {
        let model = &self.detector.model;
        let given = if model.has_single_output() { 1 } else { model.classes() };
        let (kind, has_batch) = (model.output_kind(), model.has_batch());
        self.logits_tensor().map(|tensor| Logits { tensor, kind, given, has_batch })
    }

    /// Dissimilarity of a layer's features to each class.
    fn layer(
        &self,
        graph: &mut Builder,
        position: usize,
        layer: &Layer,
        patterns: &Patterns,
    ) -> Name {
        let she = &self.detector.scorer.she;
        let mut features = features::pooled(graph, layer, self.detector.model.has_batch());
        if let Some(&clip) = she.clips().and_then(|clips| clips.get(position)) {
            let clip = graph.floats(&[], &[clip]);
            features = graph.op("Min", &[&features, &clip]);
        }
        similarity::to_classes(graph, &features, patterns, she.similarity())
    }

    /// The layers and the logits as outputs.
    fn taps(&self) -> Result<Vec<u8>> {
        let model = &self.detector.model;
        let mut graph = self.builder();
        let mut known = self.source.outputs.clone();
        let batch = self.source.batch(model.has_batch());
        let batch: Vec<_> = model.has_batch().then_some(batch).into_iter().collect();
        let logits = self.logits().map(|logits| (logits.tensor, vec![Vec::new()]));
        // Of pictures of another size, maps have another size, too.
        let is_open = model.options().input_shape.is_some();
        let sizes = |layer: &Layer| match is_open {
            true => vec![Vec::new(); layer.shape.len()],
            false => fixed(&layer.shape),
        };
        let layers = model.taps().iter().map(|layer| (layer.tensor.as_str(), sizes(layer)));
        for (tensor, sizes) in layers.chain(logits) {
            if known.insert(tensor) {
                let kind = self.source.kind(tensor)?;
                graph.declare(OUTPUT, tensor, kind, &[batch.clone(), sizes].concat());
            }
        }
        Ok(graph.into_fields())
    }

    /// The nodes that make the model's input from pixels.
    fn pixels(&self) -> Result<Vec<u8>> {
        let model = &self.detector.model;
        let Some(preprocess) = &self.detector.scorer.preprocess else {
            return Err(Error::NoPreprocess { expected: model.input_shape().to_vec() });
        };
        self.source.check_opset()?;
        self.source.check_free(pixels::PIXELS)?;
        let Source { opset, ir, .. } = *self.source;
        let prefix = format!("{}pixels/", self.source.prefix());
        let mut graph = Builder::new(prefix, opset, ir, FLOAT);
        let input = &self.source.input;
        let batch = self.source.batch(model.has_batch());
        pixels::write(&mut graph, preprocess, model, input, batch)?;
        Ok(graph.into_fields())
    }
}
