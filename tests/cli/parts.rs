//! Parts of a fit: `fit --partial`, `merge`, `calibrate`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use she_ood::{Detector, Part};

use super::{TINY, failure, made, messages, output, run, set};

/// oodeel's toy MLP.
const MLP: &str = "tests/data/mnist_mlp_0-4.onnx";

/// The path of a file of this test's own.
fn file(name: &str) -> String {
    made(name).display().to_string()
}

/// Makes a part of features of the tiny model's layer `vector`, and returns its path.
fn part(name: &str, data: &str, more: &[&str]) -> String {
    let path = file(name);
    let fit = ["fit", TINY, "--partial", "--data", data, "-o", &path, "--preset", "oodeel"];
    output(&[&fit, more].concat());
    path
}

fn merge(name: &str, arguments: &[&str]) -> String {
    let path = file(name);
    output(&[&["merge", "-o", &path], arguments].concat());
    path
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// Expected values by NumPy: `tests/data/features.py`.
#[test]
fn parts_of_features_merge_to_the_means_of_numpy_in_either_format() {
    let numpy: serde_json::Value =
        serde_json::from_slice(&read("tests/data/features.json")).unwrap();
    for format in ["npz", "parquet"] {
        let [one, other] = ["a", "b"].map(|it| set(&format!("features-{it}.{format}")));
        let [a, b] = [(&one, "a"), (&other, "b")]
            .map(|(data, it)| part(&format!("{it}-{format}.part"), data, &[]));
        let patterns = merge(&format!("patterns-{format}.part"), &[&b, &a]);
        let detector = file(&format!("means-{format}.onnx"));
        let held_out = format!("{other}:rows=1..");
        output(&["calibrate", TINY, &patterns, "--calibration", &held_out, "-o", &detector]);
        let detector = Detector::load(read(&detector)).unwrap();
        let expected: Vec<f32> = serde_json::from_value::<Vec<Vec<f64>>>(numpy["means"].clone())
            .unwrap()
            .concat()
            .into_iter()
            .map(|mean| mean as f32)
            .collect();
        assert_eq!(detector.she().layers()[0].values(), expected, "{format}");
        assert_eq!(serde_json::json!(detector.info().counts), numpy["counts"], "{format}");
        let part = Part::from_bytes(&read(&patterns)).unwrap().info();
        assert_eq!(serde_json::json!(part.counts), numpy["counts"], "{format}");
        for (mean, length) in expected.chunks(4).zip(&part.lengths.unwrap()[0]) {
            let squares: f64 = mean.iter().map(|value| f64::from(value * value)).sum();
            assert!((squares.sqrt() - length).abs() < 1e-6, "{length}");
        }
    }
}

#[test]
fn a_part_says_what_is_in_it_and_warns_of_wrong_labels() {
    let (data, path) = (set("features-a.npz"), file("inspected.part"));
    let fit = ["fit", TINY, "--partial", "--data", &data, "-o", &path, "--preset", "oodeel"];
    let said = messages(&run(&fit));
    assert!(said.contains("accuracy") && !said.contains("warning"), "{said}");
    let shown = output(&["inspect", &path]);
    assert!(shown.contains("samples, mean of length"), "{shown}");
    let said = messages(&run(&[&fit, ["--labels", "2,0,1"].as_slice()].concat()));
    assert!(said.contains("% of the samples are classified correctly"), "{said}");
    let refused = failure(&["score", &path, &data]);
    assert!(refused.contains("it is a part of a fit"), "{refused}");
}

#[test]
fn shards_of_a_set_give_the_detector_of_the_set() {
    let [data, held_out] = ["a", "b"].map(|it| set(&format!("features-{it}.parquet")));
    let rows = |from: usize, to: usize| format!("{data}:rows={from}..{to}");
    let options = ["--similarity", "mahalanobis", "--with", "energy"];
    let one = part("rows-1.part", &rows(0, 40), &options);
    let two = part("rows-2.part", &rows(40, 150), &options);
    let patterns = merge("rows.part", &[&two, &one]);
    let scores = [("rows-3.part", "0..91"), ("rows-4.part", "91..")].map(|(name, rows)| {
        let (path, held_out) = (file(name), format!("{held_out}:rows={rows}"));
        let calibrate = ["calibrate", TINY, &patterns, "--partial", "--calibration", &held_out];
        output(&[calibrate.as_slice(), &["-o", &path]].concat());
        path
    });
    let model = ["--model", TINY, "--id-pass-rate", "0.9"];
    let merged = merge("rows.onnx", &[&[&*scores[1], &patterns, &scores[0]], &model[..]].concat());
    let whole = file("whole.onnx");
    let fit = ["fit", TINY, "--preset", "oodeel", "--data", &data, "--calibration", &held_out];
    output(&[fit.as_slice(), &["--id-pass-rate", "0.9", "-o", &whole], &options].concat());
    assert!(read(&merged) == read(&whole));
}

#[test]
fn parts_that_do_not_belong_together_are_refused_by_name() {
    let [one, other] = ["a", "b"].map(|it| set(&format!("features-{it}.npz")));
    let plain = part("plain.part", &one, &[]);
    let cosine = part("cosine.part", &other, &["--similarity", "cosine"]);
    let other = part("other.part", &other, &[]);
    let refused =
        |arguments: &[&str]| failure(&[&["merge", "-o", &file("no.part")], arguments].concat());
    let message = refused(&[&plain, &cosine]);
    assert!(message.contains("similarity is \"inner\" here and \"cosine\" there"), "{message}");
    assert!(message.contains("cosine.part"), "{message}");
    let message = refused(&[&plain, &other, &plain]);
    assert!(message.contains("are merged already"), "{message}");
    let message = refused(&[&plain, "--model", TINY]);
    assert!(message.contains("it has no scores"), "{message}");
    let message = refused(&[&plain, "--model", MLP]);
    assert!(message.contains("the SHA-256 of the model is"), "{message}");
    let cut = file("cut.part");
    std::fs::write(&cut, &read(&plain)[..200]).unwrap();
    assert!(refused(&[&cut]).contains("changed or cut off"));
    assert!(refused(&[TINY]).contains("are not a part of a fit"));
    let calibrate =
        ["calibrate", TINY, &plain, "--partial", "-o", &file("of-other.part"), "--calibration"];
    let held_out = set("features-b.npz");
    output(&[calibrate.as_slice(), &[&held_out]].concat());
    let message = refused(&[&other, &file("of-other.part")]);
    assert!(message.contains("the SHA-256 of the patterns is"), "{message}");
    let message = failure(&["calibrate", TINY, &plain, "-o", &file("no.part")]);
    assert!(message.contains("give --calibration DATA"), "{message}");
}

#[test]
fn the_samples_of_a_fit_are_refused_for_its_threshold() {
    let data = set("features-a.npz");
    let patterns = part("own.part", &data, &["--clip", "2"]);
    let calibrate = ["calibrate", TINY, &patterns, "--calibration", &data, "-o", &file("no.onnx")];
    let message = failure(&calibrate);
    assert!(message.contains("150 calibration samples are samples that its patterns"), "{message}");
}

#[test]
fn probabilities_in_place_of_logits_are_warned_of_in_both_rounds() {
    let [logits, probabilities] =
        ["a", "probabilities"].map(|it| set(&format!("features-{it}.npz")));
    let says = "the logits of all samples are probabilities";
    let said = |arguments: &[&str]| {
        let done = run(arguments);
        assert!(done.status.success(), "{}", messages(&done));
        messages(&done)
    };
    let patterns = file("of-logits.part");
    let fit = |data: &str, path: &str, more: &[&str]| {
        drop(std::fs::remove_file(path));
        let fit = ["fit", TINY, "--partial", "--preset", "oodeel", "--data", data, "-o", path];
        said(&[&fit, more].concat())
    };
    assert!(!fit(&logits, &patterns, &[]).contains(says));
    let warned = file("no-logits.part");
    assert!(fit(&probabilities, &warned, &[]).contains(says));
    assert!(fit(&probabilities, &warned, &["--clip", "5", "--noise", "2"]).contains(says));
    let calibrate = |data: &str, more: &[&str]| {
        let path = file("of-probabilities.part");
        let calibrate = ["calibrate", TINY, &patterns, "--calibration", data, "-o", &path];
        said(&[&calibrate, more].concat())
    };
    assert!(calibrate(&probabilities, &[]).contains(says));
    assert!(calibrate(&probabilities, &["--partial"]).contains(says));
    assert!(!calibrate(&set("features-b.npz"), &["--partial"]).contains(says));
}

#[test]
fn options_that_a_command_would_ignore_are_refused() {
    let [data, held_out] = ["a", "b"].map(|it| set(&format!("features-{it}.npz")));
    let (patterns, no) = (part("options.part", &data, &[]), file("no.part"));
    let fit = ["fit", TINY, "--data", &data, "-o", &no];
    let clip = [&fit[..], &["--calibration", &held_out, "--clip", "0.1", "--noise", "5"]].concat();
    assert!(failure(&clip).contains("are for the parts of a fit: add --partial"));
    let calibrate = ["calibrate", TINY, &patterns, "--calibration", &held_out, "-o", &no];
    for command in [
        [&fit[..], &["--partial"]].concat(),
        [&calibrate[..], &["--partial"]].concat(),
        vec!["merge", &patterns, "-o", &no],
    ] {
        for more in [&["--id-pass-rate", "0.9"][..], &["--class-conditional"]] {
            let message = failure(&[&command, more].concat());
            assert!(message.contains("are for the threshold"), "{command:?}: {message}");
        }
    }
    let message = failure(&["merge", &patterns, "nowhere.part", "-o", &no]);
    assert!(message.starts_with("error: nowhere.part: No such file"), "{message}");
}

/// Fits a private part, and returns what is said of it.
fn private(name: &str, more: &[&str]) -> String {
    let (data, path) = (set("features-a.npz"), file(name));
    let fit = ["fit", TINY, "--partial", "--data", &data, "-o", &path, "--preset", "oodeel"];
    messages(&run(&[&fit, more].concat()))
}

/// Expected epsilon by SciPy, as in the tests of the formula.
#[test]
fn noise_is_stated_with_its_epsilon_and_leaves_a_detector() {
    let noise = std::f64::consts::SQRT_2.to_string();
    drop(std::fs::remove_file(file("noised.part")));
    let said = private("noised.part", &["--clip", "5", "--noise", &noise]);
    assert!(said.contains("the part is (4.377, 0.00001) differentially private"), "{said}");
    assert!(said.contains("Scores of `calibrate` have no noise"), "{said}");
    let again = private("noised.part", &["--clip", "5", "--noise", &noise]);
    assert!(again.contains("it holds a part with noise"), "{again}");
    let found = Part::from_bytes(&read(&file("noised.part"))).unwrap();
    assert!((found.info().privacy.unwrap().epsilon.unwrap() - 4.377_178_096).abs() < 1e-6);
    let (held_out, noised) = (set("features-b.npz"), file("noised.part"));
    let detector = file("noised.onnx");
    output(&["calibrate", TINY, &noised, "--calibration", &held_out, "-o", &detector]);
    let detector = Detector::load(read(&detector)).unwrap();
    assert!(detector.info().threshold.is_finite());
    let plain = part("unhidden.part", &held_out, &[]);
    let message = failure(&["merge", "-o", &file("no.part"), &noised, &plain]);
    assert!(message.contains("privacy is {"), "{message}");
}

#[test]
fn clips_alone_promise_nothing_and_noise_is_refused_where_sums_are_not_all() {
    let said = private("clipped.part", &["--clip", "5"]);
    assert!(!said.contains("differentially private"), "{said}");
    let refused = |more: &[&str]| {
        let (data, path) = (set("features-a.npz"), file("no.part"));
        let fit = ["fit", TINY, "--partial", "--data", &data, "-o", &path];
        failure(&[&fit, more].concat())
    };
    for more in [["--similarity", "mahalanobis"], ["--react", "0.9"], ["--store", "5"]] {
        let message = refused(&[&["--clip", "5", "--noise", "2"], more.as_slice()].concat());
        assert!(message.contains("gathers more than sums and counts"), "{more:?}: {message}");
    }
    assert!(refused(&["--noise", "2"]).contains("--clip"));
    assert!(refused(&["--clip", "5", "--noise", "0.01"]).contains("epsilon is at most 100"));
    assert!(refused(&["--clip", "0"]).contains("a finite number above 0"));
}

/// A merge of merges that share a part.
#[test]
fn a_part_in_two_branches_of_a_tree_is_refused_by_its_samples() {
    let data = set("features-a.parquet");
    let shard = |name: &str, rows: &str| part(name, &format!("{data}:rows={rows}"), &[]);
    let [a, b, c] = [("tree-a", "0..20"), ("tree-b", "20..57"), ("tree-c", "57..")]
        .map(|(name, rows)| shard(&format!("{name}.part"), rows));
    let (left, right) = (merge("left.part", &[&a, &b]), merge("right.part", &[&c, &b]));
    let message = failure(&["merge", "-o", &file("no.part"), &left, &right]);
    assert!(message.contains("the 37 samples"), "{message}");
    assert!(message.contains("right.part"), "{message}");
    assert!(message.ends_with("/docs/errors.html#repeated-part\n"), "{message}");
}

#[test]
fn features_of_another_layer_are_left_out_by_name() {
    let data = set("features-a.npz");
    let fit = ["fit", MLP, "--partial", "-o", &file("no.part"), "--data", &data];
    let message = failure(&fit);
    assert!(message.contains("the vector \"logits\" has 3 values, 10 in the model"), "{message}");
    let nan = set("broken/features-nan.npz");
    let message = failure(&["fit", TINY, "--partial", "-o", &file("no.part"), "--data", &nan]);
    assert!(message.contains("NaN at index 0 of the vector \"vector\""), "{message}");
    let message = failure(&["score", TINY, &data]);
    assert!(message.contains("which `fit` and `calibrate` take"), "{message}");
}

/// Writes random pictures as a pair of idx files and returns the line that names them.
fn random_pictures(count: u32) -> String {
    let (images, labels) = (file("random.idx"), file("random-labels.idx"));
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let sizes = [count, 28, 28].into_iter().flat_map(u32::to_be_bytes);
    let mut bytes: Vec<u8> = [0, 0, 8, 3].into_iter().chain(sizes).collect();
    bytes.extend((0..count * 28 * 28).map(|_| next()));
    std::fs::write(&images, bytes).unwrap();
    let mut bytes: Vec<u8> = [0, 0, 8, 1].into_iter().chain(count.to_be_bytes()).collect();
    bytes.extend((0..count).map(|_| next() % 10));
    std::fs::write(&labels, bytes).unwrap();
    format!("{images}:{labels}")
}

#[test]
fn a_fit_that_was_killed_continues_where_its_part_ends() {
    let data = random_pictures(20_000);
    let (killed, whole) = (file("killed.part"), file("unbroken.part"));
    let _ = std::fs::remove_file(&killed);
    let fit = |path: &str| {
        ["fit", MLP, "--partial", "--data", &data, "-o", path].map(str::to_string).to_vec()
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_she-ood"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(fit(&killed)).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let start = Instant::now();
    while !made("killed.part").exists() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let left = Part::from_bytes(&read(&killed)).unwrap();
    let done = left.progress().expect("the process was killed before its end").done;
    let message = failure(&["merge", "-o", &file("no.part"), &killed]);
    assert!(message.contains(&format!("incomplete, with {done} of 20000 samples")), "{message}");
    let refused = |more: &[&str]| {
        let fit = fit(&killed);
        failure(&[fit.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), more].concat())
    };
    let message = refused(&["--similarity", "dot"]);
    assert!(message.contains("similarity is \"inner\" here and \"dot\" there"), "{message}");
    let (images, _) = data.split_once(':').unwrap();
    let mut pictures = read(images);
    let set_first_pixel = |pictures: &mut Vec<u8>, value| {
        pictures[16] = value;
        std::fs::write(images, &pictures).unwrap();
    };
    let first = pictures[16];
    set_first_pixel(&mut pictures, first ^ 1);
    let message = refused(&[]);
    assert!(message.contains("names, labels or contents differ"), "{message}");
    set_first_pixel(&mut pictures, first);
    let continued = run(&fit(&killed).iter().map(String::as_str).collect::<Vec<_>>());
    let message = messages(&continued);
    assert!(message.contains(&format!("continues after {done} of 20000 samples")), "{message}");
    output(&fit(&whole).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(read(&killed) == read(&whole));
}

#[test]
fn detectors_without_a_threshold_are_written_and_end_with_3_as_those_of_fits() {
    let [data, held_out] = ["a", "b"].map(|it| set(&format!("features-{it}.npz")));
    let patterns = part("few.part", &data, &[]);
    let (few, scores) = (format!("{held_out}:rows=0..9"), file("few-scores.part"));
    let calibrate = ["calibrate", TINY, &patterns, "--calibration", &few];
    output(&[&calibrate[..], &["--partial", "-o", &scores]].concat());
    let [one, two] = ["few-1.onnx", "few-2.onnx"].map(file);
    for command in [
        [&calibrate[..], &["-o", &one]].concat(),
        vec!["merge", &patterns, &scores, "--model", TINY, "-o", &two],
    ] {
        let done = run(&command);
        assert_eq!(done.status.code(), Some(3), "{}", messages(&done));
        assert!(messages(&done).contains("nothing"), "{}", messages(&done));
    }
    assert!(read(&one) == read(&two));
}
