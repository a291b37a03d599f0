import type { DashboardData, ShownOutcome } from "../../../src/dashboard/dashboard-data.ts";
import type { Finding, ModelReport } from "../../../src/publish/outcome.ts";
import type { Evidence } from "../../../src/retrieval/evidence.ts";

const at = Date.UTC(2026, 10, 23, 12);
const hour = 3_600_000;

/** A busy service; `said` stands wherever GitHub, git or a model had a word. */
export function sampleData(said?: string): DashboardData {
  const shop = "github.com/acme/shop";
  const switched = { by: said ?? "lee", at: at - 26 * hour };
  return {
    at,
    startedAt: at - 50 * hour,
    protocol: "https",
    switchedOff: null,
    repositories: {
      known: [
        {
          key: said ?? shop,
          mode: said ?? "auto",
          engram: { bytes: 48_200_000, updatedAt: at - 240_000 },
          off: null,
          calibration: {
            pulls: 120,
            commit: said ?? "4d5e6f7a8b9c0d1e",
            learntAt: at - 5 * hour,
            complete: true,
            rows: [
              {
                kind: "companion",
                band: said ?? "≥ 80 %",
                warnings: 40,
                pulls: 31,
                right: 34,
                precision: 0.85,
                chance: 0.12,
                lower: 0.71,
              },
              {
                kind: "near-copy",
                band: said ?? "word for word",
                warnings: 9,
                pulls: 8,
                right: 6,
                precision: 0.67,
                chance: null,
                lower: 0.35,
              },
            ],
          },
          acceptance: [
            { month: "2026-10", kind: "companion", published: 12, accepted: 8, dismissed: 2, unanswered: 2 },
            { month: "2026-11", kind: "near-copy", published: 5, accepted: 0, dismissed: 0, unanswered: 5 },
          ],
        },
        {
          key: "github.com/acme/site",
          mode: null,
          engram: null,
          off: { repository: "github.com/acme/site", ...switched },
          calibration: null,
          acceptance: [],
        },
      ],
    },
    queue: {
      known: {
        counts: { waiting: 3, running: 2, done: 412, failed: 1 },
        depths: [
          { kind: "review", priority: 2, waiting: 2, oldestMs: 14_000 },
          { kind: "embed", priority: 4, waiting: 1, oldestMs: 700_000 },
        ],
        running: [
          {
            kind: "review",
            subject: `${said ?? shop} #31`,
            attempt: 1,
            error: null,
            endedAt: null,
            worker: "here",
            here: { startedAt: at - 95_000, step: said ?? "the model reads the change", done: 3, total: 12 },
          },
          {
            kind: "sync",
            subject: `${said ?? shop} sync`,
            attempt: 2,
            error: said ?? "boom",
            endedAt: null,
            worker: said ?? "other-machine:3000",
            here: null,
          },
        ],
        failed: [
          {
            kind: "triage",
            subject: `${said ?? shop} #29`,
            attempt: 5,
            error: said ?? "git fetch: the remote hung up",
            endedAt: at - 3 * hour,
            worker: null,
          },
        ],
      },
    },
    models: {
      known: [
        {
          name: said ?? "qwen2.5-coder-3b-instruct-q4_k_m",
          bytes: 2_100_000_000,
          status: { slots: 2, running: 1, waiting: 0 },
          tokensPerSecond: 11.3,
          encoder: false,
          abilities: [
            { ability: "confirm", allowed: true, reason: said ?? "81 % of claims are judged rightly, 75 % are asked" },
            {
              ability: "review",
              allowed: false,
              reason: said ?? "41 % of what it calls a problem is one, 70 % are asked",
            },
          ],
        },
      ],
    },
    outcomes: { known: outcomes(shop, said) },
    rateLimits: [
      { installation: "42", resource: said ?? "core", remaining: 4_310, limit: 5_000, reset: at / 1_000 + 900 },
    ],
  };
}

export const emptyData: DashboardData = {
  at,
  startedAt: at,
  protocol: "https",
  switchedOff: null,
  repositories: { known: [] },
  queue: { known: { counts: { waiting: 0, running: 0, done: 0, failed: 0 }, depths: [], running: [], failed: [] } },
  models: { known: [] },
  outcomes: { known: [] },
  rateLimits: [],
};

