//! Damaged files, the same each time: the kinds of damage of `tests/mutations.js`, and models
//! changed together with their hash.

use std::ops::Range;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::fixtures::TINY;
use crate::protobuf::{entry, first, varint, with_each_number};

/// A classifier whose input is a row of a table, over which the engine panics where there is no
/// such row.
const TRAP: &[u8] = include_bytes!("../data/trap.onnx");

/// A file and what was done to it.
pub struct Damaged {
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// All of them.
pub fn damaged() -> Vec<Damaged> {
    let (parts, mut random) = (Parts::of(TINY), Numbers(2026));
    let model = parts.model.as_slice();
    let mut files = Vec::new();
    for (kind, make) in KINDS {
        let mut add = |bytes| files.push(Damaged { kind, bytes });
        for (file, other) in [(TINY, model), (model, TRAP), (TRAP, TINY)] {
            make(file, other, &mut random).into_iter().for_each(&mut add);
        }
        make(model, TRAP, &mut random).iter().map(|model| parts.signed(model)).for_each(&mut add);
    }
    let kind = "metadata: each value of the wrong kind, size or number";
    files.extend(
        parts.manifests().into_iter().chain(parts.repeats()).map(|bytes| Damaged { kind, bytes }),
    );
    files
}

/// Random numbers of a fixed seed: Park and Miller's.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0 * 48271 % 2_147_483_647;
        self.0 as usize % limit
    }
}

/// All files that a kind of damage makes of one, or of one and another.
type Kind = fn(&[u8], &[u8], &mut Numbers) -> Vec<Vec<u8>>;

const KINDS: [(&str, Kind); 8] = [
    ("cut off after each byte", cut_off),
    ("each byte with a bit turned over", turned_over),
    ("each byte 0 or 255", extremes),
    ("a large number in place of each byte", claims),
    ("a large number in place of each number, the lengths around it true", true_claims),
    ("a stretch taken out, doubled or moved", stretches),
    ("the head of one file, the tail of another", heads),
    ("several bytes at random", several),
];

/// Lengths, dimensions and counts that claim too much, and a negative one.
const CLAIMS: [u64; 6] = [0, 1 << 12, 1 << 24, u32::MAX as u64, 1 << 40, u64::MAX];

fn cut_off(bytes: &[u8], _: &[u8], _: &mut Numbers) -> Vec<Vec<u8>> {
    (0..bytes.len()).map(|length| bytes[..length].to_vec()).collect()
}

fn turned_over(bytes: &[u8], _: &[u8], random: &mut Numbers) -> Vec<Vec<u8>> {
    let turned = |at: usize| replaced(bytes, at..at + 1, &[bytes[at] ^ (1u8 << random.below(8))]);
    (0..bytes.len()).map(turned).collect()
}

fn extremes(bytes: &[u8], _: &[u8], _: &mut Numbers) -> Vec<Vec<u8>> {
    (0..bytes.len()).map(|at| replaced(bytes, at..at + 1, &[[0, 255][at % 2]])).collect()
}

fn claims(bytes: &[u8], _: &[u8], _: &mut Numbers) -> Vec<Vec<u8>> {
    (0..bytes.len())
        .map(|at| replaced(bytes, at..at + 1, &varint(CLAIMS[at % CLAIMS.len()])))
        .collect()
}

fn true_claims(bytes: &[u8], _: &[u8], _: &mut Numbers) -> Vec<Vec<u8>> {
    CLAIMS.iter().filter_map(|&claim| with_each_number(bytes, &varint(claim))).flatten().collect()
}

fn stretches(bytes: &[u8], _: &[u8], random: &mut Numbers) -> Vec<Vec<u8>> {
    let mut stretch = |i| {
        let from = random.below(bytes.len());
        let part = from..(from + 1 + random.below(64)).min(bytes.len());
        let (rest, to) = (replaced(bytes, part.clone(), &[]), random.below(bytes.len()));
        match i % 3 {
            0 => rest,
            1 => replaced(bytes, to..to, &bytes[part]),
            _ => replaced(&rest, to.min(rest.len())..to.min(rest.len()), &bytes[part]),
        }
    };
    (0..500).map(&mut stretch).collect()
}

fn heads(bytes: &[u8], other: &[u8], random: &mut Numbers) -> Vec<Vec<u8>> {
    (0..500)
        .map(|_| {
            [&bytes[..random.below(bytes.len())], &other[random.below(other.len())..]].concat()
        })
        .collect()
}

fn several(bytes: &[u8], _: &[u8], random: &mut Numbers) -> Vec<Vec<u8>> {
    let mut changed = |_| {
        let mut copy = bytes.to_vec();
        (0..=random.below(8))
            .for_each(|_| copy[random.below(bytes.len())] = random.below(256) as u8);
        copy
    };
    (0..500).map(&mut changed).collect()
}

fn replaced(bytes: &[u8], part: Range<usize>, with: &[u8]) -> Vec<u8> {
    [&bytes[..part.start], with, &bytes[part.end..]].concat()
}

