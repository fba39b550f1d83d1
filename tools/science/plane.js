// The plane in which features vary the most: the first two principal components.

const ROUNDS = 200;

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

function mean(rows) {
  const sum = new Float64Array(rows[0].length);
  for (const row of rows) for (let i = 0; i < sum.length; i++) sum[i] += row[i];
  return sum.map((value) => value / rows.length);
}

/** The direction in which centred rows vary the most, by power iteration from a fixed start. */
function direction(rows) {
  let axis = Float64Array.from(rows[0], (_, i) => Math.cos(i));
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(axis.length);
    for (const row of rows) {
      const along = dot(row, axis);
      for (let i = 0; i < next.length; i++) next[i] += along * row[i];
    }
    const length = Math.sqrt(dot(next, next));
    axis = next.map((value) => value / length);
  }
  return axis;
}

/** Returns the function that maps features to the plane of `rows`. */
export function plane(rows) {
  const centre = mean(rows);
  const centred = (row) => Float64Array.from(row, (value, i) => value - centre[i]);
  const inside = rows.map(centred);
  const first = direction(inside);
  const rest = inside.map((row) => {
    const along = dot(row, first);
    return row.map((value, i) => value - along * first[i]);
  });
  const second = direction(rest);
  return (row) => [first, second].map((axis) => dot(centred(row), axis));
}
