import { describe, expect, it } from "vitest";
import type { Ability, GenerateRequest, Model, Score, ScoreRequest } from "../../../src/model/model.ts";
import type { Decide, TryEdits } from "../../../src/qualification/answer.ts";
import { qualificationCases } from "../../../src/qualification/cases/all-cases.ts";
import type { EditCase, QualificationCase } from "../../../src/qualification/cases/case.ts";
import { factsOf, faultOf } from "../../../src/qualification/faithful.ts";
import { halve } from "../../../src/qualification/halves.ts";
import { type KnownAnswer, qualifyModel, type QualifyOptions } from "../../../src/qualification/qualify-model.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";

const sha256 = "5".repeat(64);

/** What a fake says. A line is named by its place in the change, `L1` the first; it is quoted to the program. */
interface Fake {
  review: (given: QualificationCase | undefined, prompt: string) => { problem: number; line: string; remark: string };
  choose: (given: QualificationCase | undefined, options: string[]) => number[];
  word: (facts: string) => string;
  /** Code for a case; none: it never writes any. */
  edit?: (given: EditCase) => string;
}

/** A model that tells probabilities, and one that does not. */
function modelOf(fake: Fake, { scores }: { scores: boolean }): { model: Model; decide: Decide } {
  const read = (request: Pick<GenerateRequest, "messages">) => {
    const prompt = promptText(request);
    return fake.review(caseOf(prompt), prompt);
  };
  const score = async (request: ScoreRequest): Promise<Score[]> => {
    const { problem } = read(request);
    return [problem, 1 - problem].map((share) => ({ tokens: 1, logProbability: Math.log(Math.max(share, 1e-9)) }));
  };
  const model = fakeModel(
    (request) => {
      const prompt = promptText(request);
      if (prompt.includes("You change code")) return `\`\`\`\n${fake.edit?.(editOf(prompt)) ?? ""}\`\`\`\n`;
      if (!prompt.includes("You review")) return JSON.stringify({ sentence: fake.word(prompt) });
      const { problem, line, remark } = read(request);
      if (problem < 0.5) return JSON.stringify({ verdict: "no problem", remarks: [] });
      const rest = { evidence: "none", concern: "bug", severity: "high", scenario: "it may go wrong", replacement: "" };
      return JSON.stringify({
        verdict: "problem",
        remarks: [{ quote: quoteOf(prompt, line), claim: remark, ...rest }],
      });
    },
    { identity: { sha256 }, ...(scores && { score }) },
  );
  const decide: Decide = async (_model, { messages, options }) => {
    const probabilities = fake.choose(caseOf(promptText({ messages })), options);
    const option = options[probabilities.indexOf(Math.max(...probabilities))] ?? "";
    return { option, probabilities: scores ? probabilities : null };
  };
  return { model, decide };
}

/** The lines of the change in a prompt, behind their signs. */
function changeIn(prompt: string): string[] {
  return /CHANGE .*\n([\s\S]*?)\nEND /.exec(prompt)?.[1]?.split("\n") ?? [];
}

/** Where a line stands there twice, with the new file's next one. */
function quoteOf(prompt: string, label: string): string {
  const lines = changeIn(prompt);
  const at = Number(label.slice(1)) - 1;
  const own = lines[at]?.slice(1) ?? "";
  const next =
    lines
      .slice(at + 1)
      .find((line) => !line.startsWith("-"))
      ?.slice(1) ?? "";
  return lines.filter((line) => line.slice(1).trim() === own.trim()).length > 1 ? `${own}\n${next}` : own;
}

function editOf(prompt: string): EditCase {
  const found = qualificationCases.find((given) => given.ability === "edit" && prompt.includes(given.code.trim()));
  if (found?.ability !== "edit") throw new Error("not asked for by a known case");
  return found;
}

