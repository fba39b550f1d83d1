//! Prints what limits a model on one thread: the time of each of the engine's operators, its
//! arithmetic and its memory traffic, beside what the machine can do. `make bench-operators` runs
//! it.
//!
//!     operators GFLOPS GBPS MODEL...
//!
//! GFLOPS is the machine's arithmetic, GBPS its memory, as benches/peak.rs measures them. An
//! operator can be no faster than the roofline: the lower of the arithmetic and, at its operations
//! a byte, the memory. What stays in the caches may exceed the memory's.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use she_ood::{Model, ModelOptions, OperatorCost, Tensor};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Runs of a model, of which the median of each operator counts.
const RUNS: usize = 15;

/// What the machine can do in a second.
struct Machine {
    flops: f64,
    bytes: f64,
}

/// The sum over nodes of one operator.
#[derive(Default)]
struct Total {
    nodes: usize,
    seconds: f64,
    flops: f64,
    bytes: f64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [flops, bytes, models @ ..] = arguments.as_slice() else {
        return Err("expected: GFLOPS GBPS MODEL...".into());
    };
    let machine =
        Machine { flops: 1e9 * flops.parse::<f64>()?, bytes: 1e9 * bytes.parse::<f64>()? };
    for model in models {
        print(model, &operators(&profile(model)?), &machine);
    }
    Ok(())
}

/// Costs of the nodes, each with the median of its times.
fn profile(path: &str) -> Result<Vec<OperatorCost>> {
    let model = Model::load(&fs::read(path)?, &ModelOptions::default())?;
    let input = noise(model.input_shape())?;
    let runs = (0..=RUNS).map(|_| model.profile(&input)).collect::<she_ood::Result<Vec<_>>>()?;
    let mut costs = runs[0].clone();
    for (i, cost) in costs.iter_mut().enumerate() {
        let mut times: Vec<f64> = runs[1..].iter().map(|run| run[i].seconds).collect();
        times.sort_by(f64::total_cmp);
        cost.seconds = times[RUNS / 2];
    }
    Ok(costs)
}

fn noise(shape: &[usize]) -> she_ood::Result<Tensor> {
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    Tensor::new(shape, (0..shape.iter().product()).map(|_| next()).collect())
}

/// Sums by operator, the slowest first.
fn operators(costs: &[OperatorCost]) -> Vec<(&str, Total)> {
    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    for cost in costs {
        let total = totals.entry(&cost.operator).or_default();
        total.nodes += 1;
        total.seconds += cost.seconds;
        total.flops += 2.0 * cost.multiplications as f64;
        total.bytes += cost.bytes as f64;
    }
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by(|(_, a), (_, b)| b.seconds.total_cmp(&a.seconds));
    totals
}

fn print(path: &str, operators: &[(&str, Total)], machine: &Machine) {
    let mut sum = Total::default();
    for (_, total) in operators {
        sum.nodes += total.nodes;
        sum.seconds += total.seconds;
        sum.flops += total.flops;
        sum.bytes += total.bytes;
    }
    println!("\n{path}\n");
    println!("| operator | nodes | ms | share | GFLOP/s | of peak | GB/s | of roofline |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (operator, total) in operators.iter().map(|(name, total)| (*name, total)) {
        println!("{}", row(operator, total, sum.seconds, machine));
    }
    println!("{}", row("all", &sum, sum.seconds, machine));
}

fn row(name: &str, total: &Total, all: f64, machine: &Machine) -> String {
    let Total { nodes, seconds, flops, bytes } = total;
    let roofline = (flops / machine.flops).max(bytes / machine.bytes) / seconds;
    format!(
        "| {name} | {nodes} | {:.3} | {:.1} % | {:.1} | {:.0} % | {:.1} | {:.0} % |",
        1e3 * seconds,
        100.0 * seconds / all,
        flops / seconds / 1e9,
        100.0 * flops / seconds / machine.flops,
        bytes / seconds / 1e9,
        100.0 * roofline,
    )
}
