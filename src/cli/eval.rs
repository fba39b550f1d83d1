//! `she-ood eval`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Value, json};
use she_ood::data::{Dataset, Inputs};
use she_ood::metrics::{Curve, Evaluation, evaluate, oodeel};
use she_ood::{Detector, Verdict};

use super::findings::Findings;
use super::judgement::Judgement;
use super::measure::{Alternative, Measured, measure, stored};
use super::model_file::ModelFile;
use super::page::{self, Page, Run};
use super::percent::{percent, share};
use super::samples::open;
use super::{Result, date, say};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Detector file.
    detector: PathBuf,
    /// In-distribution data.
    #[arg(long, value_name = "DATA")]
    id: String,
    /// Out-of-distribution data. Repeat the option for several sets.
    #[arg(long, value_name = "DATA", required = true)]
    ood: Vec<String>,
    /// Data that the detector was fitted to: adds the Hopfield energy (HE) to the comparison.
    #[arg(long, value_name = "DATA")]
    fit: Option<String>,
    /// Add a rate, such as fpr80tpr or tpr5fpr. Repeat the option for several.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    rate: Vec<String>,
    /// Add the figures as another program computes them.
    #[arg(long, value_name = "PROGRAM", value_parser = ["oodeel"])]
    compat: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write an HTML report: whether it works, histograms, ROC curves, a map of the features, all
    /// scores and the worst examples. SOURCE_DATE_EPOCH fixes its date.
    #[arg(long, value_name = "HTML")]
    report: Option<PathBuf>,
    /// Stop at the first sample that cannot be used instead of leaving it out.
    #[arg(long)]
    strict: bool,
}

/// `--rate`: checked before the long work begins.
fn rate(name: &str) -> she_ood::Result<String> {
    Curve::new(&[0.0], &[1.0])?.rate(name).map(|_| name.to_string())
}

/// In the order in which they are told.
pub const VERDICTS: [Verdict; 3] = [Verdict::Known, Verdict::Unsure, Verdict::Unknown];

/// One score against one OOD set.
#[derive(Serialize)]
pub struct Row {
    #[serde(rename = "score")]
    pub name: String,
    #[serde(flatten)]
    pub evaluation: Evaluation,
}

/// The figures of an OOD set as JSON has them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SetJson<'a> {
    data: &'a str,
    samples: usize,
    left_out: usize,
    flagged: usize,
    verdicts: Value,
    scores: &'a [Row],
    #[serde(flatten)]
    further: BTreeMap<String, Value>,
}

/// An OOD set with its figures.
pub struct Against {
    pub set: Dataset,
    pub measured: Measured,
    pub rows: Vec<Row>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let detector = Detector::load(ModelFile::read(&arguments.detector)?.whole()?)?;
    let info = detector.info();
    let inputs = Inputs::new(&info.input_shape, info.preprocess.as_ref());
    super::warn(&info.warnings);
    // Open everything first, so that a missing file is found before the long work.
    let strict = arguments.strict;
    arguments.report.as_deref().map(super::check_output).transpose()?;
    let date = date::now()?;
    let id_set = open(&arguments.id, strict)?;
    let ood_sets =
        arguments.ood.iter().map(|line| open(line, strict)).collect::<Result<Vec<_>>>()?;
    let fit_set = arguments.fit.as_deref().map(|line| open(line, strict)).transpose()?;
    let stored = fit_set.map(|set| stored(&detector, &set, &inputs, strict)).transpose()?;
    let alternatives = Alternative::all(&detector, stored)?;

    let mut id = measure(&detector, &alternatives, &id_set, &inputs, strict)?;
    let mut against = Vec::new();
    for set in ood_sets {
        let measured = measure(&detector, &alternatives, &set, &inputs, strict)?;
        let rows = rows(&id, &measured)?;
        against.push(Against { set, measured, rows });
    }
    shorten_names((&id_set, &mut id), &mut against);
    let findings = Findings::new(&info, &id, &against);
    let judgement = Judgement::of(&findings);
    match arguments.json {
        true => super::print_json(&arguments.as_json((&id_set, &id), &against, &judgement)?)?,
        false => super::print(&arguments.as_text(&id, &against, &judgement)?)?,
    }
    if let Some(path) = &arguments.report {
        let page = Page {
            run: Run { detector: &arguments.detector, date },
            info: &info,
            inputs: &inputs,
            id_set: &id_set,
            id: &id,
            against: &against,
            findings: &findings,
            judgement: &judgement,
        };
        super::write(path, page::html(&page))?;
        say(&format!("report: {}", path.display()));
    }
    Ok(())
}

/// Calls each set by its file, where that tells the sets apart.
fn shorten_names((id_set, id): (&Dataset, &mut Measured), against: &mut [Against]) {
    let names = against.iter().map(|ood| &ood.set).chain([id_set]).map(Dataset::short_name);
    let names: Vec<String> = names.map(str::to_string).collect();
    if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
        return;
    }
    let sets = against.iter_mut().map(|ood| &mut ood.measured).chain([id]);
    sets.zip(names).for_each(|(measured, name)| measured.name = name);
}

