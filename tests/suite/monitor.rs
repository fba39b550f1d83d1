//! Monitors, against `tests/data/monitor.py` and their own promises.

use serde::Deserialize;
use she_ood::{Error, Fleet, Monitor, MonitorOptions};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    reference: Vec<f32>,
    stream: Vec<f32>,
    options: MonitorOptions,
    id_pass_rate: f64,
    evidence: Vec<f64>,
    alarm: serde_json::Value,
    all: serde_json::Value,
    window: serde_json::Value,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../data/monitor.json")).unwrap()
}

fn options(id: &str) -> MonitorOptions {
    MonitorOptions { id: id.to_string(), ..MonitorOptions::default() }
}

/// Scores without an order: multiples of the golden ratio, modulo 1.
fn scattered(from: u32, count: u32) -> Vec<f32> {
    (from..from + count).map(|i| (f64::from(i) * 0.618_033_988_749_895).fract() as f32).collect()
}

/// Pseudo-random scores, of which many are equal.
fn random(seed: u64, count: usize, distinct: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    };
    (0..64 + count).map(|_| (next() % distinct) as f32).skip(64).collect()
}

fn pushed(mut monitor: Monitor, scores: &[f32]) -> Monitor {
    for &score in scores {
        monitor.push(score).unwrap();
    }
    monitor
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(given: Result<T, Error>) -> String {
    let error = given.unwrap_err();
    assert_eq!(error.code(), "invalid-monitor", "{error}");
    error.to_string()
}

#[test]
fn evidence_and_flag_rates_are_those_of_numpy() {
    for case in cases() {
        let name = &case.name;
        let mut monitor =
            Monitor::new(&case.reference, case.id_pass_rate, case.options.clone()).unwrap();
        for (at, (&score, &expected)) in case.stream.iter().zip(&case.evidence).enumerate() {
            monitor.push(score).unwrap();
            let evidence = monitor.report().evidence;
            assert!((evidence - expected).abs() < 1e-9, "{name} {at}: {evidence}, {expected}");
        }
        let report = serde_json::to_value(monitor.report()).unwrap();
        assert_eq!(report["alarm"], case.alarm, "{name}");
        for (found, expected) in [(&report["all"], &case.all), (&report["window"], &case.window)] {
            for count in ["samples", "flagged", "rate"] {
                assert_eq!(found[count].as_f64(), expected[count].as_f64(), "{name} {count}");
            }
            let p_values = [found, expected].map(|rate| rate["pValue"].as_f64().unwrap());
            assert!((p_values[0] - p_values[1]).abs() < 1e-10, "{name}: {p_values:?}");
        }
    }
}

#[test]
fn known_streams_give_false_alarms_no_more_often_than_promised() {
    // With 0 to 999 many scores are equal, with 0 to 5 nearly all.
    for distinct in [1 << 24, 1000, 6] {
        let mut alarms = 0;
        for seed in 0..400 {
            let scores = random(seed + distinct, 1500, distinct);
            let options = MonitorOptions { alpha: 0.1, ..options("one") };
            let (reference, stream) = scores.split_at(300);
            let monitor = pushed(Monitor::new(reference, 0.9, options).unwrap(), stream);
            alarms += u32::from(monitor.report().alarm.is_some());
        }
        // More than 55 of 400 would come with a probability of 0.01 at the promised 0.1.
        assert!((1..=55).contains(&alarms), "{alarms} of 400 with {distinct} distinct scores");
    }
}

#[test]
fn strangers_are_noticed_early_and_late_and_the_alarm_stays_until_reset() {
    for before in [0, 1000, 9000] {
        let monitor = Monitor::new(&scattered(0, 1000), 0.95, options("one")).unwrap();
        let mut monitor = pushed(monitor, &scattered(1000, before));
        assert_eq!(monitor.report().alarm, None);
        let delay = (1..).find(|_| monitor.push(2.0).unwrap()).unwrap();
        assert!(delay < 12, "{delay} after {before}");
        let alarm = monitor.report().alarm.unwrap();
        assert!(alarm.higher && alarm.sample == u64::from(before) + delay);
        assert!(alarm.since.abs_diff(u64::from(before) + 1) <= 40, "{alarm:?} after {before}");
        assert!(pushed(monitor.clone(), &scattered(0, 2000)).report().alarm == Some(alarm));
        monitor.reset();
        assert_eq!(monitor, Monitor::new(&scattered(0, 1000), 0.95, options("one")).unwrap());
    }
}

#[test]
fn infinite_scores_count_and_nan_is_refused() {
    let mut monitor = Monitor::new(&scattered(0, 100), 0.95, options("one")).unwrap();
    let before = monitor.clone();
    assert_eq!(monitor.push(f32::NAN).unwrap_err().code(), "not-finite");
    assert_eq!(monitor, before);
    while !monitor.push(f32::INFINITY).unwrap() {}
    monitor.reset();
    while !monitor.push(f32::NEG_INFINITY).unwrap() {}
    assert!(!monitor.report().alarm.unwrap().higher);
    let mut infinite = scattered(0, 100);
    infinite.fill(f32::INFINITY);
    let monitor = Monitor::new(&infinite, 0.95, options("one")).unwrap();
    let monitor = pushed(monitor, &infinite);
    assert_eq!((monitor.report().alarm, monitor.report().all.flagged), (None, 0));
}

#[test]
fn evidence_stays_finite_for_ever() {
    let monitor = Monitor::new(&scattered(0, 5000), 0.95, options("one")).unwrap();
    let monitor = pushed(monitor, &[9.0; 20_000]);
    let evidence = monitor.report().evidence;
    assert!((200.0..210.0).contains(&evidence), "{evidence}");
    assert_eq!(Monitor::from_json(&monitor.to_json()).unwrap(), monitor);
}

#[test]
fn references_and_options_out_of_range_are_refused() {
    let reason = refusal(Monitor::new(&scattered(0, 18), 0.95, options("one")));
    assert!(reason.contains("18 reference scores") && reason.contains("give 1 more"), "{reason}");
    assert!(Monitor::new(&scattered(0, 19), 0.95, options("one")).is_ok());
    let with = |alpha, window, id: &str| {
        let options = MonitorOptions { alpha, window, id: id.to_string() };
        Monitor::new(&scattered(0, 100), 0.95, options).map_err(|error| error.code())
    };
    for alpha in [0.0, 1e-101, 1.0, f64::NAN, -1.0] {
        assert_eq!(with(alpha, 100, "one").unwrap_err(), "invalid-option");
    }
    assert_eq!(with(0.01, 19, "one").unwrap_err(), "invalid-option");
    assert_eq!(with(0.01, 1001, "one").unwrap_err(), "invalid-option");
    assert_eq!(with(0.01, 100, "").unwrap_err(), "invalid-option");
    assert_eq!(with(0.01, 100, &"x".repeat(65)).unwrap_err(), "invalid-option");
}

#[test]
fn a_snapshot_goes_on_as_if_it_had_not_stopped_and_is_small() {
    let stream = random(1, 3000, 1 << 20);
    let all = MonitorOptions { window: 1000, ..options(&"x".repeat(64)) };
    let start = Monitor::new(&random(2, 2000, 1 << 20), 0.95, all).unwrap();
    let whole = pushed(start.clone(), &stream);
    let mut stopped = start;
    for part in stream.chunks(271) {
        stopped = Monitor::from_json(&pushed(stopped, part).to_json()).unwrap();
    }
    assert_eq!(stopped, whole);
    assert!(whole.to_json().len() < 4096, "{}", whole.to_json().len());
}

#[test]
fn damaged_snapshots_are_refused() {
    let monitor = Monitor::new(&scattered(0, 100), 0.95, options("one")).unwrap();
    let json = pushed(monitor, &scattered(100, 50)).to_json();
    for end in 0..json.len() {
        refusal(Monitor::from_json(&json[..end]));
    }
    for (from, to) in [
        ("monitor 1", "monitor 2"),
        ("\"samples\":50", "\"samples\":51"),
        ("\"flagged\":", "\"flagged\":9"),
        ("\"window\":\"", "\"window\":\"1"),
        ("\"peak\":", "\"peak\":-"),
        ("\"size\":100", "\"size\":101"),
        ("\"wealth\":[", "\"wealth\":[1,"),
        ("\"wealth\":[", "\"wealth\":[NaN,"),
        ("\"alarm\":null", "\"alarm\":{\"sample\":9,\"since\":1,\"higher\":true}"),
        ("\"quiet\":", "\"more\":1,\"quiet\":"),
    ] {
        assert!(json.contains(from), "{from} in {json}");
        refusal(Monitor::from_json(&json.replace(from, to)));
    }
}

#[test]
fn a_fleet_in_any_order_and_grouping_equals_the_whole() {
    let reference = random(5, 500, 1 << 20);
    let monitor = |id: &str| Monitor::new(&reference, 0.95, options(id)).unwrap();
    let streams: Vec<Vec<f32>> = (0..6).map(|device| random(device, 150, 1 << 20)).collect();
    let devices: Vec<Fleet> = (0..6)
        .map(|device| Fleet::new(&pushed(monitor(&format!("{device}")), &streams[device])))
        .collect();
    let merged = |order: &[usize]| {
        let mut fleets = order.iter().map(|&device| devices[device].clone());
        let mut first = fleets.next().unwrap();
        fleets.for_each(|fleet| first.merge(fleet).unwrap());
        first
    };
    let fleet = merged(&[0, 1, 2, 3, 4, 5]);
    let (mut halves, other) = (merged(&[5, 0, 3]), merged(&[4, 2, 1]));
    halves.merge(Fleet::from_json(&other.to_json()).unwrap()).unwrap();
    assert_eq!(halves, fleet);
    assert_eq!(fleet.report().all, pushed(monitor("whole"), &streams.concat()).report().all);
    assert_eq!(fleet.report().devices, 6);
    assert!(fleet.report().changed.is_empty());
}

#[test]
fn a_fleet_names_the_devices_that_changed() {
    let reference = random(5, 500, 1 << 20);
    let device = |id: &str, stream: &[f32]| {
        Fleet::new(&pushed(Monitor::new(&reference, 0.95, options(id)).unwrap(), stream))
    };
    let mut fleet = device("well", &random(1, 150, 1 << 20));
    fleet.merge(device("ill", &[f32::INFINITY; 50])).unwrap();
    assert_eq!(fleet.report().changed, ["ill"]);
}

#[test]
fn monitors_that_do_not_belong_together_are_refused() {
    let monitor = |from, id: &str, alpha| {
        let options = MonitorOptions { alpha, ..options(id) };
        Monitor::new(&scattered(from, 100), 0.95, options).unwrap()
    };
    let mut fleet = Fleet::new(&monitor(0, "one", 0.01));
    let mut merge = |other: Monitor| refusal(fleet.merge(Fleet::new(&other)));
    assert!(merge(monitor(0, "one", 0.01)).contains("\"one\" is in the fleet already"));
    assert!(merge(monitor(0, "two", 0.05)).contains("alpha 0.01 and window 200, the other"));
    assert!(merge(monitor(1, "two", 0.01)).contains("compares with 100 scores"));
    let reason = refusal(monitor(0, "one", 0.01).check_same(&monitor(0, "one", 0.05)));
    assert!(reason.contains("alpha 0.01") && reason.contains("alpha 0.05"), "{reason}");
}
