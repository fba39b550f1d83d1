//! The formula: features against patterns, one layer at a time.
//!
//! SHE, the Simplified Hopfield Energy (Zhang et al., ICLR 2023), compares the features `f` of a
//! sample with the mean pattern `mu_c` of each class. In the form of oodeel, the default here, the
//! score of a layer of length `D` is
//!
//! ```text
//! s(x) = - max_c <f(x), mu_c> / D          higher = more out-of-distribution
//! ```
//!
//! [`Similarity`] replaces the inner product, [`CompareWith`] the maximum. With many stored
//! patterns a class and [`Similarity::Hopfield`] the score is the full Hopfield energy of which SHE
//! is the simplification.

mod aggregator;
mod energy;
mod explain;
mod features;
mod few_shot;
mod linear_form;
mod logits;
mod odds;
mod patterns;
mod precision;
#[cfg(feature = "engine")]
mod run;
mod she;
mod similarity;
mod whitening;

pub use self::aggregator::{Aggregator, AggregatorKind, Fisher};
pub(crate) use self::aggregator::{AggregatorBuilder, Spread};
pub(crate) use self::energy::is_usable_weight;
pub use self::energy::{Moments, Parts, WithEnergy};
pub use self::explain::{LayerExplanation, SimilarityMap};
pub use self::features::Features;
pub use self::few_shot::FewShot;
pub(crate) use self::few_shot::{cosine, rooted};
pub use self::logits::{Baselines, Prediction, baselines};
pub(crate) use self::logits::{Softmax, first_maximum};
pub use self::patterns::{Class, Patterns};
pub(crate) use self::patterns::{MOST_SAMPLES, mean_row};
pub use self::precision::Precision;
pub(crate) use self::she::check_size;
pub use self::she::{CompareWith, LayerScore, She};
pub use self::similarity::Similarity;
pub use self::whitening::Whitening;
pub(crate) use self::whitening::{cholesky, packed_length, solve};
