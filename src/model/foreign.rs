//! Recognises files that are not ONNX models and names the next step.

/// First bytes, where they begin, the kind of file, and the next step.
type Mark = (&'static [u8], usize, &'static str, &'static str);

const FROM_TORCH: &str = "export it with torch.onnx.export(model, example, \"model.onnx\")";
const FROM_KERAS: &str =
    "export it with model.export(\"model.onnx\", format=\"onnx\") in Keras 3, or with tf2onnx";
const FROM_LITE: &str = "convert it: python -m tf2onnx.convert --tflite FILE --output model.onnx";
const UNPACK: &str = "unpack it and give the .onnx file inside";
const NEEDS_ONNX: &str = "give the ONNX file that it was made from";

const MARKS: [Mark; 25] = [
    (
        b"version https://git-lfs",
        0,
        "a pointer of git-lfs, not the file itself",
        "fetch the file with `git lfs pull`",
    ),
    (b"\x1f\x8b", 0, "a gzip file", UNPACK),
    (b"BZh", 0, "a bzip2 file", UNPACK),
    (b"\xfd7zXZ", 0, "an xz file", UNPACK),
    (b"\x28\xb5\x2f\xfd", 0, "a zstd file", UNPACK),
    (b"7z\xbc\xaf", 0, "a 7-Zip file", UNPACK),
    (b"ustar", 257, "a tar file", UNPACK),
    (b"ORTM", 4, "a model in ONNX Runtime's .ort format", NEEDS_ONNX),
    (b"TFL3", 4, "a TensorFlow Lite model", FROM_LITE),
    (b"\x89HDF", 0, "an HDF5 file, as older Keras saves models", FROM_KERAS),
    (
        b"\x80\x02",
        0,
        "a Python pickle, as PyTorch and scikit-learn save",
        "export the model to ONNX, with torch.onnx.export or skl2onnx",
    ),
    (
        b"\x80\x03",
        0,
        "a Python pickle, as PyTorch and scikit-learn save",
        "export the model to ONNX, with torch.onnx.export or skl2onnx",
    ),
    (
        b"\x80\x04",
        0,
        "a Python pickle, as PyTorch and scikit-learn save",
        "export the model to ONNX, with torch.onnx.export or skl2onnx",
    ),
    (
        b"\x80\x05",
        0,
        "a Python pickle, as PyTorch and scikit-learn save",
        "export the model to ONNX, with torch.onnx.export or skl2onnx",
    ),
    (b"{\"", 8, "a safetensors file, which holds weights without the model", FROM_TORCH),
    (b"GGUF", 0, "a GGUF file, which holds a language model", "give an ONNX classifier"),
    (b"ptrt", 0, "a TensorRT engine", NEEDS_ONNX),
    (b"RKNN", 0, "an RKNN model", NEEDS_ONNX),
    (b"7767517", 0, "the parameters of an ncnn model", NEEDS_ONNX),
    (b"\x93NUMPY", 0, "a NumPy array", "give the model, not data"),
    (b"\0asm", 0, "WebAssembly", "give the model, not the engine"),
    (b"\x89PNG", 0, "a PNG picture", "give the model, not data"),
    (b"\xff\xd8\xff", 0, "a JPEG picture", "give the model, not data"),
    (b"%PDF", 0, "a PDF document", "give the .onnx file"),
    (b"\x7fELF", 0, "a program", "give the .onnx file"),
];

/// What a zip file holds, by a name inside it.
const ZIPPED: [(&[u8], &str, &str); 3] = [
    (b"data.pkl", "a PyTorch file (.pt or .pth)", FROM_TORCH),
    (b"config.json", "a Keras model", FROM_KERAS),
    (b".npy", "an .npz file of arrays", "give the model here, and the arrays as data"),
];

/// Names the kind of a file that is not an ONNX model, and the next step; `None` if the kind is
/// unknown.
pub(super) fn name(bytes: &[u8]) -> Option<String> {
    let (kind, step) = match bytes {
        [] => ("an empty file", "download or export it anew"),
        [b'P', b'K', 3, 4, ..] => zipped(bytes),
        _ => marked(bytes).or_else(|| text(bytes))?,
    };
    Some(format!("it is {kind}; {step}"))
}

/// Explains why bytes cannot be read as a model: their kind, if it is known, else the parser's
/// `reason`.
pub(super) fn explained(bytes: &[u8], reason: &str) -> String {
    name(bytes).unwrap_or_else(|| {
        format!(
            "it is cut off, damaged or of another format; download or export it anew ({reason})"
        )
    })
}

fn marked(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let found = MARKS
        .iter()
        .find(|(mark, at, ..)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
    found.map(|&(_, _, kind, step)| (kind, step))
}

fn zipped(bytes: &[u8]) -> (&'static str, &'static str) {
    let holds = |name: &[u8]| bytes.windows(name.len()).take(1 << 16).any(|window| window == name);
    let known = ZIPPED.iter().find(|(name, ..)| holds(name));
    known.map_or(("a zip file", UNPACK), |&(_, kind, step)| (kind, step))
}

/// Text of some kind, told by how it begins.
fn text(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let start = bytes.trim_ascii_start();
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start).trim_ascii_start();
    let start: Vec<u8> = start.iter().take(256).map(u8::to_ascii_lowercase).collect();
    let begins = |mark: &str| start.starts_with(mark.as_bytes());
    if begins("<!doctype html") || begins("<html") || begins("<head") {
        return Some((
            "a web page (HTML), such as a server sends in place of a missing file",
            "look at the address",
        ));
    }
    if begins("<?xml") || begins("<net") {
        return Some(("an XML file, as OpenVINO has beside its weights", NEEDS_ONNX));
    }
    if begins("{") || begins("[") {
        return Some((
            "a JSON file, as TensorFlow.js and configurations are",
            "give the .onnx file",
        ));
    }
    let printable = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    (start.len() >= 16 && start.iter().all(printable))
        .then_some(("a text file", "give the .onnx file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_named_with_the_next_step() {
        let tar = [&[b'a'; 257][..], b"ustar"].concat();
        let cases: [(&[u8], &str); 14] = [
            (b"", "an empty file"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
            (b"\n  <!DOCTYPE html><html>", "a web page (HTML)"),
            (b"\xef\xbb\xbf<HTML lang=en>", "a web page (HTML)"),
            (b"{\"error\": \"not found\"}", "a JSON file"),
            (b"<?xml version=\"1.0\"?><net>", "OpenVINO"),
            (b"\x1f\x8b\x08\0\0", "a gzip file; unpack it"),
            (b"PK\x03\x04....archive/data.pkl", "a PyTorch file"),
            (b"PK\x03\x04....config.json....model.weights.h5", "a Keras model"),
            (b"PK\x03\x04....model.onnx", "a zip file; unpack it"),
            (b"\x1c\0\0\0TFL3\x14\0", "a TensorFlow Lite model"),
            (b"\x20\0\0\0ORTM\0\0", ".ort format"),
            (b"\x80\x02\x8a\nl\xfc", "a Python pickle"),
            (&tar, "a tar file"),
        ];
        for (bytes, words) in cases {
            let said = name(bytes).unwrap_or_default();
            assert!(said.contains(words), "{words}: {said}");
        }
        assert_eq!(name(b"\x08\x08\x12\x04skl2"), None);
    }
}
