//! Inputs altered, to see what a detector makes of them: strangers that it should flag, and mild
//! changes that it should bear.

mod changes;
mod picture;
mod random;
mod strangers;

pub(crate) use self::changes::Change;
pub(crate) use self::picture::Picture;
pub use self::strangers::Stranger;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::{Layout, Preprocess};

    /// Made by `tests/data/altered.py` with SciPy.
    #[derive(Deserialize)]
    struct Golden {
        seed: u64,
        pictures: Vec<Altered>,
    }

    #[derive(Deserialize)]
    struct Altered {
        shape: [usize; 3],
        values: Vec<f32>,
        altered: BTreeMap<String, Vec<f32>>,
    }

    fn golden() -> Golden {
        serde_json::from_str(include_str!("../../tests/data/altered.json")).unwrap()
    }

    fn alter(name: &str, picture: &Picture, seed: u64) -> Picture {
        match name {
            "dimmed" => Change::Dimmed.of(picture),
            "blurred" => Change::Blurred.of(picture),
            "compressed" => Change::Compressed.of(picture),
            "tilted" => Change::Tilted.of(picture),
            "thinned" => Change::Thinned.of(picture),
            "thickened" => Change::Thickened.of(picture),
            _ => name.parse::<Stranger>().unwrap().of(picture, seed),
        }
    }

    fn assert_close(found: &[f32], expected: &[f32], name: &str) {
        assert_eq!(found.len(), expected.len(), "{name}");
        let largest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 5e-6, "{name}: {largest}");
    }

    #[test]
    fn alterations_equal_those_of_scipy() {
        let Golden { seed, pictures } = golden();
        for Altered { shape, values, altered } in pictures {
            let preprocess = Preprocess::of_input(&shape).unwrap();
            let picture = Picture::new(&values, &preprocess);
            assert_eq!(altered.len(), 10);
            for (name, expected) in altered {
                let found = alter(&name, &picture, seed).into_values();
                assert_close(&found, &expected, &format!("{name} of {shape:?}"));
                assert_ne!(found, values, "{name} changes nothing");
            }
        }
    }

    /// The same picture with its channels last.
    #[test]
    fn the_order_of_the_channels_does_not_matter() {
        let Golden { seed, pictures } = golden();
        let Altered { shape: [channels, height, width], values, altered } = &pictures[1];
        let last = |values: &[f32]| -> Vec<f32> {
            let pixels = height * width;
            let pixel = |at| (0..*channels).map(move |channel| values[channel * pixels + at]);
            (0..pixels).flat_map(pixel).collect()
        };
        let preprocess = Preprocess::of_input(&[*height, *width, *channels]).unwrap();
        assert_eq!(preprocess.layout, Layout::Nhwc);
        let picture = Picture::new(&last(values), &preprocess);
        assert_eq!(picture.clone().into_values(), last(values));
        for (name, expected) in altered {
            assert_close(&alter(name, &picture, seed).into_values(), &last(expected), name);
        }
    }

    #[test]
    fn pictures_smaller_than_the_tiles_are_altered_within_their_range() {
        for shape in [[1, 2, 2], [3, 2, 7], [3, 5, 5]] {
            let preprocess = Preprocess::of_input(&shape).unwrap();
            let values: Vec<f32> = (0..shape.iter().product()).map(|i| (i * i) as f32).collect();
            let picture = Picture::new(&values, &preprocess);
            for name in golden().pictures[0].altered.keys() {
                let altered = alter(name, &picture, 1).into_values();
                let range = 0.0..=values[values.len() - 1] + 1e-3;
                assert!(altered.iter().all(|value| range.contains(value)), "{name}: {altered:?}");
            }
        }
    }
}
