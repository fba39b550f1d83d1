/** The teacher: the network whose features are compared, and what it was taught. */
import { type LoadProgress, Teacher } from "she-ood/worker";
import backbone from "../../models/efficientnet-lite0.onnx?url";
import { count } from "../shared/words";

export type { Teacher };
export type Examples = Awaited<ReturnType<Teacher["examples"]>>;

/** Names the network, whose features no other understands: its address has its hash. */
export const NETWORK = backbone.split("/").at(-1) ?? backbone;

export function createTeacher(
  examples: Pick<Examples[number], "label" | "features">[],
  onProgress: (progress: LoadProgress) => void,
): Promise<Teacher> {
  return Teacher.create(backbone, { examples, onProgress });
}

/** What is under way, and how much of it is done where that is known. */
export function progressInWords({ phase, loaded, total }: LoadProgress): string {
  if (phase === "compile") return "Getting the network ready …";
  if (phase === "ready") return "Ready.";
  const what = phase === "wasm" ? "the program" : "the network";
  const sum = total === undefined ? "" : ` of ${kilobytes(total)}`;
  return `Loading ${what}: ${kilobytes(loaded)}${sum}`;
}

function kilobytes(bytes: number): string {
  return `${count(Math.ceil(bytes / 1e3))} kB`;
}
