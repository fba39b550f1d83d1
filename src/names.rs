//! Names of enum values: the same in files, on the command line and in JavaScript.

/// Implements `Display` and `FromStr` by name. Parsing anything else fails with
/// [`Error::InvalidOption`](crate::Error::InvalidOption), which lists the names.
macro_rules! named {
    (
        $type:ident, $option:literal,
        $first:literal => $first_value:ident $(, $name:literal => $value:ident)* $(,)?
    ) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(match self {
                    Self::$first_value => $first,
                    $(Self::$value => $name,)*
                })
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::Error;

            fn from_str(name: &str) -> crate::Result<Self> {
                match name {
                    $first => Ok(Self::$first_value),
                    $($name => Ok(Self::$value),)*
                    _ => Err(crate::Error::InvalidOption {
                        option: $option,
                        given: format!("{name:?}"),
                        allowed: concat!($first $(, ", ", $name)*),
                    }),
                }
            }
        }
    };
}

pub(crate) use named;

#[cfg(test)]
mod tests {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::Serialize;

    use crate::{
        AggregatorKind, ChannelAxis, Channels, CompareWith, Error, Framing, Interpolation, Layout,
        OutputKind, Pooling, Precision, Similarity, Verdict,
    };

    #[track_caller]
    fn assert_named<T>(values: &[T])
    where
        T: Display + FromStr<Err = Error> + Serialize + PartialEq + std::fmt::Debug,
    {
        let error = T::from_str("odin").err().map(|error| error.to_string()).unwrap();
        for value in values {
            let name = value.to_string();
            assert!(error.contains(&name), "{error}");
            assert_eq!(name.parse().as_ref(), Ok(value));
            let json = serde_json::json!(value);
            let in_file =
                json.as_str().or_else(|| json.as_object()?.keys().next().map(|k| k.as_str()));
            assert_eq!(in_file, Some(name.as_str()));
        }
    }

    #[test]
    fn names_are_those_of_the_file_and_an_error_lists_them() {
        assert_named(&[CompareWith::Nearest, CompareWith::Predicted]);
        assert_named(&[Pooling::Mean, Pooling::Max, Pooling::First]);
        assert_named(&[Precision::Float32, Precision::Float16]);
        assert_named(&[ChannelAxis::First, ChannelAxis::Last]);
        assert_named(&[Framing::Stretch, Framing::Crop, Framing::Letterbox, Framing::Ink]);
        assert_named(&[
            Interpolation::Nearest,
            Interpolation::Bilinear,
            Interpolation::Bicubic,
            Interpolation::Lanczos,
        ]);
        assert_named(&[Layout::Nchw, Layout::Nhwc]);
        assert_named(&[Channels::Gray, Channels::Rgb, Channels::Bgr]);
        assert_named(&[
            AggregatorKind::Std,
            AggregatorKind::Sum,
            AggregatorKind::Mean,
            AggregatorKind::Fisher,
        ]);
        assert_named(&[
            OutputKind::Logits,
            OutputKind::Probabilities,
            OutputKind::LogProbabilities,
            OutputKind::Bounded,
        ]);
        assert_named(&[Verdict::Known, Verdict::Unsure, Verdict::Unknown]);
        assert_named(&[
            Similarity::Inner,
            Similarity::Dot,
            Similarity::Cosine,
            Similarity::Euclidean,
            Similarity::Mahalanobis,
            Similarity::Hopfield { beta: Similarity::HOPFIELD_BETA },
        ]);
    }
}
