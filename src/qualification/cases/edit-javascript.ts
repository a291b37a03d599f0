import type { EditListing } from "./case.ts";

export const editJavascript: EditListing[] = [
  {
    name: "clamp",
    symbol: "clamp",
    request: "Accept the bounds in either order.",
    code: `
export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}`,
    solution: `
export function clamp(value, low, high) {
  const [least, most] = low <= high ? [low, high] : [high, low];
  return Math.min(most, Math.max(least, value));
}`,
    test: `
import assert from "node:assert";
import { clamp } from "./clamp.mjs";
assert.equal(clamp(5, 10, 0), 5);
assert.equal(clamp(-3, 10, 0), 0);
assert.equal(clamp(7, 0, 5), 5);`,
  },
  {
    name: "initials",
    symbol: "initials",
    request: "Give an empty text for a name of white space alone, and ignore double spaces.",
    code: `
export function initials(name) {
  return name
    .split(" ")
    .map((word) => word[0].toUpperCase())
    .join("");
}`,
    solution: `
export function initials(name) {
  return name
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => word[0].toUpperCase())
    .join("");
}`,
    test: `
import assert from "node:assert";
import { initials } from "./initials.mjs";
assert.equal(initials("ada  lovelace"), "AL");
assert.equal(initials("  "), "");`,
  },
  {
    name: "chunks",
    symbol: "chunks",
    request: "Throw a RangeError where the size is below 1 instead of giving no part.",
    code: `
export function chunks(items, size) {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}`,
    solution: `
export function chunks(items, size) {
  if (!(size >= 1)) throw new RangeError("size must be at least 1");
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}`,
    test: `
import assert from "node:assert";
import { chunks } from "./chunks.mjs";
assert.deepEqual(chunks([1, 2, 3], 2), [[1, 2], [3]]);
assert.throws(() => chunks([1], -1), RangeError);
assert.throws(() => chunks([], 0), RangeError);`,
  },
  {
    name: "median",
    symbol: "median",
    request: "Leave the given array as it is.",
    code: `
export function median(values) {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}`,
    solution: `
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}`,
    test: `
import assert from "node:assert";
import { median } from "./median.mjs";
const given = [3, 1, 2];
assert.equal(median(given), 2);
assert.equal(median([4, 1, 2, 3]), 2.5);
assert.deepEqual(given, [3, 1, 2]);`,
  },
  {
    name: "once",
    symbol: "once",
    request: "Forget the promise again where it is rejected, so that the next call tries anew.",
    code: `
export function once(load) {
  let loaded;
  return () => (loaded ??= load());
}`,
    solution: `
export function once(load) {
  let loaded;
  return () => {
    loaded ??= load().catch((error) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}`,
    test: `
import assert from "node:assert";
import { once } from "./once.mjs";
let calls = 0;
const get = once(async () => {
  if (++calls === 1) throw new Error("no");
  return 7;
});
await assert.rejects(get());
assert.equal(await get(), 7);
assert.equal(await get(), 7);
assert.equal(calls, 2);`,
  },
  {
    name: "query",
    symbol: "parseQuery",
    request: "Give an array of all values for a key that occurs more than once.",
    code: `
export function parseQuery(text) {
  const found = {};
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [key, value = ""] = pair.split("=");
    found[decodeURIComponent(key)] = decodeURIComponent(value);
  }
  return found;
}`,
    solution: `
export function parseQuery(text) {
  const found = {};
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [rawKey, rawValue = ""] = pair.split("=");
    const key = decodeURIComponent(rawKey);
    const value = decodeURIComponent(rawValue);
    found[key] = key in found ? [found[key], value].flat() : value;
  }
  return found;
}`,
    test: `
import assert from "node:assert";
import { parseQuery } from "./query.mjs";
assert.deepEqual(parseQuery("a=1&b=x%20y"), { a: "1", b: "x y" });
assert.deepEqual(parseQuery("a=1&a=2&a=3&b="), { a: ["1", "2", "3"], b: "" });`,
  },
  {
    name: "wrap",
    symbol: "wrap",
    request: "Keep the line breaks that are in the text already.",
    code: `
export function wrap(text, width) {
  const lines = [""];
  for (const word of text.split(/\\s+/)) {
    const line = lines[lines.length - 1];
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : line + " " + word;
  }
  return lines.join("\\n");
}`,
    solution: `
export function wrap(text, width) {
  return text
    .split("\\n")
    .map((paragraph) => {
      const lines = [""];
      for (const word of paragraph.split(/\\s+/)) {
        const line = lines[lines.length - 1];
        if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
        else lines[lines.length - 1] = line === "" ? word : line + " " + word;
      }
      return lines.join("\\n");
    })
    .join("\\n");
}`,
    test: `
import assert from "node:assert";
import { wrap } from "./wrap.mjs";
assert.equal(wrap("one two three", 7), "one two\\nthree");
assert.equal(wrap("one\\ntwo three", 20), "one\\ntwo three");`,
  },
  {
    name: "group",
    symbol: "groupBy",
    request: "Give a Map instead of an object, so that keys of every kind stay what they are.",
    code: `
export function groupBy(items, keyOf) {
  const groups = {};
  for (const item of items) {
    const key = keyOf(item);
    (groups[key] ??= []).push(item);
  }
  return groups;
}`,
    solution: `
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}`,
    test: `
import assert from "node:assert";
import { groupBy } from "./group.mjs";
const groups = groupBy([1, 2, 3, 4], (number) => number % 2 === 0);
assert.ok(groups instanceof Map);
assert.deepEqual([...groups], [[false, [1, 3]], [true, [2, 4]]]);`,
  },
  {
    name: "duration",
    symbol: "formatDuration",
    request: "Write hours too, from 60 minutes on: 3723 seconds are 1:02:03.",
    code: `
export function formatDuration(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return minutes + ":" + rest;
}`,
    solution: `
export function formatDuration(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  if (hours === 0) return minutes + ":" + rest;
  return hours + ":" + String(minutes).padStart(2, "0") + ":" + rest;
}`,
    test: `
import assert from "node:assert";
import { formatDuration } from "./duration.mjs";
assert.equal(formatDuration(75), "1:15");
assert.equal(formatDuration(3723), "1:02:03");
assert.equal(formatDuration(3600), "1:00:00");`,
  },
  {
    name: "retry",
    symbol: "retry",
    request: "After the last attempt throw the error of the last attempt instead of returning undefined.",
    code: `
export async function retry(attempt, times) {
  for (let tried = 0; tried < times; tried++) {
    try {
      return await attempt();
    } catch {
      continue;
    }
  }
}`,
    solution: `
export async function retry(attempt, times) {
  let last;
  for (let tried = 0; tried < times; tried++) {
    try {
      return await attempt();
    } catch (error) {
      last = error;
    }
  }
  throw last;
}`,
    test: `
import assert from "node:assert";
import { retry } from "./retry.mjs";
let calls = 0;
const failing = async () => {
  throw new Error("attempt " + ++calls);
};
await assert.rejects(retry(failing, 3), { message: "attempt 3" });
assert.equal(calls, 3);
assert.equal(await retry(async () => 5, 3), 5);`,
  },
  {
    name: "recent",
    symbol: "remember",
    request: "Move a value that is in the list already to the front instead of entering it twice.",
    code: `
export function remember(list, value, most) {
  return [value, ...list].slice(0, most);
}`,
    solution: `
export function remember(list, value, most) {
  return [value, ...list.filter((one) => one !== value)].slice(0, most);
}`,
    test: `
import assert from "node:assert";
import { remember } from "./recent.mjs";
assert.deepEqual(remember(["a", "b", "c"], "b", 3), ["b", "a", "c"]);
assert.deepEqual(remember(["a", "b", "c"], "d", 3), ["d", "a", "b"]);`,
  },
  {
    name: "compare",
    symbol: "compareVersions",
    request: "Compare the parts as numbers, and take a part that is missing for 0.",
    code: `
export function compareVersions(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}`,
    solution: `
export function compareVersions(a, b) {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}`,
    test: `
import assert from "node:assert";
import { compareVersions } from "./compare.mjs";
assert.ok(compareVersions("1.10", "1.9") > 0);
assert.equal(compareVersions("2", "2.0"), 0);
assert.ok(compareVersions("1.2.3", "1.3") < 0);`,
  },
];
