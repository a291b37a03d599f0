import type { ReviewListing } from "./case.ts";

/** C#, Ruby, PHP and SQL. */
export const reviewOthers: ReviewListing[] = [
  {
    id: "cs-async-void",
    language: "csharp",
    path: "src/Import/ImportQueue.cs",
    kind: "missing await",
    text: String.raw`
 public sealed class ImportQueue
 {
     private readonly IImporter importer;
 
     public ImportQueue(IImporter importer)
     {
         this.importer = importer;
     }
 
     /// <summary>Imports one file after another and returns how many there were.</summary>
     public async Task<int> RunAsync(IReadOnlyList<string> files, CancellationToken cancel)
     {
-        await Task.Delay(0, cancel);
-        return 0;
+        var done = 0;
+        foreach (var file in files)
+        {
+            cancel.ThrowIfCancellationRequested();
>            await importer.ImportAsync(file, cancel);
!            _ = importer.ImportAsync(file, cancel);
+            done++;
+        }
+        return done;
     }
 }
`,
  },
  {
    id: "cs-culture-parse",
    language: "csharp",
    path: "src/Sensors/ReadingParser.cs",
    kind: "encoding",
    text: String.raw`
 public static class ReadingParser
 {
     /// <summary>A line of the device, for example "t1;21.5". The device always writes a point.</summary>
     public static Reading Parse(string line)
     {
-        return new Reading(line, 0);
+        var parts = line.Split(';');
+        if (parts.Length != 2)
+        {
+            throw new FormatException("a reading has two parts");
+        }
>        var value = double.Parse(parts[1], CultureInfo.InvariantCulture);
!        var value = double.Parse(parts[1], CultureInfo.CurrentCulture);
+        return new Reading(parts[0], value);
     }
 }
`,
  },
  {
    id: "cs-double-check",
    language: "csharp",
    path: "src/Lookup/CountryTable.cs",
    kind: "race",
    text: String.raw`
 public sealed class CountryTable
 {
     private readonly object gate = new();
     private Dictionary<string, string>? names;
 
     public string NameOf(string code)
     {
-        return code;
+        lock (gate)
+        {
+            if (names is null)
+            {
>                var loaded = new Dictionary<string, string>();
>                foreach (var row in CountryFile.Rows())
>                {
>                    loaded[row.Code] = row.Name;
>                }
>                names = loaded;
!                names = new Dictionary<string, string>();
+            }
+        }
~        if (names.Count == 0)
~        {
~            foreach (var row in CountryFile.Rows())
~            {
!                names[row.Code] = row.Name;
~            }
~        }
+        return names.TryGetValue(code, out var name) ? name : code;
     }
 }
`,
  },
  {
    id: "cs-money-float",
    language: "csharp",
    path: "src/Invoices/InvoiceTotal.cs",
    kind: "rounding",
    text: String.raw`
 public static class InvoiceTotal
 {
     /// <summary>Sum in euros, to the cent. Each line is rounded by itself, as the law asks.</summary>
     public static decimal Of(IEnumerable<InvoiceLine> lines, decimal rate)
     {
-        return lines.Sum(line => line.Net);
+        var total = 0m;
+        foreach (var line in lines)
+        {
>            total += Math.Round(line.Net * (1 + rate), 2, MidpointRounding.AwayFromZero);
!            total += Math.Truncate(line.Net * (1 + rate) * 100) / 100;
+        }
+        return total;
     }
 }
`,
  },
  {
    id: "rb-shell-name",
    language: "ruby",
    path: "lib/thumbnails/convert.rb",
    kind: "injection",
    text: String.raw`
 module Thumbnails
   class Failed < StandardError; end
 
   # The file has the name that it was uploaded with.
   def self.convert(source, target, width)
-    raise Failed, source
+    geometry = format("%dx%d>", width, width)
>    done = system("convert", source, "-resize", geometry, target)
!    done = system("convert '#{source}' -resize '#{geometry}' '#{target}'")
+    raise Failed, source unless done
+
+    File.size(target)
   end
 end
`,
  },
  {
    id: "rb-rescue-all",
    language: "ruby",
    path: "lib/sync/runner.rb",
    kind: "swallowed error",
    text: String.raw`
 module Sync
   class Runner
     def initialize(remote, log)
       @remote = remote
       @log = log
     end
 
     # True when everything that waited was sent. What was not sent stays in the queue.
     def run(queue)
-      true
+      until queue.empty?
+        item = queue.first
*        @remote.deliver(item)
+        queue.shift
+      end
+      true
*    rescue IOError, SystemCallError => error
*      @log.warn("sync stopped: #{error.message}")
>      false
     end
   end
 end
`,
  },
  {
    id: "rb-frozen-merge",
    language: "ruby",
    path: "lib/render/options.rb",
    kind: "mutation of shared state",
    text: String.raw`
 module Render
   DEFAULTS = { margin: 12, font: "serif", columns: 1 }
 
   class Options
     attr_reader :values
 
     # Whoever gives options keeps them: they are read here and not changed.
     def initialize(given = {})
-      @values = DEFAULTS
+      unknown = given.keys - DEFAULTS.keys
+      raise ArgumentError, "unknown: #{unknown.join(', ')}" unless unknown.empty?
+
>      @values = DEFAULTS.merge(given)
!      @values = DEFAULTS.merge!(given)
     end
 
     def wide?
       @values[:columns] > 1
     end
   end
 end
`,
  },
  {
    id: "php-loose-token",
    language: "php",
    path: "src/Auth/ResetToken.php",
    kind: "equality",
    text: String.raw`
 final class ResetToken
 {
     public function __construct(private string $stored, private int $expires)
     {
     }
 
     /** Whether the token of a link is the one that was sent by mail. */
     public function accepts(string $given, int $now): bool
     {
-        return false;
+        if ($given === '' || $now >= $this->expires) {
+            return false;
+        }
>        return hash_equals($this->stored, $given);
!        return $this->stored == $given;
     }
 }
`,
  },
  {
    id: "php-strpos-zero",
    language: "php",
    path: "src/Routing/Prefix.php",
    kind: "API misuse",
    text: String.raw`
 final class Prefix
 {
     /** @param string[] $prefixes for example "/admin" */
     public function __construct(private array $prefixes)
     {
     }
 
     /** Whether a path lies below one of the prefixes; such pages need a login. */
     public function covers(string $path): bool
     {
         foreach ($this->prefixes as $prefix) {
-            if ($path === $prefix) {
>            if (strpos($path . '/', $prefix . '/') === 0) {
!            if (strpos($path . '/', $prefix . '/') > 0) {
                 return true;
             }
         }
         return false;
     }
 }
`,
  },
  {
    id: "php-reference-loop",
    language: "php",
    path: "src/Stock/Levels.php",
    kind: "captured variable",
    text: String.raw`
 final class Levels
 {
     /**
      * @param array<string, int> $levels by article
      * @param string[] $shown articles, in the order of the page
      */
     public function page(array $levels, array $shown): array
     {
         $rows = [];
-        return $rows;
+        foreach ($levels as &$level) {
+            $level = max(0, $level);
+        }
>        unset($level);
*        foreach ($shown as $article) {
*            $level = $levels[$article] ?? 0;
+            $rows[] = [$article, $level];
+        }
+        return $rows;
     }
 }
`,
  },
  {
    id: "sql-left-join-where",
    language: "sql",
    path: "db/reports/inactive_customers.sql",
    kind: "inverted condition",
    text: String.raw`
 -- Customers without an order in the last year, with the orders of that year counted (0 for all of them).
 SELECT c.id, c.name, COUNT(o.id) AS orders
 FROM customers c
-JOIN orders o ON o.customer_id = c.id
-GROUP BY c.id, c.name
+LEFT JOIN orders o
+  ON o.customer_id = c.id
>  AND o.placed_on >= CURRENT_DATE - INTERVAL '1 year'
>WHERE c.closed_on IS NULL
!WHERE o.placed_on >= CURRENT_DATE - INTERVAL '1 year'
~  AND c.closed_on IS NULL
+GROUP BY c.id, c.name
+HAVING COUNT(o.id) = 0
 ORDER BY c.name;
`,
  },
  {
    id: "sql-not-in-null",
    language: "sql",
    path: "db/cleanup/orphaned_files.sql",
    kind: "null",
    text: String.raw`
 -- Run every night by the housekeeper.
 -- messages.file_id is NULL where a message has no file.
 
 -- Sessions that nobody used for a month.
 DELETE FROM sessions
 WHERE last_seen < CURRENT_DATE - INTERVAL '1 month';
 
 -- Files that no message names any more.
 DELETE FROM files
-WHERE created_at < CURRENT_DATE;
+WHERE created_at < CURRENT_DATE - INTERVAL '7 days'
>  AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.file_id = files.id);
!  AND id NOT IN (SELECT m.file_id FROM messages m);
`,
  },
];