/// A detector's file taken apart: the model, and the metadata behind it.
struct Parts {
    model: Vec<u8>,
    manifest: Value,
    /// All other keys with their values.
    blocks: Map<String, Value>,
}

impl Parts {
    /// Of a file that has no other metadata.
    fn of(file: &[u8]) -> Self {
        let (mut model, mut blocks, mut rest) = (Vec::new(), Map::new(), file);
        while let Some(field) = first(rest) {
            let whole = &rest[..rest.len() - field.rest.len()];
            match first(field.content).filter(|_| field.tag == 0x72) {
                Some(key) => drop(
                    blocks.insert(text(key.content), text(first(key.rest).unwrap().content).into()),
                ),
                None => model.extend_from_slice(whole),
            }
            rest = field.rest;
        }
        let manifest = blocks.remove("she.manifest").unwrap();
        Self { model, manifest: serde_json::from_str(manifest.as_str().unwrap()).unwrap(), blocks }
    }

    /// The file with another manifest.
    fn file(&self, manifest: &str) -> Vec<u8> {
        file(&self.model, &self.blocks, manifest)
    }

    /// The file with another model, and its hash in the manifest.
    fn signed(&self, model: &[u8]) -> Vec<u8> {
        let mut manifest = self.manifest.clone();
        manifest["sha256"]["model"] = format!("{:x}", Sha256::digest(model)).into();
        file(model, &self.blocks, &manifest.to_string())
    }

    /// A manifest cut off after each byte, and with every place set to every value or left out.
    fn manifests(&self) -> Vec<Vec<u8>> {
        let text = self.manifest.to_string();
        let cut = (0..text.len()).map(|length| self.file(&text[..length]));
        let changed = places(&self.manifest, "")
            .into_iter()
            .flat_map(|place| variants(&self.manifest, &place));
        cut.chain(changed.map(|manifest| self.file(&manifest.to_string()))).collect()
    }

    /// Each block with another value, and there twice.
    fn repeats(&self) -> Vec<Vec<u8>> {
        let manifest = self.manifest.to_string();
        let mut files = Vec::new();
        for (key, value) in &self.blocks {
            let value = value.as_str().unwrap();
            let long = format!("{value}AAAA");
            for other in [
                "",
                "2",
                "999999999999",
                "not base64",
                "AAAA",
                value,
                &value[1..],
                &value[value.len().min(4)..],
                &long,
            ] {
                let blocks = self
                    .blocks
                    .iter()
                    .map(|(k, v)| (k.clone(), if k == key { other.into() } else { v.clone() }));
                files.push(file(&self.model, &blocks.collect(), &manifest));
                files.push([self.file(&manifest), entry(key, other)].concat());
            }
        }
        files
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn file(model: &[u8], blocks: &Map<String, Value>, manifest: &str) -> Vec<u8> {
    let blocks = blocks.iter().flat_map(|(key, value)| entry(key, value.as_str().unwrap()));
    model.iter().copied().chain(entry("she.manifest", manifest)).chain(blocks).collect()
}

/// Values that no place of a manifest should have, and some that it may.
fn values() -> Vec<Value> {
    let numbers = [-1.0, 0.5, 1e308, -1e308]
        .map(Value::from)
        .into_iter()
        .chain([0u64, 1, 3, 1 << 31, 1 << 53].map(Value::from));
    let texts = ["".to_string(), "1".to_string(), "a".repeat(5000)].map(Value::from);
    let lists = [vec![], vec![1.0, 2.0, 3.0], vec![1e300; 3], vec![0.0; 2000]].map(Value::from);
    numbers
        .chain(texts)
        .chain(lists)
        .chain([json!(null), json!([null]), json!({}), json!({ "kind": "std" }), json!(true)])
        .collect()
}

/// All places in JSON, as its pointers.
fn places(value: &Value, place: &str) -> Vec<String> {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(parts) => {
            parts.iter().map(|(key, part)| (format!("{place}/{key}"), part)).collect()
        }
        Value::Array(parts) => parts
            .iter()
            .enumerate()
            .map(|(index, part)| (format!("{place}/{index}"), part))
            .collect(),
        _ => Vec::new(),
    };
    parts
        .into_iter()
        .flat_map(|(place, part)| [places(part, &place), vec![place]].concat())
        .collect()
}

/// A manifest with each value at a place, and without the place.
fn variants(manifest: &Value, place: &str) -> Vec<Value> {
    let set = |value| {
        let mut copy = manifest.clone();
        *copy.pointer_mut(place).unwrap() = value;
        copy
    };
    values().into_iter().map(set).chain([without(manifest, place)]).collect()
}

fn without(manifest: &Value, place: &str) -> Value {
    let mut copy = manifest.clone();
    let (parent, last) = place.rsplit_once('/').unwrap();
    match copy.pointer_mut(parent).unwrap() {
        Value::Array(parts) => drop(parts.remove(last.parse().unwrap())),
        parts => drop(parts.as_object_mut().unwrap().remove(last)),
    }
    copy
}
