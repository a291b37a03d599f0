import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStackTraces } from "../../../src/retrieval/stack-frames.ts";

/** Frames of the only trace as `path:line name`, innermost first. */
function read(text: string): string[] {
  const traces = readStackTraces(text);
  expect(traces.length).toBeLessThanOrEqual(1);
  return (traces[0] ?? []).map(({ path, line, name }) => `${path}:${line} ${name}`);
}

describe("stack traces", () => {
  it.each<[string, string, string[]]>([
    [
      "V8",
      "TypeError: x\n    at Cart.addItem [as add] (/app/src/cart.ts:12:5)\n    at async Promise.all (index 0)\n" +
        "    at new Foo (C:\\Users\\John Doe\\foo.js:3:1)\n    at Object.<anonymous> (webpack:///./src/x.tsx?ab12:9:1)\n" +
        "    at file:///app/src/main.ts:7:1\n    at node:internal/process/task_queues:95:5",
      ["/app/src/cart.ts:12 addItem", "C:/Users/John Doe/foo.js:3 Foo", "src/x.tsx:9 null", "/app/src/main.ts:7 null"],
    ],
    [
      "browsers",
      "add@http://localhost:3000/src/cart.js:5:3\n@file:///srv/a.js:1:1",
      ["/src/cart.js:5 add", "/srv/a.js:1 null"],
    ],
    [
      "Python, whose innermost comes last",
      'Traceback (most recent call last):\n  File "/srv/models.py", line 31, in save\n    self.check()\n    ^^^^^^^^\n' +
        '  File "/srv/check.py", line 5, in check\n    raise ValueError\nValueError',
      ["/srv/check.py:5 check", "/srv/models.py:31 save"],
    ],
    [
      "Java and Kotlin, with the folders of the package",
      "\tat org.shop.Cart$Line.add(Cart.java:55)\n\tat app//org.shop.PriceKt.of(Price.kt:7)\n\tat org.shop.X.<init>(X.java)",
      ["org/shop/Cart.java:55 add", "org/shop/Price.kt:7 of", "org/shop/X.java:null X"],
    ],
    [
      ".NET",
      "   at Shop.Cart.Add[T](Item item, Int32 n) in C:\\src\\Cart.cs:line 12\n" +
        "   at Shop.Cart.<AddAsync>d__5.MoveNext() in /src/Cart.cs:line 44\n   at System.X.Y()",
      ["C:/src/Cart.cs:12 Add", "/src/Cart.cs:44 AddAsync"],
    ],
    [
      "Go",
      "goroutine 1 [running]:\nmain.(*Cart).Add.func1(0xc000, 0x1)\n\t/go/src/shop/cart.go:88 +0x1d\n" +
        "created by net/http.(*Server).Serve in goroutine 1\n\t/usr/local/go/src/net/http/server.go:3086 +0x5cb",
      ["/go/src/shop/cart.go:88 Add", "/usr/local/go/src/net/http/server.go:3086 Serve"],
    ],
    [
      "Rust",
      "stack backtrace:\n   0: rust_begin_unwind\n             at /rustc/ab/library/std/src/panicking.rs:584:5\n" +
        "   3: shop::cart::Cart::add::h1234567890abcdef\n             at ./src/cart.rs:88:5",
      ["/rustc/ab/library/std/src/panicking.rs:584 rust_begin_unwind", "./src/cart.rs:88 add"],
    ],
    ["a panic of Rust", "thread 'main' panicked at src/main.rs:10:5:\nboom", ["src/main.rs:10 null"]],
    [
      "Ruby, before and after 3.4",
      "app/user.rb:12:in `block in save': boom (RuntimeError)\n\tfrom app/user.rb:3:in 'User#check'\n\tfrom x.rb:1:in `<main>'",
      ["app/user.rb:12 save", "app/user.rb:3 check", "x.rb:1 null"],
    ],
    [
      "PHP, which names the function that was called there",
      "PHP Fatal error: Uncaught X in /var/www/src/Cart.php:12\nStack trace:\n#0 /var/www/src/Shop.php(40): Shop\\Cart->add()\n#1 {main}",
      ["/var/www/src/Cart.php:12 null", "/var/www/src/Shop.php:40 null"],
    ],
    ["a container's log", "web_1  |     at f (/app/a.js:1:2)", ["/app/a.js:1 f"]],
    ["a quoted mail", "> >   at f (/app/a.js:1:2)", ["/app/a.js:1 f"]],
    [
      "JSON",
      String.raw`{"stack":"Error\n    at f (/app/q.js:1:2)\n    at g (/app/r.js:1:2)"}`,
      ["/app/q.js:1 f", "/app/r.js:1 g"],
    ],
    ["no trace", "Look at src/cart.ts:12 (I was in cart.ts), at 12:30 today: #1 is wrong", []],
  ])("of %s", (_name, text, frames) => {
    expect(read(text)).toEqual(frames);
  });

  it("puts a cause before what it caused", () => {
    const traces = readStackTraces(
      "java.lang.RuntimeException: x\n\tat a.Outer.run(Outer.java:1)\nCaused by: java.io.IOException\n\tat a.Inner.read(Inner.java:2)",
    );

    expect(traces.map(([frame]) => frame?.path)).toEqual(["a/Inner.java", "a/Outer.java"]);
  });

  it("keeps traces apart that stand far from each other", () => {
    const trace = "    at f (/app/a.js:1:2)\n";

    expect(readStackTraces(`${trace}one\ntwo\nthree\nfour\n${trace}`)).toHaveLength(2);
  });

  it("reads any text in time that grows with its length", () => {
    const piece = fc.constantFrom(
      "at ",
      "a",
      ".js",
      ":",
      "1",
      "(",
      ")",
      "\\",
      " ",
      "\n",
      "@",
      "#1 ",
      "[as ",
      'File "',
      " in ",
      "<",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const started = performance.now();
        readStackTraces(pieces.join("").repeat(500));
        expect(performance.now() - started).toBeLessThan(10_000);
      }),
      { numRuns: 100 },
    );
  });
});
