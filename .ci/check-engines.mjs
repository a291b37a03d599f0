// Every dependency, on every platform, must accept each Node that package.json promises.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const semver = require("semver");
const promised = JSON.parse(readFileSync("package.json", "utf8")).engines.node;
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const refused = Object.entries(lock.packages).filter(
  ([path, entry]) => path !== "" && entry.engines?.node && !semver.subset(promised, entry.engines.node),
);
for (const [path, entry] of refused)
  process.stderr.write(`${path} ${entry.version} wants Node ${entry.engines.node}\n`);
process.stdout.write(`${Object.keys(lock.packages).length} packages, ${refused.length} refuse Node ${promised}\n`);
process.exit(refused.length === 0 ? 0 : 1);
