import type { ChildProcess } from "node:child_process";

/** What `assistant setup` prints: the address that a person opens in a browser. Errors: what it wrote where it ended before. */
export function printedPage(setup: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    let errors = "";
    setup.stderr?.on("data", (data: Buffer) => (errors += data.toString("utf8")));
    setup.stdout?.on("data", (data: Buffer) => {
      text += data.toString("utf8");
      const [, url] = /^ +(http:\/\/127\.0\.0\.1:\d+\/\w+)$/m.exec(text) ?? [];
      if (url !== undefined && text.includes("Waiting")) resolve(url);
    });
    setup.once("close", () => reject(new Error(errors)));
  });
}

/** What a browser does with the page: the button sends the form to GitHub. Gives where GitHub sends the browser. */
export async function pressRegister(
  page: string,
): Promise<{ action: string; manifest: Record<string, unknown>; back: string }> {
  const html = await (await fetch(page)).text();
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? "";
  const manifest = (/name="manifest" value="([^"]+)"/.exec(html)?.[1] ?? "")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
  const answer = await fetch(action, { method: "POST", body: new URLSearchParams({ manifest }), redirect: "manual" });
  return {
    action,
    manifest: JSON.parse(manifest) as Record<string, unknown>,
    back: answer.headers.get("location") ?? (await answer.text()),
  };
}
