import type { ConfirmListing } from "./case.ts";

/** Go, Java, Rust, C#, Ruby, PHP, C and SQL. */
export const confirmOthers: ConfirmListing[] = [
  {
    id: "worker-channel",
    language: "go",
    path: "internal/work/run.go",
    code: String.raw`
func Run(jobs []Job, workers int) error {
	queue := make(chan Job)
	errs := make(chan error, len(jobs))
	var wg sync.WaitGroup
	for i := 0; i < workers; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for job := range queue {
				if err := job.Do(); err != nil {
					errs <- err
				}
			}
		}()
	}
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	wg.Wait()
	close(errs)
	return <-errs
}
`,
    holds: ["With zero workers and at least one job, Run blocks for ever."],
    fails: ["A job that fails keeps the jobs behind it from being done."],
  },
  {
    id: "env-default",
    language: "go",
    path: "internal/env/env.go",
    code: String.raw`
func Int(name string, fallback int) int {
	text, ok := os.LookupEnv(name)
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
`,
    holds: ["A value that is no number gives 0 and not the fallback."],
    fails: ["A variable that is not set gives 0."],
  },
  {
    id: "deadline-context",
    language: "go",
    path: "internal/rpc/call.go",
    code: String.raw`
func Call(parent context.Context, send func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(parent, 2*time.Second)
	defer cancel()
	return send(ctx)
}
`,
    holds: ["Where the parent ends earlier than two seconds, the call ends with it."],
    fails: ["The timer lives on for two seconds after a fast call has returned."],
  },
  {
    id: "lru-order",
    language: "java",
    path: "src/main/java/cache/Recent.java",
    code: String.raw`
class Recent<K, V> extends LinkedHashMap<K, V> {
    private final int most;

    Recent(int most) {
        super(16, 0.75f, false);
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
`,
    holds: ["Reading an entry does not save it from being removed as the oldest."],
    fails: ["The map grows without a bound."],
  },
  {
    id: "equals-hash",
    language: "java",
    path: "src/main/java/geo/Cell.java",
    code: String.raw`
final class Cell {
    final int x;
    final int y;

    Cell(int x, int y) {
        this.x = x;
        this.y = y;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cell cell && cell.x == x && cell.y == y;
    }
}
`,
    holds: ["Two equal cells may both be in one HashSet, because hashCode was not overridden."],
    fails: ["Comparing a cell with null throws an exception."],
  },
  {
    id: "transfer-locks",
    language: "java",
    path: "src/main/java/bank/Transfer.java",
    code: String.raw`
final class Transfer {
    static void move(Account from, Account to, long cents) {
        synchronized (from) {
            synchronized (to) {
                from.take(cents);
                to.put(cents);
            }
        }
    }
}
`,
    holds: ["Two transfers in opposite directions at the same time can wait for each other for ever."],
    fails: ["Another thread that locks both accounts first can see the money taken but not yet put."],
  },
  {
    id: "parse-or-default",
    language: "rust",
    path: "src/settings.rs",
    code: String.raw`
pub fn retries(text: Option<&str>) -> u8 {
    text.and_then(|text| text.trim().parse::<u8>().ok())
        .map(|count| count.min(10))
        .unwrap_or(3)
}
`,
    holds: ["The text 300 gives 3 retries."],
    fails: ["The text 300 gives 10 retries."],
  },
  {
    id: "drain-queue",
    language: "rust",
    path: "src/outbox.rs",
    code: String.raw`
pub struct Outbox {
    waiting: Vec<String>,
}

impl Outbox {
    pub fn flush<E>(&mut self, mut send: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        for message in self.waiting.drain(..) {
            send(&message)?;
        }
        Ok(())
    }
}
`,
    holds: ["After a failed send, the messages behind it are lost."],
    fails: ["After a failed send, the messages behind it wait for the next flush."],
  },
  {
    id: "lazy-enumerable",
    language: "csharp",
    path: "src/Reports/Overdue.cs",
    code: String.raw`
public static class Overdue
{
    public static IEnumerable<Invoice> Of(List<Invoice> invoices, DateOnly today)
    {
        return invoices.Where(invoice => invoice.Due < today);
    }
}
`,
    holds: ["Invoices that are added to the list after the call are seen when the result is read."],
    fails: ["An invoice that is due today is among the result."],
  },
  {
    id: "event-handler",
    language: "csharp",
    path: "src/Ui/PriceView.cs",
    code: String.raw`
public sealed class PriceView : IDisposable
{
    private readonly PriceFeed feed;

    public PriceView(PriceFeed feed)
    {
        this.feed = feed;
        feed.Changed += OnChanged;
    }

    private void OnChanged(object? sender, decimal price) => Console.WriteLine(price);

    public void Dispose() => feed.Changed -= OnChanged;
}
`,
    holds: ["A view that is never disposed is kept alive by the feed."],
    fails: ["A disposed view still writes new prices."],
  },
  {
    id: "memo-nil",
    language: "ruby",
    path: "lib/accounts/owner.rb",
    code: String.raw`
module Accounts
  class Owner
    def initialize(directory, login)
      @directory = directory
      @login = login
    end

    def manager
      @manager ||= @directory.manager_of(@login)
    end
  end
end
`,
    holds: ["For an owner without a manager the directory is asked at every call."],
    fails: ["For an owner who has a manager the directory is asked at every call."],
  },
  {
    id: "path-join",
    language: "php",
    path: "src/Files/Download.php",
    code: String.raw`
final class Download
{
    public function __construct(private string $folder)
    {
    }

    public function path(string $name): ?string
    {
        $path = realpath($this->folder . '/' . $name);
        if ($path === false || !str_starts_with($path, $this->folder)) {
            return null;
        }
        return $path;
    }
}
`,
    holds: ["With the folder /srv/files, a file in the folder /srv/files-old can be reached."],
    fails: ["With the folder /srv/files, the file /etc/passwd can be reached by names with two dots."],
  },
  {
    id: "ring-buffer",
    language: "c",
    path: "src/ring.c",
    code: String.raw`
struct ring {
    int data[16];
    unsigned head;
    unsigned tail;
};

int ring_put(struct ring *ring, int value)
{
    unsigned next = (ring->head + 1) % 16;
    if (next == ring->tail)
        return -1;
    ring->data[ring->head] = value;
    ring->head = next;
    return 0;
}
`,
    holds: ["The ring is full with fifteen values in it."],
    fails: ["A value that comes when the ring is full overwrites the oldest one."],
  },
  {
    id: "upsert-count",
    language: "sql",
    path: "db/functions/count_visit.sql",
    code: String.raw`
INSERT INTO visits (page, day, hits)
VALUES ($1, CURRENT_DATE, 1)
ON CONFLICT (page, day)
DO UPDATE SET hits = visits.hits + 1;
`,
    holds: ["The second visit of a page on one day raises the count of its row."],
    fails: ["Every visit adds a row."],
  },
];
