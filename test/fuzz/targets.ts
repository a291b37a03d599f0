import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Arbitrary } from "fast-check";
import { parse as parseYaml, stringify } from "yaml";
import { z } from "zod";
import { parseCitation } from "../../src/commands/parse-citation.ts";
import { parseRepositoryConfig } from "../../src/config/repository-config.ts";
import { loadSettings } from "../../src/config/server-config.ts";
import { parseEdits } from "../../src/edits/parse-edits.ts";
import { readManifest } from "../../src/engram/manifest.ts";
import { openEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { closedIssues } from "../../src/handlers/linked-issues.ts";
import { checkRunJobs } from "../../src/intake/check-run.ts";
import { parseCommand, textBelowCommand } from "../../src/intake/command.ts";
import { issueCommentJobs, reviewCommentJobs } from "../../src/intake/comment.ts";
import { issueJobs } from "../../src/intake/issue.ts";
import { pullRequestJobs } from "../../src/intake/pull-request.ts";
import { pushJobs } from "../../src/intake/push.ts";
import { readQuestion } from "../../src/intake/question.ts";
import { jobKey, jobSchema } from "../../src/jobs/job.ts";
import { readGgufHeader } from "../../src/model/gguf-header.ts";
import { parseAnswer } from "../../src/model/request.ts";
import { parsePatch } from "../../src/publish/anchors.ts";
import { sanitizeBlocks } from "../../src/publish/markdown/sanitize.ts";
import { parseMarker } from "../../src/publish/marker.ts";
import { writtenLines } from "../../src/retrieval/issue-text.ts";
import { readMentions } from "../../src/retrieval/mentions.ts";
import { sanitize } from "../../src/shared/sanitize.ts";
import { redactTokens } from "../../src/shared/secrets.ts";
import { redactPersonalData } from "../../src/shared/personal-data.ts";
import { readSpecification } from "../../src/tasks/code/specification/read-specification.ts";
import { takeCode } from "../../src/tasks/code/take-code.ts";
import { createStatementReader } from "../../src/tasks/research/read-statements.ts";
import { tileAnswerSchema } from "../../src/tasks/review/answer.ts";
import { readSarif } from "../../src/tasks/review/linters/read-sarif.ts";
import { parseIssueForm, sectionsOf } from "../../src/tasks/triage/issue-forms.ts";
import { readTrackerExport } from "../../src/tracker/tracker-export.ts";
import { parseDiff } from "../../src/workspace/parse-diff.ts";
import { commentTokens, diffTokens, exportedIssue, issueForm, sarif, serverConfiguration } from "./examples.ts";
import { likeJson, likeYaml, linesOf } from "./shapes.ts";
import { tinyEngram } from "./tiny-engram.ts";

/** One reader of what others wrote. */
export interface Target {
  name: string;
  seeds: Buffer[];
  /** Cases of the right shape with something wrong in them: every second one, where there are such. */
  made?: Arbitrary<string>;
  /** Bytes of a case. */
  most: number;
  /** May throw AssistantErrors, and what its docstring names besides; nothing else. */
  run(bytes: Buffer): unknown;
  names?: (error: unknown) => boolean;
  /** How dear a case is beside the others: so many times fewer are run. */
  weight: number;
}

const root = join(import.meta.dirname, "../..");
const text = (...parts: string[]): Buffer[] => parts.map((part) => Buffer.from(part));
const file = (path: string): Buffer => readFileSync(join(root, path));

/** Everything that reads bytes of others, with bytes to begin from. Files go through one folder, which `close` removes. */
export async function openTargets(): Promise<{ targets: Target[]; close: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
  const engram = await tinyEngram(folder);
  const through = (name: string, bytes: Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const targets: Target[] = [
    ...texts(),
    ...answers(),
    ...payloads(),
    {
      name: "engram file",
      seeds: [readFileSync(engram.file)],
      most: 400_000,
      weight: 60,
      run: async (bytes) => (await openEngramFile(through("fuzz.engram", bytes))).close(),
    },
    {
      name: "server configuration",
      seeds: text(serverConfiguration),
      made: likeYaml(parseYaml(serverConfiguration)),
      most: 4_000,
      weight: 6,
      run: (bytes) => {
        through("config.yml", bytes);
        return loadSettings({ ASSISTANT_HOME: folder });
      },
    },
    {
      name: "manifest",
      seeds: [readFileSync(engram.manifest)],
      made: likeJson(JSON.parse(readFileSync(engram.manifest, "utf8"))),
      most: 20_000,
      weight: 4,
      run: (bytes) => readManifest(through("fuzz.manifest.json", bytes)),
    },
    {
      name: "GGUF header",
      seeds: [ggufSeed()],
      most: 4_000,
      weight: 6,
      run: (bytes) => readGgufHeader(through("fuzz.gguf", bytes)),
      names: (error) => error instanceof RangeError,
    },
    {
      name: "export of a tracker",
      seeds: text(`${exportedIssue}\n`),
      made: likeJson(JSON.parse(exportedIssue)),
      most: 4_000,
      weight: 6,
      run: async (bytes) => {
        for await (const _ of readTrackerExport(through("fuzz.jsonl", bytes))) void _;
      },
    },
  ];
  return { targets, close: () => rmSync(folder, { recursive: true, force: true }) };
}

function reader(
  name: string,
  seeds: Buffer[],
  read: (content: string) => unknown,
  { weight = 1, made }: { weight?: number; made?: Arbitrary<string> } = {},
): Target {
  return { name, seeds, ...(made && { made }), most: 20_000, weight, run: (bytes) => read(bytes.toString("utf8")) };
}

function texts(): Target[] {
  const patch =
    "diff --git a/x.ts b/x.ts\nindex 1..2 100644\n--- a/x.ts\n+++ b/x.ts\n@@ -1,2 +1,3 @@ f\n a\n-b\n+c\n+d\n\\ No newline at end of file\n";
  const raw =
    ":100644 100644 1111111111111111111111111111111111111111 2222222222222222222222222222222222222222 M\0x.ts\0";
  const configuration =
    "mode: auto\nreview:\n  inline: [model]\n  paths:\n    - match: docs/**\n      instructions: be brief\n  size_labels: {size/S: 0}\nhygiene:\n  personal_data: [email]\n";
  return [
    reader(
      "diff",
      text(`${raw}\u0001${patch}`, `${raw}${raw}\u0001${patch}${patch}`),
      (content) => {
        const [head = "", body = ""] = content.split("\u0001");
        return parseDiff(head, body);
      },
      { made: linesOf(diffTokens) },
    ),
    reader("patch of GitHub", text(patch), parsePatch, { made: linesOf(diffTokens) }),
    reader(
      "command",
      text(
        "/assistant review --all",
        "> quote\n/assistant ask why?\n```\ncode\n```",
        "<!-- a -->\n/assistant explain src/a.ts:1-3",
      ),
      (body) => {
        parseCommand(body);
        textBelowCommand(body);
        return readQuestion(body);
      },
      { made: linesOf(commentTokens) },
    ),
    reader(
      "repository configuration",
      text(configuration, "a: &a [1]\nb: *a\n"),
      (content) => parseRepositoryConfig(content),
      { made: likeYaml(parseYaml(configuration)) },
    ),
    reader(
      "issue form",
      [...text(stringify(issueForm)), ...text("---\nname: Bug\n---\n## What\n\n**Version**\n")],
      (content) => {
        parseIssueForm(".github/ISSUE_TEMPLATE/bug.yml", content);
        return parseIssueForm(".github/ISSUE_TEMPLATE/bug.md", content);
      },
      { weight: 2, made: likeYaml(issueForm) },
    ),
    reader(
      "text of GitHub",
      text('a <!-- b --> ![c](d "e") [f]: g\n<a title="h">`i`</a>', "```\ncode\n```\n&#8203;"),
      sanitize,
    ),
    reader("Markdown of a finding", text("# a\n\n- `b` **c**\n\n```ts\nd\n```\n| e |"), sanitizeBlocks),
    reader(
      "marker",
      text(`<!-- engram-assistant:v1 finding=${"0".repeat(16)} head=${"a".repeat(40)} state=resolved -->`),
      parseMarker,
    ),
    reader(
      "text of an issue",
      text(
        'It fails\n    at total (src/a.ts:1:2)\nFile "b.py", line 3\n- [ ] fixes #12, closes o/n#3\n',
        "#1 `a.b`\n\n\n",
      ),
      (body) => {
        readMentions(body);
        writtenLines(body);
        closedIssues(
          { title: body.slice(0, 200), body, branch: body.slice(0, 50) },
          { host: "h", owner: "o", name: "n" },
        );
      },
    ),
    reader(
      "secrets",
      text(
        `ghp_${"a1".repeat(18)} eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0 https://a:b@c`,
        "-----BEGIN PRIVATE KEY-----\nabc",
      ),
      (content) => redactPersonalData(redactTokens(content), ["email", "ip", "phone"]),
    ),
    reader("citation", text("src/a.ts#L1-L2@0123456789ab", "#12:34", "0123456789ab"), parseCitation),
    reader(
      "body of an issue form",
      text("### What happened\n\nIt fails\n\n### Version\n\n_No response_\n"),
      sectionsOf,
    ),
    reader("SARIF", text(sarif), (content) => readSarif(content, "fuzz.sarif"), {
      weight: 2,
      made: likeJson(JSON.parse(sarif)),
    }),
    reader(
      "OpenAPI",
      text(
        '{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{"/a/{b}":{"get":{"operationId":"getA","parameters":[{"name":"b","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}}}',
      ),
      (content) => readSpecification(content, "fuzz.json"),
      { weight: 3 },
    ),
  ];
}

function answers(): Target[] {
  const schema = tileAnswerSchema(["E1", "E2"]);
  const remark = {
    quote: "a",
    evidence: "E1",
    concern: "bug",
    severity: "high",
    claim: "b",
    scenario: "c",
    replacement: "",
  };
  const tile = JSON.stringify({ verdict: "problem", remarks: [remark] });
  const statements = '{"answer":[{"sentence":"a","sources":["1"]},{"sentence":"b","sources":["2","3"]}]}';
  const edits =
    "src/a.ts\n```ts\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n\n```ts src/b.ts\nexport const b = 1;\n```\n";
  return [
    reader("findings of a model", text(tile), (content) => parseAnswer(content, false, schema), {
      made: likeJson(JSON.parse(tile)),
    }),
    reader("choice of a model", text('{"answer":"yes"}'), (content) =>
      parseAnswer(content, false, z.object({ answer: z.enum(["yes", "no"]) })),
    ),
    reader("statements of a model", text(statements), (content) => {
      const reading = createStatementReader();
      // In pieces, as they come.
      const middle = content.length >> 1;
      return [...reading.read(content.slice(0, middle)), ...reading.read(content.slice(middle))];
    }),
    reader("code of a model", text("Here:\n```ts\nexport const a = 1;\n```\nDone."), takeCode),
    reader("edits of a model", text(edits), (content) => parseEdits(content, null), {
      made: linesOf(["src/a.ts", "```ts", "```", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "a", "...", "// …"]),
    }),
  ];
}

/** The signature is GitHub's, the values are anybody's: each of them may be anything of its type. */
function payloads(): Target[] {
  const folder = join(root, "fixtures/webhooks");
  const jobsOf: Record<string, (payload: never) => unknown[]> = {
    "issue_comment.created": (payload) => issueCommentJobs(payload, "github.com"),
    "issues.opened": (payload) => issueJobs(payload, "github.com"),
    "issues.edited": (payload) => issueJobs(payload, "github.com"),
    "pull_request.opened": (payload) => pullRequestJobs(payload, "github.com"),
    "pull_request_review_comment.created": (payload) => reviewCommentJobs(payload, "github.com"),
    push: (payload) => pushJobs(payload, "github.com"),
  };
  const webhooks = readdirSync(folder).flatMap((name): Target[] => {
    const jobs = jobsOf[name.replace(/\.json$/, "")];
    if (jobs === undefined) return [];
    const payload = JSON.parse(file(`fixtures/webhooks/${name}`).toString("utf8")) as unknown;
    return [
      {
        name: `webhook ${name.replace(/\.json$/, "")}`,
        seeds: text("mallory", "/assistant review", "refs/heads/x", "0"),
        most: 2_000,
        weight: 3,
        run: (bytes) => {
          for (const job of jobs(withValues(payload, bytes) as never)) jobKey(jobSchema.parse(job));
        },
      },
    ];
  });
  const queued = JSON.stringify({
    kind: "sync",
    repository: { host: "h", owner: "o", name: "n" },
    installationId: 1,
    commit: "a",
  });
  return [
    ...webhooks,
    reader("job of the queue", text(queued), (content) => jobSchema.safeParse(tryJson(content)), {
      made: likeJson(JSON.parse(queued)),
    }),
    reader(
      "check run of GitHub",
      text(JSON.stringify({ check_run: { name: "x", external_id: "pull-1", head_sha: "a" } })),
      (content) => {
        const value = tryJson(content) as { check_run?: { external_id?: unknown } } | null;
        if (typeof value?.check_run?.external_id !== "string") return;
        const repository = { name: "n", owner: { login: "o" } };
        const payload = { ...value, repository, installation: { id: 1 }, sender: { login: "a", type: "User" } };
        checkRunJobs(payload as never, "github.com");
      },
    ),
  ];
}

function tryJson(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return null;
  }
}

/** Some of the texts and numbers of a payload are others now, told by the bytes. */
function withValues(payload: unknown, bytes: Buffer): unknown {
  const pieces = bytes.toString("utf8").split(/(?<=[\n ])/);
  let at = 0;
  const next = (): number => bytes[at++ % Math.max(1, bytes.length)] ?? 0;
  const change = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => change(one, key));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, change(one, name)]));
    if (next() % 4 !== 0) return value;
    if (typeof value === "string") return pieces[next() % pieces.length] ?? "";
    return typeof value === "number" && !key.endsWith("id") ? next() * 2 ** (next() % 40) : value;
  };
  return change(payload, "");
}

function ggufSeed(): Buffer {
  const head = Buffer.alloc(24);
  head.write("GGUF");
  head.writeUInt32LE(3, 4);
  head.writeBigUInt64LE(1n, 8);
  head.writeBigUInt64LE(1n, 16);
  const key = Buffer.from("general.architecture");
  const value = Buffer.from("llama");
  const length = (of: Buffer): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(of.length));
    return bytes;
  };
  return Buffer.concat([head, length(key), key, Buffer.from([8, 0, 0, 0]), length(value), value, Buffer.alloc(64)]);
}
