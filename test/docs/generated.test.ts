import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readErrorMessages } from "../../docs/scripts/error-messages.ts";
import { messagesPage } from "../../docs/scripts/messages-page.ts";
import { noticesText } from "../../docs/scripts/notices.ts";
import { drawAll } from "../../docs/scripts/pictures/draw-all.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

// What fails here is out of date: npm run generate
describe("what is generated", () => {
  it("docs/messages.md holds the messages of the code", async () => {
    expect(unformatted(read("docs/messages.md"))).toBe(unformatted(await messagesPage()));
  });

  it("every error of the code has a code, a message and a remedy that say something", async () => {
    const messages = await readErrorMessages();
    // However it is written there, each place that makes one is found.
    const places = new Set(messages.map(({ code }) => code));
    for (const code of ["config-invalid", "not-a-repository", "document-large", "no-question", "model-missing"])
      expect(places).toContain(code);
    const silent = messages.filter(({ code, message, remedy }) => /…/.test(code) || (message + remedy).length < 12);
    expect(silent).toEqual([]);
  });

  it("THIRD-PARTY-NOTICES.txt names the packages of the lock file", () => {
    expect(read("THIRD-PARTY-NOTICES.txt")).toBe(noticesText());
  });

  it("the pictures are those of the demo's repository", async () => {
    const pictures = await drawAll();
    expect(readdirSync(join(root, "docs/pictures")).filter((name) => name.startsWith("engram-"))).toEqual(
      Object.keys(pictures).toSorted(),
    );
    for (const [name, picture] of Object.entries(pictures)) expect(read(`docs/pictures/${name}`), name).toBe(picture);
  });
});

/** Without what the formatter does: columns laid out, characters escaped. */
function unformatted(page: string): string {
  return page
    .replaceAll(/ +\|/g, " |")
    .replaceAll(/^\| -+ .*$/gm, "")
    .replaceAll(/\n+/g, "\n")
    .replaceAll("\\", "")
    .replaceAll(/[*_]/g, "");
}
