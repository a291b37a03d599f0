import type { Desk, DeskFound, DeskQuestion } from "../../../src/dashboard/desk.ts";
import type { Passage } from "../../../src/tasks/ask/passage.ts";
import type { ResearchAnswer } from "../../../src/tasks/research/answer.ts";

const shop = "github.com/acme/shop";

/** Three passages, one of each kind; `said` stands wherever a repository, GitHub or a model had a word. */
export function samplePassages(said?: string): Passage[] {
  const place = { source: shop, revision: "4d5e6f7a8b9c0d1e", page: null, score: 12.3 };
  return [
    {
      ...place,
      id: "1",
      document: said ?? "src/price list.ts",
      heading: said === undefined ? null : [said],
      line: 11,
      startLine: 10,
      endLine: 12,
      text: said ?? "export function priceOf(item: Item): number {\n  return item.net * (1 + item.tax);\n}",
    },
    {
      ...place,
      source: `${shop} issues`,
      id: "2",
      document: "#7",
      heading: ["2026-03-01, closed (completed)"],
      line: 1,
      startLine: 1,
      endLine: 3,
      text: said ?? "Rounding is off\n\nPrices lose a cent.",
    },
    {
      ...place,
      source: `${shop} commits`,
      id: "3",
      document: "1a2b3c4d5e6f",
      heading: [said ?? "2026-03-02, Ada"],
      line: 1,
      startLine: 1,
      endLine: 1,
      text: said ?? "Round prices up (#8)",
    },
  ];
}

export function sampleAnswer(said?: string): ResearchAnswer {
  const identity = { name: said ?? "qwen2.5", sha256: null, backend: "llama" } as const;
  return {
    task: said ?? "How are prices rounded?",
    format: "answer",
    how: "model",
    why: null,
    parts: [
      {
        title: null,
        statements: [
          { sentence: said ?? "A price is the net price with its tax.", sources: ["1"] },
          { sentence: said ?? "It is rounded up since prices lost a cent.", sources: ["2", "3"] },
        ],
      },
    ],
    dropped: [{ sentence: said ?? "It is 42.", sources: ["1"], reason: said ?? "42 does not occur there" }],
    passages: samplePassages(said),
    model: { ...identity, qualification: { allowed: true, reason: said ?? "94 % of its sentences are faithful" } },
  };
}

const found = (said?: string): DeskFound => {
  const [file, issue, commit] = samplePassages(said);
  return { files: [file!], issues: [issue!], commits: [commit!], ms: 12 };
};

/** A desk that answers at once with the samples; a test replaces what it is about. */
export function sampleDesk(more: Partial<Desk> = {}, said?: string): Desk & { asked: DeskQuestion[] } {
  const asked: DeskQuestion[] = [];
  return {
    asked,
    sources: async () => [
      { name: shop, kind: "repository" },
      { name: "research/papers", kind: "collection" },
    ],
    search: async () => found(said),
    async ask(question, { onEvent }) {
      asked.push(question);
      const answer = { ...sampleAnswer(said), task: question.text };
      onEvent?.({ type: "status", text: "looking for passages" });
      for (const passage of answer.passages) onEvent?.({ type: "passage", passage });
      for (const { sentence, sources } of answer.parts[0]?.statements ?? [])
        onEvent?.({ type: "sentence", part: null, sentence, sources });
      return answer;
    },
    conversations: () => [
      { name: "dashboard-1", title: said ?? "Where is tax added?", at: "2026-11-23T11:00:00Z", turns: 1 },
    ],
    turns: async (name) =>
      name === "dashboard-1"
        ? [
            {
              at: "2026-11-23T11:00:00Z",
              kind: "research",
              question: said ?? "Where is tax added?",
              answer: `- “${said ?? "return item.net * (1 + item.tax);"}” [1, line 11]\n`,
              passages: samplePassages(said).slice(0, 1),
              cited: samplePassages(said).slice(0, 1),
            },
          ]
        : [],
    forget: async () => true,
    ...more,
  };
}
