import { describe, expect, it } from "vitest";
import { formatMarker, parseMarker, withoutMarker, type Marker } from "../../../src/publish/marker.ts";

const head = "c0ffee".repeat(6) + "beef";
const id = "0123456789abcdef";

describe("markers", () => {
  it.each<Marker>([
    { kind: "finding", id, head, addressed: false, resolved: false },
    { kind: "finding", id, head: "d".repeat(64), addressed: true, resolved: false },
    { kind: "finding", id, head, addressed: true, resolved: true },
    { kind: "summary" },
    { kind: "triage" },
    { kind: "answer", comment: 4_012_345_678 },
  ])("come back as they were written: $kind", (marker) => {
    expect(parseMarker(`Text.\r\n\r\n${formatMarker(marker)}\n`)).toEqual(marker);
  });

  it.each([
    ["no marker", "Text."],
    ["one that is not on the last line", `${formatMarker({ kind: "summary" })}\n\nText.`],
    ["one with text beside it", `x ${formatMarker({ kind: "summary" })}`],
    ["another version", "<!-- engram-assistant:v2 summary -->"],
    ["a short id", `<!-- engram-assistant:v1 finding=012 head=${head} -->`],
    ["a short head", `<!-- engram-assistant:v1 finding=${id} head=c0ffee -->`],
    ["an unknown state", `<!-- engram-assistant:v1 finding=${id} head=${head} state=open -->`],
    ["more spaces", "<!--  engram-assistant:v1 summary -->"],
  ])("are not read from %s", (_name, body) => {
    expect(parseMarker(body)).toBeNull();
  });

  it("are taken off, and nothing else is", () => {
    const quoted = formatMarker({ kind: "triage" });

    expect(withoutMarker(`${quoted}\n\nText.\n\n${formatMarker({ kind: "summary" })}`)).toBe(`${quoted}\n\nText.`);
    expect(withoutMarker("Text.\n")).toBe("Text.");
  });
});
