import type { ReviewListing } from "./case.ts";

export const reviewPython: ReviewListing[] = [
  {
    id: "py-default-list",
    language: "python",
    path: "orders/basket.py",
    kind: "mutation of shared state",
    text: String.raw`
 from decimal import Decimal
 
 
 class Basket:
     """What one customer is about to buy."""
 
-    def __init__(self, owner):
+    def __init__(self, owner, vouchers=None):
         self.owner = owner
         self.lines = []
>        self.vouchers = list(self.default_vouchers if vouchers is None else vouchers)
!        self.vouchers = self.default_vouchers if vouchers is None else vouchers
 
+    default_vouchers = []
+
     def add_voucher(self, code):
         self.vouchers.append(code)
 
     def total(self):
         return sum((line.price * line.count for line in self.lines), Decimal(0))
`,
  },
  {
    id: "py-swallowed",
    language: "python",
    path: "backup/upload.py",
    kind: "swallowed error",
    text: String.raw`
 import logging
 
 log = logging.getLogger(__name__)
 
 
 def upload_all(client, archives):
     """Uploads the archives and returns the names that failed."""
     failed = []
     for archive in archives:
-        client.put(archive.name, archive.open())
+        try:
+            with archive.open() as stream:
+                client.put(archive.name, stream)
*        except OSError as error:
*            log.warning("upload of %s failed: %s", archive.name, error)
>            failed.append(archive.name)
     return failed
`,
  },
  {
    id: "py-naive-time",
    language: "python",
    path: "sessions/expiry.py",
    kind: "time zone",
    text: String.raw`
 from datetime import datetime, timedelta, timezone
 
 LIFETIME = timedelta(hours=12)
 
 
 def is_expired(session, now=None):
     """Sessions carry the UTC time at which they began, without a zone."""
-    return False
+    if now is None:
>        now = datetime.now(timezone.utc).replace(tzinfo=None)
!        now = datetime.now()
+    return now - session.began_at > LIFETIME
 
 
 def renew(session):
     session.began_at = datetime.now(timezone.utc).replace(tzinfo=None)
`,
  },
  {
    id: "py-sql-like",
    language: "python",
    path: "search/customers.py",
    kind: "injection",
    text: String.raw`
 SORTABLE = {"name": "name", "joined": "created_at"}
 
 
 def find_customers(connection, text, order="name"):
     """Customers whose name begins with the text that a clerk typed."""
     column = SORTABLE.get(order, "name")
     cursor = connection.cursor()
-    cursor.execute("SELECT id, name FROM customers ORDER BY name")
>    cursor.execute(
>        f"SELECT id, name FROM customers WHERE name LIKE %s ORDER BY {column}",
>        (text + "%",),
>    )
!    cursor.execute(
!        f"SELECT id, name FROM customers WHERE name LIKE '{text}%' ORDER BY {column}"
~    )
     return cursor.fetchall()
`,
  },
  {
    id: "py-iterate-remove",
    language: "python",
    path: "cache/expire.py",
    kind: "mutation while iterating",
    text: String.raw`
 import time
 
 
 class Cache:
     def __init__(self):
         self.entries = {}
 
     def put(self, key, value, seconds):
         self.entries[key] = (time.monotonic() + seconds, value)
 
     def expire(self):
         """Forgets what is over, so that the cache does not grow for ever."""
-        self.entries.clear()
+        now = time.monotonic()
>        for key, (until, _) in list(self.entries.items()):
!        for key, (until, _) in self.entries.items():
+            if until <= now:
+                del self.entries[key]
`,
  },
  {
    id: "py-late-closure",
    language: "python",
    path: "ui/menu.py",
    kind: "captured variable",
    text: String.raw`
 class Menu:
     def __init__(self, window):
         self.window = window
         self.actions = []
 
     def offer(self, title, run):
         self.actions.append((title, run))
 
 
 def font_menu(window, sizes):
     """One entry for each size."""
     menu = Menu(window)
-    menu.offer("larger", window.enlarge)
+    for size in sizes:
>        menu.offer(f"{size} pt", lambda size=size: window.set_font_size(size))
!        menu.offer(f"{size} pt", lambda: window.set_font_size(size))
     return menu
`,
  },
  {
    id: "py-bytes-length",
    language: "python",
    path: "wire/frames.py",
    kind: "encoding",
    text: String.raw`
 import struct
 
 
 def write_frame(stream, text):
     """A frame is the count of its bytes, four bytes big endian, and then the bytes."""
-    stream.write(text)
+    body = text.encode("utf-8")
>    stream.write(struct.pack(">I", len(body)))
!    stream.write(struct.pack(">I", len(text)))
+    stream.write(body)
 
 
 def read_frame(stream):
     (count,) = struct.unpack(">I", stream.read(4))
     return stream.read(count).decode("utf-8")
`,
  },
];
