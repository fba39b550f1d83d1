//! How well scores tell out-of-distribution samples from in-distribution ones. Exact, and ties count by half.

/// Area under the ROC curve: the chance that an OOD sample scores above an ID sample, 0 to 1. NaN when either side is empty.
pub fn auroc(id: &[f32], ood: &[f32]) -> f64 {
    let id = sorted(id);
    let above_of = |&score: &f32| {
        let below = id.partition_point(|&other| other < score);
        let not_above = id.partition_point(|&other| other <= score);
        (below + not_above) as f64 / 2.0
    };
    ood.iter().map(above_of).sum::<f64>() / (id.len() as f64 * ood.len() as f64)
}

/// Share of ID samples flagged when the threshold is set so that at least 95 % of OOD samples are flagged, 0 to 1. NaN when
/// either side is empty.
///
/// OOD is the positive class, as in oodeel, OpenOOD and pytorch-ood.
pub fn fpr_id_at_tpr95_ood(id: &[f32], ood: &[f32]) -> f64 {
    let ood = sorted(ood);
    ood.get(ood.len() - rank95(ood.len())).map_or(f64::NAN, |&threshold| share(id, |score| score >= threshold))
}

/// Share of OOD samples that pass when the threshold is set so that at least 95 % of ID samples pass, 0 to 1. NaN when either
/// side is empty.
///
/// ID is the positive class, as in most papers, the one of SHE among them.
pub fn fpr_ood_at_tpr95_id(id: &[f32], ood: &[f32]) -> f64 {
    let id = sorted(id);
    id.get(rank95(id.len()).saturating_sub(1)).map_or(f64::NAN, |&threshold| share(ood, |score| score <= threshold))
}

/// The smallest count that is at least 95 % of `n`.
fn rank95(n: usize) -> usize {
    (n * 95).div_ceil(100)
}

fn sorted(scores: &[f32]) -> Vec<f32> {
    let mut scores = scores.to_vec();
    scores.sort_by(f32::total_cmp);
    scores
}

fn share(scores: &[f32], flagged: impl Fn(f32) -> bool) -> f64 {
    scores.iter().filter(|&&score| flagged(score)).count() as f64 / scores.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by scikit-learn: `roc_auc_score`, and `roc_curve` at the first threshold with TPR >= .95.
    #[test]
    fn ties_and_constant_scores_equal_scikit_learn() {
        let id = [0.1, 0.4, 0.4, 0.35];
        let ood = [0.4, 0.8, 0.35, 0.9];
        assert_eq!(auroc(&id, &ood), 0.78125);
        assert_eq!(fpr_id_at_tpr95_ood(&id, &ood), 0.75);
        assert_eq!(fpr_ood_at_tpr95_id(&id, &ood), 0.5);
        assert_eq!(auroc(&[1.0; 5], &[1.0; 3]), 0.5);
        assert_eq!(fpr_id_at_tpr95_ood(&[1.0; 5], &[1.0; 3]), 1.0);
    }

    #[test]
    fn an_empty_side_is_not_a_number() {
        for (id, ood) in [(&[][..], &[1.0][..]), (&[1.0], &[]), (&[], &[])] {
            assert!(auroc(id, ood).is_nan());
            assert!(fpr_id_at_tpr95_ood(id, ood).is_nan() && fpr_ood_at_tpr95_id(id, ood).is_nan());
        }
    }

    #[test]
    fn perfect_and_inverted_scores() {
        assert_eq!(auroc(&[0.0, 1.0], &[2.0, 3.0]), 1.0);
        assert_eq!(auroc(&[2.0, 3.0], &[0.0, 1.0]), 0.0);
        assert_eq!(fpr_ood_at_tpr95_id(&[0.0, 1.0], &[2.0, 3.0]), 0.0);
    }
}
