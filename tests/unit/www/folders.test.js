import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const folders = await load("www/shared/folders.ts");

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const placed = (...paths) =>
  paths.map((path) => ({
    path,
    file: new File([path.endsWith(".txt") ? "words" : PNG], path.split("/").pop()),
  }));
const classes = async (...paths) =>
  (await folders.sortFolders(placed(...paths))).classes.map(({ name, files }) => [
    name,
    files.map((file) => file.name).join(" "),
  ]);

test("class folders are those of the command line: in order of text, of any depth", async () => {
  assert.deepEqual(
    (await classes("set/c10/0.png", "set/c2/0.png", "set/c1/0.png")).map(([name]) => name),
    ["c1", "c10", "c2"],
  );
  assert.deepEqual(
    (await classes("set/apple/0.png", "set/Zebra/0.png", "set/bee/0.png")).map(([name]) => name),
    ["Zebra", "apple", "bee"],
  );
  assert.deepEqual(
    await classes("set/ant/10.png", "set/ant/2.png", "set/ant/deep/er/1.png", "set/bee/3.png"),
    [
      ["ant", "10.png 2.png 1.png"],
      ["bee", "3.png"],
    ],
  );
  // Class folders given one by one, and pictures in no class.
  assert.deepEqual(
    (await classes("ant/0.png", "bee/1.png")).map(([name]) => name),
    ["ant", "bee"],
  );
  assert.deepEqual(await classes("flat/0.png", "flat/1.png"), []);
  assert.deepEqual(
    folders.numbersOf([{ name: "0" }, { name: "1" }, { name: "10" }, { name: "2" }], 11),
    [0, 1, 10, 2],
  );
  assert.equal(folders.numbersOf([{ name: "0" }, { name: "11" }], 11), undefined);
});

test("a folder without pictures is a class where the model has that many", async () => {
  const found = await folders.sortFolders(
    placed("set/ant/0.png", "set/bee/notes.txt", "set/cat/1.png"),
  );
  assert.deepEqual(found.empty, ["bee"]);
  assert.deepEqual(
    folders.classesFor(found, 3).map(({ name, files }) => [name, files.length]),
    [
      ["ant", 1],
      ["bee", 0],
      ["cat", 1],
    ],
  );
  for (const outputs of [2, 4])
    assert.deepEqual(
      folders.classesFor(found, outputs).map(({ name }) => name),
      ["ant", "cat"],
    );
});
