import type { EditedFile } from "../../src/edits/edit.ts";
import type { ImplementVerdict } from "../../src/publish/implement-outcome.ts";
import {
  createCart,
  discount,
  implementation,
  manual,
  runOn,
  tests,
  textOf,
  writer,
} from "../../test/helpers/implement-cart.ts";
import { disposeScenes, failed, passed, type SceneOptions } from "../../test/helpers/implement-scene.ts";

type Verify = NonNullable<SceneOptions["verify"]>;

interface ScriptedPath {
  name: string;
  expected: ImplementVerdict;
  options: SceneOptions;
  /** Aborted before it begins. */
  stopped?: true;
}

const good = { implementation, tests, documentation: manual };
const wrong = implementation.replace("1 - discount", "1 + discount");
const elided = implementation.replace("  const sum", "  // ... rest of the code\n  const sum");

const failsOn =
  (sign: string, path: string): Verify =>
  (files: readonly EditedFile[]) => [
    textOf(files, path)?.includes(sign) === true ? failed("test", "wrong") : passed("test"),
  ];
const hangs: Verify = (files) => [files.length > 0 ? failed("test", "", "stopped after 600 s") : passed("test")];
const floods: Verify = (files) => [files.length > 0 ? failed("test", "x".repeat(1_000_000)) : passed("test")];
const brokenAnyhow: Verify = () => [failed("test", "it fails on the base")];

const on = (answers: Parameters<typeof writer>[0], more: Partial<SceneOptions> = {}): SceneOptions => ({
  request: discount,
  model: writer(answers).model,
  ...more,
});

/** Every way that a request may end, with a model that replays answers. */
const paths: ScriptedPath[] = [
  { name: "success", expected: "passed", options: on(good) },
  { name: "refused edit, then success", expected: "passed", options: on({ ...good, implementation: again(elided) }) },
  {
    name: "failed test, then success",
    expected: "passed",
    options: on({ ...good, implementation: again(wrong) }, { verify: failsOn("1 + discount", "src/cart.ts") }),
  },
  {
    name: "failure",
    expected: "failed",
    options: on({ ...good, implementation: wrong }, { verify: failsOn("1 + discount", "src/cart.ts") }),
  },
  { name: "no edit in the answers", expected: "failed", options: on({ implementation: "I cannot do that." }) },
  { name: "hanging tests", expected: "failed", options: on(good, { verify: hangs }) },
  { name: "endless output", expected: "failed", options: on(good, { verify: floods }) },
  { name: "tests that fail anyhow", expected: "failed", options: on(good, { verify: brokenAnyhow }) },
  { name: "no command", expected: "unverified", options: on(good, { commands: [] }) },
  { name: "no sandbox", expected: "refused", options: on(good, { verify: null }) },
  { name: "no model", expected: "refused", options: { request: discount, model: null } },
  { name: "plan only", expected: "planned", options: on(good, { request: { ...discount, planOnly: true } }) },
  { name: "no clear target", expected: "question", options: on(good, { request: { title: "zebra quagga okapi" } }) },
  { name: "cancellation", expected: "stopped", options: on(good), stopped: true },
  { name: "protected path", expected: "refused", options: on(good, { protect: ["src"] }) },
  {
    name: "tests for a place",
    expected: "passed",
    options: on(good, { request: { task: "test", argument: "src/cart.ts:cartTotal" } }),
  },
  {
    name: "rename without a model",
    expected: "passed",
    options: { request: { task: "refactor", argument: "rename round to roundCents in src/round.ts" }, model: null },
  },
  {
    name: "dead code without a model",
    expected: "passed",
    options: { request: { task: "refactor", argument: "remove dead code src/cart.ts:unusedThing" }, model: null },
  },
];

function again(first: string): (prompt: string) => string {
  return (prompt) => (prompt.includes("PROBLEMS OF YOUR LAST ANSWER") ? implementation : first);
}

/** @returns names of the paths that ended otherwise than they should */
export async function runPaths(): Promise<{ total: number; wrong: string[] }> {
  const repository = createCart();
  const found: string[] = [];
  try {
    for (const { name, expected, options, stopped } of paths) {
      const { outcome } = await runOn(repository, options, stopped ? AbortSignal.abort() : undefined);
      if (outcome.verdict !== expected) found.push(`${name}: ${outcome.verdict}, not ${expected}`);
    }
  } finally {
    disposeScenes();
    repository.dispose();
  }
  return { total: paths.length, wrong: found };
}
