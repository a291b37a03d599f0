import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportData } from "./report-data.ts";
import { appendix } from "./report/appendix.ts";
import { conversation, timelineComment } from "./report/conversation.ts";
import { avatar, commentBox } from "./report/elements.ts";
import { highlights, modelTable, pastTable, plantedList, pushTable, withheldTable } from "./report/facts.ts";
import { html, trusted, type Html } from "./report/html.ts";
import { createLinkMap } from "./report/links.ts";
import { createMarkdown, type MarkdownRenderer } from "./report/markdown.ts";

/**
 * One page that looks like the pull request on GitHub, made from what the server received. It is self-contained: no
 * script, no request, no link that leaves it; a citation leads to its lines in the appendix.
 */
export function renderReport(data: ReportData): string {
  const links = createLinkMap(data);
  const markdown = createMarkdown(links);
  // Rendered before the appendix, which holds what these cite.
  const discussion = conversation(data, markdown);
  const triage = issueSection(data, markdown);
  const title = `${data.pull.title} · Pull request #${data.pull.number}`;
  const style = readFileSync(join(import.meta.dirname, "report", "style.css"), "utf8");
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        ${pullHeader(data)}
        <main>
          ${section("conversation", null, html`${highlights(data)}${discussion}`)}
          ${section("issue", `Issue #${data.issue.number}: ${data.issue.title}`, triage)}
          ${section("pushes", "Three pushes", html`${pushTable(data)}${plantedList(data)}`)}
          ${section("past", "What this repository's past says", pastTable(data))}
          ${section("withheld", "What the model wrote, and why it was kept back", withheldTable(data))}
          ${section("models", "Which model this machine could run", modelTable(data))}
          ${section("yours", "Your repository", html`<pre><code>${data.command}</code></pre>`)}
          ${section("cited", "Cited lines", appendix(links.citedFiles()))}
        </main>
      </body>
    </html> `.html;
}

function pullHeader({ repository, pull, pushes, issue }: ReportData): Html {
  return html`<header class="page">
    <p class="repository">${repository.owner} / <strong>${repository.name}</strong></p>
    <h1>${pull.title} <span class="pull-number">#${pull.number}</span></h1>
    <p class="meta">
      <span class="open">Open</span> <strong>${pull.author}</strong> wants to merge into
      <code>${pull.baseBranch}</code> from <code>${pull.headBranch}</code> · ${pushes.length} pushes
    </p>
    <nav aria-label="On this page">
      <a href="#conversation">Conversation</a><a href="#issue">Issue #${issue.number}</a><a href="#pushes">Pushes</a
      ><a href="#past">Past</a><a href="#withheld">Kept back</a><a href="#models">Models</a
      ><a href="#cited">Cited lines</a>
    </nav>
  </header>`;
}

function section(id: string, title: string | null, content: Html): Html {
  return html`<section id="${id}">${title === null ? null : html`<h2>${title}</h2>`}${content}</section>`;
}

function issueSection({ issue, issueComments }: ReportData, markdown: MarkdownRenderer): Html {
  const comments = issueComments.filter(({ subject }) => subject === issue.number);
  const labels = issue.labels.map((label) => html`<span class="label">${label}</span> `);
  return html`${labels.length > 0 ? html`<p>${labels}</p>` : null}
    <ol class="timeline">
      <li class="entry">${avatar(issue.author)}${commentBox({ ...issue, createdAt: issue.openedAt }, markdown)}</li>
      ${comments.map((comment) => timelineComment(comment, markdown))}
    </ol>`;
}