/** Takes the code of a known case's solution for one that passes, without running it. */
const tryEdits: TryEdits = async ({ files, edits, command }) => {
  const given = qualificationCases.find((one) => one.ability === "edit" && one.command === command && files[one.path]);
  if (given?.ability !== "edit") throw new Error("not a known case");
  const [edit] = edits;
  const text = edit === undefined ? files[given.path] : "text" in edit ? edit.text : "";
  return text === given.solution ? null : "its test fails";
};

/** The case that a prompt was made of. */
function caseOf(prompt: string): QualificationCase | undefined {
  return qualificationCases.find((given) => {
    if (given.ability === "review") {
      return prompt.includes(`CHANGE ${given.path}\n`) && given.change.every((line) => prompt.includes(line));
    }
    if (given.ability === "confirm") return prompt.includes(given.claim) && prompt.includes(given.code);
    return given.ability === "label" && prompt.includes(given.title) && prompt.includes(given.body);
  });
}

function oneHot(options: string[], chosen: string, sure = 0.9): number[] {
  const rest = (1 - sure) / (options.length - 1);
  return options.map((option) => (option === chosen ? sure : rest));
}

function truth(given: QualificationCase | undefined, options: string[]): string {
  if (given?.ability === "confirm") return given.holds ? "yes" : "no";
  if (given?.ability === "label") return given.expected ?? (options.at(-1) as string);
  throw new Error("not asked for by a known case");
}

/** Says each fact in other words. */
function faithful(facts: string): string {
  const given = qualificationCases.find((entry) => entry.ability === "wording" && facts.includes(factsOf(entry)));
  if (given?.ability !== "wording") throw new Error("not asked for by a known case");
  const [first = "", second = "", third = ""] = given.must.map(([choice = ""]) => choice);
  const tries = [
    `Please look at ${first} because of ${second} there, ${third}.`,
    `${first} ${third} stands in ${second}, please look`,
  ];
  return tries.find((sentence) => faultOf(sentence, given) === null) ?? "";
}

const oracle: Fake = {
  review: (given) => {
    const right = given?.ability === "review" ? given.right[0] : undefined;
    return right === undefined
      ? { problem: 0.1, line: "L1", remark: "" }
      : { problem: 0.9, line: `L${right + 1}`, remark: "this goes wrong" };
  },
  choose: (given, options) => oneHot(options, truth(given, options)),
  word: faithful,
  edit: ({ solution }) => solution,
};

