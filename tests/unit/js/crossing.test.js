// Rust and TypeScript agree on everything that crosses between them: the fields of each object that
// the package returns, and the names in tests/data/crossing.json, which a Rust test holds against
// the crate.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Detector, Fitter, Model, metrics, Teacher } from "she-ood";
import ts from "typescript";

const path = (name) => new URL(`../../../${name}`, import.meta.url).pathname;
const crossing = JSON.parse(readFileSync(path("tests/data/crossing.json"), "utf8"));
const { options } = ts.convertCompilerOptionsFromJson(
  JSON.parse(readFileSync(path("js/tsconfig.json"), "utf8")).compilerOptions,
  path("js"),
);
const program = ts.createProgram([path("js/slim.ts")], options);
const checker = program.getTypeChecker();
const entry = checker.getSymbolAtLocation(program.getSourceFile(path("js/slim.ts")));
const exported = new Map(checker.getExportsOfModule(entry).map((symbol) => [symbol.name, symbol]));

/** A type of the package by its name. */
function typeOf(name) {
  const symbol = exported.get(name);
  const alias = symbol.flags & ts.SymbolFlags.Alias;
  return checker.getDeclaredTypeOfSymbol(alias ? checker.getAliasedSymbol(symbol) : symbol);
}

const fieldsOf = (type) => checker.getPropertiesOfType(type);
const fieldOf = (type, name) => checker.getTypeOfSymbol(type.getProperty(name));
const membersOf = (type) => (type.isUnion() ? type.types : [type]);

const itemOf = (type) => checker.getTypeArguments(type)[0];

/** The strings that a type allows. */
function namesIn(type) {
  return membersOf(type).flatMap((member) => (member.isStringLiteral() ? [member.value] : []));
}

/** Why a value is not of a type, `undefined` if it is: with all of its fields and no other. */
function fault(value, type, where) {
  const faults = membersOf(type).map((member) => faultOfOne(value, member, where));
  return faults.includes(undefined) ? undefined : faults.at(-1);
}

function faultOfOne(value, type, where) {
  const name = checker.typeToString(type);
  if (type.flags & ts.TypeFlags.Null) return value === null ? undefined : `${where} is not null`;
  if (type.isStringLiteral())
    return value === type.value ? undefined : `${where} is ${value}, not ${name}`;
  if (["number", "string", "boolean"].includes(name) || type.flags & ts.TypeFlags.BooleanLiteral)
    return typeof value === (type.flags & ts.TypeFlags.BooleanLike ? "boolean" : name)
      ? undefined
      : `${where} is not a ${name}`;
  const typed = name.match(/^\w+\d+Array/)?.[0];
  if (typed) return value?.constructor.name === typed ? undefined : `${where} is not a ${typed}`;
  if (value === null || typeof value !== "object") return `${where} is not an object`;
  return checker.isArrayLikeType(type)
    ? faultOfArray(value, type, where)
    : faultOfFields(value, type, where);
}

function faultOfArray(value, type, where) {
  if (!Array.isArray(value)) return `${where} is not an array`;
  const of = checker.getTypeArguments(type);
  return value
    .map((item, i) => fault(item, of[i] ?? of[0], `${where}[${i}]`))
    .find((found) => found);
}

function faultOfFields(value, type, where) {
  const found = Object.keys(value);
  const isThere = ({ name, flags }) => found.includes(name) || !(flags & ts.SymbolFlags.Optional);
  const declared = fieldsOf(type)
    .filter(isThere)
    .map(({ name }) => name);
  if (found.toSorted().join() !== declared.toSorted().join())
    return `${where} has the fields ${found}, declared are ${declared}`;
  return declared
    .map((name) => fault(value[name], fieldOf(type, name), `${where}.${name}`))
    .find((found) => found);
}

function assertIs(value, name) {
  assert.equal(fault(value, typeOf(name), name), undefined);
}

const SAMPLES = 120;

/** Noise for `rgb.onnx`, and the class that it sees in each sample. */
function labelled(model) {
  const size = model.inputShape.reduce((a, b) => a * b);
  const samples = Array.from({ length: SAMPLES }, (_, i) =>
    Float32Array.from({ length: size }, (_, j) => Math.sin(i * 13.7 + j * j * 0.77 + (j % 3) * i)),
  );
  return samples.map((sample) => {
    const logits = model.logits(sample);
    return [sample, logits.indexOf(Math.max(...logits))];
  });
}

async function fitted(file, samples, options) {
  const fitter = await Fitter.create(file, { preprocess: {}, holdOut: 0.3, ...options });
  for (const [sample, index] of samples) fitter.push(sample, index);
  return fitter.finish();
}

