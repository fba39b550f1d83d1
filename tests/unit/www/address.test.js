import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const address = await load("www/try/address.ts");

const STILL = { rotation: 0, blend: 0, blur: 0, brightness: 0, inversion: 0, noise: 0 };

test("what the page shows comes back by its address", () => {
  const perturbations = [
    STILL,
    { ...STILL, rotation: -35, noise: 0.05 },
    { rotation: 5, blend: 0.45, blur: 0.01, brightness: -1, inversion: 1, noise: 1 },
  ];
  for (const network of ["digits", "objects"]) {
    for (const perturbation of perturbations) {
      for (const sample of [0, 59]) {
        const partner = perturbation.blend ? 7 : undefined;
        const state = { network, sample, perturbation, partner };
        assert.deepEqual(address.fromHash(address.toHash(state)), state);
      }
    }
  }
});

test("an address holds no more than there is to say", () => {
  const { toHash } = address;
  assert.equal(
    toHash({
      network: "digits",
      sample: undefined,
      perturbation: { ...STILL, blend: 1 },
      partner: 3,
    }),
    "#kind=digits",
  );
  assert.equal(
    toHash({ network: "objects", sample: 0, perturbation: STILL, partner: 3 }),
    "#kind=objects&sample=0",
  );
  assert.equal(
    toHash({ network: "objects", sample: 0, perturbation: { ...STILL, blend: 0.5 }, partner: 3 }),
    "#kind=objects&sample=0&blend=0.5&with=3",
  );
});

test("unknown values of an address fall back to the defaults", () => {
  const usual = { network: "digits", sample: undefined, perturbation: STILL, partner: undefined };
  for (const hash of [
    "",
    "#",
    "#kind=",
    "#kind=constructor",
    "#kind=toString&sample=",
    "#sample=-1&with=1.5",
    "#blend=Infinity&noise=x&rotation=1e999",
  ]) {
    assert.deepEqual(address.fromHash(hash), usual, hash);
  }
});

test("an address pushes no further than a slider can", () => {
  const { fromHash } = address;
  const of = (hash) => fromHash(`#sample=1&${hash}`).perturbation;
  assert.deepEqual(of("rotation=1e9&blend=5&brightness=-3&noise=-1"), {
    ...STILL,
    rotation: 180,
    blend: 1,
    brightness: -1,
  });
  assert.deepEqual(of("rotation=-7&blend=0.16&blur=0.034"), {
    ...STILL,
    rotation: -5,
    blend: 0.15,
    blur: 0.03,
  });
});
