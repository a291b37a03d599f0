import MarkdownIt from "markdown-it";
import { expect } from "vitest";

/** As GitHub renders comments: HTML allowed, addresses linked, line ends kept. */
export const markdown = new MarkdownIt({ html: true, linkify: true, breaks: true });
markdown.linkify.set({ fuzzyLink: false });

const allowedHtml =
  /^(<details><summary>[^<>]+(?:<code>[^<>]+<\/code>)?<\/summary>|<\/details>|<\/?sub>|<!-- engram-assistant:v1 [\w= ]+ -->)$/;

/** Text that people do not see, or see in another order; what breaks mentions is ours. */
const hidden = /[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{e0000}-\u{e0fff}]/u;

/** What GitHub finds in rendered text: mentions, references, addresses, ids of commits. */
const doesSomething = /@[a-z0-9]|#\d|\bGH-\d|\bwww\.|:\/\/|\b[0-9a-f]{7,40}\b/i;

const ownPages = /^https:\/\/github\.com\/acme\/shop\/(blob|commit|issues)\//;

/**
 * Fails where Markdown does anything but show text, besides what the assistant itself put there.
 * @param pages what it may link to
 */
export function expectInert(body: string, pages: RegExp = ownPages): void {
  expect(body).not.toMatch(hidden);
  for (const token of markdown.parse(body, {})) {
    if (token.type === "html_block") {
      for (const line of token.content.trim().split("\n")) {
        expect(line).toMatch(allowedHtml);
        // GitHub looks for none of it in code.
        if (line.startsWith("<details>")) expect(line.replace(/<code>[^<]*<\/code>/, "")).not.toMatch(doesSomething);
      }
    }
    let visible = "";
    let ownLink = false;
    for (const child of token.children ?? []) {
      expect(child.type).not.toBe("image");
      if (child.type === "html_inline") expect(child.content).toMatch(allowedHtml);
      if (child.type === "link_open") {
        expect(child.info).not.toBe("auto");
        expect(child.attrGet("href")).toMatch(pages);
      }
      ownLink = child.type === "link_open" || (ownLink && child.type !== "link_close");
      if (child.type === "text") visible += ownLink ? "" : child.content;
      else if (child.type !== "link_close") visible += "\n";
    }
    expect(visible).not.toMatch(doesSomething);
  }
}
