import { type Html, html, nothing, trusted } from "./html.ts";
import { style } from "./style.ts";

export interface PageOptions {
  /** Of the Content-Security-Policy: only what carries it is run, or counts as style. */
  nonce: string;
  /** Whether the reader signed in, and can sign out. */
  signedIn: boolean;
}

const pages = [
  ["overview", "/dashboard", "Overview"],
  ["search", "/dashboard/search", "Search"],
  ["ask", "/dashboard/ask", "Ask"],
] as const;

export interface Framed {
  /** Which of the pages this is. */
  page: (typeof pages)[number][0];
  title: string;
  /** Beside the links to the pages. */
  aside?: Html;
  main: Html;
  /** Our own; it asks for nothing from elsewhere. */
  script: string;
}

/** A whole page, with the way to the others. */
export function frame({ page, title, aside, main, script }: Framed, { nonce, signedIn }: PageOptions): Html {
  const signOut = html`<form method="post" action="/dashboard/logout"><button>Sign out</button></form>`;
  const links = pages.map(([name, path, label]) => {
    const current = name === page ? trusted(' aria-current="page"') : nothing;
    return html`<li><a href="${path}" ${current}>${label}</a></li> `;
  });
  const brand = page === "overview" ? html`<h1>Engram Assistant</h1>` : html`<p class="brand">Engram Assistant</p>`;
  const body = html`<a class="skip" href="#main">Skip to the content</a>
    <header>
      ${brand}
      <nav aria-label="Pages" class="pages">
        <ul>
          ${links}
        </ul>
      </nav>
      ${aside ?? nothing} ${signedIn ? signOut : nothing}
    </header>
    ${main}
    <script nonce="${nonce}">
      ${trusted(script)};
    </script>`;
  return document(title, body, nonce);
}

export function document(title: string, body: Html, nonce: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style nonce="${nonce}">
          ${trusted(style)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `;
}
