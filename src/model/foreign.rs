//! Recognises files that are not ONNX models and names the next step.

/// First bytes, where they begin, the kind of file, and the next step.
type Mark = (&'static [u8], usize, &'static str, &'static str);

const FROM_TORCH: &str = "export it with torch.onnx.export(model, example, \"model.onnx\")";
const FROM_KERAS: &str =
    "export it with model.export(\"model.onnx\", format=\"onnx\") in Keras 3, or with tf2onnx";
const PICKLE: &str = "a Python pickle, as PyTorch and scikit-learn save";
const FROM_PYTHON: &str = "export the model to ONNX, with torch.onnx.export or skl2onnx";
const FROM_LITE: &str = "convert it: python -m tf2onnx.convert --tflite FILE --output model.onnx";
const UNPACK: &str = "unpack it and give the .onnx file inside";
const FROM_PADDLE: &str = "convert the model with paddle2onnx";
const FROM_TENSORFLOW: &str = "convert it: python -m tf2onnx.convert --saved-model FOLDER --output \
    model.onnx, or --graphdef FILE";
const NEEDS_ONNX: &str = "give the ONNX file that it was made from";

const NO_GRAPH: &str = "the file holds no graph; TensorFlow's .pb, Core ML's .mlmodel and \
    Paddle's .pdmodel are not ONNX, export those";

const MARKS: [Mark; 40] = [
    (
        b"version https://git-lfs",
        0,
        "a pointer of git-lfs, not the file itself",
        "fetch the file with `git lfs pull`",
    ),
    (
        b"she-part",
        0,
        "a part of a fit",
        "merge the parts with the model to a detector: `she-ood merge`, or merge() in JavaScript",
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
    (b"\x80\x02", 0, PICKLE, FROM_PYTHON),
    (b"\x80\x03", 0, PICKLE, FROM_PYTHON),
    (b"\x80\x04", 0, PICKLE, FROM_PYTHON),
    (b"\x80\x05", 0, PICKLE, FROM_PYTHON),
    (b"{\"", 8, "a safetensors file, which holds weights without the model", FROM_TORCH),
    (b"GGUF", 0, "a GGUF file, which holds a language model", "give an ONNX classifier"),
    (b"ptrt", 0, "a TensorRT engine", NEEDS_ONNX),
    (b"ftrt", 0, "a TensorRT engine", NEEDS_ONNX),
    (b"IMOD", 0, "an Ascend model (.om)", NEEDS_ONNX),
    (&[0; 16], 0, "a file that begins with zeros, as files of weights do", "give the .onnx file"),
    (b"RKNN", 0, "an RKNN model", NEEDS_ONNX),
    (b"7767517", 0, "the parameters of an ncnn model", NEEDS_ONNX),
    (b"\x93NUMPY", 0, "a NumPy array", "give the model, not data"),
    (b"\0asm", 0, "WebAssembly", "give the model, not the engine"),
    (b"Rar!", 0, "a RAR file", UNPACK),
    (b"\x78\x9c", 0, "a zlib file, as joblib saves", FROM_PYTHON),
    (b"\xff\xfe", 0, "a text file in UTF-16", "give the .onnx file"),
    (b"\xfe\xff", 0, "a text file in UTF-16", "give the .onnx file"),
    (b"GIF8", 0, "a GIF picture", "give the model, not data"),
    (b"RIFF", 0, "a picture, a sound or a film", "give the model, not data"),
    (b"ftyp", 4, "a picture or a film", "give the model, not data"),
    (b"II*\0", 0, "a TIFF picture", "give the model, not data"),
    (b"MM\0*", 0, "a TIFF picture", "give the model, not data"),
    (b"BM", 0, "a BMP picture", "give the model, not data"),
    (b"MZ", 0, "a program", "give the .onnx file"),
    (b"\x89PNG", 0, "a PNG picture", "give the model, not data"),
    (b"\xff\xd8\xff", 0, "a JPEG picture", "give the model, not data"),
    (b"%PDF", 0, "a PDF document", "give the .onnx file"),
    (b"\x7fELF", 0, "a program", "give the .onnx file"),
];

/// What a zip file holds, by a name inside it.
const ZIPPED: [(&[u8], &str, &str); 6] = [
    (b"com.apple.CoreML", "a Core ML package", NEEDS_ONNX),
    (b"archive_format", "a program of torch.export (.pt2)", FROM_TORCH),
    (b"exported_program", "a program of torch.export (.pt2)", FROM_TORCH),
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
        _ => marked(bytes).or_else(|| message(bytes)).or_else(|| text(bytes))?,
    };
    let said = short_text(bytes).map_or(String::new(), |text| format!(", {text:?}"));
    Some(format!("it is {kind}{said}; {step}"))
}

/// Explains why bytes cannot be read as a model: their kind, if it is known, else the parser's
/// `reason`.
pub(super) fn explained(bytes: &[u8], reason: &str) -> String {
    name(bytes).unwrap_or_else(|| {
        format!(
            "it is cut off, damaged, or another file, such as the weights beside a model; give \
             the .onnx file, downloaded or exported anew ({reason})"
        )
    })
}

/// What a file without a graph is.
pub(super) fn no_graph(bytes: &[u8]) -> String {
    name(bytes).unwrap_or_else(|| NO_GRAPH.to_string())
}

/// Whether a file is one that servers and git put in place of another.
pub(super) fn is_stand_in(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs") || is_page(&beginning(bytes))
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

/// Messages of other formats that are protobuf too, by the fields that they begin with.
fn message(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match bytes {
        // The version of a `SavedModel`, then a graph where ONNX has a name.
        [8, 1, 0x12, rest @ ..] if std::str::from_utf8(rest.get(..64)?).is_err() => {
            Some(("TensorFlow's saved_model.pb", FROM_TENSORFLOW))
        }
        [10, rest @ ..] => match after_length(rest)? {
            [8, 0, 16, ..] => Some(("a Paddle model (.pdmodel)", FROM_PADDLE)),
            [10, ..] => Some(("a TensorFlow graph (.pb)", FROM_TENSORFLOW)),
            _ => None,
        },
        _ => None,
    }
}

/// What follows the length of a field.
fn after_length(mut field: &[u8]) -> Option<&[u8]> {
    prost::encoding::decode_varint(&mut field).ok()?;
    Some(field)
}

/// How a text begins, in small letters.
fn beginning(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.trim_ascii_start();
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start).trim_ascii_start();
    start.iter().take(256).map(u8::to_ascii_lowercase).collect()
}

fn is_page(start: &[u8]) -> bool {
    [&b"<!doctype html"[..], b"<html", b"<head"].iter().any(|mark| start.starts_with(mark))
}

/// Text of some kind, told by how it begins.
fn text(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let start = beginning(bytes);
    let begins = |mark: &str| start.starts_with(mark.as_bytes());
    if is_page(&start) {
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
    is_text(&start).then_some(("a text file", "give the .onnx file"))
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.len() >= 4
        && bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// A text of one line, such as a server's "Not Found".
fn short_text(bytes: &[u8]) -> Option<&str> {
    let line = bytes.trim_ascii();
    let one = line.len() <= 80 && is_text(line) && !line.contains(&b'\n');
    one.then(|| std::str::from_utf8(line).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_named_with_the_next_step() {
        let tar = [&[b'a'; 257][..], b"ustar"].concat();
        let saved = [b"\x08\x01\x12\xff\xff\x02", &[0xfe; 90][..]].concat();
        let cases: [(&[u8], &str); 32] = [
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
            (b"404: Not Found", "a text file, \"404: Not Found\"; give the .onnx file"),
            (b"Entry not found", "\"Entry not found\""),
            (b"{\"message\": \"gone\"}", "gone"),
            (b"a line\nand another", "a text file; give"),
            (b"\xff\xfeN\0o\0", "UTF-16"),
            (b"PK\x03\x04....Data/com.apple.CoreML/model.mlmodel", "Core ML package"),
            (b"PK\x03\x04....model/archive_format", ".pt2"),
            (b"\x10\0\0\0\0\0\0\0{\"__metadata__\":", "safetensors"),
            (b"GGUF\x03\0\0\0", "GGUF"),
            (b"ptrt\0\0", "TensorRT"),
            (b"7767517\n75 83\n", "ncnn"),
            (b"\x89HDF\r\n\x1a\n", "HDF5"),
            (b"\x0a\xa4\x10\x08\0\x10\xff\xff\xff\xff\x0f", "a Paddle model"),
            (b"\x0a\x3c\x0a\x05input\x12\x0bPlaceholder", "a TensorFlow graph"),
            (&saved, "saved_model.pb"),
            (&[0; 40], "files of weights"),
            (b"\x78\x9c\x01", "joblib"),
            (b"<?xml version=\"1.0\"?><net name=\"m\">", "OpenVINO"),
        ];
        for (bytes, words) in cases {
            let said = name(bytes).unwrap_or_default();
            assert!(said.contains(words), "{words}: {said}");
        }
        assert_eq!(name(b"\x08\x08\x12\x04skl2"), None);
        // Random numbers, as a file of weights has them.
        assert_eq!(name(b"\x9d\x9c\xd5\xbd\x14\xd0\x0b\xbe\xfe\x3d\xa0\x3d\x0e\xb2\xf2\x3c"), None);
    }
}
