/** The list of class folders, and which output of the model each of them is. */
import { at } from "../shared/at";
import { element, make, say } from "../shared/dom";
import type { ClassFolder } from "../shared/folders";

/** Lists the folders with a number each: the output of the model that means this class. */
export function listClasses(
  classes: ClassFolder[],
  numbers: number[],
  outputs: number,
  change: () => void,
): void {
  const rows = classes.map(({ name, files }, i) => {
    const number = make("input", {
      type: "number",
      min: "0",
      max: `${outputs - 1}`,
      step: "1",
      required: true,
      value: `${numbers[i]}`,
      oninput: change,
    });
    number.setAttribute("aria-label", `Output of ${name}`);
    const heading = make("th", { scope: "row" }, name);
    return make("tr", {}, heading, make("td", {}, `${files.length}`), make("td", {}, number));
  });
  element("classes").replaceChildren(...rows);
}

/** The output of each folder, in the order of the folders. */
export function chosenOutputs(): number[] {
  return [...element("classes").querySelectorAll("input")].map((input) =>
    input.value === "" ? NaN : Number(input.value),
  );
}

/** What is wrong with the outputs, if anything. */
export function faultOf(classes: ClassFolder[], chosen: number[], outputs: number): string {
  if (classes.length > outputs)
    return (
      `There are ${classes.length} folders, but the model has ${outputs} outputs. ` +
      "Choose a folder with one folder per class."
    );
  const outside = classes.find(
    (_, i) => !(Number.isInteger(chosen[i]) && at(chosen, i) >= 0 && at(chosen, i) < outputs),
  );
  if (outside)
    return `The output of ${outside.name} must be a whole number from 0 to ${outputs - 1}.`;
  const twice = chosen.findIndex((output, i) => chosen.indexOf(output) < i);
  if (twice < 0) return "";
  const output = at(chosen, twice);
  const [first, second] = [at(classes, chosen.indexOf(output)).name, at(classes, twice).name];
  return `${first} and ${second} are both output ${output}; each needs its own.`;
}

/** Says what is wrong; true when nothing is. */
export function checkClasses(classes: ClassFolder[], outputs: number): boolean {
  const fault = faultOf(classes, chosenOutputs(), outputs);
  say("classes-error", fault);
  return !fault;
}

/** Names each output of the model: by its folder, by the model's own label, or by number. */
export function labelsOf(
  classes: ClassFolder[],
  chosen: number[],
  outputs: number,
  called: string[] | undefined,
): string[] {
  const names = Array.from(
    { length: outputs },
    (_, output) => classes[chosen.indexOf(output)]?.name ?? called?.[output] ?? "",
  );
  return names.map((name, output) =>
    name && names.indexOf(name) === output ? name : `output ${output}`,
  );
}
