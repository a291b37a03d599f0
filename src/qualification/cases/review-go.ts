import type { ReviewListing } from "./case.ts";

export const reviewGo: ReviewListing[] = [
  {
    id: "go-body-close",
    language: "go",
    path: "internal/fetch/fetch.go",
    kind: "resource leak",
    text: String.raw`
 func Fetch(ctx context.Context, client *http.Client, url string) ([]byte, error) {
 	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
 	if err != nil {
 		return nil, err
 	}
*	res, err := client.Do(req)
 	if err != nil {
 		return nil, fmt.Errorf("get %s: %w", url, err)
 	}
>	defer res.Body.Close()
-	return io.ReadAll(res.Body)
+	if res.StatusCode != http.StatusOK {
*		return nil, fmt.Errorf("get %s: status %d", url, res.StatusCode)
+	}
*	return io.ReadAll(io.LimitReader(res.Body, maxBody))
 }
`,
  },
  {
    id: "go-lock-return",
    language: "go",
    path: "internal/pool/pool.go",
    kind: "race",
    text: String.raw`
 // Take hands out an idle connection, or nil. Safe for concurrent use.
 func (p *Pool) Take() *Conn {
 	p.mu.Lock()
-	defer p.mu.Unlock()
-	return p.idle[0]
+	if p.closed {
>		p.mu.Unlock()
!		return nil
>		return nil
+	}
+	n := len(p.idle)
+	if n == 0 {
+		p.mu.Unlock()
+		return nil
+	}
+	c := p.idle[n-1]
+	p.idle = p.idle[:n-1]
+	p.mu.Unlock()
+	return c
 }
`,
  },
  {
    id: "go-shadowed-err",
    language: "go",
    path: "internal/config/load.go",
    kind: "swallowed error",
    text: String.raw`
 // Load reads the file at path, or the default file where path is empty.
 func Load(path string) (*Config, error) {
 	var raw []byte
 	var err error
-	raw, err = os.ReadFile(path)
+	if path == "" {
>		raw, err = defaults.ReadFile("default.toml")
!		raw, err := defaults.ReadFile("default.toml")
~		_, _ = raw, err
+	} else {
+		raw, err = os.ReadFile(path)
+	}
 	if err != nil {
 		return nil, fmt.Errorf("read configuration: %w", err)
 	}
 	return parse(raw)
 }
`,
  },
  {
    id: "go-slice-alias",
    language: "go",
    path: "internal/history/history.go",
    kind: "mutation of shared state",
    text: String.raw`
 type History struct {
 	mu      sync.Mutex
 	entries []Entry
 }
 
 // Latest returns a copy of the newest n entries, newest first.
 func (h *History) Latest(n int) []Entry {
 	h.mu.Lock()
 	defer h.mu.Unlock()
-	return nil
+	if n > len(h.entries) {
+		n = len(h.entries)
+	}
>	out := append([]Entry(nil), h.entries[len(h.entries)-n:]...)
!	out := h.entries[len(h.entries)-n:]
+	slices.Reverse(out)
+	return out
 }
`,
  },
  {
    id: "go-timeout-unit",
    language: "go",
    path: "cmd/agent/main.go",
    kind: "wrong unit",
    text: String.raw`
 var timeoutSeconds = flag.Int("timeout", 30, "seconds until a probe is given up")
 
 func probe(addr string) error {
-	conn, err := net.Dial("tcp", addr)
>	timeout := time.Duration(*timeoutSeconds) * time.Second
!	timeout := time.Duration(*timeoutSeconds)
+	conn, err := net.DialTimeout("tcp", addr, timeout)
 	if err != nil {
 		return fmt.Errorf("probe %s: %w", addr, err)
 	}
 	return conn.Close()
 }
`,
  },
];
