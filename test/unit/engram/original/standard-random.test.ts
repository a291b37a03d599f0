import { describe, expect, it } from "vitest";
import { chacha12, shuffledNumbers } from "../../../../src/engram/original/standard-random.ts";

function keyStream(key: Buffer, bytes: number): string {
  const next = chacha12(key);
  const stream = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 4) stream.writeUInt32LE(next(), at);
  return stream.toString("hex");
}

describe("chacha12", () => {
  // Strombergson, Test Vectors for the Stream Cipher ChaCha (draft-strombergson-chacha-test-vectors-01): TC1 and TC2.
  it("gives the published key stream of a zero key, over the end of a block", () => {
    expect(keyStream(Buffer.alloc(32), 80)).toBe(
      "9bf49a6a0755f953811fce125f2683d50429c3bb49e074147e0089a52eae155f" +
        "0564f879d27ae3c02ce82834acfa8c793a629f2ca0de6919610be82f411326be" +
        "0bd58841203e74fe86fc71338ce0173d",
    );
  });

  it("gives the published key stream of a key with one bit", () => {
    const key = Buffer.alloc(32);
    key[0] = 1;
    expect(keyStream(key, 16)).toBe("12056e595d56b0f6eef090f0cd25a209");
  });
});

describe("shuffledNumbers", () => {
  it("gives every number once, others for another seed", () => {
    const one = shuffledNumbers(Buffer.alloc(32, 1), 1_000);
    expect(Array.from(one).sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(shuffledNumbers(Buffer.alloc(32, 2), 1_000)).not.toEqual(one);
  });
});
