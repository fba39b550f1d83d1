//! Simulates streams and tells how often the monitor gives a false alarm, and how soon a true one.
//! `make monitor` runs it.
//!
//!     monitor KNOWN.json STRANGERS.json
//!
//! Both files are what `she-ood score --json` prints. References and streams are drawn from the
//! known scores, with replacement; strangers from the other file.

use std::error::Error;

use she_ood::{Fleet, Monitor, MonitorOptions};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const REFERENCE: usize = 2000;
const STREAMS: u64 = 2000;
const LENGTH: usize = 10_000;
const RATE: f64 = 0.95;

fn main() -> Result<()> {
    let [known, strangers] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|given: Vec<String>| {
            format!("expected KNOWN.json STRANGERS.json, {given:?} were given")
        })?;
    let (known, strangers) = (scores(&known)?, scores(&strangers)?);
    false_alarms("digits 0-4", &|random| random.pick(&known))?;
    false_alarms("normal", &|random| random.normal())?;
    fixed_reference(&known)?;
    delays(&known, &strangers)?;
    fleet(&known, &strangers)
}

fn scores(path: &str) -> Result<Vec<f32>> {
    let reports: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let score = |report: &serde_json::Value| Some(report.get("score")?.as_f64()? as f32);
    reports.iter().map(|report| score(report).ok_or_else(|| "no score".into())).collect()
}

type Draw<'a> = dyn Fn(&mut Random) -> f32 + 'a;

/// How often streams of known samples raise an alarm, with a new reference for each stream.
fn false_alarms(name: &str, draw: &Draw<'_>) -> Result<()> {
    println!("\nFalse alarms in {STREAMS} streams of {LENGTH} known samples: {name}");
    println!("| reference | alpha | monitor | the same bets on p-values of the reference alone |");
    println!("| ---: | ---: | ---: | ---: |");
    for size in [REFERENCE, 200] {
        let mut peaks = Vec::new();
        for seed in 0..STREAMS {
            let mut random = Random(seed);
            let reference: Vec<f32> = (0..size).map(|_| draw(&mut random)).collect();
            let stream: Vec<f32> = (0..LENGTH).map(|_| draw(&mut random)).collect();
            peaks.push((alarms(&reference, &stream)?, naive(reference, &stream)));
        }
        for (column, alpha) in [0.05, 0.01].into_iter().enumerate() {
            let share = |streams: usize| streams as f64 / STREAMS as f64;
            let exact = share(peaks.iter().filter(|(alarms, _)| alarms[column]).count());
            let naive = share(peaks.iter().filter(|(_, peak)| *peak >= 1.0 / alpha).count());
            println!("| {size} | {alpha} | {exact:.4} | {naive:.4} |");
        }
    }
    Ok(())
}

/// Whether a monitor with alpha 0.05 and one with 0.01 ever give an alarm.
fn alarms(reference: &[f32], stream: &[f32]) -> Result<[bool; 2]> {
    let mut last = [false; 2];
    for (last, alpha) in last.iter_mut().zip([0.05, 0.01]) {
        *last = alarm(&mut monitor(reference, alpha)?, stream)?.is_some();
    }
    Ok(last)
}

fn monitor(reference: &[f32], alpha: f64) -> Result<Monitor> {
    Ok(Monitor::new(reference, RATE, MonitorOptions { alpha, ..MonitorOptions::default() })?)
}

/// Number of samples up to the alarm.
fn alarm(monitor: &mut Monitor, stream: &[f32]) -> Result<Option<u64>> {
    for &score in stream {
        if monitor.push(score)? {
            break;
        }
    }
    Ok(monitor.report().alarm.map(|alarm| alarm.sample))
}

/// The highest wealth of bets that many samples have small p-values, where these are compared with
/// the reference alone, as reports do. Bets are held back as the monitor's.
fn naive(mut reference: Vec<f32>, stream: &[f32]) -> f64 {
    reference.sort_by(f32::total_cmp);
    let (mut bets, mut peak) = ([0.0f64; 9], 1.0f64);
    let held = |samples: usize| 1.0 / (1.0 + samples as f64 / 100.0).sqrt();
    for (at, &score) in stream.iter().enumerate() {
        let below = reference.partition_point(|&known| known < score);
        let p = (1 + reference.len() - below) as f64 / (reference.len() + 1) as f64;
        for (index, money) in bets.iter_mut().enumerate() {
            let tail = [1.0 / 512.0, 1.0 / 32.0, 0.25][index / 3];
            let share = [0.05, 0.3, 0.9][index % 3];
            let gain = 1.0 - share + if p <= tail { share / tail } else { 0.0 };
            *money = ((*money + (held(at) - held(at + 1)) / 9.0) * gain).min(1e200);
        }
        peak = peak.max(held(at + 1) + bets.iter().sum::<f64>());
    }
    peak
}

