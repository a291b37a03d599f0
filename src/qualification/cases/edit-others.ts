import type { CaseLanguage, EditListing } from "./case.ts";

/** Only languages whose case was seen to fail as it is and to pass with its solution. */
export const editOthers: Partial<Record<CaseLanguage, EditListing[]>> = {
  go: [
    {
      name: "dedupe",
      symbol: "Dedupe",
      request: "Keep the order in which the texts first came.",
      code: `
package dedupe

func Dedupe(texts []string) []string {
	seen := map[string]bool{}
	for _, text := range texts {
		seen[text] = true
	}
	var out []string
	for text := range seen {
		out = append(out, text)
	}
	return out
}`,
      solution: `
package dedupe

func Dedupe(texts []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, text := range texts {
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}`,
      test: `
package dedupe

import (
	"strings"
	"testing"
)

func TestDedupe(t *testing.T) {
	if got := strings.Join(Dedupe([]string{"f", "e", "f", "d", "c", "b", "a", "e"}), ""); got != "fedcba" {
		t.Fatal(got)
	}
}`,
    },
    {
      name: "bytesize",
      symbol: "Size",
      request: "Write one decimal place from 1 kB on, for example 1.5 kB.",
      code: `
package bytesize

import "fmt"

func Size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%d kB", n/1000)
}`,
      solution: `
package bytesize

import "fmt"

func Size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1000)
}`,
      test: `
package bytesize

import "testing"

func TestSize(t *testing.T) {
	if got := Size(1500); got != "1.5 kB" {
		t.Fatal(got)
	}
	if got := Size(12); got != "12 B" {
		t.Fatal(got)
	}
}`,
    },
  ],
  java: [
    {
      name: "Palindrome",
      symbol: "isPalindrome",
      request: "Ignore everything but letters and digits, and case.",
      code: `
final class Palindrome {
    static boolean isPalindrome(String text) {
        return new StringBuilder(text).reverse().toString().equals(text);
    }
}`,
      solution: `
final class Palindrome {
    static boolean isPalindrome(String text) {
        String plain = text.replaceAll("[^\\\\p{L}\\\\p{N}]", "").toLowerCase();
        return new StringBuilder(plain).reverse().toString().equals(plain);
    }
}`,
      test: `
class PalindromeTest {
    public static void main(String[] args) {
        if (!Palindrome.isPalindrome("Never odd, or even")) throw new AssertionError();
        if (Palindrome.isPalindrome("odd")) throw new AssertionError();
    }
}`,
    },
    {
      name: "Percent",
      symbol: "of",
      request: "Give 0 for a whole of 0 instead of failing.",
      code: `
final class Percent {
    static int of(int part, int whole) {
        return part * 100 / whole;
    }
}`,
      solution: `
final class Percent {
    static int of(int part, int whole) {
        if (whole == 0) return 0;
        return part * 100 / whole;
    }
}`,
      test: `
class PercentTest {
    public static void main(String[] args) {
        if (Percent.of(1, 0) != 0) throw new AssertionError();
        if (Percent.of(1, 4) != 25) throw new AssertionError();
    }
}`,
    },
  ],
  rust: [
    {
      name: "words",
      symbol: "longest_word",
      request: "Give the first one where two words are equally long.",
      code: `
pub fn longest_word(text: &str) -> &str {
    text.split_whitespace()
        .max_by_key(|word| word.len())
        .unwrap_or("")
}`,
      solution: `
pub fn longest_word(text: &str) -> &str {
    let mut longest = "";
    for word in text.split_whitespace() {
        if word.len() > longest.len() {
            longest = word;
        }
    }
    longest
}`,
      test: `
mod words;

fn main() {
    assert_eq!(words::longest_word("red fox ran"), "red");
    assert_eq!(words::longest_word(""), "");
}`,
    },
    {
      name: "digits",
      symbol: "digit_sum",
      request: "Count the digits of negative numbers without the sign.",
      code: `
pub fn digit_sum(mut number: i64) -> i64 {
    let mut sum = 0;
    while number > 0 {
        sum += number % 10;
        number /= 10;
    }
    sum
}`,
      solution: `
pub fn digit_sum(number: i64) -> i64 {
    let mut left = number.unsigned_abs();
    let mut sum = 0;
    while left > 0 {
        sum += (left % 10) as i64;
        left /= 10;
    }
    sum
}`,
      test: `
mod digits;

fn main() {
    assert_eq!(digits::digit_sum(-123), 6);
    assert_eq!(digits::digit_sum(45), 9);
}`,
    },
  ],
  c: [
    {
      name: "trim",
      symbol: "trim",
      request: "Take white space off the beginning as well.",
      code: `
#include <ctype.h>
#include <string.h>

void trim(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\\0';
}`,
      solution: `
#include <ctype.h>
#include <string.h>

void trim(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\\0';
    size_t start = 0;
    while (isspace((unsigned char)text[start]))
        start++;
    memmove(text, text + start, length - start + 1);
}`,
      test: `
#include <string.h>

void trim(char *text);

int main(void)
{
    char both[] = "  a b ";
    char blank[] = "   ";
    trim(both);
    trim(blank);
    return strcmp(both, "a b") == 0 && blank[0] == '\\0' ? 0 : 1;
}`,
    },
    {
      name: "gcd",
      symbol: "gcd",
      request: "Never give a negative number.",
      code: `
int gcd(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}`,
      solution: `
int gcd(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}`,
      test: `
int gcd(int a, int b);

int main(void)
{
    return gcd(-12, 18) == 6 && gcd(12, -18) == 6 && gcd(7, 0) == 7 && gcd(-7, 0) == 7 ? 0 : 1;
}`,
    },
  ],
};
