import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseMarker } from "../../src/publish/marker.ts";
import type { Finding, Outcome } from "../../src/publish/outcome.ts";
import type { Publisher } from "../../src/publish/publisher.ts";
import { limits } from "../../src/shared/limits.ts";
import { codeEvidence, coverage, finding, review, triage } from "../unit/publish/samples.ts";

/** A pull request on which lines 5 to 24 of src/a.ts, src/b.ts and src/c.ts are changed, and an issue. */
export interface Conversation {
  publisher: Publisher;
  pull: number;
  issue: number;
  /** The pull request's head. */
  head(): string;
  /** A push that leaves the changed lines where they are. */
  push(): void | Promise<void>;
  /** Comments on lines as they stand, in the order in which they came; `line` is null for an outdated one. */
  onLines(): { path: string; line: number | null; body: string }[];
  /** Whether the thread under each of them is resolved. */
  folded(): boolean[];
  /** The comments of the pull request's or the issue's conversation. */
  bodies(number: number): string[];
  /** How many writes were asked for so far. */
  writes(): number;
  end(): Promise<void>;
}

/** What every publisher must do. */
export function publisherSuite(name: string, open: () => Promise<Conversation>): void {
  describe(`${name} publisher`, () => {
    let on: Conversation;

    beforeEach(async () => {
      on = await open();
    });
    afterEach(() => on.end());

    const outcome = (findings: Finding[], changes = {}): Outcome =>
      review(findings, { subject: { kind: "pull", number: on.pull }, head: on.head(), ...changes });

    it("posts findings on their lines and one summary; the same again changes nothing", async () => {
      const findings = [finding("1", "src/a.ts"), finding("2", "src/b.ts"), finding("3", "src/c.ts", note)];

      expect(await on.publisher.publish(outcome(findings))).toEqual(receipt({ posted: 2, summary: "created" }));
      const writes = on.writes();
      expect(writes).toBe(2);
      expect(on.onLines().map(({ path, line }) => `${path}:${line}`)).toEqual(["src/a.ts:11", "src/b.ts:11"]);
      expect(on.bodies(on.pull)).toHaveLength(1);
      expect(on.bodies(on.pull)[0]).toContain("2 comments on lines, 1 note below.");

      expect(await on.publisher.publish(outcome(findings))).toEqual(receipt({ standing: 2, summary: "unchanged" }));
      expect(on.writes()).toBe(writes);
    });

    it("leaves a standing comment alone over a push, and posts only what is new", async () => {
      await on.publisher.publish(outcome([finding("1", "src/a.ts")]));
      const [before] = on.onLines();
      await on.push();

      const again = await on.publisher.publish(outcome([finding("1", "src/a.ts"), finding("2", "src/b.ts")]));

      expect(again).toEqual(receipt({ posted: 1, standing: 1, summary: "updated" }));
      expect(on.onLines()).toHaveLength(2);
      expect(on.onLines()[0]?.body).toBe(before?.body);
      expect(on.bodies(on.pull)).toHaveLength(1);
    });

    it("marks a comment whose finding is gone as addressed, once", async () => {
      await on.publisher.publish(outcome([finding("1", "src/a.ts"), finding("2", "src/b.ts")]));
      await on.push();

      const gone = outcome([finding("2", "src/b.ts")]);
      expect(await on.publisher.publish(gone)).toEqual(
        receipt({ addressed: 1, resolved: 1, standing: 1, summary: "updated" }),
      );
      expect(on.folded()).toEqual([true, false]);

      const body = on.onLines()[0]?.body ?? "";
      expect(body).toMatch(new RegExp(`^Addressed in \\[\`${on.head().slice(0, 7)}\``));
      expect(body).toContain("listInvoices");
      expect(parseMarker(body)).toMatchObject({ kind: "finding", addressed: true });
      expect(on.bodies(on.pull)[0]).toContain("1 earlier comment is addressed.");
      const writes = on.writes();
      expect(await on.publisher.publish(gone)).toEqual(receipt({ standing: 1, summary: "unchanged" }));
      expect(on.writes()).toBe(writes);
    });

    it("does not call a finding addressed in a file that was not read", async () => {
      await on.publisher.publish(outcome([finding("1", "src/a.ts")]));
      const [before] = on.onLines();

      const unread = outcome([], { coverage: coverage([{ path: "src/a.ts", reason: "out of time" }]) });

      expect(await on.publisher.publish(unread)).toMatchObject({ addressed: 0 });
      expect(on.onLines()[0]?.body).toBe(before?.body);
    });

    it("restores the comment of a finding that comes back", async () => {
      await on.publisher.publish(outcome([finding("1", "src/a.ts")]));
      await on.push();
      await on.publisher.publish(outcome([]));
      await on.push();

      const back = await on.publisher.publish(outcome([finding("1", "src/a.ts")]));

      expect(back).toEqual(receipt({ standing: 1, summary: "updated" }));
      expect(on.onLines()).toHaveLength(1);
      expect(on.onLines()[0]?.body).toMatch(/^\*\*The same paging/);
      expect(on.onLines()[0]?.body).toContain(`An earlier push had addressed this; with [\`${on.head().slice(0, 7)}`);
      expect(on.folded()).toEqual([false]);
      expect(on.bodies(on.pull)[0]).not.toContain("addressed");
    });

    it("puts into the summary what has no place on the diff", async () => {
      const off = finding("1", "src/a.ts", { title: "Off the diff" });
      off.anchor = { path: "src/a.ts", startLine: 24, endLine: 90, side: "RIGHT" };
      const elsewhere = finding("2", "src/other.ts", { title: "Elsewhere" });

      const one = await on.publisher.publish(outcome([off, elsewhere, finding("3", "src/b.ts")]));

      expect(one).toEqual(receipt({ posted: 1, summary: "created" }));
      expect(on.bodies(on.pull)[0]).toMatch(/\*\*Off the diff\*\*.*src\/a\.ts#L24-L90[\s\S]*\*\*Elsewhere\*\*/);
    });

    it("writes nothing on a head that is not the pull request's any more", async () => {
      const old = outcome([finding("1", "src/a.ts")]);
      await on.push();

      await expect(on.publisher.publish(old)).rejects.toMatchObject({ code: "stale-head" });
      expect(on.writes()).toBe(0);
    });

    it("keeps every body within GitHub's limit", async () => {
      const text = "x".repeat(limits.bodyCharacters);
      const evidence = [codeEvidence("src/z.ts", text)];
      const findings = [
        finding("1", "src/a.ts", { title: text, body: `Short.\n\n${text}`, evidence }),
        finding("2", "src/b.ts", { ...note, evidence, body: text }),
      ];

      await on.publisher.publish(outcome(findings, { sheet: Array.from({ length: 400 }, () => evidence[0]) }));

      const bodies = [...on.onLines().map(({ body }) => body), ...on.bodies(on.pull)];
      expect(bodies).toHaveLength(2);
      for (const body of bodies) {
        expect(body.length).toBeLessThan(65_536);
        expect(parseMarker(body)).not.toBeNull();
      }
    });

    it("writes one triage comment, updates it, and none where nothing was found", async () => {
      const subject = { kind: "issue", number: on.issue } as const;
      const suspects = [codeEvidence("src/a.ts", "x", "suspect")];

      expect(await on.publisher.publish(triage({ subject }))).toEqual(receipt({ summary: "none" }));
      expect(await on.publisher.publish(triage({ subject, suspects }))).toEqual(receipt({ summary: "created" }));
      expect(await on.publisher.publish(triage({ subject, suspects }))).toEqual(receipt({ summary: "unchanged" }));
      const more = [...suspects, codeEvidence("src/b.ts", "y", "suspect")];
      expect(await on.publisher.publish(triage({ subject, suspects: more }))).toEqual(receipt({ summary: "updated" }));
      expect(on.bodies(on.issue)).toHaveLength(1);
    });

    it("gives each command one answer", async () => {
      const subject = { kind: "issue", number: on.issue } as const;
      const answer = (commentId: number): Outcome => ({
        kind: "answer",
        subject,
        commentId,
        body: "Commands: `help`.",
      });

      expect(await on.publisher.publish(answer(1))).toEqual(receipt({ summary: "created" }));
      expect(await on.publisher.publish(answer(2))).toEqual(receipt({ summary: "created" }));
      expect(await on.publisher.publish(answer(1))).toEqual(receipt({ summary: "unchanged" }));
      expect(on.bodies(on.issue).map((body) => parseMarker(body))).toEqual([
        { kind: "answer", comment: 1 },
        { kind: "answer", comment: 2 },
      ]);
    });
  });
}

const note = { placement: "summary" } as const;

export function receipt(changes: object): object {
  return { posted: 0, addressed: 0, standing: 0, summary: "none", ...changes };
}