/// How far the rate of false alarms depends on which reference was drawn.
fn fixed_reference(known: &[f32]) -> Result<()> {
    println!(
        "\nShare of streams with a false alarm, by reference: 40 references, 200 streams each"
    );
    println!("| reference | alpha | mean | median | 90 % | worst |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for size in [REFERENCE, 200] {
        let mut shares = [Vec::new(), Vec::new()];
        for seed in 0..40 {
            let mut random = Random(seed + 1_000_000);
            let reference: Vec<f32> = (0..size).map(|_| random.pick(known)).collect();
            let mut counts = [0; 2];
            for _ in 0..200 {
                let stream: Vec<f32> = (0..LENGTH).map(|_| random.pick(known)).collect();
                let found = alarms(&reference, &stream)?;
                counts.iter_mut().zip(found).for_each(|(count, is)| *count += u32::from(is));
            }
            let each = shares.iter_mut().zip(counts);
            each.for_each(|(shares, count)| shares.push(f64::from(count) / 200.0));
        }
        for (shares, alpha) in shares.iter_mut().zip([0.05, 0.01]) {
            shares.sort_by(f64::total_cmp);
            let mean = shares.iter().sum::<f64>() / 40.0;
            let (median, most, worst) = (shares[20], shares[36], shares[39]);
            println!("| {size} | {alpha} | {mean:.4} | {median:.4} | {most:.4} | {worst:.4} |");
        }
    }
    Ok(())
}

/// How soon a change is noticed, by its kind and by when it comes.
fn delays(known: &[f32], strangers: &[f32]) -> Result<()> {
    let mean = known.iter().sum::<f32>() / known.len() as f32;
    let squares = known.iter().map(|score| (score - mean).powi(2)).sum::<f32>();
    let spread = (squares / known.len() as f32).sqrt();
    let share = |share: f64| {
        move |random: &mut Random| {
            if random.uniform() < share { random.pick(strangers) } else { random.pick(known) }
        }
    };
    let shift = |by: f32| move |random: &mut Random| random.pick(known) + by * spread;
    let kinds: [(&str, &Draw<'_>); 7] = [
        ("5 % strangers", &share(0.05)),
        ("20 % strangers", &share(0.2)),
        ("all strangers", &share(1.0)),
        ("scores 0.1 deviations higher", &shift(0.1)),
        ("scores 0.5 deviations higher", &shift(0.5)),
        ("scores 0.5 deviations lower", &shift(-0.5)),
        ("one known sample for ever", &|_: &mut Random| known[0]),
    ];
    println!(
        "\nSamples from the change to the alarm at alpha 0.01: median / 90 % of 400 streams, and"
    );
    println!("from the change to `since`: 10 % / median / 90 %");
    println!("| change | after 0 | after 1,000 | after 9,000 | since |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (name, changed) in kinds {
        let mut row = format!("| {name}");
        let mut off = Vec::new();
        for before in [0, 1000, 9000] {
            let mut found = Vec::new();
            for seed in 0..400 {
                let mut random = Random(seed + 2_000_000);
                let reference: Vec<f32> = (0..REFERENCE).map(|_| random.pick(known)).collect();
                let mut monitor = monitor(&reference, 0.01)?;
                let quiet: Vec<f32> = (0..before).map(|_| random.pick(known)).collect();
                // A false alarm does not count as a detection.
                if alarm(&mut monitor, &quiet)?.is_some() {
                    continue;
                }
                let stream: Vec<f32> = (0..LENGTH).map(|_| changed(&mut random)).collect();
                let at = alarm(&mut monitor, &stream)?;
                found.push(at.map_or(u64::MAX, |at| at - before));
                off.extend(monitor.report().alarm.map(|alarm| alarm.since as i64 - before as i64));
            }
            found.sort_unstable();
            let quantile = |share: f64| match found[(found.len() as f64 * share) as usize] {
                u64::MAX => "none".to_string(),
                delay => delay.to_string(),
            };
            row += &format!(" | {} / {}", quantile(0.5), quantile(0.9));
        }
        off.sort_unstable();
        let quantile = |tenths: usize| off.get(off.len() * tenths / 10).copied().unwrap_or(0);
        println!("{row} | {} / {} / {} |", quantile(1), quantile(5), quantile(9));
    }
    Ok(())
}

/// A thousand devices, of which ten see strangers.
fn fleet(known: &[f32], strangers: &[f32]) -> Result<()> {
    let mut random = Random(3);
    let reference: Vec<f32> = (0..REFERENCE).map(|_| random.pick(known)).collect();
    let mut fleet: Option<Fleet> = None;
    for device in 0..1000 {
        let (id, alpha) = (format!("device {device}"), 0.01);
        let options = MonitorOptions { id, alpha, ..MonitorOptions::default() };
        let mut monitor = Monitor::new(&reference, RATE, options)?;
        for _ in 0..1000 {
            let is_strange = device < 10 && random.uniform() < 0.2;
            monitor.push(random.pick(if is_strange { strangers } else { known }))?;
        }
        match &mut fleet {
            None => fleet = Some(Fleet::new(&monitor)),
            Some(fleet) => fleet.merge(Fleet::new(&monitor))?,
        }
    }
    let fleet = fleet.ok_or("no devices")?;
    let report = fleet.report();
    println!("\n1,000 devices of 1,000 samples, ten of them with 20 % strangers");
    println!("{:?}", report);
    let own = fleet.devices().filter(|(_, device)| device.alarm.is_some()).count();
    println!("devices with an alarm of their own: {own}; {} bytes", fleet.to_json().len());
    Ok(())
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0.wrapping_mul(0xd134_2543_de82_ef95);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick(&mut self, scores: &[f32]) -> f32 {
        scores[(self.uniform() * scores.len() as f64) as usize]
    }

    /// About normal: the sum of twelve uniform numbers.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum::<f64>() as f32 - 6.0
    }
}
