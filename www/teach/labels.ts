/** Names of classes. Two that differ only in case or blanks are the same. */

/** Longest name, in characters. */
export const MOST_CHARACTERS = 60;

/** A name without blanks around it, and with single ones within. */
export function cleanLabel(text: string): string {
  return [...text.normalize("NFC").trim().replace(/\s+/g, " ")].slice(0, MOST_CHARACTERS).join("");
}

export function isSameLabel(one: string, other: string): boolean {
  return fold(one) === fold(other);
}

function fold(label: string): string {
  return cleanLabel(label).toLocaleLowerCase();
}

/** Whether a name is one that {@linkcode freeLabel} gives. */
export function isFreeLabel(label: string): boolean {
  return /^Class \d+$/.test(label);
}

/** The first of "Class 1", "Class 2" ... that is not taken. */
export function freeLabel(taken: string[]): string {
  const folded = new Set(taken.map(fold));
  for (let number = 1; ; number++) {
    const label = `Class ${number}`;
    if (!folded.has(fold(label))) return label;
  }
}
