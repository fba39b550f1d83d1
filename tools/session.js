// A visitor's session on the built pages: drawings by many hands, digits on paper, and photos, each
// with both verdicts and what the page says where it is wrong. Prints a summary and the table in
// Markdown, keeps a screenshot of each wrong verdict in target/session/shots/, and fails if there
// is one that the page does not own.
//
//     make session
//
// The mouse's points reach the page at other times in each run, so a drawing's score differs a
// little. Photos are made by Python packages; without these their rows are left out.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { start } from "../tests/chromium.js";
import { table } from "./command.js";
import { Front } from "./session/front.js";
import { DIGITS, DOODLES, LETTERS } from "./session/glyphs.js";
import { drawn } from "./session/hands.js";
import { judged } from "./session/judge.js";
import { Teach } from "./session/teach.js";

const FOLDER = "target/session";
const SHOTS = `${FOLDER}/shots`;
const FIXTURES = "tests/data/on_paper";
const PYTHON = ".tools/python-session/bin/python";
/** The digits that the detector knows. */
const KNOWN = "01234";
/** Hands that draw each digit that it knows, and each other thing. */
const [HANDS, FEW] = [15, 3];
/** Classes of the objects' network that are among the photos. */
const OBJECTS = ["cat", "horse"];
/** Photos that each thing is taught by. */
const LESSONS = [12, 6];

const classOf = (name) => (KNOWN.includes(name) ? name : undefined);

/** Each glyph as so many hands draw it, as tasks for the front page. */
function drawings(group, glyphs, hands) {
  return Object.entries(glyphs).flatMap(([name, glyph], kind) =>
    Array.from({ length: hands }, (_, hand) => {
      const ways = typeof glyph[0][0][0] === "number" ? [glyph] : glyph;
      const strokes = drawn(ways[hand % ways.length], hand, kind);
      const label = classOf(name);
      const input = `${name}, hand ${hand + 1}`;
      return { group, input, truth: name, label, show: (page) => page.draw(strokes) };
    }),
  );
}

/** The files of a folder as tasks; the truth is in their names. */
function photos(group, folder, truthIn, classOf) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".jpg"))
    .toSorted()
    .map((file) => {
      const truth = truthIn(file);
      const show = (page) => page.photo(join(folder, file));
      return { group, input: file, truth, label: classOf(truth), show };
    });
}

const nameOf = (file) => file.replace(/-\d+\.jpg$/, "");

/** Photographs of paper that tools/paper.py makes, of each case. */
function onPaper() {
  return readdirSync(`${FOLDER}/paper`).flatMap((paper) =>
    ["known", "strangers"].flatMap((kind) => {
      const group = `paper, ${kind === "known" ? "digits 0-4" : "strangers"}: ${paper}`;
      return photos(group, `${FOLDER}/paper/${paper}/${kind}`, nameOf, classOf);
    }),
  );
}

function fixtures() {
  const truthIn = (file) => file.match(/-(.*)\.jpg$/)[1];
  const tasks = photos("", FIXTURES, truthIn, classOf);
  return tasks.map((task) => ({
    ...task,
    group: `paper, ${task.label ? "digits 0-4" : "strangers"}: tests' fixtures`,
  }));
}

function makePhotos() {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(SHOTS, { recursive: true });
  if (!existsSync(PYTHON)) {
    console.error(`LEFT OUT: rendered paper and 40 photos, as there is no ${PYTHON}`);
    return false;
  }
  const paper = ["--count", "10", "--seed", "23"];
  execFileSync(PYTHON, ["tools/paper.py", `${FOLDER}/paper`, ...paper]);
  execFileSync(PYTHON, ["tools/session/photos.py", `${FOLDER}/photos`]);
  return true;
}

/** Shows each input to a page, and takes a picture of what is wrong. */
async function rowsOf(page, tasks) {
  const rows = [];
  for (const { show, ...task } of tasks) {
    const row = judged({ ...task, ...(await show(page)) });
    rows.push(row);
    if (!row.isWrong) continue;
    const name = `${row.embarrasses ? "embarrasses" : "owned"} ${row.group} ${row.input}`;
    const path = `${SHOTS}/${name.replace(/[^\w.-]+/g, "-")}.png`;
    await page.page.screenshot({ path });
  }
  return rows;
}

