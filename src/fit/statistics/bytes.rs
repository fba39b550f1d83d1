//! Statistics as bytes.

use super::{Outputs, Statistics, Variation};
use crate::Result;
use crate::fit::part::bytes::{Reader, Writer};
use crate::score::MOST_SAMPLES;

impl Statistics {
    pub(in crate::fit) fn write(&self, to: &mut Writer) {
        self.samples.iter().for_each(|&samples| to.number(samples));
        let Outputs { probabilities, logarithms, bounded } = self.outputs;
        to.bytes(&[probabilities, logarithms, bounded].map(u8::from));
        self.layers.iter().for_each(|layer| layer.write(to));
    }

    pub(in crate::fit) fn read(
        from: &mut Reader<'_>,
        classes: usize,
        layers: usize,
    ) -> Result<Self> {
        let samples = (0..classes).map(|_| from.at_most(MOST_SAMPLES)).collect::<Result<_>>()?;
        let [probabilities, logarithms, bounded] = from.array()?.map(|flag: u8| flag != 0);
        let outputs = Outputs { probabilities, logarithms, bounded };
        let layers = (0..layers).map(|_| Variation::read(from)).collect::<Result<_>>()?;
        Ok(Self { samples, correct: None, outputs, layers, probes: Vec::new() })
    }
}

impl Variation {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Empty => to.bytes(&[0]),
            Self::Same(hash) => to.bytes(&[&[1], hash.as_slice()].concat()),
            Self::Varies => to.bytes(&[2]),
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok(match from.array()? {
            [0] => Self::Empty,
            [1] => Self::Same(from.array()?),
            _ => Self::Varies,
        })
    }
}
