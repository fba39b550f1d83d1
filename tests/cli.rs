//! The command line, run as a user runs it, on small files.

#[path = "cli/parts.rs"]
mod parts;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

const TINY: &str = "tests/data/tiny.onnx";
const SETS: &str = "tests/data/sets";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_she-ood"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

/// Standard output of a command that must succeed.
#[track_caller]
fn output(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&output(&[arguments, &["--json"]].concat())).unwrap()
}

/// Standard error of a command.
fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The message of a command that must fail, and not by a panic.
#[track_caller]
fn failure(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "it went well");
    let messages = messages(&output);
    assert!(!messages.contains("panicked"), "{messages}");
    messages
}

/// Messages of a fit to too few samples for a threshold, whose detector flags nothing.
#[track_caller]
fn fit_without_threshold(arguments: &[&str]) -> String {
    let output = run(&[&["fit", TINY], arguments].concat());
    let said = messages(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("nothing will be flagged"), "{said}");
    said
}

fn set(name: &str) -> String {
    format!("{SETS}/{name}")
}

/// A file of this test's own in the folder for such.
fn made(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A folder of this test's own with a model whose weights are beside it, as `data/external.py`
/// makes them. Returns the model's path.
fn external(folder: &str, case: &Value) -> String {
    let folder = made(folder);
    let _ = std::fs::remove_dir_all(&folder);
    let write = |name: &str, base64: &Value| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, STANDARD.decode(base64.as_str().unwrap()).unwrap()).unwrap();
    };
    write("model.onnx", &case["model"]);
    case["files"].as_object().unwrap().iter().for_each(|(name, file)| write(name, file));
    folder.join("model.onnx").to_str().unwrap().to_string()
}

fn external_cases() -> Value {
    serde_json::from_str(include_str!("data/external.json")).unwrap()
}

/// Fits a detector to the model in `tiny.onnx` on the samples that are labelled with one of its
/// classes.
fn fit(output: &Path, more: &[&str]) -> Output {
    let (data, path) = (set("bytes.npz"), output.to_str().unwrap());
    let fixed =
        ["fit", TINY, "--layer", "vector", "--data", &data, "--calibration", &data, "-o", path];
    run(&[&fixed, more].concat())
}

fn reference() -> Value {
    serde_json::from_str(include_str!("data/reference.json")).unwrap()
}

#[test]
fn layers_lists_name_operator_and_shape() {
    assert_eq!(
        output(&["layers", TINY]),
        "* vector  Flatten  [4]  4 features\n* default layer, 5 others: --all lists them\n"
    );
    let text = output(&["layers", "--all", TINY]);
    let map = "  map            Relu               [4, 5, 4]  4 features, the mean over positions";
    assert!(text.lines().any(|line| line == map) && text.lines().count() == 7, "{text}");
    let layers = json(&["layers", TINY]);
    let expected = serde_json::json!({
        "name": "map", "tensor": "map", "op": "Relu", "shape": [4, 5, 4], "features": 4,
        "channelAxis": "channels-first", "pooling": "mean",
        "default": false, "stage": false, "hidden": false,
    });
    assert_eq!(layers[1], expected);
}

#[test]
fn a_fit_without_layers_taps_the_default_one() {
    let path = made("default.onnx");
    let data = set("bytes.npz");
    fit_without_threshold(&["--data", &data, "--hold-out", "0.34", "-o", path.to_str().unwrap()]);
    assert_eq!(json(&["inspect", path.to_str().unwrap()])["layers"][0]["name"], "vector");
}

