// Measurements taken in turns, and what they say together.

const sorted = (values) => [...values].sort((a, b) => a - b);

export const median = (values) => sorted(values)[values.length >> 1];

/** Each of some measurements in turn, so that what the machine does meanwhile hits all alike. */
export async function inTurns(names, measure, rounds) {
  const values = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) values[name].push(await measure(name));
  return values;
}

/** Least and most, without the one outlier at either end that many rounds have. */
function range(values) {
  const drop = values.length > 4 ? 1 : 0;
  return [values[drop], values.at(-1 - drop)];
}

/** Median of each, and median and range of the ratios of ours to a peer, round by round. */
export function ratios(values, ours, names, peer) {
  const each = sorted(values[ours].map((value, i) => value / values[peer][i]));
  const medians = [ours, ...names.slice(1)].map((name) => [name, median(values[name])]);
  return { ...Object.fromEntries(medians), ratio: median(each), range: range(each) };
}
