//! Shares as text. Only all prints as 100 %, only none as 0 %: rounding never reaches them.

/// A part of a whole in percent, with two digits.
pub fn percent(part: usize, whole: usize) -> String {
    percentage(part as f64 / whole.max(1) as f64, 2)
}

/// A share of 0 to 1 in percent.
pub fn percentage(share: f64, digits: usize) -> String {
    format!("{} %", within(100.0 * share, 100.0, digits))
}

/// A share of 0 to 1 as it is, with four digits.
pub fn share(value: impl Into<f64>) -> String {
    within(value.into(), 1.0, 4)
}

/// A probability of a softmax in percent, which is never 1: `f32` rounds it there.
pub fn softmax(probability: f32) -> String {
    percentage(f64::from(probability).min(1.0 - f64::EPSILON), 1)
}

/// A share of 0 to 1 for a sentence, in a unit of a hundredth: " %" or " of 100".
pub fn in_words(share: f64, digits: usize, unit: &str) -> String {
    let steps = 10_f64.powi(digits as i32);
    let rounded = (100.0 * share * steps).round() / steps;
    match share {
        0.0 => "none".to_string(),
        1.0 => "all".to_string(),
        _ if rounded == 0.0 => format!("less than {:.digits$}{unit}", 1.0 / steps),
        _ if rounded == 100.0 => format!("more than {:.digits$}{unit}", 100.0 - 1.0 / steps),
        _ => format!("{rounded:.digits$}{unit}"),
    }
}

fn within(value: f64, whole: f64, digits: usize) -> String {
    let least = 10_f64.powi(-(digits as i32));
    if 0.0 < value && value < least {
        return format!("<{least:.digits$}");
    }
    if whole - least < value && value < whole {
        return format!(">{:.digits$}", whole - least);
    }
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_is_all_and_only_nothing_is_nothing() {
        assert_eq!(
            [percent(0, 9), percent(9, 9), percent(1, 3)],
            ["0.00 %", "100.00 %", "33.33 %"]
        );
        assert_eq!([percent(1, 100_000), percent(99_999, 100_000)], ["<0.01 %", ">99.99 %"]);
        assert_eq!([percent(1, 10_000), percent(9_999, 10_000)], ["0.01 %", "99.99 %"]);
        assert_eq!([share(0.0), share(1.0), share(0.5_f32)], ["0.0000", "1.0000", "0.5000"]);
        assert_eq!([share(f64::MIN_POSITIVE), share(1.0 - f64::EPSILON)], ["<0.0001", ">0.9999"]);
        assert_eq!(
            [softmax(1.0), softmax(0.999_999_9), softmax(0.25)],
            [">99.9 %", ">99.9 %", "25.0 %"]
        );
    }

    #[test]
    fn words_say_all_and_none_only_of_all_and_none() {
        let percent = |share| in_words(share, 0, " %");
        assert_eq!([percent(0.0), percent(1.0), percent(0.005)], ["none", "all", "1 %"]);
        assert_eq!(
            [percent(0.0049), percent(0.9949), percent(0.995)],
            ["less than 1 %", "99 %", "more than 99 %"]
        );
        assert_eq!(
            [in_words(0.0004, 1, " %"), in_words(0.0591, 1, " %"), in_words(0.9996, 1, " %")],
            ["less than 0.1 %", "5.9 %", "more than 99.9 %"]
        );
        assert_eq!(in_words(0.974, 0, " of 100"), "97 of 100");
    }
}