test("every object that the package returns has the fields of its type and no other", async () => {
  const file = readFileSync(path("tests/data/parity/rgb.onnx"));
  const model = await Model.load(file, { layers: ["flat"] });
  for (const layer of model.layers) assertIs(layer, "Layer");
  assert.equal(model.defaultLayer, "flat");
  assertIs(model.usualPreprocess, "Preprocess");
  const samples = labelled(model);
  const layers = ["flat", "z"];
  const fits = [
    { layers: ["flat"] },
    { layers: ["flat"], similarity: "mahalanobis", with: "energy" },
    { layers: ["flat"], with: { energy: 0.5 } },
    { layers: ["flat"], preset: "hopfield", classConditional: true, react: 0.9 },
    ...crossing.aggregator.map((aggregator) => ({ layers, aggregator })),
  ];
  for (const options of fits) {
    const detector = await fitted(file, samples, options);
    assertIs(detector.info, "Info");
    assertIs(detector.score(samples[0][0]), "Report");
    assertIs(detector.explain(samples[0][0]), "Explanation");
    assertIs(detector.features(samples[0][0]), "Features");
  }
  const tiny = await Detector.load(readFileSync(path("tests/data/tiny.onnx")));
  const input = new Float32Array(20).fill(0.5);
  assertIs(tiny.info, "Info");
  assert.ok(tiny.explain(input).layers.some(({ map }) => map));
  assertIs(tiny.explain(input), "Explanation");
  assertIs(await tiny.scoreBatch(new Float32Array(40)), "BatchReport");
  assertIs(model.features(samples[0][0]), "Features");
  const teacher = await Teacher.create(file, { preprocess: {} });
  assertIs(teacher.info, "TeacherInfo");
  for (const [sample, index] of samples) assertIs(teacher.add(`class ${index}`, sample), "Example");
  assertIs(teacher.info, "TeacherInfo");
  assertIs(teacher.score(samples[0][0]), "Report");
  for (const example of teacher.examples()) assertIs(example, "TaughtExample");
  const taught = await Detector.load(teacher.toBytes());
  assertIs(taught.info, "Info");
  assertIs(taught.score(samples[0][0]), "Report");
  assertIs(taught.explain(samples[0][0]), "Explanation");
  assertIs(await taught.scoreBatch(samples[0][0]), "BatchReport");
  assertIs(await metrics.evaluate([1, 2], [2, 3]), "Evaluation");
  assertIs(await metrics.evaluate([1], [2, 3]), "Evaluation");
});

test("the codes of errors are those of Rust, and five of JavaScript's own", () => {
  const own = ["input-kind", "load-failed", "disposed", "timeout", "internal"];
  // Nothing in WebAssembly reads data sets.
  const rust = crossing.errors.filter((code) => code !== "data");
  assert.deepEqual(namesIn(typeOf("SheErrorCode")).toSorted(), [...rust, ...own].toSorted());
});

test("the names of settings and warnings are Rust's", () => {
  const info = typeOf("Info");
  const preprocess = typeOf("Preprocess");
  const fit = typeOf("FitterOptions");
  const kinds = membersOf(fieldOf(info, "aggregator")).flatMap((kind) =>
    namesIn(fieldOf(kind, "kind")),
  );
  const similarity = fieldOf(info, "similarity");
  const keyed = membersOf(similarity).flatMap((member) =>
    member.isStringLiteral() ? [] : fieldsOf(member).map(({ name }) => name),
  );
  const found = {
    similarity: [...namesIn(similarity), ...keyed],
    precision: namesIn(fieldOf(info, "precision")),
    classify: namesIn(fieldOf(info, "classify")),
    compareWith: namesIn(fieldOf(info, "compareWith")),
    aggregator: namesIn(fieldOf(fit, "aggregator")),
    outputs: namesIn(fieldOf(info, "outputs")),
    pooling: namesIn(fieldOf(typeOf("Layer"), "pooling")),
    channelAxis: namesIn(fieldOf(typeOf("Layer"), "channelAxis")),
    channels: namesIn(fieldOf(preprocess, "channels")),
    layout: namesIn(fieldOf(preprocess, "layout")),
    framing: namesIn(fieldOf(preprocess, "framing")),
    interpolation: namesIn(fieldOf(preprocess, "interpolation")),
    because: namesIn(fieldOf(typeOf("Choice"), "because")),
    stranger: namesIn(fieldOf(itemOf(fieldOf(typeOf("Judgement"), "strangers")), "kind")),
    preset: namesIn(fieldOf(fit, "preset")),
    verdict: namesIn(fieldOf(typeOf("Report"), "verdict")),
    warnings: namesIn(fieldOf(typeOf("Warning"), "code")),
  };
  for (const [name, names] of Object.entries(found))
    assert.deepEqual(names.toSorted(), crossing[name].toSorted(), name);
  assert.deepEqual(kinds.toSorted(), [...crossing.aggregator, "single"].toSorted());
  assert.deepEqual(
    Object.keys(found).toSorted(),
    Object.keys(crossing)
      .toSorted()
      .filter((name) => name !== "errors"),
  );
});
