/** What a picture truly is, where that is known, and whether each side is right about it. */
import type { Report } from "she-ood";
import { at } from "../shared/at";
import { withArticle } from "../shared/words";
import type { Network } from "./networks";
import rates from "./rates.json";
import type { Sample } from "./samples";

export type Mark = "right" | "wrong";

export interface Judgement {
  /** What the picture is. */
  truth: string;
  alone?: Mark;
  together?: Mark;
  /** Owns a mistake, and says how often it happens; empty where there is none. */
  owned: string;
}

interface Rate {
  samples: number;
  flagged: number;
}

type Rates = { wrong: number; known: Rate; own: Rate } & Record<string, Rate | number>;

/** Names that are more than one thing. */
const PLURAL = ["trousers"];

/** Judges a report on a sample, by what the network was taught. */
export function judge(
  network: Network,
  sample: Pick<Sample, "name" | "group">,
  report: Report,
  labels: string[],
): Judgement {
  const truth = truthOf(network, sample);
  return sample.group === "known"
    ? { truth, ...judgeKnown(network, sample.name, report, labels) }
    : { truth, ...judgeUnknown(network, sample.group, report) };
}

/** What a sample is, and whether the network was taught that. */
export function truthOf(
  { knows, oneOf }: Network,
  { name, group }: Pick<Sample, "name" | "group">,
) {
  if (group === "noise") return `Just a pattern: ${name}. It was taught ${knows}, nothing else.`;
  const what = PLURAL.includes(name) ? `These are ${name}` : `This is ${nameInWords(name)}`;
  return group === "known"
    ? `${what}, one of the ${oneOf} that it was taught.`
    : `${what}. It was taught ${knows}, nothing else.`;
}

/** Judges nothing, as only the visitor knows what the picture is; says what a mistake would be. */
export function judgeOwn({ name, oneOf, strangers }: Network, { verdict }: Report): Judgement {
  const { own, known } = rates[name];
  const owned =
    verdict === "unknown"
      ? `If it is one of the ${oneOf}, this is a false alarm: ${among(known.flagged, known.samples)} known pictures is flagged.`
      : `If it is none of the ${oneOf}, this is a miss: ${among(own.samples - own.flagged, own.samples)} ${strangers} passes.`;
  return { truth: "Your own picture: only you know what it is.", owned };
}

type Judged = Omit<Judgement, "truth">;

function judgeKnown(
  { name }: Network,
  sample: string,
  { verdict, predicted, set }: Report,
  labels: string[],
): Judged {
  const label = sample.replace(/^an? /, "");
  const alone = predicted.label === label ? "right" : "wrong";
  const { wrong, known } = rates[name];
  if (verdict === "unknown") {
    const rate = among(known.flagged, known.samples);
    return { alone, together: "wrong", owned: `A false alarm: ${rate} known pictures is flagged.` };
  }
  const named = set?.length ? set.map((index) => at(labels, index)) : [predicted.label];
  const isRight = verdict === "known" ? alone === "right" : named.includes(label);
  if (isRight) return { alone, together: "right", owned: "" };
  const rate = among(wrong, known.samples);
  return {
    alone,
    together: "wrong",
    owned: `Both are wrong. She-ood asks whether such pictures are known; the classifier mistakes ${rate} of them.`,
  };
}

function judgeUnknown({ name, groups }: Network, group: string, { verdict }: Report): Judged {
  if (verdict === "unknown") return { alone: "wrong", together: "right", owned: "" };
  const rate = (rates[name] as Rates)[group];
  const how =
    typeof rate === "object"
      ? `${among(rate.samples - rate.flagged, rate.samples)} ${groups[group]?.plural} passes.`
      : "";
  return { alone: "wrong", together: "wrong", owned: `A miss: ${how}` };
}

function nameInWords(name: string): string {
  return /^an? /.test(name) ? name : withArticle(name);
}

/** "one in 20 of". */
function among(part: number, whole: number): string {
  return `one in ${Math.round(whole / Math.max(1, part))}`;
}
