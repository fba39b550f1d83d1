//! What is fitted: layers, similarity, class to compare with and aggregator.

use she_ood::{AggregatorKind, CompareWith, Features, FitOptions, Preset, Similarity, Store};

/// As in oodeel's experiment: of each stage the last convolution and its activation, and the pooled
/// features. The last two hold the same numbers, as features of a map are its means, there as here.
pub const LAYERS: [&str; 7] = [
    "stage1_block3_conv2",
    "stage1_block3_relu2",
    "stage2_block3_conv2",
    "stage2_block3_relu2",
    "stage3_block3_conv2",
    "stage3_block3_relu2",
    "pooled",
];
/// Positions in [`LAYERS`].
const ALL: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];
const CONVOLUTIONS: [usize; 3] = [0, 2, 4];
const ACTIVATIONS: [usize; 3] = [1, 3, 5];
const POOLED: [usize; 1] = [6];

const AGGREGATORS: [AggregatorKind; 4] =
    [AggregatorKind::Std, AggregatorKind::Sum, AggregatorKind::Mean, AggregatorKind::Fisher];
const SIMILARITIES: [Similarity; 4] =
    [Similarity::Inner, Similarity::Cosine, Similarity::Euclidean, Similarity::Mahalanobis];
const CLASSES: [CompareWith; 2] = [CompareWith::Nearest, CompareWith::Predicted];

/// A detector to fit on some of the layers.
pub struct Setting {
    pub name: String,
    pub options: FitOptions,
    layers: Vec<usize>,
}

impl Setting {
    fn new(name: impl Into<String>, layers: &[usize], options: FitOptions) -> Self {
        Self { name: name.into(), layers: layers.to_vec(), options }
    }

    fn preset(name: &str, preset: Preset, layers: &[usize]) -> Self {
        Self::new(name, layers, FitOptions::preset(preset, named(layers)))
    }

    /// A setting by its parts, which make its name.
    fn parts(
        layers: &[usize],
        similarity: Similarity,
        compare_with: CompareWith,
        aggregator: Option<AggregatorKind>,
    ) -> Self {
        let joined = aggregator.map(|kind| format!(", {kind:?}")).unwrap_or_default();
        let name = format!("{similarity:?}, {compare_with:?}{joined}: {}", described(layers))
            .to_lowercase();
        Self::new(
            name,
            layers,
            FitOptions { similarity, compare_with, aggregator, ..FitOptions::new(named(layers)) },
        )
    }

    /// The same setting, joined with the energy.
    fn with_energy(self) -> Self {
        let name = format!("{}, with energy", self.name);
        Self { name, options: FitOptions { energy: Some(1.0), ..self.options }, ..self }
    }

    /// The features of this setting's layers among those of all [`LAYERS`].
    pub fn of(&self, features: &Features) -> she_ood::Result<Features> {
        let layers = features.layers();
        let own = self.layers.iter().filter_map(|&position| layers.get(position).cloned());
        Features::new(features.logits().to_vec(), own.collect())
    }

    /// What the shipped detector is chosen from.
    pub fn candidates() -> Vec<Self> {
        let sets: [&[usize]; 3] = [&ALL, &CONVOLUTIONS, &ACTIVATIONS];
        let mut all = Vec::new();
        for (similarity, compare_with) in
            SIMILARITIES.iter().flat_map(|&s| CLASSES.map(|class| (s, class)))
        {
            all.extend(
                ALL.iter().map(|&layer| Self::parts(&[layer], similarity, compare_with, None)),
            );
            for set in sets {
                all.extend(
                    AGGREGATORS.map(|kind| Self::parts(set, similarity, compare_with, Some(kind))),
                );
            }
        }
        all
    }

    /// Every preset, aggregator and similarity, with one layer and with all.
    pub fn of_note() -> Vec<Self> {
        use CompareWith::Nearest;
        let oodeel = |layers: &[usize]| FitOptions::new(named(layers));
        let openood = |similarity| FitOptions {
            similarity,
            ..FitOptions::preset(Preset::Openood, named(&POOLED))
        };
        let mut all = vec![
            Self::preset("oodeel: 7 layers, std", Preset::Oodeel, &ALL),
            Self::preset("oodeel 0.3: 7 layers, sum", Preset::Oodeel03, &ALL),
            Self::preset("oodeel: 3 convolutions, std", Preset::Oodeel, &CONVOLUTIONS),
            Self::new(
                "7 layers, std, ReAct 0.95",
                &ALL,
                FitOptions { react: Some(0.95), ..oodeel(&ALL) },
            ),
            Self::preset("openood, inner: pooled", Preset::Openood, &POOLED),
            Self::new("openood, euclidean: pooled", &POOLED, openood(Similarity::Euclidean)),
            Self::new("openood, cosine: pooled", &POOLED, openood(Similarity::Cosine)),
            Self::preset("pytorch-ood: pooled", Preset::PytorchOod, &POOLED),
            Self::preset("paper: pooled", Preset::Paper, &POOLED),
            Self::new(
                "hopfield: pooled, 200 a class",
                &POOLED,
                FitOptions {
                    store: Store::Reservoir(200),
                    ..FitOptions::preset(Preset::Hopfield, named(&POOLED))
                },
            ),
        ];
        all.extend(
            ALL.iter().map(|&layer| Self::parts(&[layer], Similarity::Inner, Nearest, None)),
        );
        for similarity in SIMILARITIES {
            all.extend(AGGREGATORS.map(|kind| Self::parts(&ALL, similarity, Nearest, Some(kind))));
        }
        for similarity in SIMILARITIES {
            let std = Some(AggregatorKind::Std);
            all.push(Self::parts(&ACTIVATIONS, similarity, Nearest, std));
            all.push(Self::parts(&ALL, similarity, Nearest, std).with_energy());
            all.push(Self::parts(&ACTIVATIONS, similarity, Nearest, std).with_energy());
        }
        all
    }
}

fn named(layers: &[usize]) -> impl Iterator<Item = &'static str> {
    layers.iter().filter_map(|&layer| LAYERS.get(layer).copied())
}

fn described(layers: &[usize]) -> String {
    match layers {
        _ if layers == ALL => "7 layers".to_string(),
        _ if layers == CONVOLUTIONS => "3 convolutions".to_string(),
        _ if layers == ACTIVATIONS => "3 activations".to_string(),
        _ => named(layers).collect::<Vec<_>>().join(", "),
    }
}
