//! What the figures mean and where they come from, folded away.

use maud::{Markup, html};

use super::super::eval::Against;
use super::super::inspect::describe;
use super::Page;

pub fn folds(page: &Page<'_>) -> Markup {
    html! {
        section.folds {
            h2 { "About this report" }
            details { summary { "What the figures mean" } (meanings()) }
            details { summary { "What was run" } (run(page)) }
            details { summary { "The detector" } pre { (describe(page.info, None)) } }
        }
    }
}

fn meanings() -> Markup {
    let terms = [
        ("ID, OOD", "in-distribution, what the model knows, and out-of-distribution, strangers"),
        ("score", "higher = more out-of-distribution; above the threshold a sample is flagged"),
        (
            "AUROC",
            "chance that an OOD sample scores higher than an ID sample: one half is guessing, less \
             points the wrong way",
        ),
        ("FPR95, ID positive", "how much OOD slips through when 95 % of ID passes"),
        ("FPR95, OOD positive", "how much ID is flagged when 95 % of OOD is"),
        ("p-value", "share of held-out samples with at least this score"),
        (
            "verdicts",
            "unknown is flagged; known has exactly one class in its prediction set, unsure several \
             or none",
        ),
        (
            "aim",
            "the pass rate to expect of the threshold with a probability of 95 %, missed where \
             more than chance is between; of strangers, what a useful detector reaches",
        ),
    ];
    html! { dl.terms { @for (term, meaning) in terms { dt { (term) } dd { (meaning) } } } }
}

fn run(page: &Page<'_>) -> Markup {
    let sets = page.against.iter().map(|Against { measured, .. }| measured);
    html! {
        dl.terms {
            dt { "command" }
            dd { code { (command()) } }
            dt { "detector" }
            dd { (page.run.detector.display()) }
            dt { "date" }
            dd { (page.run.date) }
            dt { "version" }
            dd { "she-ood " (env!("CARGO_PKG_VERSION")) }
            @for set in std::iter::once(page.id).chain(sets) {
                dt { (set.name) }
                dd {
                    (set.positions.len()) " samples"
                    @if set.left_out > 0 { ", " (set.left_out) " left out" }
                }
            }
        }
    }
}

/// The command line as a shell takes it.
fn command() -> String {
    let arguments = std::env::args_os().skip(1).map(|argument| quoted(&argument.to_string_lossy()));
    std::iter::once("she-ood".to_string()).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,@+".contains(c);
    match !argument.is_empty() && argument.chars().all(is_plain) {
        true => argument.to_string(),
        false => format!("'{}'", argument.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        let all = ["a/b.npz:name=x", "two words", "it's", "", "$HOME", "é"].map(quoted);
        assert_eq!(all, ["a/b.npz:name=x", "'two words'", r"'it'\''s'", "''", "'$HOME'", "é"]);
    }
}
