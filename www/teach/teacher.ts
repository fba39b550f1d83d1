/** The teacher: the network whose features are compared, and what it was taught. */
import { type LoadProgress, Teacher } from "she-ood/worker";
import backbone from "../../models/efficientnet-lite0.onnx?url";

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
