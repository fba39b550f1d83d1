/** Where the pictures went: each number of the page, and how it comes from the one before. */
import type { Info } from "she-ood/worker";
import { count, plural } from "../shared/words";
import { MOST_ASKED } from "./accuracy";

export interface Counted {
  info: Info | undefined;
  /** Pictures in the class folders. */
  total: number;
  /** Those that could not be read. */
  unread: number;
  /** Those that the model was asked about. */
  asked: number;
}

/** One sentence for each division of the pictures. */
export function accountsOf({ info, total, unread, asked }: Counted): string[] {
  const read = total - unread;
  return [
    ...(info ? divided(info, total, unread) : []),
    ...(info ? patterns(info) : []),
    ...(info ? aside(info) : []),
    ...(asked < read ? [sampled(asked, read)] : []),
  ];
}

function divided({ calibrationSize }: Info, total: number, unread: number): string[] {
  const fit = total - unread - calibrationSize;
  const parts = [`${count(fit)} to fit`, `${count(calibrationSize)} held out for the threshold`];
  if (unread > 0) parts.push(`${count(unread)} unreadable, left out`);
  return [`${plural(total, "picture")}: ${parts.join(", ")}.`];
}

function patterns({ samples, counts }: Info): string[] {
  const used = counts.reduce((sum, number) => sum + number, 0);
  const fit = samples?.reduce((sum, number) => sum + number, 0) ?? used;
  const missed = fit - used;
  const left =
    missed > 0
      ? `the ${count(missed)} that it takes for another class take no part`
      : "that is all";
  return [
    `Of the ${count(fit)} to fit, the model recognises ${count(used)}, which make the patterns; ` +
      `${left}.`,
  ];
}

function aside({ choice, judgement }: Info): string[] {
  const samples = judgement?.samples ?? choice?.samples ?? 0;
  if (samples === 0) return [];
  const kinds = judgement?.strangers.map(({ kind }) => kind) ?? [];
  const made =
    kinds.length > 0
      ? `, which makes ${count(samples)} × ${kinds.length} = ${count(samples * kinds.length)} ` +
        `strangers: ${kinds.join(", ")}`
      : "";
  return [
    `${count(samples)} of them, about every fourth of a class, were also shown altered${made}. ` +
      "Altered copies make no patterns.",
  ];
}

function sampled(asked: number, read: number): string {
  return (
    `The model was asked about ${count(asked)} of the ${count(read)} pictures, taken evenly: ` +
    `${count(MOST_ASKED)} tell its accuracy well enough.`
  );
}
