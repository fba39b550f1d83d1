//! The SHE of published systems, by name.

use std::str::FromStr;

use crate::{AggregatorKind, CompareWith, Error, Result, Similarity, Store};

/// A published system to reproduce. Input perturbation, which needs gradients, is left out of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// oodeel 0.4 with `eps = 0`: best class, inner product over length, layers joined by `std`.
    #[default]
    Oodeel,
    /// oodeel 0.3 with `eps = 0`: as 0.4, layers joined by their sum.
    Oodeel03,
    /// OpenOOD: predicted class, inner product as it is; `cosine` and `euclidean` are its other two
    /// similarities. One layer.
    Openood,
    /// pytorch-ood 0.4: predicted class, inner product as it is. One layer.
    PytorchOod,
    /// The paper's SHE: predicted class, inner product as it is. One layer.
    Paper,
    /// The paper's HE, the full Hopfield energy: all features of the predicted class, `beta` 0.01.
    /// One layer.
    Hopfield,
}

impl Preset {
    /// All presets.
    pub const ALL: [Preset; 6] = [
        Preset::Oodeel,
        Preset::Oodeel03,
        Preset::Openood,
        Preset::PytorchOod,
        Preset::Paper,
        Preset::Hopfield,
    ];

    /// Name of the preset on the command line and in JavaScript.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Oodeel => "oodeel",
            Preset::Oodeel03 => "oodeel-0.3",
            Preset::Openood => "openood",
            Preset::PytorchOod => "pytorch-ood",
            Preset::Paper => "paper",
            Preset::Hopfield => "hopfield",
        }
    }

    /// How features are compared with patterns.
    pub fn similarity(self) -> Similarity {
        match self {
            Preset::Oodeel | Preset::Oodeel03 => Similarity::Inner,
            Preset::Openood | Preset::PytorchOod | Preset::Paper => Similarity::Dot,
            Preset::Hopfield => Similarity::Hopfield { beta: 0.01 },
        }
    }

    /// Class that a sample is compared with.
    pub fn compare_with(self) -> CompareWith {
        match self {
            Preset::Oodeel | Preset::Oodeel03 => CompareWith::Nearest,
            _ => CompareWith::Predicted,
        }
    }

    /// What to store of a class.
    pub fn store(self) -> Store {
        if self == Preset::Hopfield { Store::All } else { Store::Mean }
    }

    /// How to join several layers; `None` where the system has one layer only.
    pub fn aggregator(self) -> Option<AggregatorKind> {
        match self {
            Preset::Oodeel => Some(AggregatorKind::Std),
            Preset::Oodeel03 => Some(AggregatorKind::Sum),
            _ => None,
        }
    }
}

impl FromStr for Preset {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name).ok_or_else(|| {
            Error::InvalidOption {
                option: "the preset",
                given: name.to_string(),
                allowed: "oodeel, oodeel-0.3, openood, pytorch-ood, paper, hopfield",
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_known_by_their_names() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse(), Ok(preset));
        }
        let error = "odin".parse::<Preset>().unwrap_err();
        assert!(
            Preset::ALL.iter().all(|preset| error.to_string().contains(preset.name())),
            "{error}"
        );
    }
}
