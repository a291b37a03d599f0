/**
 * Makes an exported tracker of the CSV files of the data set GitBugs (github.com/av9ash/gitbugs, CC BY 4.0):
 *
 *     node bench/triage/from-gitbugs.mjs hadoop_bugs.csv hadoop_bugs-combined.csv > hadoop.jsonl
 *
 * The first file has the reports, the second one pairs of duplicates. Ids are the numbers.
 */
import { readFileSync } from "node:fs";

const [reportsFile, pairsFile] = process.argv.slice(2);
if (reportsFile === undefined || pairsFile === undefined) {
  process.stderr.write("usage: node from-gitbugs.mjs REPORTS.csv PAIRS.csv > TRACKER.jsonl\n");
  process.exit(2);
}

const duplicates = new Map();
for (const pair of readCsv(pairsFile)) {
  const [first] = numbersIn(pair["Issue id"]);
  for (const second of numbersIn(pair["Duplicate id"])) {
    duplicates.set(first, [...(duplicates.get(first) ?? []), second]);
    duplicates.set(second, [...(duplicates.get(second) ?? []), first]);
  }
}
for (const report of readCsv(reportsFile)) {
  const number = Number(report["Issue id"]);
  const isClosed = /resolved|closed|verified/i.test(report["Status"] ?? "");
  const issue = {
    number,
    title: report["Summary"],
    body: report["Description"] || null,
    state: isClosed ? "closed" : "open",
    createdAt: timeOf(report["Created"]),
    closedAt: isClosed ? timeOf(report["Resolved"]) : null,
    duplicates: [...new Set(duplicates.get(number) ?? [])],
  };
  process.stdout.write(`${JSON.stringify(issue)}\n`);
}

/** One id, or several with commas between them. */
function numbersIn(text) {
  return (text ?? "").match(/\d+/g)?.map(Number) ?? [];
}

/** `30/Sep/21 17:20` and `2020-01-02 17:14:21+00:00`; null where there is none. */
function timeOf(text) {
  const jira = /^(\d+)\/(\w+)\/(\d\d) (\d+:\d\d)$/.exec(text ?? "");
  const time = Date.parse(jira ? `${jira[1]} ${jira[2]} 20${jira[3]} ${jira[4]} UTC` : (text ?? ""));
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** Records by the names of the first row. Fields in quotes may hold commas, line ends and doubled quotes. */
function readCsv(file) {
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === ",") continue;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  const [names = [], ...records] = rows;
  return records.map((record) => Object.fromEntries(names.map((name, index) => [name, record[index]])));
}
