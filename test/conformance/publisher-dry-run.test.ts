import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDryRunPublisher, type DryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import { parseMarker } from "../../src/publish/marker.ts";
import { changedFile, finding, identity, repository, review } from "../unit/publish/samples.ts";
import { publisherSuite, type Conversation } from "./publisher-suite.ts";

publisherSuite("dry-run", async () => openDryRun());

describe("any series of reviews", () => {
  const paths = ["src/a.ts", "src/b.ts", "src/c.ts"];
  const subsets = fc.array(fc.subarray(["1", "2", "3", "4"]), { minLength: 1, maxLength: 6 });

  it("leaves one comment a finding, open exactly where the last review found it", async () => {
    await fc.assert(
      fc.asyncProperty(subsets, async (series) => {
        const on = openDryRun();
        for (const ids of series) {
          await on.push();
          const findings = ids.map((id, index) => finding(id, paths[index % paths.length]));
          const outcome = review(findings, { head: on.head() });

          const first = await on.publisher.publish(outcome);
          const writes = on.writes();
          await on.publisher.publish(outcome);

          expect(on.writes()).toBe(writes);
          expect(first.posted + first.standing).toBe(ids.length);
        }
        const markers = on.onLines().map(({ body }) => parseMarker(body));
        const open = markers.flatMap((one) => (one?.kind === "finding" && !one.addressed ? [Number(one.id)] : []));
        expect(open.toSorted((a, b) => a - b).map(String)).toEqual(series.at(-1));
        expect(markers).toHaveLength(new Set(series.flat()).size);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a dry run without a change", () => {
  it("takes the outcome at its word, for a local clone too", async () => {
    const publisher = createDryRunPublisher({ repository });

    const receipt = await publisher.publish(review([finding("1"), finding("2", "src/b.ts")], { subject: null }));

    expect(receipt).toMatchObject({ posted: 2, summary: "created" });
    expect(publisher.payloads.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /repos/acme/shop/pulls/0/reviews",
      "POST /repos/acme/shop/issues/0/comments",
    ]);
  });
});

function openDryRun(): Conversation {
  let pushes = 0;
  const head = (): string => pushes.toString(16).padStart(40, "c");
  const files = ["src/a.ts", "src/b.ts", "src/c.ts"].map(changedFile);
  const publisher = createDryRunPublisher({ repository, identity, change: () => ({ head: head(), files }) });
  return {
    publisher,
    pull: 7,
    issue: 9,
    head,
    push: () => {
      pushes += 1;
    },
    onLines: () => replay(publisher).onLines,
    folded: () => replay(publisher).onLines.map(({ folded }) => folded),
    bodies: (number) => replay(publisher).inConversation.flatMap((one) => (one.number === number ? [one.body] : [])),
    writes: () => publisher.payloads.length,
    end: async () => {},
  };
}

interface Replayed {
  onLines: { id: number; path: string; line: number; body: string; folded: boolean }[];
  inConversation: { id: number; number: number; body: string }[];
}

/** What GitHub would hold after these requests. It numbers comments as they come. */
function replay({ payloads }: DryRunPublisher): Replayed {
  const result: Replayed = { onLines: [], inConversation: [] };
  let lastId = 0;
  for (const { method, path, body } of payloads) {
    const number = Number(/\/(\d+)(?:\/|$)/.exec(path)?.[1]);
    if (path === "/graphql") {
      const { query, variables } = body as { query: string; variables: { id: string } };
      const found = result.onLines.find(({ id }) => variables.id === `thread-${id}`);
      if (found) found.folded = query.includes(" resolveReviewThread(");
    } else if (method === "PATCH") {
      const found = [...result.onLines, ...result.inConversation].find(({ id }) => id === number);
      if (found) found.body = body["body"] as string;
    } else if (path.endsWith("/reviews")) {
      for (const comment of body["comments"] as { path: string; line: number; body: string }[])
        result.onLines.push({
          id: ++lastId,
          path: comment.path,
          line: comment.line,
          body: comment.body,
          folded: false,
        });
    } else result.inConversation.push({ id: ++lastId, number, body: body["body"] as string });
  }
  return result;
}
