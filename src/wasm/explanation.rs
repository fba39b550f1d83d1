//! An [`Explanation`] as plain data for JavaScript.

use js_sys::{Float32Array, Float64Array};
use serde::Serialize;

use super::plain::{Typed, typed};
use super::report::numbers;
use crate::{Compared, Explanation, LayerExplanation, SimilarityMap};

/// An `Explanation`, with the numbers of its report.
#[derive(Serialize)]
pub(super) struct JsExplanation<'a> {
    report: Typed<Float64Array>,
    class: &'a Compared,
    layers: Vec<JsLayerExplanation<'a>>,
}

#[derive(Serialize)]
struct JsLayerExplanation<'a> {
    name: &'a str,
    similarity: f32,
    channels: Typed<Float32Array>,
    map: Option<JsSimilarityMap>,
}

#[derive(Serialize)]
struct JsSimilarityMap {
    height: usize,
    width: usize,
    values: Typed<Float32Array>,
}

impl<'a> JsExplanation<'a> {
    pub(super) fn of(Explanation { report, class, layers }: &'a Explanation) -> Self {
        let layers = layers.iter().map(JsLayerExplanation::of).collect();
        Self { report: typed(&numbers(report)), class, layers }
    }
}

impl<'a> JsLayerExplanation<'a> {
    fn of(layer: &'a LayerExplanation) -> Self {
        let LayerExplanation { name, similarity, channels, map } = layer;
        let map = map.as_ref().map(|SimilarityMap { height, width, values }| JsSimilarityMap {
            height: *height,
            width: *width,
            values: typed(values),
        });
        Self { name, similarity: *similarity, channels: typed(channels), map }
    }
}
