import { describe, expect, it } from "vitest";
import { textWriter } from "../../../src/model/text-writer.ts";

/** A token is some bytes of UTF-8; an incomplete character reads as U+FFFD, as in llama.cpp. */
type Bytes = readonly number[];

function written(tokens: readonly (string | Bytes)[], options: { stops?: string[]; json?: boolean } = {}) {
  const pieces: string[] = [];
  const writer = textWriter<Bytes>({
    detokenize: (some) => Buffer.from(some.flat()).toString("utf8"),
    stops: options.stops ?? [],
    json: options.json ?? false,
    onText: (piece) => pieces.push(piece),
  });
  let complete = false;
  for (const token of tokens) {
    complete = writer.write(typeof token === "string" ? [...Buffer.from(token)] : token);
    if (complete) break;
  }
  if (!complete) writer.end();
  expect(pieces.join("")).toBe(writer.text);
  return { pieces, complete, text: writer.text, tokens: writer.tokens };
}

const bytesOf = (text: string): Bytes[] => [...Buffer.from(text)].map((byte) => [byte]);

describe("text writer", () => {
  it("hands out each token as it comes", () => {
    expect(written(["The", " second", " file"])).toEqual({
      pieces: ["The", " second", " file"],
      complete: false,
      text: "The second file",
      tokens: 3,
    });
  });

  it("never cuts a character", () => {
    const text = "a – 日本 🎉!";
    const { pieces } = written(bytesOf(text));
    expect(pieces).toEqual(Array.from(text));
  });

  it("writes broken bytes as they are, at the end too", () => {
    expect(written([[0x80], "a", [0xf0, 0x9f]]).text).toBe("\uFFFDa\uFFFD");
    expect(written(["x", "\uFFFD", "y"]).text).toBe("x\uFFFDy");
  });

  it("looks at each token once, however long the answer", () => {
    let looked = 0;
    const writer = textWriter<number>({
      detokenize(tokens) {
        looked += tokens.length;
        return "x".repeat(tokens.length);
      },
      stops: ["never"],
      json: false,
      onText: () => {},
    });
    for (let token = 0; token < 1_000; token++) writer.write(token);
    expect(looked).toBe(1_000);
  });

  it("tells the tokenizer what came before", () => {
    const seen: (readonly number[])[] = [];
    const writer = textWriter<number>({
      detokenize(tokens, before) {
        seen.push(before);
        return String(tokens);
      },
      stops: [],
      json: false,
      onText: () => {},
    });
    for (const token of [1, 2, 3, 4, 5]) writer.write(token);
    expect(seen.at(-1)).toEqual([2, 3, 4]);
  });

  it.each([
    ["in one token", ["one", "two STOP three"], "onetwo "],
    ["over several", ["one S", "T", "OP", "more"], "one "],
    ["before another that comes later", ["a b", " END STOP"], "a b "],
    ["that begins twice", ["SST", "OP"], "S"],
    ["at the very beginning", ["STOP"], ""],
  ])("ends before a stop text %s", (_, tokens, text) => {
    const answer = written(tokens, { stops: ["STOP", "END"] });
    expect(answer).toMatchObject({ text, complete: true });
  });

  it("hands out what only looked like a stop text", () => {
    const { pieces, text } = written(["go ST", "EP", " S", "TO"], { stops: ["STOP"] });
    expect(text).toBe("go STEP STO");
    expect(pieces).toEqual(["go ", "STEP", " ", "STO"]);
  });

  it("knows the end of a JSON value, whatever stands in its strings", () => {
    const object = ['{"a', '": "}', '\\"}', ' ]", "b', '": [{}, [', "]]", ', "c": ""}', "\n\n"];
    const { text, complete } = written(object, { json: true });
    expect(complete).toBe(true);
    expect(JSON.parse(text)).toEqual({ a: '}"} ]', b: [{}, []], c: "" });
    expect(written(["[", "]"], { json: true })).toMatchObject({ text: "[]", complete: true });
    expect(written(['{"a": "'], { json: true }).complete).toBe(false);
  });
});
