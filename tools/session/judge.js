// What became of a verdict, and whether the page owns it where it is wrong.

/** Words by which the page owns each kind of wrong verdict. */
const OWNS = { miss: /\bmiss\b/, "false alarm": /false alarm/, misnamed: /\bmist(akes|ook)\b/ };

/** `label` is the class of what was taught, and undefined for a stranger. */
function outcomeOf({ label, state, words }) {
  const names = label !== undefined && new RegExp(`\\b${label}\\b`).test(words);
  if (state === "unknown") return label === undefined ? "right" : "false alarm";
  if (state === "unsure")
    return names || label === undefined || /^One of/.test(words) ? "unsure" : "misnamed";
  if (label === undefined) return "miss";
  return names ? "right" : "misnamed";
}

/** A row of the table; it embarrasses where it is wrong and the page does not own that. */
export function judged(row) {
  const outcome = outcomeOf(row);
  const isWrong = outcome in OWNS;
  return { ...row, outcome, isWrong, embarrasses: isWrong && !OWNS[outcome].test(row.owned) };
}
