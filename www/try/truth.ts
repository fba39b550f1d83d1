/** What a picture truly is, where that is known, and whether each side is right about it. */
import type { Report } from "she-ood";
import { at } from "../shared/at";
import { count, share, withArticle } from "../shared/words";
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

const RATES: Record<Network["name"], Rates> = rates;

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
  const taught = `The network was only taught ${knows}.`;
  if (group === "noise") return `Just a pattern: ${name}. ${taught}`;
  const what = PLURAL.includes(name) ? `These are ${name}` : `This is ${nameInWords(name)}`;
  return group === "known"
    ? `${what}, one of the ${oneOf} that the network was taught.`
    : `${what}. ${taught}${group === "own" ? " Draw your own over it." : ""}`;
}

/** Judges nothing, as only the visitor knows what a sample still is once the sliders changed it. */
export function judgePushed(
  network: Network,
  sample: Pick<Sample, "name" | "group">,
  report: Report,
): Judgement {
  const { owned } = judgeOwn(network, report);
  return { truth: `${whatWas(sample)} before the sliders changed it.`, owned };
}

/** Judges nothing, as only the visitor knows what the picture is; says what a mistake would be. */
export function judgeOwn(
  { name, oneOf, strangers, harder }: Network,
  { verdict }: Report,
): Judgement {
  const { own, known, wrong } = RATES[name];
  const owned =
    verdict === "unknown"
      ? `If it is one of the ${oneOf}, this is a false alarm: ${flagged(known)}.`
      : `If it is none of the ${oneOf}, this is a miss: ${passing(own, strangers)}.${harder} ` +
        `If it is another of them, the classifier mistakes ${among(wrong, known.samples)}.`;
  return { truth: "Your own picture: only you know what it is.", owned };
}

/** How often it is right about what it knows and about the nearest strangers, on test files. */
export function ratesInWords({ name, nearStrangers }: Network): string {
  const { known } = RATES[name];
  const near = RATES[name][nearStrangers.group] as Rate;
  const rate = ({ flagged, samples }: Rate) => share(flagged, samples);
  return (
    `On test data it refuses ${rate(near)} of ${nearStrangers.name}, ` +
    `and ${rate(known)} of what it knows.`
  );
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
  const { wrong, known } = RATES[name];
  if (verdict === "unknown")
    return { alone, together: "wrong", owned: `A false alarm: ${flagged(known)}.` };
  const named = set?.length ? set.map((index) => at(labels, index)) : [predicted.label];
  const isRight = verdict === "known" ? alone === "right" : named.includes(label);
  if (isRight) return { alone, together: "right", owned: "" };
  const rate = among(wrong, known.samples);
  const owned = `Both are wrong: such pictures are known, and the classifier mistakes ${rate}.`;
  return { alone, together: "wrong", owned };
}

function judgeUnknown(
  { name, groups, strangers }: Network,
  group: string,
  { verdict }: Report,
): Judged {
  if (verdict === "unknown") return { alone: "wrong", together: "right", owned: "" };
  const rate = RATES[name][group];
  const plural = groups[group]?.plural ?? strangers;
  const how = typeof rate === "object" ? `: ${passing(rate, plural)}` : "";
  return { alone: "wrong", together: "wrong", owned: `A miss${how}.` };
}

const flagged = ({ samples, flagged }: Rate) =>
  `${among(flagged, samples)} known pictures is flagged`;

const passing = ({ samples, flagged }: Rate, what: string) =>
  `${among(samples - flagged, samples)} ${what} passes`;

function whatWas({ name, group }: Pick<Sample, "name" | "group">): string {
  if (group === "noise") return `This was a pattern, ${name},`;
  return PLURAL.includes(name) ? `These were ${name}` : `This was ${nameInWords(name)}`;
}

function nameInWords(name: string): string {
  return /^an? /.test(name) ? name : withArticle(name);
}

/** "one in 20". */
function among(part: number, whole: number): string {
  return `one in ${count(Math.round(whole / Math.max(1, part)))}`;
}