fn rows(id: &Measured, ood: &Measured) -> Result<Vec<Row>> {
    let pairs = id.scores.iter().zip(&ood.scores);
    pairs
        .map(|((name, id), (_, ood))| {
            Ok(Row { name: name.clone(), evaluation: evaluate(id, ood)? })
        })
        .collect()
}

impl Arguments {
    /// The figures asked for with --rate and --compat, by name.
    fn further(&self, id: &[f32], ood: &[f32]) -> Result<Vec<(String, Value)>> {
        let curve = Curve::new(id, ood)?;
        let rates = self.rate.iter().map(|rate| Ok((rate.clone(), json!(curve.rate(rate)?))));
        let mut all = rates.collect::<Result<Vec<_>>>()?;
        if self.compat.is_some() {
            all.push(("oodeel".to_string(), json!(oodeel(id, ood)?)));
        }
        Ok(all)
    }

    fn as_json(
        &self,
        (id_set, id): (&Dataset, &Measured),
        against: &[Against],
        judgement: &Judgement,
    ) -> Result<Value> {
        let sets = against.iter().map(|ood| self.set_as_json(id, ood));
        Ok(json!({
            "detector": self.detector.display().to_string(),
            "id": {
                "data": id_set.name(),
                "samples": id.positions.len(),
                "leftOut": id.left_out,
                "flagged": id.flagged(),
                "labelled": id.labelled,
                "correct": id.correct,
                "verdicts": verdicts(id),
                "covered": id.mean_set_size().map(|_| id.covered),
                "meanSetSize": id.mean_set_size(),
            },
            "ood": sets.collect::<Result<Vec<_>>>()?,
            "judgement": judgement,
        }))
    }

    fn set_as_json(
        &self,
        id: &Measured,
        Against { set, measured, rows }: &Against,
    ) -> Result<Value> {
        Ok(json!(SetJson {
            data: set.name(),
            samples: measured.positions.len(),
            left_out: measured.left_out,
            flagged: measured.flagged(),
            verdicts: verdicts(measured),
            scores: rows,
            further: self.further(id.own(), measured.own())?.into_iter().collect(),
        }))
    }

    fn as_text(&self, id: &Measured, against: &[Against], judgement: &Judgement) -> Result<String> {
        let samples = id.positions.len();
        let mut lines = vec![format!(
            "ID   {}: {samples} samples, {} pass",
            id.name,
            percent(samples - id.flagged(), samples)
        )];
        if id.labelled > 0 {
            lines.push(format!(
                "     accuracy {} of {} with a label of the detector",
                percent(id.correct, id.labelled),
                id.labelled
            ));
        }
        lines.extend(set_lines(id));
        for ood in against {
            let samples = ood.measured.positions.len();
            let flagged = percent(ood.measured.flagged(), samples);
            lines.push(format!(
                "\nOOD  {}: {samples} samples, {flagged} flagged",
                ood.measured.name
            ));
            lines.extend(verdict_line(&ood.measured));
            lines.extend(row_lines(&ood.rows));
            let further = self.further(id.own(), ood.measured.own())?;
            lines.extend(further.iter().map(|(name, value)| format!("     {name} {value}")));
        }
        Ok(format!("{}\n\n{}\n", lines.join("\n"), judgement.sentence))
    }
}

/// Number of samples with each verdict.
fn verdicts(set: &Measured) -> Value {
    let counts = VERDICTS.map(|verdict| (verdict.to_string(), set.count(verdict)));
    json!(BTreeMap::from(counts))
}

/// Verdicts and prediction sets of the ID set, if there are sets.
fn set_lines(id: &Measured) -> Vec<String> {
    let mut lines = Vec::from_iter(verdict_line(id));
    if let Some(size) = id.mean_set_size().filter(|_| id.labelled > 0) {
        let covered = percent(id.covered, id.labelled);
        lines.push(format!(
            "     prediction sets: {covered} hold the label; {size:.2} classes on average"
        ));
    }
    lines
}

/// Without sets, verdicts say no more than what is flagged.
fn verdict_line(set: &Measured) -> Option<String> {
    set.mean_set_size()?;
    let samples = set.positions.len();
    let share = |verdict| format!("{} {verdict}", percent(set.count(verdict), samples));
    Some(format!("     {}", VERDICTS.map(share).join(", ")))
}

/// The table of all scores.
fn row_lines(rows: &[Row]) -> Vec<String> {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
    let head = format!(
        "     {:width$}  AUROC    95 % interval   FPR95, OOD positive  FPR95, ID positive  \
         AUPR in  AUPR out",
        "score"
    );
    let line = |Row { name, evaluation: e }: &Row| {
        let interval =
            e.auroc_interval.map_or("-".to_string(), |(low, high)| format!("{low:.4}-{high:.4}"));
        let (ood_positive, id_positive) =
            (share(e.fpr_id_at_tpr95_ood), share(e.fpr_ood_at_tpr95_id));
        let areas = format!("{:>7}  {:>8}", share(e.aupr_in), share(e.aupr_out));
        format!(
            "     {name:width$}  {:7}  {interval:14}  {ood_positive:>19}  {id_positive:>18}  \
             {areas}",
            share(e.auroc)
        )
    };
    std::iter::once(head).chain(rows.iter().map(line)).collect()
}
