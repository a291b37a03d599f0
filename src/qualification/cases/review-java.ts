import type { ReviewListing } from "./case.ts";

export const reviewJava: ReviewListing[] = [
  {
    id: "java-string-identity",
    language: "java",
    path: "src/main/java/shop/CouponService.java",
    kind: "equality",
    text: String.raw`
 public class CouponService {
     private final CouponRepository coupons;
 
     public CouponService(CouponRepository coupons) {
         this.coupons = coupons;
     }
 
     /** A coupon of a region counts there alone; one without a region counts everywhere. */
     public boolean applies(String code, Order order) {
         Coupon coupon = coupons.find(code);
-        return coupon != null;
+        if (coupon == null) {
+            return false;
+        }
+        String region = coupon.region();
>        return region == null || region.equals(order.region());
!        return region == null || region == order.region();
     }
 }
`,
  },
  {
    id: "java-stream-close",
    language: "java",
    path: "src/main/java/report/CsvExport.java",
    kind: "resource leak",
    text: String.raw`
 class CsvExport {
     private final Path folder;
 
     CsvExport(Path folder) {
         this.folder = folder;
     }
 
     void write(String name, List<Row> rows) throws IOException {
-        Files.writeString(folder.resolve(name), "");
+        Path target = folder.resolve(name);
>        try (BufferedWriter out = Files.newBufferedWriter(target)) {
>            for (Row row : rows) {
>                out.write(row.toCsv());
>                out.newLine();
>            }
>        }
!        BufferedWriter out = Files.newBufferedWriter(target);
~        for (Row row : rows) {
~            out.write(row.toCsv());
~            out.newLine();
~        }
!        out.flush();
     }
 }
`,
  },
  {
    id: "java-int-overflow",
    language: "java",
    path: "src/main/java/disk/Quota.java",
    kind: "overflow",
    text: String.raw`
 final class Quota {
     private final int gigabytes;
 
     Quota(int gigabytes) {
         this.gigabytes = gigabytes;
     }
 
     /** Bytes that a tenant may store. */
     long bytes() {
-        return 1_073_741_824L;
>        return gigabytes * 1024L * 1024 * 1024;
!        return gigabytes * 1024 * 1024 * 1024;
     }
 
     boolean allows(long used, long wanted) {
         return used <= bytes() - wanted;
     }
 }
`,
  },
  {
    id: "java-date-format-shared",
    language: "java",
    path: "src/main/java/log/Stamp.java",
    kind: "race",
    text: String.raw`
 /** Writes times for log lines; called by every thread of the server. */
 public final class Stamp {
-    private Stamp() {}
+    private static final String PATTERN = "yyyy-MM-dd HH:mm:ss";
>    private static final DateTimeFormatter FORMAT =
>        DateTimeFormatter.ofPattern(PATTERN).withZone(ZoneOffset.UTC);
!    private static final SimpleDateFormat FORMAT =
~        new SimpleDateFormat(PATTERN);
 
-    public static String of(long millis) {
-        return Long.toString(millis);
-    }
+    public static String of(long millis) {
>        return FORMAT.format(Instant.ofEpochMilli(millis));
!        return FORMAT.format(new Date(millis));
+    }
 }
`,
  },
  {
    id: "java-optional-null",
    language: "java",
    path: "src/main/java/team/Directory.java",
    kind: "null",
    text: String.raw`
 class Directory {
     private final Map<String, Member> members = new HashMap<>();
 
     void add(Member member) {
         members.put(member.login(), member);
     }
 
     /** Empty where nobody has this login. */
     Optional<String> mailOf(String login) {
-        return Optional.empty();
+        Member member = members.get(login);
>        return Optional.ofNullable(member).map(Member::mail);
!        return Optional.of(member.mail());
     }
 }
`,
  },
];