/// Ten embeddings of each class are fitted to without a model, and each is left out of its own
/// pattern.
#[test]
fn embeddings_are_fitted_to_without_a_model() {
    let path = made("embeddings.onnx");
    let path = path.to_str().unwrap();
    let (known, others) = (set("embeddings.npz"), set("other-embeddings.npz"));
    output(&["fit", "embeddings", "--data", &known, "-o", path]);
    let info = json(&["inspect", path]);
    assert_eq!((&info["classify"], &info["similarity"]), (&"patterns".into(), &"few-shot".into()));
    assert_eq!((&info["counts"], &info["calibrationSize"]), (&[10; 3].into(), &30.into()));
    assert_eq!(
        (&info["taught"]["leaveOneOut"], &info["passRateInterval"]),
        (&true.into(), &Value::Null)
    );
    let evaluation = json(&["eval", path, "--id", &known, "--ood", &others]);
    let scores = evaluation["ood"][0]["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 1, "there are no scores from logits: {scores:?}");
    assert!(output(&["score", path, &others]).lines().all(|line| line.contains("unknown")));
    let said = failure(&["fit", "embeddings", "--data", &known, "-o", path, "--with", "energy"]);
    assert!(said.contains("the score is few-shot"), "{said}");
    let said = failure(&["fit", "embeddings", "--data", &set("classes"), "-o", path]);
    assert!(said.contains("a row of floating-point features"), "{said}");
}

/// The folders are no classes of the model, so their patterns classify, and the program says so.
#[test]
fn patterns_classify_where_the_labels_are_not_the_models() {
    let path = made("taught.onnx");
    let path = path.to_str().unwrap();
    let fit =
        |more: &[&str]| run(&[&["fit", TINY, "--data", &set("mixed"), "-o", path], more].concat());
    let fitted = fit(&[]);
    let said = messages(&fitted);
    let note = "most labels are not among the model's 3 classes: ant, bee";
    assert!(fitted.status.code() == Some(3) && said.contains(note), "{said}");
    let info = json(&["inspect", path]);
    assert_eq!(info["classify"], "patterns");
    assert_eq!(info["labels"], serde_json::json!(["ant", "bee"]));
    assert_eq!(info["threshold"], "Infinity", "too few samples for a threshold");
    let scored = output(&["score", path, &set("classes/bee/3.webp")]);
    assert!(scored.contains("unsure"), "{scored}");
    let by_model = fit(&["--classify", "model", "--hold-out", "0.3"]);
    assert!(!by_model.status.success(), "two folders are not the model's three classes");
    let three = ["fit", TINY, "--data", &set("classes"), "-o", path];
    let said = failure(&three);
    assert!(said.contains("give --calibration DATA or --hold-out SHARE"), "{said}");
    let badly = run(&[&three[..], &["--classify", "patterns"]].concat());
    assert_eq!(badly.status.code(), Some(3), "{}", messages(&badly));
    assert!(messages(&badly).contains("the pattern of their own class"), "{}", messages(&badly));
    assert_eq!(json(&["inspect", path])["labels"], serde_json::json!(["ant", "bee", "cat"]));
}

/// No shape is known of what the model finds in its input.
#[test]
fn a_model_without_layers_is_an_error() {
    let output = run(&["layers", "tests/data/no_layers.onnx"]);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(messages(&output).contains("no layer can be tapped"), "{}", messages(&output));
}

#[test]
fn inspect_shows_what_python_wrote() {
    let info = json(&["inspect", TINY]);
    assert_eq!(info["labels"], serde_json::json!(["ant", "bee", "cat"]));
    assert_eq!(info["aggregator"], serde_json::json!({"kind": "std", "stds": [0.5, 0.25]}));
    assert!(
        (info["threshold"].as_f64().unwrap() - reference()["threshold"].as_f64().unwrap()).abs()
            < 1e-7
    );
    let text = output(&["inspect", TINY]);
    assert!(
        text.contains("map (4), vector (4)") && text.contains("ant (10), bee (20), cat (30)"),
        "{text}"
    );
}

/// The samples of `floats.npz` are pixels over 255, so as pictures they are those of `bytes.npz`
/// but for mean and deviation.
#[test]
fn score_reads_arrays_folders_and_files() {
    let reports =
        json(&["score", TINY, &set("floats.npz"), &set("bytes.npz"), &set("classes/ant/0.png")]);
    let reports = reports.as_array().unwrap();
    assert_eq!(reports.len(), 13);
    assert_eq!(
        reports[6]["score"], reports[12]["score"],
        "the same pixels from an array and from a file"
    );
    assert_ne!(reports[0]["score"], reports[6]["score"]);
    assert!(reports[12]["name"].as_str().unwrap().ends_with("0.png"));
    let text = output(&["score", TINY, &set("classes/ant/0.png")]);
    assert!(
        text.contains("score") && text.contains("threshold") && text.trim_end().ends_with("0.png"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_scored_is_named_and_counted_and_the_rest_goes_on() {
    let lenient = run(&["score", TINY, &set("classes"), "--json"]);
    assert_eq!(
        serde_json::from_slice::<Value>(&lenient.stdout).unwrap().as_array().unwrap().len(),
        8
    );
    let said = messages(&lenient);
    assert!(
        said.contains("1 of 9 samples left out, unreadable") && said.contains("8-text.png"),
        "{said}"
    );
    assert!(said.contains("1 of 9 pictures are of another size"), "{said}");
    assert!(
        failure(&["score", TINY, &set("classes/cat/8-text.png")])
            .contains("no sample could be scored")
    );
    let several = run(&[
        "score",
        TINY,
        &set("classes/cat/8-text.png"),
        "nowhere.png",
        &set("classes/ant/0.png"),
    ]);
    assert!(
        several.status.success() && String::from_utf8_lossy(&several.stdout).lines().count() == 1,
        "{}",
        messages(&several)
    );
    let strict = failure(&["score", TINY, &set("classes"), "--strict"]);
    assert!(strict.contains("unreadable") && strict.contains("8-text.png"), "{strict}");
}

#[test]
fn fit_leaves_out_labels_that_the_model_does_not_have() {
    let path = made("labels.onnx");
    let said = messages(&fit(&path, &[]));
    assert!(said.contains("1 of 6 samples left out, label out of range"), "{said}");
    assert!(said.contains("has the label \"7\", the model has 3 classes: 0, 1, 2"), "{said}");
    assert!(
        said.contains("6 calibration samples are too few to promise a pass rate of 0.95"),
        "{said}"
    );
    assert!(said.contains("6 calibration samples are fit samples, too"), "{said}");
    assert!(
        said.contains(
            "warning: only 40.00 % of the samples are classified correctly (0: 0 of 2, 2: 0 of 1)"
        ),
        "{said}"
    );
    let info = json(&["inspect", path.to_str().unwrap()]);
    let counts: u64 =
        info["counts"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
    assert!(said.contains("of 5 samples") && (1..=5).contains(&counts), "{said}");
    let strict = fit(&made("never.onnx"), &["--strict"]);
    assert!(
        !strict.status.success() && messages(&strict).contains("label out of range"),
        "{}",
        messages(&strict)
    );
    assert!(!made("never.onnx").exists(), "a failed fit writes nothing");
}

#[test]
fn fit_takes_every_option_into_the_detector() {
    let path = made("options.onnx");
    let options = [
        "--similarity",
        "hopfield",
        "--beta",
        "0.5",
        "--store",
        "2",
        "--compare-with",
        "predicted",
        "--react",
        "0.9",
        "--labels",
        "x,y,z",
        "--scale",
        "51",
        "--mean",
        "0.1",
        "--std",
        "0.5",
        "--id-pass-rate",
        "0.5",
        "--class-conditional",
        "--layer",
        "map",
        "--aggregator",
        "sum",
    ];
    let said = messages(&fit(&path, &options));
    let info = json(&["inspect", path.to_str().unwrap()]);
    assert_eq!(info["similarity"], serde_json::json!({"hopfield": {"beta": 0.5}}), "{said}");
    assert_eq!(
        (&info["compareWith"], &info["aggregator"]["kind"]),
        (&"predicted".into(), &"sum".into())
    );
    assert_eq!(info["labels"], serde_json::json!(["x", "y", "z"]));
    assert_eq!(
        (
            &info["clips"].as_array().unwrap().len(),
            info["classThresholds"].as_array().unwrap().len()
        ),
        (&2, 3)
    );
    assert!(info["rows"].as_array().unwrap().iter().all(|rows| rows.as_u64().unwrap() <= 2));
    // (p / 51 - 0.1) / 0.5 = (p / 255 - 0.02) / 0.1
    let close = |value: &Value, expected: f64| (value[0].as_f64().unwrap() - expected).abs() < 1e-7;
    assert!(
        close(&info["preprocess"]["mean"], 0.02) && close(&info["preprocess"]["std"], 0.1),
        "{}",
        info["preprocess"]
    );
}

#[test]
fn class_folders_name_the_classes() {
    let (path, data) = (made("folders.onnx"), set("classes"));
    let said = fit_without_threshold(&[
        "--layer",
        "vector",
        "--data",
        &data,
        "--hold-out",
        "0.5",
        "-o",
        path.to_str().unwrap(),
    ]);
    assert_eq!(
        json(&["inspect", path.to_str().unwrap()])["labels"],
        serde_json::json!(["ant", "bee", "cat"]),
        "{said}"
    );
    assert!(!said.contains("fit samples, too"), "what is held out is not fitted on: {said}");
}

#[test]
fn impossible_options_are_refused_with_what_is_allowed() {
    let never = made("never.onnx");
    for (more, reason) in [
        (
            &["--similarity", "telepathy"][..],
            "allowed: inner, dot, cosine, euclidean, mahalanobis, few-shot, hopfield",
        ),
        (&["--preset", "odin"], "oodeel, oodeel-0.3, openood, pytorch-ood, paper, hopfield"),
        (&["--similarity", "hopfield", "--beta", "0"], "a finite beta above 0"),
        (&["--beta", "1"], "--beta is for the similarity hopfield"),
        (&["--store", "some"], "mean, all, or a number"),
        (&["--aggregator", "max"], "allowed: std, sum, mean, fisher"),
        (&["--compare-with", "worst"], "allowed: nearest, predicted"),
        (&["--labels", "a,b"], "the model has 3 classes, but 2 are named"),
        (&["--labels", "a,b,a"], "two classes are named \"a\""),
        (&["--layer", "vector"], "the layer \"vector\" is named twice"),
        (&["--id-pass-rate", "1"], "the ID pass rate is 1"),
        (&["--min-count", "1000"], "no class has 1000 correctly classified samples"),
        (&["--react", "2"], "the quantile of ReAct is 2"),
        (
            &["--mean", "1,2"],
            "preprocess.mean is [1.0, 2.0], allowed: one finite number for each channel",
        ),
        (&["--scale", "0"], "'0' for '--scale <SCALE>': allowed: a finite number above 0"),
        (&["--scale", "-2"], "'-2' for '--scale <SCALE>': allowed"),
        (&["--mean", "0.5,nan,0.5"], "'nan' for '--mean <MEAN>': allowed: a finite number"),
        (&["--std", "0"], "'0' for '--std <STD>': allowed: a finite number above 0"),
        (&["--framing", "round"], "allowed: stretch, crop, letterbox, ink"),
        (&["--layer", "vectors"], "can be tapped; the nearest are vector, scores; `she-ood layers"),
        (&["--layer", "map:first"], ":first for sequences [tokens, channels] alone"),
        (&["--layer", "nowhere"], "no layer \"nowhere\" can be tapped; `she-ood layers --all`"),
        (&["--preset", "paper", "--layer", "map"], "no aggregator"),
        (&["--hold-out", "0.5"], "cannot be used with"),
    ] {
        let output = fit(&never, more);
        let said = messages(&output);
        assert!(!output.status.success() && said.contains(reason), "{more:?}: {said}");
        assert!(!said.contains("panicked") && !never.exists(), "{said}");
    }
}

#[test]
fn a_share_that_cannot_be_held_out_is_refused_with_what_can() {
    let path = made("never.onnx");
    let part = |share| {
        failure(&[
            "fit",
            TINY,
            "--layer",
            "map",
            "--data",
            &set("bytes.npz"),
            "--hold-out",
            share,
            "-o",
            path.to_str().unwrap(),
        ])
    };
    for share in ["0", "1", "-0.1", "nan", "inf"] {
        let said = part(share);
        assert!(
            said.contains("allowed: a share above 0 and below 1. Give one, or --calibration DATA"),
            "{share}: {said}"
        );
    }
    assert!(part("0.01").contains("large enough for one sample"));
}

/// Which samples are held out depends on those that can be used alone.
#[test]
fn samples_that_are_left_out_take_no_part_in_the_split() {
    let fit = |data: &str| {
        let path = format!("{data}.onnx");
        let fixed = [
            "fit",
            TINY,
            "--layer",
            "vector",
            "--data",
            data,
            "--hold-out",
            "0.4",
            "--labels",
            "ant,bee,cat",
        ];
        let said = messages(&run(&[&fixed[..], &["-o", &path]].concat()));
        (said, json(&["inspect", &path]))
    };
    let (_, plain) = fit(&folders("split", &["ant", "bee", "cat"]));
    let more = folders("split-damaged", &["ant", "bee", "cat", "dog"]);
    for (class, names) in [
        ("ant", &["00.png", "10.png"][..]),
        ("bee", &["20.png"]),
        ("cat", &["11.png", "30.png", "9.png"]),
    ] {
        names.iter().for_each(|name| {
            std::fs::write(format!("{more}/{class}/{name}"), b"\x89PNG\r\n\x1a\n, and no more")
                .unwrap()
        });
    }
    let (said, other) = fit(&more);
    for field in ["threshold", "counts", "calibrationSize"] {
        assert!(!plain[field].is_null(), "{plain}");
        assert_eq!(plain[field], other[field], "{field}: {said}");
    }
    assert!(said.contains("6 of 30 samples left out, unreadable"), "{said}");
    assert!(said.contains("6 of 30 samples left out, label out of range"), "{said}");
    assert_eq!(said.matches("samples left out").count(), 2, "{said}");
}

#[test]
fn missing_files_and_labels_are_named() {
    assert!(failure(&["inspect", "nowhere.onnx"]).contains("nowhere.onnx: No such file"));
    let said = failure(&["inspect", "README.md"]);
    assert!(said.starts_with("error: not a readable ONNX model: "), "{said}");
    let help = concat!("See ", env!("CARGO_PKG_HOMEPAGE"), "docs/errors.html#invalid-model");
    assert_eq!(said.lines().skip(1).collect::<Vec<_>>(), [help]);
    assert!(failure(&["score", TINY, "nowhere.npz"]).contains("nowhere.npz: No such file"));
    assert!(failure(&["score", TINY, "nowhere.png", "--strict"]).contains("nowhere.png"));
    assert!(
        failure(&["eval", TINY, "--id", &set("bytes.npz"), "--ood", "nowhere"])
            .contains("nowhere: No such file")
    );
    let (unlabelled, path) = (set("pixels.npz"), made("never.onnx"));
    let arguments = [
        "fit",
        TINY,
        "--layer",
        "map",
        "--data",
        &unlabelled,
        "--hold-out",
        "0.5",
        "-o",
        path.to_str().unwrap(),
    ];
    assert!(failure(&arguments).contains("there are no labels"));
}

#[test]
fn samples_of_another_shape_are_left_out() {
    let said = failure(&["score", "models/digits.onnx", &set("floats.npz"), "--strict"]);
    assert!(
        said.contains("wrong shape") && said.contains("[1, 5, 4]") && said.contains("[1, 28, 28]"),
        "{said}"
    );
}

#[test]
fn a_sample_without_a_score_is_left_out_and_the_rest_is_scored() {
    let output = run(&["score", "tests/data/overflow.onnx", &set("bytes.npz"), "--json"]);
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (scored, said) = (reports.as_array().unwrap().len(), messages(&output));
    assert!((1..6).contains(&scored), "{said}");
    assert!(said.contains(&format!("{} of 6 samples left out, not finite", 6 - scored)), "{said}");
}

#[test]
fn a_label_is_a_name_or_a_position_and_not_both() {
    let said = messages(&fit(&made("names.onnx"), &["--labels", "5,6,7"]));
    assert!(said.contains("5 of 6 samples left out, label out of range"), "{said}");
    let said = messages(&fit(&made("names.onnx"), &["--labels", "x,y,z"]));
    assert!(said.contains("1 of 6 samples left out, label out of range"), "{said}");
}

#[test]
fn a_row_of_pixels_is_no_picture_unless_it_fills_the_input() {
    let flat = json(&["score", TINY, &set("flat.npz"), &set("bytes.npz")]);
    assert_eq!(flat[0]["score"], flat[6]["score"]);
    let said = failure(&["score", "models/digits.onnx", &set("flat.npz")]);
    assert!(
        said.contains("6 of 6 samples left out, wrong shape") && said.contains("[20]"),
        "{said}"
    );
}

#[test]
fn a_detector_fitted_on_the_models_own_input_takes_no_pictures() {
    let (path, data) = (made("floats.onnx"), set("floats.npz"));
    let path = path.to_str().unwrap();
    fit_without_threshold(&["--layer", "map", "--data", &data, "--calibration", &data, "-o", path]);
    assert_eq!(json(&["inspect", path])["preprocess"], Value::Null);
    assert!(failure(&["score", path, &set("bytes.npz")]).contains("no preprocessing for pictures"));
}

/// The figures follow from the scores that `score` prints for the same samples.
#[test]
fn eval_compares_every_score() {
    let (id, ood) = (set("bytes.npz:keep=0,1,2"), set("pixels.npz:name=colours"));
    let rates = ["--rate", "fpr80tpr", "--compat", "oodeel"];
    let result =
        json(&[&["eval", TINY, "--id", &id, "--ood", &ood, "--fit", &id][..], &rates].concat());
    assert_eq!((&result["id"]["samples"], &result["ood"][0]["samples"]), (&5.into(), &4.into()));
    assert_eq!(result["ood"][0]["data"], "colours");
    let scores = |line: &str| {
        json(&["score", TINY, line])
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["score"].as_f64().unwrap())
            .collect()
    };
    let (id_scores, ood_scores): (Vec<f64>, Vec<f64>) = (scores(&id), scores(&ood));
    let above = id_scores
        .iter()
        .flat_map(|id| ood_scores.iter().map(move |ood| f64::from(u8::from(ood > id))))
        .sum::<f64>();
    let row = |name: &str| {
        result["ood"][0]["scores"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["score"] == name)
            .cloned()
    };
    assert_eq!(row("this detector").unwrap()["auroc"].as_f64().unwrap(), above / 20.0);
    for name in [
        "SHE inner, map",
        "SHE cosine, vector",
        "SHE euclidean, sum of layers",
        "HE 0.01, vector",
        "MSP",
        "max logit",
        "energy",
    ] {
        assert!(row(name).is_some(), "{name} is missing");
    }
    assert!(
        result["ood"][0]["fpr80tpr"].is_number() && result["ood"][0]["oodeel"]["auroc"].is_number()
    );
    assert!(
        failure(&["eval", TINY, "--id", &id, "--ood", &ood, "--rate", "fpr"])
            .contains("such as fpr95tpr")
    );
}

/// Five of the six calibration samples have a label of the model.
#[test]
fn labelled_calibration_samples_give_prediction_sets_and_three_verdicts() {
    let (path, page) = (made("sets.onnx"), made("sets.html"));
    let fitted = fit(&path, &["--id-pass-rate", "0.5"]);
    assert!(messages(&fitted).contains("rate of 0.5, by 5 labelled samples"));
    let (detector, data) = (path.to_str().unwrap(), set("bytes.npz"));
    let info = json(&["inspect", detector]);
    assert_eq!(info["sets"], serde_json::json!({"level": 0.5, "byClass": false, "size": 5}));
    let reports = json(&["score", detector, &data]);
    let reports = reports.as_array().unwrap();
    let counted = |verdict: &str| reports.iter().filter(|it| it["verdict"] == verdict).count();
    let counts = serde_json::json!({
        "known": counted("known"), "unsure": counted("unsure"), "unknown": counted("unknown"),
    });
    assert!(counts.as_object().unwrap().values().all(|count| *count != 0), "{counts}");
    let size = |report: &Value| report["set"].as_array().unwrap().len();
    let covered = reports
        .iter()
        .zip([0, 1, 2, 0, 1])
        .filter(|(report, label)| report["set"].as_array().unwrap().contains(&(*label).into()));
    let eval = ["eval", detector, "--id", &data, "--ood", &set("pixels.npz")];
    let result = json(&[&eval[..], &["--report", page.to_str().unwrap()]].concat());
    assert_eq!(result["id"]["verdicts"], counts);
    assert_eq!(result["id"]["covered"], covered.count());
    let sizes: usize = reports.iter().map(size).sum();
    assert_eq!(result["id"]["meanSetSize"], sizes as f64 / 6.0);
    let strangers = result["ood"][0]["verdicts"].as_object().unwrap();
    assert_eq!(strangers.values().filter_map(Value::as_u64).sum::<u64>(), 4);
    let text = output(&eval);
    assert!(text.contains("50.00 % known, 16.67 % unsure, 33.33 % unknown"), "{text}");
    assert!(text.starts_with("ID   bytes.npz: 6 samples") && text.contains("OOD  pixels.npz: 4"));
    assert_eq!(result["ood"][0]["data"].as_str().unwrap(), set("pixels.npz"));
    let alike = output(&["eval", detector, "--id", &data, "--ood", &data]);
    assert!(alike.contains(&format!("OOD  {data}: 6 samples")), "{alike}");
    assert!(text.contains("60.00 % hold the label; 1.17 classes on average"), "{text}");
    assert!(std::fs::read_to_string(page).unwrap().contains("aria-label=\"Verdicts\""));
    let line = output(&["score", detector, &data]);
    let unsure = reports.iter().find(|it| it["verdict"] == "unsure").unwrap();
    let names = unsure["set"].as_array().unwrap().iter().map(|class| class.to_string());
    let names = format!("({})", names.collect::<Vec<_>>().join(", "));
    assert!(line.lines().any(|it| it.starts_with("ID   unsure   ") && it.contains(&names)));
}

#[test]
fn without_labels_of_the_calibration_samples_there_are_no_prediction_sets() {
    let (path, data) = (made("no_sets.onnx"), set("bytes.npz"));
    let (detector, held_out) = (path.to_str().unwrap(), set("pixels.npz"));
    let fixed = ["fit", TINY, "--layer", "vector", "--data", &data, "--id-pass-rate", "0.5"];
    output(&[&fixed[..], &["--calibration", &held_out, "-o", detector]].concat());
    assert_eq!(json(&["inspect", detector])["sets"], Value::Null);
    for report in json(&["score", detector, &data]).as_array().unwrap() {
        let verdict = if report["isOod"] == true { "unknown" } else { "known" };
        assert_eq!((&report["verdict"], &report["set"]), (&verdict.into(), &Value::Null));
    }
    let result = json(&["eval", detector, "--id", &data, "--ood", &held_out]);
    assert_eq!(
        (&result["id"]["covered"], &result["id"]["meanSetSize"]),
        (&Value::Null, &Value::Null)
    );
    assert!(!output(&["eval", detector, "--id", &data, "--ood", &held_out]).contains("known,"));
}

#[test]
fn the_report_is_one_page_that_loads_nothing() {
    let (id, ood, path) = (set("classes"), set("bytes.npz:name=<b>&"), made("report.html"));
    let arguments = ["eval", TINY, "--id", &id, "--ood", &ood, "--report", path.to_str().unwrap()];
    let text = output(&arguments);
    let few = "Too few samples to judge by: ";
    assert!(text.lines().last().unwrap().starts_with(few), "{text}");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(
        page.starts_with("<!DOCTYPE html>")
            && page.contains("&lt;b&gt;&amp;")
            && !page.contains("<b>")
    );
    assert!(page.contains("<p class=\"judgement\" data-state=\"unsure\">") && page.contains(few));
    assert_eq!(page.matches("role=\"img\"").count(), 3);
    assert!(page.contains("src=\"data:image/png;base64,"));
    for outside in ["http:", "https:", "<script", "<link", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

/// Pictures of noise, and labels that have nothing to do with them.
fn noise(name: &str, count: u32) -> String {
    let (images, labels) = (made(&format!("{name}.idx")), made(&format!("{name}-labels.idx")));
    let pixels = (0..count * 28 * 28).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    let header = [0, 0, 8, 3, 0, 0, 0, count as u8, 0, 0, 0, 28, 0, 0, 0, 28];
    std::fs::write(&images, header.into_iter().chain(pixels).collect::<Vec<u8>>()).unwrap();
    let header = [0, 0, 8, 1, 0, 0, 0, count as u8];
    std::fs::write(
        &labels,
        header.into_iter().chain((0..count as u8).map(|i| i % 5)).collect::<Vec<u8>>(),
    )
    .unwrap();
    format!("{}:{}:name={name}", images.display(), labels.display())
}

/// The judgement is the same in text, JSON and report, which marks the tile and tells the date.
#[test]
fn a_report_begins_with_a_judgement_and_says_when_it_was_made() {
    let (data, path) = (noise("judged", 60), made("judged.html"));
    let eval = ["eval", "models/digits.onnx", "--id", &data, "--ood", &data];
    let arguments = [&eval[..], &["--report", path.to_str().unwrap()]].concat();
    let at = |seconds: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_she-ood"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env("SOURCE_DATE_EPOCH", seconds);
        command.args(&arguments).output().unwrap()
    };
    let printed = String::from_utf8(at("1767225599").stdout).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    let judgement = &json(&eval)["judgement"];
    assert_eq!(judgement["grade"], "fails");
    let sentence = judgement["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("The classifier is right on "), "{sentence}");
    assert_eq!(printed.lines().last(), Some(sentence));
    assert!(page.contains(&sentence.replace(" %", "\u{a0}%")));
    assert!(page.contains("class=\"judgement\" data-state=\"unknown\""));
    let version = format!("2025-12-31 23:59 UTC · she-ood {}", env!("CARGO_PKG_VERSION"));
    assert!(page.contains(&version));
    let tile = |name: &str| {
        let (_, rest) = page.split_once(&format!("<dt>{name}</dt>")).unwrap();
        rest.split_once("</div>").unwrap().0.to_string()
    };
    assert!(tile("accuracy").contains("misses its aim: "), "{}", tile("accuracy"));
    assert!(tile("FPR95, ID positive").contains("misses its aim: "));
    for json in ["{\"", "{&quot;", "&quot;:"] {
        assert!(!page.contains(json), "{json}");
    }
    at("1767225599");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
    let refused = messages(&at("tomorrow"));
    assert!(refused.contains("SOURCE_DATE_EPOCH is \"tomorrow\", expected seconds"), "{refused}");
}

/// Without a word on the normalisation it is that which is usual for the input's size, and a low
/// accuracy is warned of, when the detector is made and whenever it is used.
#[test]
fn the_usual_normalisation_is_said_and_few_correct_samples_are_warned_of() {
    let (images, labels, path) = (made("noise.idx"), made("noise-labels.idx"), made("noise.onnx"));
    let pixels = (0..30u32 * 32 * 32 * 3).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    let header = [0, 0, 8, 4, 0, 0, 0, 30, 0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, 3];
    std::fs::write(&images, header.into_iter().chain(pixels).collect::<Vec<u8>>()).unwrap();
    let header = [0, 0, 8, 1, 0, 0, 0, 30];
    std::fs::write(&labels, header.into_iter().chain((0..30).map(|i| i % 10)).collect::<Vec<u8>>())
        .unwrap();
    let (data, path) =
        (format!("{}:{}", images.display(), labels.display()), path.to_str().unwrap());
    let model = "models/cifar10-model.onnx";
    let fitted = |more: &[&str]| {
        let fixed =
            ["fit", model, "--layer", "pooled", "--data", &data, "--hold-out", "0.34", "-o", path];
        messages(&run(&[&fixed, more].concat()))
    };
    let said = fitted(&[]);
    assert!(said.contains("mean [0.4914, 0.4822, 0.4465], std [0.247, 0.2435, 0.2616]"), "{said}");
    assert!(
        said.contains("warning: only ") && said.contains("Check the order of the labels"),
        "{said}"
    );
    let std = json(&["inspect", path])["preprocess"]["std"].as_array().unwrap().clone();
    assert!((std[0].as_f64().unwrap() - 0.247).abs() < 1e-6, "{std:?}");
    for later in [
        vec!["inspect", path],
        vec!["score", path, &data],
        vec!["eval", path, "--id", &data, "--ood", &data],
    ] {
        assert!(messages(&run(&later)).contains("warning: only "), "{later:?}");
    }
    let said = fitted(&["--mean", "0"]);
    assert!(!said.contains("note: assuming the usual normalisation"), "{said}");
    assert_eq!(json(&["inspect", path])["preprocess"]["std"], serde_json::json!([1.0, 1.0, 1.0]));
}

/// Folders of this test's own, each with the same few pictures.
fn folders(test: &str, names: &[&str]) -> String {
    let folder = made(test);
    let _ = std::fs::remove_dir_all(&folder);
    for name in names {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        for file in ["ant/0.png", "ant/1.png", "bee/2.png", "bee/3.webp", "bee/4.bmp", "cat/5.gif"]
        {
            let to = folder.join(name).join(Path::new(file).file_name().unwrap());
            std::fs::copy(set(&format!("classes/{file}")), to).unwrap();
        }
    }
    folder.to_str().unwrap().to_string()
}

/// What a fit to a folder says, and the names of the classes where it succeeds.
fn fit_folder(data: &str, more: &[&str]) -> (String, Option<Value>) {
    let path = PathBuf::from(format!("{data}.onnx"));
    let _ = std::fs::remove_file(&path);
    let fixed = [
        "fit",
        TINY,
        "--layer",
        "vector",
        "--data",
        data,
        "--hold-out",
        "0.34",
        "-o",
        path.to_str().unwrap(),
    ];
    let output = run(&[&fixed, more].concat());
    let labels = matches!(output.status.code(), Some(0 | 3))
        .then(|| json(&["inspect", path.to_str().unwrap()])["labels"].clone());
    (messages(&output), labels)
}

#[test]
fn folders_named_by_numbers_are_names_or_positions() {
    for (names, labels, says) in [
        (&["00000", "00001", "00002"][..], Some(["00000", "00001", "00002"]), ""),
        (&["0", "1", "2"], Some(["0", "1", "2"]), ""),
        (
            &["1", "2"],
            Some(["0", "1", "2"]),
            "no samples of these classes, so they have no pattern: 0",
        ),
        (&["001", "002"], Some(["0", "001", "002"]), "so they have no pattern: 0"),
        (
            &["1", "2", "3"],
            Some(["1", "2", "3"]),
            "taken as names of the model's outputs, in this order: 1, 2, 3",
        ),
        (&["08", "09", "10"], Some(["08", "09", "10"]), "in this order: 08, 09, 10"),
        (
            &["1", "2", "10"],
            None,
            "have more than one order: as text it is 1, 10, 2. Name them with --labels",
        ),
        (&["1", "01", "2"], None, "have more than one order"),
        (&["0", "1", "2", "3"], Some(["0", "1", "2"]), "label out of range"),
        (&["+0", "+1", "+2"], Some(["+0", "+1", "+2"]), ""),
        (&["1.0", "2.0", "3.0"], Some(["1.0", "2.0", "3.0"]), ""),
        (
            &["c1", "c2", "c10"],
            Some(["c1", "c10", "c2"]),
            "in the order of their names as text: c1, c10, c2",
        ),
        (&["ant", "bee"], None, "the model has 3 classes, but 2 are named: ant, bee"),
    ] {
        let (said, found) = fit_folder(&folders("numbered", names), &[]);
        assert_eq!(found, labels.map(|labels| serde_json::json!(labels)), "{names:?}: {said}");
        assert!(
            said.contains(says)
                && (labels.is_none() || says.contains("range") || !said.contains("left out")),
            "{names:?}: {said}"
        );
    }
    let (said, found) =
        fit_folder(&folders("numbered", &["1", "2", "10"]), &["--labels", "1,2,10"]);
    assert_eq!(found, Some(serde_json::json!(["1", "2", "10"])), "{said}");
}

/// An accuracy of the other classes alone would look like success.
#[test]
fn a_label_without_a_usable_sample_is_warned_of() {
    let data = folders("lost", &["ant", "bee", "cat"]);
    for file in std::fs::read_dir(made("lost").join("cat")).unwrap() {
        std::fs::write(file.unwrap().path(), b"\x89PNG\r\n\x1a\n, and no more").unwrap();
    }
    let (said, _) = fit_folder(&data, &[]);
    assert!(said.contains("every sample of these labels was left out: cat"), "{said}");
    assert!(
        said.contains("samples; left out: ") && said.contains("so they have no pattern: cat"),
        "{said}"
    );
    let (said, _) =
        fit_folder(&folders("lost", &["ant", "bee", "dog"]), &["--labels", "ant,bee,cat"]);
    assert!(said.contains("every sample of these labels was left out: dog"), "{said}");
}

#[test]
fn an_empty_class_folder_is_named() {
    let data = folders("empty-class", &["ant", "bee"]);
    std::fs::create_dir(made("empty-class").join("cat")).unwrap();
    let (said, labels) = fit_folder(&data, &[]);
    assert_eq!(labels, Some(serde_json::json!(["ant", "bee", "cat"])));
    assert!(
        said.contains("these folders have no pictures: cat")
            && said.contains("so they have no pattern: cat"),
        "{said}"
    );
    // One that is empty beside as many as the model has does not count.
    let data = folders("empty-class", &["ant", "bee", "cat"]);
    std::fs::create_dir(made("empty-class").join("aside")).unwrap();
    assert_eq!(fit_folder(&data, &[]).1, Some(serde_json::json!(["ant", "bee", "cat"])));
    std::fs::create_dir(made("empty-class").join("beside")).unwrap();
    std::fs::remove_dir_all(made("empty-class").join("bee")).unwrap();
    assert!(
        fit_folder(&data, &[])
            .0
            .contains("These folders have no pictures: aside, beside. Name them with --labels")
    );
}

#[test]
fn names_of_classes_may_come_from_a_file_and_have_accents_in_any_form() {
    let names = made("names.txt");
    std::fs::write(&names, "a,b\nc:d\ncaf\u{e9}\n").unwrap();
    let data = folders("odd-classes", &["a,b", "c:d", "cafe\u{301}"]);
    let (said, labels) = fit_folder(&data, &["--labels", &format!("@{}", names.display())]);
    assert_eq!(labels, Some(serde_json::json!(["a,b", "c:d", "caf\u{e9}"])), "{said}");
    assert!(!said.contains("left out"), "{said}");
    assert!(fit_folder(&data, &["--labels", "@nowhere"]).0.contains("nowhere: No such file"));
}

#[test]
fn pictures_that_are_not_read_are_counted_and_stop_a_strict_run() {
    let output = run(&["score", TINY, &set("mixed")]);
    let said = messages(&output);
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 4, "{said}");
    for text in [
        "warning: tests/data/sets/mixed: 2 TIFF files left out, the first: \
         tests/data/sets/mixed/ant/2.tif; convert them to PNG or JPEG",
        "2 PNM files left out",
        "1 SVG file left out",
        "note: tests/data/sets/mixed: 1 text file passed over",
        "1 of 5 samples left out, unreadable; the first: tests/data/sets/mixed/bee/8.jpg: it is \
         not a picture (format: HTML)",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    for arguments in [
        &["score", TINY, &set("mixed"), "--strict"][..],
        &["eval", TINY, "--id", &set("bytes.npz"), "--ood", &set("mixed"), "--strict"],
        &[
            "fit",
            TINY,
            "--layer",
            "map",
            "--data",
            &set("mixed"),
            "--hold-out",
            "0.5",
            "-o",
            "never.onnx",
            "--strict",
        ],
    ] {
        assert!(failure(arguments).contains("2 PNM files left out"));
    }
    // Notes are not samples.
    let data = folders("with-notes", &["ant"]);
    std::fs::write(made("with-notes").join("notes.txt"), "made by hand").unwrap();
    assert!(run(&["score", TINY, &data, "--strict"]).status.success());
}

#[test]
fn calibration_that_is_among_the_data_is_found_by_any_path() {
    let data = folders("nested", &["ant", "bee", "cat"]);
    let part = format!("{data}/ant/../ant");
    let path = made("nested.onnx");
    let said = messages(&run(&[
        "fit",
        TINY,
        "--layer",
        "map",
        "--data",
        &data,
        "--calibration",
        &part,
        "-o",
        path.to_str().unwrap(),
    ]));
    assert!(said.contains("6 calibration samples are fit samples, too"), "{said}");
}

#[test]
fn where_the_output_goes_is_checked_before_the_work() {
    let (data, file) = (set("bytes.npz"), made("a-file"));
    std::fs::write(&file, "kept").unwrap();
    let (folder, beneath) = (env!("CARGO_TARGET_TMPDIR"), file.join("detector.onnx"));
    for (path, reason) in [
        ("nowhere/detector.onnx", "its folder does not exist"),
        (folder, "it is a folder"),
        (beneath.to_str().unwrap(), "its folder does not exist"),
    ] {
        let said = failure(&[
            "fit",
            "nowhere.onnx",
            "--layer",
            "map",
            "--data",
            &data,
            "--hold-out",
            "0.5",
            "-o",
            path,
        ]);
        assert!(said.contains(reason) && said.contains(path), "{said}");
        let said =
            failure(&["eval", TINY, "--id", "nowhere", "--ood", "nowhere", "--report", path]);
        assert!(said.contains(reason), "{said}");
    }
    let path = file.to_str().unwrap();
    failure(&[
        "fit",
        "nowhere.onnx",
        "--layer",
        "map",
        "--data",
        &data,
        "--hold-out",
        "0.5",
        "-o",
        path,
    ]);
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "kept",
        "what fails later destroys nothing"
    );
}

#[test]
fn a_detector_does_not_take_the_place_of_its_model() {
    let model = made("kept-model.onnx");
    std::fs::copy(TINY, &model).unwrap();
    let (path, data) = (model.to_str().unwrap(), set("bytes.npz"));
    let said = failure(&[
        "fit",
        path,
        "--layer",
        "map",
        "--data",
        &data,
        "--calibration",
        &data,
        "-o",
        path,
    ]);
    assert!(said.contains("that is the model itself"), "{said}");
    assert_eq!(std::fs::read(&model).unwrap(), std::fs::read(TINY).unwrap());
}

#[test]
fn that_pictures_are_resized_is_said_once() {
    let one = set("classes/cat/7-larger.png");
    let said = messages(&run(&["score", TINY, &one, &one, &set("classes/ant/0.png")]));
    assert_eq!(said.matches("of another size").count(), 1, "{said}");
    assert!(said.contains("2 of 3 pictures are of another size"), "{said}");
}

#[test]
fn an_infinite_threshold_has_a_name_in_json() {
    let path = made("infinite.onnx");
    fit(&path, &["--class-conditional"]);
    let path = path.to_str().unwrap();
    let info = json(&["inspect", path]);
    assert_eq!(
        (&info["threshold"], &info["classThresholds"][0]),
        (&"Infinity".into(), &"Infinity".into())
    );
    assert_eq!(json(&["score", path, &set("classes/ant/0.png")])[0]["threshold"], "Infinity");
}

#[test]
fn names_among_the_labels_of_an_array_are_the_classes() {
    let path = made("named-labels.onnx");
    let data = set("numbers/names-bytes.npz");
    fit_without_threshold(&[
        "--layer",
        "map",
        "--data",
        &data,
        "--calibration",
        &data,
        "-o",
        path.to_str().unwrap(),
    ]);
    assert_eq!(
        json(&["inspect", path.to_str().unwrap()])["labels"],
        serde_json::json!(["ant", "bee", "cat"])
    );
    let said = messages(&run(&["score", TINY, &set("numbers/unscaled.npz")]));
    assert!(
        said.contains(
            "warning: tests/data/sets/numbers/unscaled.npz: all values are from 0 to 255 as \
             pixels are"
        ),
        "{said}"
    );
}

#[test]
fn labels_of_which_the_data_has_none_are_refused_before_the_fit() {
    let data = set("numbers/names-bytes.npz");
    for held_out in [["--calibration", data.as_str()], ["--hold-out", "0.2"]] {
        let path = made("no-labels.onnx");
        let fixed = ["fit", TINY, "--data", &data, "--labels", "x,y,z", "-o"];
        let message = failure(&[&fixed, &[path.to_str().unwrap()][..], &held_out].concat());
        assert!(message.contains("none of its labels, ant, bee, cat"), "{message}");
        assert!(message.contains("x, y, z") && message.contains("--labels"), "{message}");
    }
}

#[test]
fn weights_beside_the_model_are_read_by_every_command_and_end_in_the_detector() {
    let cases = external_cases();
    for (name, case) in cases["good"].as_object().unwrap() {
        if case["logits"].is_null() {
            continue;
        }
        let model = external("external-good", case);
        assert!(output(&["layers", &model, "--all"]).contains("[48]"), "{name}");
    }
    let case = &cases["good"]["in a folder"];
    let (model, detector) = (external("external-fit", case), made("external-fit.onnx"));
    let fit = |output: &str| {
        let data = "tests/data/external.npz";
        run(&[
            "fit",
            &model,
            "--layer",
            "hidden",
            "--data",
            data,
            "--calibration",
            data,
            "-o",
            output,
        ])
    };
    let weights = made("external-fit/weights/w");
    for own in [Path::new(&model), &weights] {
        let before = std::fs::read(own).unwrap();
        let refused = messages(&fit(own.to_str().unwrap()));
        assert!(refused.contains("name another file"), "{refused}");
        assert_eq!(std::fs::read(own).unwrap(), before);
    }
    assert!(fit(detector.to_str().unwrap()).status.success());
    let whole = STANDARD.decode(case["whole"].as_str().unwrap()).unwrap();
    assert!(std::fs::read(&detector).unwrap().starts_with(&whole));
    let missing = made("external-elsewhere.onnx");
    std::fs::copy(&detector, &missing).unwrap();
    output(&["inspect", missing.to_str().unwrap()]);
}

#[test]
fn weights_that_cannot_be_read_are_named_with_their_file() {
    let cases = external_cases();
    for (name, case) in cases["bad"].as_object().unwrap() {
        let message = failure(&["layers", &external("external-bad", case)]);
        let words = case["words"].as_array().unwrap();
        let said = |word: &Value| message.contains(word.as_str().unwrap());
        assert!(words.iter().all(said), "{name}: {message}");
    }
    let model = external("external-missing", &cases["good"]["one file"]);
    let data = made("external-missing/model.onnx.data");
    std::fs::remove_file(&data).unwrap();
    let message = failure(&["layers", &model]);
    for word in [data.to_str().unwrap(), &model, "put it there"] {
        assert!(message.contains(word), "{message}");
    }
    std::fs::create_dir(&data).unwrap();
    assert!(failure(&["inspect", &model]).contains("it is not a file"));
}

/// Users' own links may lead anywhere; models' names may not.
#[cfg(unix)]
#[test]
fn weights_may_be_a_link_that_the_user_made() {
    let model = external("external-link", &external_cases()["good"]["one file"]);
    let (data, elsewhere) = (made("external-link/model.onnx.data"), made("external-link.data"));
    std::fs::rename(&data, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &data).unwrap();
    assert!(output(&["layers", &model]).contains("hidden"));
}

/// An uncompressed picture of 24 x 8 pixels: a square of one colour between two of another.
fn bmp(middle: [u8; 3], sides: [u8; 3]) -> Vec<u8> {
    let (width, height) = (24u32, 8u32);
    let mut bytes = b"BM".to_vec();
    let size = 54 + width * height * 3;
    for number in [size, 0, 54, 40, width, height, 1 | 24 << 16, 0, 0, 2835, 2835, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    for x in (0..height).flat_map(|_| 0..width) {
        let [red, green, blue] = if (8..16).contains(&x) { middle } else { sides };
        bytes.extend([blue, green, red]);
    }
    bytes
}

/// Folders of pictures whose middle has the colour that names their folder, in a folder of this
/// test's own.
fn colours(test: &str, names: [&str; 3]) -> PathBuf {
    let folder = made(test);
    let _ = std::fs::remove_dir_all(&folder);
    for (class, name) in names.iter().enumerate() {
        std::fs::create_dir_all(folder.join("data").join(name)).unwrap();
        for number in 0..12u8 {
            let colour = |class: usize| {
                let mut colour = [number; 3];
                colour[class % 3] = 255 - 5 * number;
                colour
            };
            let file = folder.join("data").join(name).join(format!("{number}.bmp"));
            std::fs::write(file, bmp(colour(class), colour(class + 1))).unwrap();
        }
    }
    folder
}

/// A model that tells pictures of 8 x 8 pixels by their colour, with a line of metadata.
fn named_model(key: &str, value: &str) -> Vec<u8> {
    let field = |tag: u8, text: &[u8]| [&[tag, text.len() as u8], text].concat();
    let entry = [field(0x0a, key.as_bytes()), field(0x12, value.as_bytes())].concat();
    [include_bytes!("data/parity/rgb.onnx").to_vec(), field(0x72, &entry)].concat()
}

fn fit_colours(folder: &Path, more: &[&str]) -> Output {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let (model, data, detector) = (path("model.onnx"), path("data"), path("detector.onnx"));
    let fixed = ["fit", &model, "--layer", "flat", "--data", &data, "--hold-out", "0.34"];
    run(&[&fixed[..], &["-o", &detector], more].concat())
}

const TRANSFORMS: &str = r#"{
    "training": false, "_parameters": {}, "crop_size": [8], "resize_size": [9],
    "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
    "interpolation": "InterpolationMode.BILINEAR", "antialias": true
}"#;

#[test]
fn a_config_and_the_names_in_the_model_are_all_that_a_fit_needs() {
    let folder = colours("configured", ["red", "green", "blue"]);
    let model = named_model("names", "{0: 'red', 1: 'green', 2: 'blue'}");
    std::fs::write(folder.join("model.onnx"), model).unwrap();
    let transforms = folder.join("transforms.json");
    std::fs::write(&transforms, TRANSFORMS).unwrap();
    let transforms = transforms.to_str().unwrap();
    let said = messages(&fit_colours(&folder, &["--preprocess", transforms]));
    assert!(said.contains("accuracy    100.00 %") && !said.contains("note: assuming"), "{said}");
    let info = json(&["inspect", folder.join("detector.onnx").to_str().unwrap()]);
    assert_eq!(info["labels"], serde_json::json!(["red", "green", "blue"]));
    assert_eq!(
        (&info["preprocess"]["framing"], &info["preprocess"]["resize"]),
        (&"crop".into(), &9.into())
    );
    assert!((info["preprocess"]["std"][0].as_f64().unwrap() - 0.229).abs() < 1e-6);

    // The sides of the pictures have the colour of another class.
    let said =
        messages(&fit_colours(&folder, &["--preprocess", transforms, "--framing", "stretch"]));
    assert!(!said.contains("accuracy    100.00 %"), "{said}");
    let said = messages(&fit_colours(&folder, &[]));
    let path = folder.join("transforms.json");
    let note = format!("{} is not read. If it is the model's config", path.display());
    assert!(said.contains(&note), "{said}");
    assert!(said.contains("usual framing for 8 x 8: pictures are resized as a whole"), "{said}");
}

#[test]
fn options_of_the_framing_are_those_of_the_detector() {
    let folder = colours("framed", ["red", "green", "blue"]);
    std::fs::write(folder.join("model.onnx"), named_model("labels", "red,green,blue")).unwrap();
    let options = ["--framing", "letterbox", "--resize", "7", "--interpolation", "bicubic"];
    let more = ["--fill", "114,114,115", "--channels", "bgr", "--mean", "0.5"];
    let said = messages(&fit_colours(&folder, &[&options[..], &more].concat()));
    let preprocess =
        &json(&["inspect", folder.join("detector.onnx").to_str().unwrap()])["preprocess"];
    let expected = serde_json::json!({
        "width": 8, "height": 8, "channels": "bgr", "layout": "nchw", "framing": "letterbox",
        "resize": 7, "interpolation": "bicubic", "fill": [114, 114, 115],
        "mean": [0.5, 0.5, 0.5], "std": [1.0, 1.0, 1.0],
    });
    assert_eq!(*preprocess, expected, "{said}");
    for (option, reason) in [
        (["--fill", "1,2"], "three whole numbers from 0 to 255"),
        (["--resize", "0"], "preprocess.resize is 0, allowed: 1 to 16,384"),
        (["--interpolation", "cubic"], "allowed: nearest, bilinear, bicubic, lanczos"),
        (["--channels", "gray"], "allowed: gray for inputs of one channel, rgb or bgr for three"),
        (["--framing", "ink"], "for models of one channel"),
        (["--preprocess", "nowhere.json"], "nowhere.json: No such file"),
        (["--layout", "nhwc"], "with 1 or 3 channels"),
    ] {
        let said = messages(&fit_colours(&folder, &option));
        assert!(said.contains(reason) && !said.contains("panicked"), "{option:?}: {said}");
    }
}

#[test]
fn names_are_taken_from_options_then_the_config_then_the_model_then_the_folders() {
    let folder = colours("named", ["n03", "n02", "n01"]);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let labels = |more: &[&str]| {
        let said = messages(&fit_colours(&folder, more));
        assert!(said.contains("accuracy    100.00 %"), "{said}");
        json(&["inspect", &path("detector.onnx")])["labels"].clone()
    };
    let crop = ["--framing", "crop"];
    let ids = serde_json::json!(["n03", "n02", "n01"]);
    write("model.onnx", &named_model("names", "['red', 'green', 'blue']"));
    let said = messages(&fit_colours(&folder, &crop));
    assert!(
        said.contains(
            "no label of the data is a class of the model: the data have n01, n02, n03, \
                       the model's metadata names red, green, blue"
        ),
        "{said}"
    );
    write("index.json", br#"{"0": ["n03", "red"], "2": ["n01", "blue"], "1": ["n02", "green"]}"#);
    let index = format!("@{}", path("index.json"));
    assert_eq!(labels(&["--framing", "crop", "--labels", &index]), ids);
    write(
        "config.json",
        br#"{"architecture": "resnet18", "label_names": ["n03", "n02", "n01"],
            "pretrained_cfg": {"input_size": [3, 8, 8], "crop_pct": 1.0}}"#,
    );
    assert_eq!(labels(&["--preprocess", &path("config.json")]), ids);

    write("model.onnx", &named_model("names", "{0: 'red', 1: 'green'}"));
    let said = messages(&fit_colours(&folder, &crop));
    assert!(
        said.contains("the model has 3 classes, but the model's metadata names 2: red, green"),
        "{said}"
    );
    assert_eq!(labels(&["--framing", "crop", "--labels", "n03,n02,n01"]), ids, "given counts");
}

/// Exit code, standard output and messages of `monitor` for verdicts on standard input.
fn watch(state: &Path, verdicts: &str, more: &[&str]) -> (Option<i32>, String, String) {
    use std::io::Write;
    use std::process::Stdio;
    let fixed = ["monitor", "models/digits.onnx", "--state", state.to_str().unwrap()];
    let mut child = Command::new(env!("CARGO_BIN_EXE_she-ood"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([&fixed, more].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A monitor that refuses its options does not read.
    let _ = child.stdin.take().unwrap().write_all(verdicts.as_bytes());
    let done = child.wait_with_output().unwrap();
    let said = messages(&done);
    (done.status.code(), String::from_utf8(done.stdout).unwrap(), said)
}

#[test]
fn monitor_goes_on_from_its_state_tells_a_change_and_merges() {
    let (one, two, both) = (made("one.json"), made("two.json"), made("both.json"));
    [&one, &two, &both].iter().for_each(|path| drop(std::fs::remove_file(path)));
    let strange = r#"[{"score": 1e9}, {"score": "Infinity"}]"#;
    assert_eq!(watch(&one, strange, &[]).0, Some(0));
    let (code, _, said) = watch(&one, &strange.repeat(5), &[]);
    assert_eq!(code, Some(4));
    assert_eq!(said.matches("the samples have changed since about 1").count(), 1, "{said}");
    let plain = r#"{"score": 0}"#;
    let (code, out, said) = watch(&one, plain, &["--json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, report["all"]["samples"].as_u64(), said.as_str()), (Some(4), Some(13), ""));

    assert_eq!(watch(&two, plain, &[]).0, Some(0));
    let paths = [&one, &two, &both].map(|path| path.to_str().unwrap());
    let merged = run(&["monitor", "--merge", paths[0], paths[1], "-o", paths[2], "--json"]);
    assert_eq!(merged.status.code(), Some(4));
    let report: Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert_eq!(report["changed"], serde_json::json!(["one"]));
    let twice = failure(&["monitor", "--merge", paths[2], paths[0]]);
    assert!(twice.contains("\"one\" is in the fleet already"), "{twice}");

    let (code, _, said) = watch(&one, plain, &["--alpha", "0.05"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("alpha 0.05") && said.contains("alpha 0.01"), "{said}");
    assert!(said.contains("--reset starts over"), "{said}");
    assert_eq!(watch(&one, plain, &["--reset", "--alpha", "0.05"]).0, Some(0));
    let moved = made("moved.json");
    std::fs::rename(&one, &moved).unwrap();
    assert_eq!(watch(&moved, plain, &[]).0, Some(0), "its name and its alpha are in the state");
}

#[test]
fn states_keep_to_their_own_files_and_are_not_replaced_by_a_fleet() {
    let states = [made("cam.1"), made("cam.2")];
    let beside = made("cam.part");
    std::fs::write(&beside, "a part").unwrap();
    for state in &states {
        drop(std::fs::remove_file(state));
        assert_eq!(watch(state, r#"{"score": 0}"#, &[]).0, Some(0));
    }
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), "a part");
    let [one, two] = states.each_ref().map(|state| state.to_str().unwrap());
    output(&["monitor", "--merge", one, two]);
    let message = failure(&["monitor", "--merge", one, two, "-o", two]);
    assert!(message.contains("that is a state to merge"), "{message}");
    let (code, _, said) = watch(&states[0], r#"{"score": 0} {"score": 1} nonsense"#, &[]);
    assert_eq!((code, said.contains("not JSON")), (Some(1), true), "{said}");
    let (_, report, _) = watch(&states[0], r#"{"score": 0}"#, &["--json"]);
    assert!(report.contains(r#""samples":4"#), "verdicts before the error count: {report}");
    for ignored in [&["-o", "no.json"][..], &["--merge", one, "--alpha", "0.1"]] {
        let fixed =
            if ignored[0] == "-o" { &["models/digits.onnx", "--state", one][..] } else { &[] };
        let message = failure(&[&["monitor"], fixed, ignored].concat());
        assert!(message.contains("cannot be used with"), "{message}");
    }
}

#[test]
fn a_dash_is_no_file_to_write_to() {
    let message = failure(&["export", "models/digits.onnx", "-o", "-"]);
    assert!(message.contains("standard output is /dev/stdout"), "{message}");
}

#[test]
fn monitor_refuses_the_state_of_another_detector() {
    let (one, other, state) = (made("one.onnx"), made("other.onnx"), made("of-one.json"));
    drop(std::fs::remove_file(&state));
    fit(&one, &["--id-pass-rate", "0.5"]);
    fit(&other, &["--id-pass-rate", "0.5", "--similarity", "cosine"]);
    let [one, other, state] = [&one, &other, &state].map(|path| path.to_str().unwrap());
    let data = set("bytes.npz");
    output(&["monitor", one, "--state", state, "--data", &data]);
    let said = failure(&["monitor", other, "--state", state, "--data", &data]);
    assert!(said.contains("monitors of one detector go together; --reset starts over"), "{said}");
    output(&["monitor", other, "--state", state, "--data", &data, "--reset"]);
}

#[test]
fn monitor_says_how_to_get_a_reference() {
    let (path, state) = (made("no-reference.onnx"), made("no-reference.json"));
    let (path, data) = (path.to_str().unwrap(), set("bytes.npz"));
    fit_without_threshold(&["--data", &data, "--hold-out", "0.34", "-o", path]);
    let said = failure(&["monitor", path, "--state", state.to_str().unwrap(), "--data", &data]);
    assert!(said.contains("reference scores are too few"), "{said}");
    assert!(said.contains("fit with --calibration or a larger --hold-out"), "{said}");
    // A detector that was taught has no held-out samples at all.
    run(&["fit", TINY, "--data", &set("mixed"), "-o", path]);
    let said = failure(&["monitor", path, "--state", state.to_str().unwrap(), "--data", &data]);
    assert!(said.contains("take the first scores of the stream"), "{said}");
    assert!(said.contains("a monitor compares with held-out samples"), "{said}");
}

#[test]
fn monitor_refuses_what_is_no_verdict_and_a_pipe_without_any() {
    let state = made("refusing.json");
    drop(std::fs::remove_file(&state));
    for (given, expected) in [
        ("", "no verdicts"),
        ("[]", "no verdicts"),
        ("ood  1.5", "not JSON"),
        (r#"{"sco": 3}"#, r#"no number "score" in {"sco":3}"#),
    ] {
        let (code, _, said) = watch(&state, given, &[]);
        assert_eq!(code, Some(1), "{given}");
        assert!(said.contains(expected), "{said}");
    }
}
