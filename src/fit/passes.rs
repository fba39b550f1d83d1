//! Samples and features, shown one by one, as often as a fit needs them.

use crate::parallel::{batches, in_order};
use crate::score::first_maximum;
use crate::{Features, Layer, Model, Result, Tensor};

/// What looks at samples: at the features, label and predicted class of each.
pub(super) type See<'a> = &'a mut dyn FnMut(&Features, usize, usize) -> Result<()>;

/// The fit samples, to be gone through several times. Features are kept from one time to the next
/// as long as they are few.
pub(super) struct Samples<'a, S> {
    model: &'a Model,
    samples: S,
    /// How many times are still to come.
    passes: usize,
    kept: Kept,
}

/// Features of the first samples, end to end, so that keeping them costs little more than their
/// size.
#[derive(Default)]
struct Kept {
    features: Vec<f32>,
    /// Label and predicted class of each sample.
    classes: Vec<(usize, usize)>,
    /// Whether these are all samples, so far as they have been shown.
    complete: bool,
}

/// The most features that are kept: 64 MB of them.
const MOST_KEPT: usize = 1 << 24;

impl<'a, S: IntoIterator<Item = (Tensor, usize)> + Clone> Samples<'a, S> {
    /// Samples that will be gone through so many times: once is no reason to keep anything.
    pub(super) fn new(model: &'a Model, samples: S, passes: usize) -> Self {
        Self { model, samples, passes, kept: Kept::default() }
    }

    /// Shows each sample once. The logits are shown the first time only.
    pub(super) fn each(&mut self, see: See<'_>) -> Result<()> {
        if self.kept.complete {
            return self.kept.each(self.model.taps(), see);
        }
        self.passes = self.passes.saturating_sub(1);
        let kept = &mut self.kept;
        kept.complete = self.passes > 0;
        observe(self.model, self.samples.clone(), &mut |features, label, predicted| {
            kept.push(features, label, predicted);
            see(features, label, predicted)
        })
    }
}

impl Kept {
    fn push(&mut self, features: &Features, label: usize, predicted: usize) {
        if !self.complete {
            return;
        }
        features.layers().iter().for_each(|layer| self.features.extend_from_slice(layer));
        self.classes.push((label, predicted));
        if self.features.len() > MOST_KEPT {
            *self = Self::default();
        }
    }

    fn each(&self, taps: &[Layer], see: See<'_>) -> Result<()> {
        let size: usize = taps.iter().map(Layer::size).sum();
        for (row, &(label, predicted)) in self.features.chunks(size.max(1)).zip(&self.classes) {
            see(&Features::from_row(row, 0, taps)?, label, predicted)?;
        }
        Ok(())
    }
}

/// Runs all samples and shows the features, label and predicted class of each, in their order.
pub(super) fn observe(
    model: &Model,
    samples: impl IntoIterator<Item = (Tensor, usize)>,
    see: See<'_>,
) -> Result<()> {
    let run = |batch: Vec<(Tensor, usize)>| {
        let features = features_of(model, batch.iter().map(|(input, _)| input))?;
        Ok(features.into_iter().zip(batch.into_iter().map(|(_, label)| label)).collect::<Vec<_>>())
    };
    in_order(batches(samples, model.batch_size()), run, |batch: Result<Vec<_>>| {
        batch?.iter().try_for_each(|(features, label)| {
            see(features, *label, first_maximum(features.logits()).0)
        })
    })
}

/// Features of samples that are run together.
fn features_of<'a>(
    model: &Model,
    batch: impl Iterator<Item = &'a Tensor>,
) -> Result<Vec<Features>> {
    let mut inputs = Vec::new();
    for input in batch {
        model.check_shape(input)?;
        inputs.extend_from_slice(input.data());
    }
    Features::of_chunk(model, &inputs)
}

/// Shows features that were computed before.
pub(super) fn show<'a>(
    samples: impl IntoIterator<Item = (&'a Features, usize)>,
    see: See<'_>,
) -> Result<()> {
    samples
        .into_iter()
        .try_for_each(|(features, label)| see(features, label, first_maximum(features.logits()).0))
}