function outcomes(repository: string, said: string | undefined): ShownOutcome[] {
  const model: ModelReport = {
    name: said ?? "qwen2.5",
    note: said ?? "",
    prompts: 2,
    promptTokens: 900,
    generatedTokens: 120,
    ms: 9_000,
  };
  const code: Evidence = {
    kind: "companion",
    citation: {
      kind: "code",
      path: said ?? "src/price list.ts",
      startLine: 10,
      endLine: 14,
      commit: said ?? "4d5e6f7a8b9c0d1e",
    },
    score: 0.9,
    why: said ?? "changed together with it in 17 of 20 commits",
    text: said ?? "export function priceOf(item: Item): number {\n  return item.net * (1 + item.tax);\n}",
  };
  const issue: Evidence = {
    kind: "similar-issue",
    citation: { kind: "issue", number: 7, title: said ?? "Rounding is off", state: "closed" },
    score: 0.8,
    why: said ?? "shares rare words",
    text: said ?? "Rounding is off",
  };
  const finding: Finding = {
    id: "0123456789abcdef",
    kind: "companion",
    anchor: { path: said ?? "src/cart.ts", startLine: 3, endLine: 4, side: "RIGHT" },
    title: said ?? "src/price list.ts usually changes along",
    body: said ?? "In 17 of 20 commits that changed `src/cart.ts`, `src/price list.ts` changed, too.",
    evidence: [code],
    placement: "inline",
  };
  const coverage = {
    filesRead: 2,
    filesTotal: 2,
    hunksRead: 4,
    hunksTotal: 4,
    linesRead: 80,
    linesTotal: 80,
    unread: [],
    engramCommit: "4d5e",
    ms: 900,
  };
  const subject = { kind: "pull", number: 31 } as const;
  const receipt = { posted: 1, addressed: 0, standing: 0, summary: "created" } as const;
  return [
    {
      repository,
      at: new Date(at - 60_000).toISOString(),
      receipt: null,
      outcome: {
        kind: "review",
        subject,
        asked: false,
        base: "a".repeat(40),
        head: "b".repeat(40),
        findings: [finding],
        sheet: finding.evidence,
        coverage,
        model,
        withheld: [
          {
            about: said ?? "src/cart.ts:9",
            text: said ?? "The loop never ends.",
            reason: said ?? "no quoted line bears it out",
          },
        ],
      },
    },
    {
      repository,
      at: new Date(at - hour).toISOString(),
      receipt,
      outcome: {
        kind: "triage",
        subject: { kind: "issue", number: 29 },
        asked: true,
        similar: [{ grade: "duplicate", issue, fixes: [] }],
        suspects: [code],
        labels: [{ name: said ?? "bug", confidence: 0.82, apply: true, evidence: [] }],
        missing: [said ?? "Version"],
        advice: [{ text: said ?? "Look at the rounding first.", evidence: [code] }],
        engramCommit: "4d5e",
        withheld: [],
        model: { ...model, name: null, note: said ?? "none is installed" },
        ms: 800,
      },
    },
    {
      repository,
      at: new Date(at - 2 * hour).toISOString(),
      receipt,
      outcome: { kind: "answer", subject, commentId: 5, body: said ?? "`priceOf` is defined in one place." },
    },
    {
      repository,
      at: new Date(at - 3 * hour).toISOString(),
      receipt: undefined,
      outcome: {
        kind: "implement",
        task: "implement",
        number: 28,
        base: "c".repeat(40),
        title: said ?? "Round prices up",
        verdict: "passed",
        reason: said ?? "All commands passed.",
        documents: [],
        places: [
          {
            path: said ?? "src/cart.ts",
            startLine: 1,
            endLine: 9,
            symbol: null,
            reason: said ?? "names it",
            evidence: [],
          },
        ],
        evidence: [code],
        files: [],
        patch: "",
        unverified: [said ?? "No test covers it."],
        sandbox: null,
        model,
        rounds: [
          {
            applied: 1,
            refused: [said ?? "one edit is ambiguous"],
            commands: [
              {
                name: said ?? "test",
                command: "npm test",
                passed: false,
                ended: said ?? "exit code 1",
                ms: 1,
                output: "",
              },
            ],
          },
        ],
      },
    },
  ];
}
