/** What became of each thing that was dropped, in words. */
import { type Folders, leftOut } from "../shared/folders";
import { count, plural } from "../shared/words";
import type { Intake } from "./intake";
import { countPictures } from "./pictures-step";

/** Things taken, each as what; and things left out, each why. */
export interface Account {
  taken: string[];
  left: string[];
}

export function accountFor(intake: Intake, folders: Folders): Account {
  const { models, weights, labels, config, strangers, advice } = intake;
  const names = Object.keys(weights);
  const pictures = countPictures(folders.classes);
  const inFolders = plural(folders.classes.length, "folder");
  const isOne = models.length === 1;
  return {
    taken: [
      ...(isOne ? [`${models[0]?.file.name} as the model`] : []),
      ...(names.length > 0 ? [`${listed(names)} as its weights`] : []),
      ...(labels ? [`${labels.name} as the names of the outputs`] : []),
      ...(config ? [`${config.name} as the normalisation`] : []),
      ...(pictures > 0 ? [`${plural(pictures, "picture")} in ${inFolders} as its classes`] : []),
      ...(strangers.length > 0 ? [`${plural(strangers.length, "picture")} as strangers`] : []),
    ],
    left: [
      ...(models.length > 1 ? [tooMany(intake)] : []),
      ...advice.map((words) => `${words}.`),
      // Beside pictures that are taken, their step says this.
      ...(pictures === 0 && folders.others.length > 0 ? [leftOut(folders.others)] : []),
      ...(pictures === 0 && isAlone(folders) ? [ALONE] : []),
    ],
  };
}

const ALONE =
  "A picture needs a folder with the name of its class. Drop strangers and single pictures in " +
  "step 3.";

/** Whether pictures were left out as they lie in no folder. */
export function isAlone({ others }: Folders): boolean {
  return others.some(({ name }) => name === "in no folder");
}

function tooMany({ models }: Intake): string {
  const names = listed(models.map(({ path }) => path));
  return `${count(models.length)} models came together, ${names}: drop the one that you mean.`;
}

function listed(names: string[]): string {
  return names.length > 3
    ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`
    : names.join(", ");
}
