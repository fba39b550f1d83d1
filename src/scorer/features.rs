//! What a runtime computed to features.

use super::Scorer;
use crate::model::{are_log_probabilities, are_probabilities};
use crate::score::baselines;
use crate::tensor::check_finite;
use crate::{Error, Features, Layer, OutputKind, Result, Tensor};

/// Energy of logarithms of probabilities at most, which rounding leaves of 0. Of a million samples,
/// about one has logits with as little.
const NO_ENERGY: f32 = 1e-5;

/// What to give instead of numbers from behind a softmax.
const BEFORE_SOFTMAX: &str = "the logits, which are the input of the model's last softmax; \
                              `she-ood export --taps` makes them an output";

impl Scorer {
    /// Features of one sample from what another runtime computed: the outputs of the classifier,
    /// as [`Info::outputs`](crate::Info::outputs) calls them, none of a backbone; and each layer in
    /// the order of [`Info::layers`](crate::Info::layers), as a vector of features or as the values
    /// that they are pooled from, without the batch dimension. The name of a layer says how it is
    /// pooled.
    ///
    /// Probabilities are taken only where the detector's model gives those, as themselves or as
    /// their logarithms. Logarithms also serve as logits, unless the score has their energy.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for another number of outputs, for outputs of another kind, and for
    /// values whose channels are not where the file says; [`Error::PatternsMismatch`] for another
    /// number of layers or features; [`Error::NotFinite`].
    pub fn features(&self, outputs: &[f32], layers: &[Tensor]) -> Result<Features> {
        self.pooled(outputs, layers, &self.shaped(layers)?)
    }

    /// The features of layers that [`Scorer::shaped`] describes.
    pub(super) fn pooled(
        &self,
        outputs: &[f32],
        layers: &[Tensor],
        taps: &[Layer],
    ) -> Result<Features> {
        let logits = self.logits(outputs)?;
        let features = Features::of_values(logits, layers.iter().map(Tensor::data), taps)?;
        self.check_sizes(&features)?;
        Ok(features)
    }

    /// How each of the given layers is pooled.
    pub(super) fn shaped(&self, layers: &[Tensor]) -> Result<Vec<Layer>> {
        self.she.check_count(layers.len())?;
        let pairs = self.taps.iter().zip(self.she.layers()).zip(layers);
        let shaped = pairs.map(|((tap, patterns), values)| {
            let layer = tap.layer(values.shape())?;
            match values.shape() {
                [_] => Ok(layer),
                _ if layer.size() == patterns.size() && layer.positions() > 0 => Ok(layer),
                shape => Err(misplaced(&layer, shape, patterns.size())),
            }
        });
        shaped.collect()
    }

    /// The logits that outputs of the classifier stand for.
    fn logits(&self, outputs: &[f32]) -> Result<Vec<f32>> {
        check_finite("the vector of logits", outputs)?;
        let is_single = outputs.len() == 1 && self.logit_count() == 2;
        if is_single {
            return Ok(self.outputs.logits(outputs)?.into_owned());
        }
        self.check_logit_count(outputs.len())?;
        match (self.outputs, are_probabilities(outputs), are_log_probabilities(outputs)) {
            (OutputKind::Logits, true, _) => {
                Err(refused("probabilities, which sum to 1", BEFORE_SOFTMAX))
            }
            (OutputKind::Logits, ..)
                if self.energy.is_some() && baselines(outputs)?.1.energy.abs() <= NO_ENERGY =>
            {
                Err(refused("logarithms of probabilities, without energy", BEFORE_SOFTMAX))
            }
            (OutputKind::Probabilities, true, _) => Ok(self.outputs.logits(outputs)?.into_owned()),
            (OutputKind::Probabilities, false, false) => Err(refused(
                "numbers that are not probabilities",
                "the outputs of this detector's model, which gives probabilities that sum to 1, \
                 or their logarithms",
            )),
            (OutputKind::LogProbabilities, _, false) => Err(refused(
                "numbers that are not logarithms of probabilities",
                "the outputs of this detector's model, which gives logarithms of probabilities",
            )),
            _ => Ok(outputs.to_vec()),
        }
    }
}

fn refused(given: &str, allowed: &'static str) -> Error {
    Error::InvalidOption { option: "the kind of the logits", given: given.to_string(), allowed }
}

/// The refusal of values whose channels are not as many as the features of the patterns.
fn misplaced(layer: &Layer, shape: &[usize], size: usize) -> Error {
    let axis = layer.channel_axis.map(|axis| axis.to_string()).unwrap_or_default();
    Error::InvalidOption {
        option: "the shape of a layer's values",
        given: format!("{shape:?}, and the layer {:?} has {size} features, {axis}", layer.name),
        allowed: "a vector of the features, or values with the channels on that axis",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::WithEnergy;

    const TINY: &[u8] = include_bytes!("../../tests/data/tiny.onnx");

    fn scorer(outputs: OutputKind) -> Scorer {
        Scorer { outputs, ..Scorer::load(TINY).unwrap() }
    }

    #[test]
    fn outputs_become_logits_as_the_kind_of_the_model_says_and_others_are_refused() {
        let (probabilities, logits) = ([0.2, 0.5, 0.3f32], [0.2, 1.5, -0.3]);
        let logarithms = probabilities.map(f32::ln);
        let cases = [
            (OutputKind::Logits, [None, Some(logarithms), Some(logits)]),
            (OutputKind::Probabilities, [Some(logarithms), Some(logarithms), None]),
            (OutputKind::LogProbabilities, [None, Some(logarithms), None]),
            (OutputKind::Bounded, [Some(probabilities), Some(logarithms), Some(logits)]),
        ];
        for (kind, expected) in cases {
            for (given, expected) in [probabilities, logarithms, logits].iter().zip(expected) {
                let found = scorer(kind).logits(given).ok();
                assert_eq!(found, expected.map(|row| row.to_vec()), "{kind}: {given:?}");
            }
        }
    }

    /// Logarithms of probabilities have the class of the logits, and no energy.
    #[test]
    fn logarithms_are_refused_where_the_score_has_energy() {
        let energy = WithEnergy::fit(1.0, [(0.0, -1.0), (1.0, -3.0)]).ok();
        let scorer = Scorer { energy, ..scorer(OutputKind::Logits) };
        for logits in [[0.2f32, 1.5, -0.3], [-40.0, 80.0, 79.0]] {
            let sum: f32 = logits.iter().map(|logit| (logit - logits[1]).exp()).sum();
            let given = logits.map(|logit| logit - logits[1] - sum.ln());
            let error = scorer.logits(&given).unwrap_err().to_string();
            assert!(error.contains("is logarithms of probabilities"), "{error}");
            assert!(scorer.logits(&logits).is_ok());
        }
    }

    #[test]
    fn a_single_output_is_of_the_second_of_two_classes() {
        let two =
            |outputs| Scorer { labels: vec!["a".to_string(), "b".to_string()], ..scorer(outputs) };
        assert_eq!(two(OutputKind::Logits).logits(&[1.5]).unwrap(), [0.0, 1.5]);
        let pair = two(OutputKind::Probabilities).logits(&[0.75]).unwrap();
        assert_eq!(pair, [0.25f32.ln(), 0.75f32.ln()]);
        assert_eq!(two(OutputKind::Probabilities).logits(&[3.0]).unwrap_err().code(), "model-run");
    }
}