async function digits(visit, hasPhotos) {
  const front = await Front.open(visit, "digits");
  const of = (names) => Object.fromEntries([...names].map((name) => [name, DIGITS[name]]));
  const rows = await rowsOf(front, [
    ...drawings("drawn, digits 0-4", of(KNOWN), HANDS),
    ...drawings("drawn, digits 5-9", of("56789"), 2 * FEW),
    ...drawings("drawn, letters", LETTERS, FEW),
    ...drawings("drawn, doodles", DOODLES, FEW),
    ...fixtures(),
    ...(hasPhotos ? onPaper() : []),
  ]);
  await front.page.close();
  return rows;
}

const tried = (group, classes) =>
  photos(group, `${FOLDER}/photos/tried`, nameOf, (name) =>
    classes.includes(name) ? name : undefined,
  );

async function objects(visit) {
  const front = await Front.open(visit, "objects");
  const rows = await rowsOf(front, tried("photos, Objects", OBJECTS));
  await front.page.close();
  return rows;
}

/** The things of a folder by their names, with so many photos of each. */
function taught(count) {
  const files = readdirSync(`${FOLDER}/photos/taught`).toSorted();
  return Object.fromEntries(
    grouped(files, nameOf).map(([name, of]) => [
      name,
      of.slice(0, count).map((file) => `${FOLDER}/photos/taught/${file}`),
    ]),
  );
}

async function lesson(visit, count) {
  const things = taught(count);
  const teach = await Teach.open(visit, things);
  const group = `photos, Teach it, ${count} a thing`;
  const rows = await rowsOf(teach, tried(group, Object.keys(things)));
  await teach.page.close();
  return rows;
}

/** Items by a key, in the order of their first. */
function grouped(items, keyOf) {
  const keys = [...new Set(items.map(keyOf))];
  return keys.map((key) => [key, items.filter((item) => keyOf(item) === key)]);
}

/** A group of photos has rows of its own for what was taught and for strangers. */
function setOf({ group, label }) {
  const side = label === undefined ? "strangers" : "taught";
  return group.startsWith("photos") ? `${group}: ${side}` : group;
}

function summary(rows) {
  const head = ["group", "inputs", "right", "unsure", "wrong", "the page says", "embarrass"];
  return table(head, grouped(rows, setOf).map(summaryOf));
}

function summaryOf([group, rows]) {
  const are = (test) => rows.filter(test).length;
  const said = new Set(
    rows.filter(({ isWrong }) => isWrong).map(({ owned }) => owned || "nothing"),
  );
  return [
    group,
    rows.length,
    are(({ outcome }) => outcome === "right"),
    are(({ outcome }) => outcome === "unsure"),
    are(({ isWrong }) => isWrong),
    [...said].join(" "),
    are(({ embarrasses }) => embarrasses),
  ];
}

function details(rows) {
  const head = ["input", "truth", "classifier alone", "with she-ood", "owned", "", "embarrasses"];
  const cells = rows.map((row) => [
    `${row.group}: ${row.input}`,
    `${row.truth}${row.label === undefined ? ", a stranger" : ""}`,
    row.alone,
    `${row.state}: ${row.words}`,
    row.owned,
    row.outcome,
    row.embarrasses ? "**yes**" : "",
  ]);
  return table(head, cells);
}

const hasPhotos = makePhotos();
const { visit, close } = await start();
const rows = await digits(visit, hasPhotos);
if (hasPhotos) {
  rows.push(...(await objects(visit)));
  for (const count of LESSONS) rows.push(...(await lesson(visit, count)));
}
await close();
console.log(`${summary(rows)}\n\n${details(rows)}`);
process.exitCode = rows.some(({ embarrasses }) => embarrasses) ? 1 : 0;
