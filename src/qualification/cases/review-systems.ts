import type { ReviewListing } from "./case.ts";

/** Rust and C. */
export const reviewSystems: ReviewListing[] = [
  {
    id: "rust-char-boundary",
    language: "rust",
    path: "src/preview.rs",
    kind: "boundary",
    text: String.raw`
 /// The first characters of a message, for a list. Messages are in any language.
 pub fn preview(message: &str, most: usize) -> String {
-    message.to_string()
+    let line = message.lines().next().unwrap_or("");
+    if line.chars().count() <= most {
+        return line.to_string();
+    }
>    let cut: String = line.chars().take(most).collect();
!    let cut = line[..most].to_string();
+    format!("{cut}…")
 }
 
 pub fn is_empty(message: &str) -> bool {
     message.trim().is_empty()
 }
`,
  },
  {
    id: "rust-unsigned-wrap",
    language: "rust",
    path: "src/ledger.rs",
    kind: "overflow",
    text: String.raw`
 pub struct Account {
     pub cents: u64,
 }
 
 #[derive(Debug, PartialEq)]
 pub enum Refusal {
     NotEnough,
 }
 
 impl Account {
     /// Takes the amount out, or says why not and leaves the account as it is.
     pub fn withdraw(&mut self, amount: u64, fee: u64) -> Result<(), Refusal> {
-        self.cents = 0;
+        let all = amount.checked_add(fee).ok_or(Refusal::NotEnough)?;
>        self.cents = self.cents.checked_sub(all).ok_or(Refusal::NotEnough)?;
!        self.cents = self.cents.wrapping_sub(all);
         Ok(())
     }
 }
`,
  },
  {
    id: "rust-ignored-result",
    language: "rust",
    path: "src/journal.rs",
    kind: "swallowed error",
    text: String.raw`
 use std::fs::File;
 use std::io::{self, Write};
 
 pub struct Journal {
     file: File,
 }
 
 impl Journal {
     /// An entry that was appended is on the disk when this returns Ok.
     pub fn append(&mut self, entry: &[u8]) -> io::Result<()> {
-        self.file.write_all(entry)
+        let length = u32::try_from(entry.len()).map_err(io::Error::other)?;
+        self.file.write_all(&length.to_le_bytes())?;
>        self.file.write_all(entry)?;
>        self.file.sync_data()
!        let _ = self.file.write(entry);
~        self.file.sync_data()
     }
 }
`,
  },
  {
    id: "rust-range-end",
    language: "rust",
    path: "src/grid.rs",
    kind: "off by one",
    text: String.raw`
 pub struct Grid {
     pub width: usize,
     pub height: usize,
     cells: Vec<bool>,
 }
 
 impl Grid {
     /// Living cells around this one; the border has fewer neighbours.
     pub fn neighbours(&self, x: usize, y: usize) -> usize {
-        0
+        let mut count = 0;
>        for row in y.saturating_sub(1)..(y + 2).min(self.height) {
!        for row in y.saturating_sub(1)..(y + 1).min(self.height) {
+            for column in x.saturating_sub(1)..(x + 2).min(self.width) {
+                if (column, row) != (x, y) && self.cells[row * self.width + column] {
+                    count += 1;
+                }
+            }
+        }
+        count
     }
 }
`,
  },
  {
    id: "c-strncpy-end",
    language: "c",
    path: "src/host.c",
    kind: "boundary",
    text: String.raw`
 #define HOST_MAX 64
 
 struct target {
     char host[HOST_MAX];
     unsigned short port;
 };
 
 /* Returns 0, or -1 where the name is too long. */
 int target_set(struct target *target, const char *host, unsigned short port)
 {
-    target->port = port;
>    if (strlen(host) >= sizeof target->host)
!    if (strlen(host) > sizeof target->host)
+        return -1;
+    strcpy(target->host, host);
+    target->port = port;
     return 0;
 }
`,
  },
  {
    id: "c-free-path",
    language: "c",
    path: "src/load.c",
    kind: "resource leak",
    text: String.raw`
 /* Reads a whole file; the caller frees it. NULL on failure. */
 char *load(const char *path, size_t *size)
 {
     FILE *file = fopen(path, "rb");
     if (file == NULL)
         return NULL;
-    fclose(file);
-    return NULL;
+    char *text = NULL;
+    long end = -1;
+    if (fseek(file, 0, SEEK_END) == 0)
+        end = ftell(file);
+    if (end >= 0)
+        text = malloc((size_t)end + 1);
+    if (text != NULL) {
+        rewind(file);
+        *size = fread(text, 1, (size_t)end, file);
+        text[*size] = '\0';
+    }
>    fclose(file);
*    return text;
 }
`,
  },
  {
    id: "c-signed-char",
    language: "c",
    path: "src/histogram.c",
    kind: "boundary",
    text: String.raw`
 struct histogram {
     unsigned long count[256];
 };
 
 void histogram_add(struct histogram *histogram, const char *text, size_t size)
 {
     for (size_t i = 0; i < size; i++) {
-        histogram->count[0]++;
>        unsigned char byte = (unsigned char)text[i];
!        char byte = text[i];
+        histogram->count[byte]++;
     }
 }
 
 unsigned long histogram_of(const struct histogram *histogram, unsigned char byte)
 {
     return histogram->count[byte];
 }
`,
  },
  {
    id: "c-sizeof-pointer",
    language: "c",
    path: "src/session.c",
    kind: "API misuse",
    text: String.raw`
 struct session {
     char token[48];
     long expires;
     int user;
 };
 
 /* Wipes what was secret; the memory is used again for the next session. */
 void session_end(struct session *session)
 {
-    session->user = 0;
>    memset(session, 0, sizeof *session);
!    memset(session, 0, sizeof session);
+    session->user = -1;
 }
 
 int session_is_open(const struct session *session, long now)
 {
     return session->user >= 0 && now < session->expires;
 }
`,
  },
];
