//! The commands in the documentation, read by the command line's own parser.

use std::path::Path;

use clap::Parser;

use super::Arguments;

/// The Markdown that shows commands: README.md, and all of docs/.
fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .chain([root.join("README.md")])
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// Its fenced blocks of shell or text: every second part between fences is inside.
fn blocks(document: &str) -> impl Iterator<Item = &str> {
    let fenced = document.split("\n```").skip(1).step_by(2);
    fenced.filter(|block| block.starts_with("sh\n") || block.starts_with("text\n"))
}

/// Commands of this program: lines that go on are joined, pipes cut, comments left out.
fn commands(block: &str) -> Vec<String> {
    let joined = block.replace("\\\n", " ");
    let lines = joined.lines().map(|line| line.split(" #").next().unwrap());
    let parts = lines.flat_map(|line| line.split('|')).map(str::trim);
    parts.filter(|part| part.starts_with("she-ood ")).map(String::from).collect()
}

#[test]
fn commands_of_the_documentation_are_understood() {
    let documents = documents();
    let all: Vec<_> =
        documents.iter().flat_map(|document| blocks(document)).flat_map(commands).collect();
    assert!(all.len() > 30, "{} commands", all.len());
    for command in all {
        let parsed = Arguments::try_parse_from(command.split_whitespace());
        assert!(parsed.is_ok(), "{command}\n{}", parsed.unwrap_err());
    }
}