/** A sequence of numbers that looks random and is the same each time. */
function dice(): () => number {
  let state = 12_345;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function guesser(roll = dice()): Fake {
  return {
    review: (_given, prompt) => {
      const lines = changeIn(prompt).map((_, index) => `L${index + 1}`);
      return { problem: roll(), line: lines[Math.floor(roll() * lines.length)] ?? "L1", remark: "this goes wrong" };
    },
    choose: (_given, options) => oneHot(options, options[Math.floor(roll() * options.length)] ?? "", 0.5 + roll() / 2),
    word: () => "There might be some problem here",
  };
}

/** Says the same whatever it is asked. */
function constant(verdict: { problem: number; line: string }, place: "first" | "last", sentence: string): Fake {
  return {
    review: (_given, prompt) => ({
      ...verdict,
      line: `L${changeIn(prompt).findIndex((line) => line.startsWith("+")) + 1}`,
      remark: "this goes wrong",
    }),
    choose: (_given, options) => oneHot(options, (place === "first" ? options[0] : options.at(-1)) ?? ""),
    word: () => sentence,
  };
}

const cheats: Record<string, Fake> = {
  "guesses at random": guesser(),
  "always sees a problem": constant({ problem: 0.99, line: "L1" }, "first", "It is a problem for the author"),
  "always says no": constant({ problem: 0.01, line: "L1" }, "last", "There is no problem in this change"),
  "copies what it reads": {
    ...guesser(),
    word: (facts) => facts.slice(facts.lastIndexOf("Changed here")).slice(0, 190),
  },
  "copies the title": { ...guesser(), word: (facts) => facts.split("\n").at(4) ?? "" },
  "says nothing": constant({ problem: 0.01, line: "L1" }, "last", ""),
};

async function allowed(fake: Fake, scores: boolean, options: Partial<QualifyOptions> = {}): Promise<Ability[]> {
  const { model, decide } = modelOf(fake, { scores });
  const record = await qualifyModel(model, { decide, product: "1.0.0", ...options });
  return record.abilities.filter((entry) => entry.allowed).map(({ ability }) => ability);
}

describe("qualifyModel", () => {
  for (const scores of [true, false]) {
    describe(scores ? "by probabilities" : "by written answers", () => {
      it("lets a model pass that is right, for all that can be measured without a sandbox", async () => {
        expect(await allowed(oracle, scores)).toEqual(["review", "confirm", "label", "wording"]);
      });

      for (const [name, fake] of Object.entries(cheats)) {
        it(`lets no model pass that ${name}`, async () => {
          expect(await allowed(fake, scores)).toEqual([]);
        });
      }
    });
  }

  it("finds the probability from which on a model that sees too much is right", async () => {
    const alarmed: Fake = {
      ...oracle,
      review: (given) => {
        const right = given?.ability === "review" ? given.right[0] : undefined;
        return right === undefined
          ? { problem: 0.7, line: "L2", remark: "this goes wrong" }
          : { problem: 0.95, line: `L${right + 1}`, remark: "this goes wrong" };
      },
    };
    const { model, decide } = modelOf(alarmed, { scores: true });
    const { abilities } = await qualifyModel(model, { decide, product: "1.0.0", abilities: ["review"] });
    expect(abilities).toMatchObject([{ ability: "review", allowed: true, recall: 1 }]);
    expect(abilities[0]?.threshold).toBeCloseTo(0.95, 5);
    expect(await allowed(alarmed, false, { abilities: ["review"] })).toEqual([]);
  });

  it("does not take a defect for found that was seen at another line", async () => {
    const elsewhere: Fake = { ...oracle, review: (given, prompt) => ({ ...oracle.review(given, prompt), line: "L1" }) };
    expect(await allowed(elsewhere, true, { abilities: ["review"] })).toEqual([]);
  });

  it("does not let a model speak that is right only by hardly ever speaking", async () => {
    const defects = qualificationCases.filter((given) => given.ability === "review" && given.right.length > 0);
    const seen = halve(defects).test.slice(0, 5);
    const shy: Fake = {
      ...oracle,
      review: (given, prompt) => {
        const answer = oracle.review(given, prompt);
        return given && seen.includes(given) ? answer : { ...answer, problem: 0.1 };
      },
    };
    const { model, decide } = modelOf(shy, { scores: false });
    const { abilities } = await qualifyModel(model, { decide, product: "1.0.0", abilities: ["review"] });
    expect(abilities[0]).toMatchObject({
      n: 5,
      right: 5,
      allowed: false,
      reason: "it says only 21 % of what there is to say, 25 % are asked",
    });
    expect(abilities[0]?.lower).toBeGreaterThan(0.7);
  });

  it("lets a good model pass a quick run for some, and says that it was quick", async () => {
    const { model, decide } = modelOf(oracle, { scores: true });
    const { abilities } = await qualifyModel(model, { decide, product: "1.0.0", quick: true });
    expect(abilities.every(({ quick }) => quick)).toBe(true);
    expect(abilities.find(({ ability }) => ability === "edit")).toMatchObject({
      allowed: false,
      reason: "edits are not run without a sandbox (assistant doctor says how to get one)",
    });
  });

  it("lets a model edit whose edits pass their tests, and none whose edits do not", async () => {
    const options = { tryEdits, abilities: ["edit" as const] };
    expect(await allowed(oracle, true, options)).toEqual(["edit"]);
    expect(await allowed({ ...oracle, edit: ({ code }) => code }, true, options)).toEqual([]);
    expect(await allowed(guesser(), true, options)).toEqual([]);
    const half: Fake = { ...oracle, edit: ({ code, solution, id }) => (id.length % 2 === 0 ? code : solution) };
    expect(await allowed(half, true, options)).toEqual([]);
  });

  it("leaves out edits that not even the known solution passes for, and says so", async () => {
    const onlyPython: TryEdits = async (trial) =>
      trial.command.startsWith("python3") ? tryEdits(trial) : "sh: 1: not found";
    const { model, decide } = modelOf(oracle, { scores: true });
    const options: QualifyOptions = { decide, product: "1.0.0", abilities: ["edit"], tryEdits: onlyPython };
    const [edit] = (await qualifyModel(model, options)).abilities;
    const { length } = qualificationCases.filter(({ ability }) => ability === "edit");
    expect(edit).toMatchObject({ n: 10, right: 10, allowed: true });
    expect(edit?.reason).toMatch(new RegExp(`70 % are asked; ${length - 10} more need tools that are not here$`));
  });

  it("gives no record of edits where the model cannot be reached", async () => {
    const { decide } = modelOf(oracle, { scores: true });
    const gone = fakeModel(() => {
      throw new AssistantError("no answer", { code: "model-unreachable", remedy: "" });
    });
    const run = qualifyModel(gone, { decide, product: "1.0.0", abilities: ["edit"], tryEdits });
    await expect(run).rejects.toMatchObject({ code: "model-unreachable" });
  });

  it("counts answers that did not come as wrong ones, on either side of a claim", async () => {
    const { model } = modelOf(oracle, { scores: true });
    const silent: Decide = async () => {
      throw new AssistantError("cut off", { code: "answer-invalid", remedy: "" });
    };
    const record = await qualifyModel(model, { decide: silent, product: "1.0.0", abilities: ["confirm", "label"] });
    expect(record.abilities.map(({ right }) => right)).toEqual([0, 0]);
  });

  it("gives no record where the model cannot be reached", async () => {
    const { model } = modelOf(oracle, { scores: true });
    const unreachable: Decide = async () => {
      throw new AssistantError("no answer", { code: "model-unreachable", remedy: "" });
    };
    const run = qualifyModel(model, { decide: unreachable, product: "1.0.0", abilities: ["confirm"] });
    await expect(run).rejects.toMatchObject({ code: "model-unreachable" });
  });

  it("stops when it is cancelled, without a record", async () => {
    const control = new AbortController();
    const { model, decide } = modelOf(oracle, { scores: true });
    let asked = 0;
    const stopping: Decide = async (...request) => {
      if (++asked === 3) control.abort(new Error("stopped"));
      return decide(...request);
    };
    const run = qualifyModel(model, {
      decide: stopping,
      product: "1.0.0",
      abilities: ["label"],
      signal: control.signal,
    });
    await expect(run).rejects.toThrow("stopped");
    expect(asked).toBeLessThanOrEqual(4);
  });

  it("asks only for what an earlier run has no answer to", async () => {
    const { model, decide } = modelOf(oracle, { scores: true });
    const known = new Map<string, KnownAnswer>();
    const abilities: Ability[] = ["label"];
    const whole = await qualifyModel(model, {
      decide,
      product: "1.0.0",
      abilities,
      onAnswer: ({ case: { id }, ...answer }) => known.set(id, answer),
    });
    expect(known.size).toBe(46);
    known.delete("label-spam");
    let asked = 0;
    const counting: Decide = async (...request) => {
      asked++;
      return decide(...request);
    };
    const again = await qualifyModel(model, { decide: counting, product: "1.0.0", abilities, known });
    expect(asked).toBe(1);
    expect(again.abilities[0]).toMatchObject({ right: whole.abilities[0]?.right, lower: whole.abilities[0]?.lower });
  });

  it("tells how far it is", async () => {
    const seen: [number, number][] = [];
    const { model, decide } = modelOf(oracle, { scores: true });
    const onProgress: QualifyOptions["onProgress"] = ({ done, total }) => seen.push([done, total]);
    await qualifyModel(model, { decide, product: "1.0.0", abilities: ["label"], onProgress });
    expect(seen[0]).toEqual([0, 46]);
    expect(seen.at(-1)).toEqual([46, 46]);
  });
});
