import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPathResolver, readMentions } from "../../../src/retrieval/mentions.ts";

describe("readMentions", () => {
  it.each([
    ["see src/a/user.ts please", "src/a/user.ts", null],
    ["    at loadUser (/app/dist/user.js:12:5)", "/app/dist/user.js", 12],
    ["    at file:///app/src/user.ts:7:1", "/app/src/user.ts", 7],
    ['  File "/srv/app/models.py", line 31, in save', "/srv/app/models.py", 31],
    ["\tat org.shop.Cart.add(Cart.java:55)", "Cart.java", 55],
    ["goroutine 1:\n\t/go/src/shop/cart.go:88 +0x1d", "/go/src/shop/cart.go", 88],
    ["  --> src/main.rs:10:5", "src/main.rs", 10],
    ["src/Shop/Cart.cs(12,5): error CS0103", "src/Shop/Cart.cs", 12],
    ["C:\\code\\shop\\cart.ts:3", "C:/code/shop/cart.ts", 3],
    ["https://github.com/o/r/blob/main/src/cart.ts#L9", "/github.com/o/r/blob/main/src/cart.ts", 9],
    ["`packages/[id]/page.tsx`", "packages/[id]/page.tsx", null],
  ])("reads the place in %j", (text, path, line) => {
    expect(readMentions(text).places).toContainEqual({ path, line });
  });

  it("reads quoted and compound names, and no plain words", () => {
    const { identifiers } = readMentions(
      "The `cart.total()` of a user is wrong since retryCount and max_items changed.\n    at Cart.addItem (x.ts:1:2)",
    );

    expect(identifiers.sort()).toEqual(["Cart", "addItem", "cart", "max_items", "retryCount", "total"].sort());
  });

  it("reads any text in linear time", () => {
    const piece = fc.constantFrom("a", ".", "/", ":", "1", "(", "\\", "`", " ", "\n", "@", '", line ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const started = performance.now();
        readMentions(pieces.join("").repeat(500));
        expect(performance.now() - started).toBeLessThan(10_000);
      }),
      { numRuns: 60 },
    );
  });
});

describe("createPathResolver", () => {
  const resolver = createPathResolver([
    "src/user.ts",
    "packages/api/src/user.ts",
    "src/unique.ts",
    ...["a", "b", "c", "d"].map((folder) => `${folder}/index.ts`),
  ]);

  it.each([
    ["/app/src/unique.ts", ["src/unique.ts"]],
    ["unique.ts", ["src/unique.ts"]],
    ["../api/src/user.ts", ["packages/api/src/user.ts"]],
    ["user.ts", ["src/user.ts", "packages/api/src/user.ts"]],
    ["index.ts", []],
    ["b/index.ts", ["b/index.ts"]],
    ["Node.js", []],
  ])("%s", (mention, expected) => {
    expect(resolver.resolve(mention)).toEqual(expected);
  });
});
