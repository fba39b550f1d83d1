//! Lines that are ruled across paper, and down.

use super::parts::{Part, parts};
use super::plane::Plane;

/// Removes ruled lines. Strokes that cross one stay whole.
pub(super) fn without_lines(ink: &Plane) -> Plane {
    let across = without_level_lines(ink);
    without_level_lines(&across.transposed()).transposed()
}

fn without_level_lines(ink: &Plane) -> Plane {
    // Thicker than a line of any ruling, and thinner than most strokes.
    let thick = (ink.side() / 100).max(1);
    let thin = ink.minus(&ink.clone().opened(0, thick));
    let lines = lines(&thin).dilated(0, thick);
    ink.minus(&thin.zip(&lines, u8::min))
}

/// Where thin marks go on for most of the width, whatever crosses them: white, else black. They may
/// be a little aslant.
fn lines(thin: &Plane) -> Plane {
    let (crossing, shortest) = (thin.side() / 20, thin.side() / 8);
    let long = thin.clone().dilated(0, 1).closed(crossing, 0).opened(shortest, 0);
    let long = long.at_least(thin.mean().saturating_mul(3).max(10));
    let parts = parts(&long);
    let lines = parts.iter().filter(|part| 5 * part.width() >= 3 * thin.width);
    long.only(lines.flat_map(|Part { pixels, .. }| pixels))
}
