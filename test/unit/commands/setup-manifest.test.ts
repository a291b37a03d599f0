import { describe, expect, it } from "vitest";
import { runSetup } from "../../../src/commands/run-setup.ts";
import { makeManifest, webhookUrlOf } from "../../../src/commands/setup-manifest.ts";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const path = "/api/github/webhooks";

describe("the address of a webhook", () => {
  it.each([
    ["https://assistant.example.com", `https://assistant.example.com${path}`],
    ["https://assistant.example.com/", `https://assistant.example.com${path}`],
    [`https://assistant.example.com${path}/`, `https://assistant.example.com${path}`],
    ["http://example.com:8080/behind/", `http://example.com:8080/behind${path}`],
  ])("of %s is %s", (given, url) => {
    expect(webhookUrlOf(given, "github.com")).toBe(url);
  });

  it.each(["assistant.example.com", "ftp://example.com", "https://me:secret@example.com", "https://example.com/?a=b"])(
    "is not %s",
    (given) => {
      expect(() => webhookUrlOf(given, "github.com")).toThrow("is no address that GitHub could send to");
    },
  );

  it("is not this machine for github.com, and may be for a server beside it", () => {
    expect(() => webhookUrlOf("http://localhost:3000", "github.com")).toThrow("github.com cannot reach localhost");
    expect(webhookUrlOf("http://localhost:3000", "localhost:8080")).toBe(`http://localhost:3000${path}`);
  });
});

describe("the manifest", () => {
  it("has no webhook and no events where GitHub is polled: GitHub refuses a hook without an address", () => {
    const manifest = makeManifest({ webhookUrl: null, implement: false });

    expect(Object.keys(manifest)).not.toContain("hook_attributes");
    expect(Object.keys(manifest)).not.toContain("default_events");
    expect(manifest.default_permissions["contents"]).toBe("read");
  });

  it("asks to write contents for implementing alone", () => {
    const [with_, without] = [true, false].map((implement) => makeManifest({ webhookUrl: null, implement }));

    expect(with_?.default_permissions).toEqual({ ...without?.default_permissions, contents: "write" });
  });
});

describe("what set-up is given", () => {
  it.each([
    [{ poll: true, name: "x".repeat(35) }, "cannot be an app's name"],
    [{ poll: true, name: " " }, "cannot be an app's name"],
    [{ poll: true, organisation: "a/b" }, '"a/b" names no organisation'],
    [{ poll: true, host: "https://github.example.com" }, "is no host name"],
    [{ poll: true, port: "0" }, '"0" is no port'],
    [{}, "nothing says how the server will hear of what happens on GitHub"],
  ])("%j is refused before a page is opened", async (options, message) => {
    const home = mkdtempSync(join(tmpdir(), "setup-"));
    const before = process.env["ASSISTANT_HOME"];
    process.env["ASSISTANT_HOME"] = home;
    try {
      await expect(runSetup(options)).rejects.toThrow(message);
      expect(readdirSync(home)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env["ASSISTANT_HOME"];
      else process.env["ASSISTANT_HOME"] = before;
      rmSync(home, { recursive: true });
    }
  });
});
