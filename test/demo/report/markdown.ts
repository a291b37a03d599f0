import MarkdownIt, { type RendererRule } from "markdown-it";
import { escapeHtml, trusted, type Html } from "./html.ts";
import type { LinkMap } from "./links.ts";

/** Renders GitHub Markdown to HTML that runs nothing and loads nothing. */
export type MarkdownRenderer = (body: string) => Html;

/** Tags that the assistant writes itself, without attributes. Any other tag is shown as text. */
const ownTag = /^<(\/?)(details|summary|sub|br)\s*\/?>$/i;
/** Comments, among them the assistant's markers: GitHub hides them. */
const tagOrComment = /<!--[^]*?-->|<[^<>]*>/g;

export function createMarkdown(links: LinkMap): MarkdownRenderer {
  // `html` lets the parser see the tags; what becomes of them is decided below.
  const markdown = new MarkdownIt({ html: true });
  const { rules } = markdown.renderer;
  // Tags that are open in the body being rendered: it may neither leave them open nor close what stands around it.
  let open: string[] = [];
  const ownTags: RendererRule = (tokens, index) => renderTags(tokens[index]?.content ?? "", open);
  rules["html_block"] = ownTags;
  rules["html_inline"] = ownTags;
  rules["image"] = (tokens, index) => escapeHtml(tokens[index]?.content ?? "");
  rules["link_open"] = (tokens, index) => openLink(links, String(tokens[index]?.attrGet("href") ?? ""));
  return (body) => {
    open = [];
    const text = markdown.render(body);
    return trusted(
      text +
        open
          .reverse()
          .map((name) => `</${name}>`)
          .join(""),
    );
  };
}

function renderTags(text: string, open: string[]): string {
  let output = "";
  let end = 0;
  for (const match of text.matchAll(tagOrComment)) {
    output += escapeHtml(text.slice(end, match.index)) + renderTag(match[0], open);
    end = match.index + match[0].length;
  }
  return output + escapeHtml(text.slice(end));
}

function renderTag(tag: string, open: string[]): string {
  if (tag.startsWith("<!--")) return "";
  const [, slash, name = ""] = ownTag.exec(tag.toLowerCase()) ?? [];
  if (slash === undefined) return escapeHtml(tag);
  if (name === "br") return "<br>";
  if (slash === "") {
    open.push(name);
    return `<${name}>`;
  }
  if (open.at(-1) !== name) return "";
  open.pop();
  return `</${name}>`;
}

/** An `a` without href is text: the page leads nowhere outside itself, where the demo's server is long gone. */
function openLink(links: LinkMap, url: string): string {
  const target = links.resolve(url);
  if (target.kind === "anchor") return `<a href="${escapeHtml(target.href)}">`;
  if (target.kind === "unresolved") return `<a class="unresolved" title="This citation does not resolve">`;
  return `<a class="elsewhere" title="${escapeHtml(url)}">`;
}
