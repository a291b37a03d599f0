// Runs the kernel outside of Node: compile it with all of src/ but addon*.cc, also under a sanitizer. Prints its answers to
// generated cases; test/conformance/kernel-reference.test.ts makes the same cases in JavaScript and compares every line.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../src/build_segment.h"
#include "../src/encode.h"
#include "../src/fold.h"
#include "../src/hash.h"
#include "../src/index.h"

namespace {

constexpr int kCases = 150;
constexpr uint32_t kVocabulary = 40;
constexpr uint32_t kTokenStep = 100000007;

// Numerical Recipes' linear congruential generator: the same numbers in any language.
struct Random {
  uint32_t state;
  uint32_t Next(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
  }
};

// FNV-1a, 32 bits.
uint32_t Digest(const uint8_t* bytes, size_t size) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

template <typename Item>
void PrintColumn(const char* name, const std::vector<Item>& column) {
  std::printf(" %s", name);
  for (Item item : column) std::printf(" %u", static_cast<unsigned>(item));
}

void Check(bool is_right, const char* what) {
  if (is_right) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void PrintHash(Random* random) {
  std::string token;
  const uint32_t size = random->Next(20);
  for (uint32_t i = 0; i < size; i++) token += static_cast<char>(random->Next(256));
  const uint32_t seed = random->Next(1u << 24);
  std::printf("hash %u\n", engram::TokenOf(reinterpret_cast<const uint8_t*>(token.data()), token.size(), seed));
}

const char* const kPieces[] = {"a",  "B",  "fooBar", "HTTPServer", "_",  "__", "9", "42", " ", "\n",
                               "\n", "é", "Σ",     "Ж",         "検索", "😀", "𠮷", "\u0301", "“",  ".",
                               "x",  "Z2", "Ａ"};
constexpr uint32_t kPieceCount = sizeof kPieces / sizeof *kPieces;

// One more piece is a word that is too long to be split.
std::string Piece(uint32_t number) {
  if (number < kPieceCount) return kPieces[number];
  std::string longest;
  for (int i = 0; i < 43; i++) longest += "aB1";
  return longest;
}

void PrintEncoded(Random* random, engram::EncodeSpace* space) {
  std::string text;
  const uint32_t pieces = random->Next(80);
  uint32_t lines = 0;
  for (uint32_t i = 0; i < pieces; i++) text += Piece(random->Next(kPieceCount + 1));
  for (char c : text) lines += c == '\n' ? 1 : 0;
  if (!text.empty() && text.back() != '\n') lines++;
  std::vector<uint32_t> windows;
  for (uint32_t start = 0; start < lines;) {
    const uint32_t end = std::min(lines, start + 1 + random->Next(6));
    if (random->Next(4) != 0) windows.insert(windows.end(), {start, end});
    start = end;
  }
  const uint32_t seed = random->Next(1u << 24);
  const uint32_t most = random->Next(12);
  // A buffer of its own, so that a sanitizer sees any byte that is read behind it.
  std::vector<uint8_t> bytes(text.begin(), text.end());
  const char* problem =
      engram::EncodeText({bytes.data(), bytes.size(), windows.data(), windows.size() / 2, seed, most, 128}, space);
  Check(problem == nullptr, "windows do not fit");
  const engram::EncodedColumns& columns = space->columns;
  std::printf("encode");
  PrintColumn("starts", columns.start_lines);
  PrintColumn("ends", columns.end_lines);
  PrintColumn("rows", columns.row_ends);
  PrintColumn("tokens", columns.tokens);
  PrintColumn("counts", columns.counts);
  std::printf("\n");
}

// A FileRow with its columns.
struct File {
  std::string path;
  std::vector<uint32_t> start_lines, end_lines, row_ends, tokens, role_ends, role_tokens, path_tokens;
  std::vector<uint8_t> counts, role_counts, path_counts;
};

template <typename Item>
engram::Span<Item> SpanOf(const std::vector<Item>& column) {
  return {column.data(), column.size()};
}

// Some tokens in ascending order. @param block moves them: text, role and path tokens differ, as a rule
void AddTokens(Random* random, uint32_t block, uint32_t one_in, std::vector<uint32_t>* tokens,
               std::vector<uint8_t>* counts) {
  for (uint32_t v = 0; v < kVocabulary; v++) {
    if (random->Next(one_in) != 0) continue;
    tokens->push_back(v * kTokenStep + block);
    counts->push_back(static_cast<uint8_t>(1 + (random->Next(8) == 0 ? random->Next(255) : random->Next(3))));
  }
}

File MakeFile(Random* random, uint32_t number) {
  File file;
  file.path = (number < 10 ? "d0" : "d") + std::to_string(number) + (random->Next(2) == 0 ? "é" : "/x");
  const uint32_t chunks = random->Next(5);
  const uint32_t role_block = random->Next(3) == 0 ? 0 : 1;
  for (uint32_t chunk = 0; chunk < chunks; chunk++) {
    file.start_lines.push_back(1 + 40 * chunk);
    file.end_lines.push_back(40 * chunk + 1 + random->Next(40));
    AddTokens(random, 0, 4, &file.tokens, &file.counts);
    file.row_ends.push_back(static_cast<uint32_t>(file.tokens.size()));
    AddTokens(random, role_block, 10, &file.role_tokens, &file.role_counts);
    file.role_ends.push_back(static_cast<uint32_t>(file.role_tokens.size()));
  }
  AddTokens(random, 2, 12, &file.path_tokens, &file.path_counts);
  return file;
}

std::vector<uint8_t> BuildSegment(const std::vector<File>& files) {
  std::vector<engram::FileColumns> rows;
  for (const File& file : files) {
    engram::FileColumns row;
    row.path = file.path;
    row.oid = std::string(20, static_cast<char>(file.path.size()));
    row.mode = 0100644;
    row.start_lines = SpanOf(file.start_lines);
    row.end_lines = SpanOf(file.end_lines);
    row.row_ends = SpanOf(file.row_ends);
    row.tokens = SpanOf(file.tokens);
    row.counts = SpanOf(file.counts);
    row.role_ends = SpanOf(file.role_ends);
    row.role_tokens = SpanOf(file.role_tokens);
    row.role_counts = SpanOf(file.role_counts);
    row.path_tokens = SpanOf(file.path_tokens);
    row.path_counts = SpanOf(file.path_counts);
    rows.push_back(row);
  }
  engram::SegmentBuilder builder;
  Check(builder.Plan(rows) == nullptr, "files are no segment");
  std::vector<uint8_t> image(engram::SegmentBytes(builder.sizes()));
  builder.Write(rows, image.data());
  return image;
}

uint64_t BitsOf(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

void PrintAnswers(Random* random, engram::Index* index, engram::SearchSpace* space) {
  std::vector<uint32_t> tokens, frequencies;
  std::vector<int32_t> weights;
  std::vector<double> exact_weights;
  for (uint32_t v = 0; v < kVocabulary; v++) {
    for (uint32_t block = 0; block < 3; block++) {
      if (random->Next(6) != 0) continue;
      tokens.push_back(v * kTokenStep + block);
      weights.push_back(static_cast<int32_t>(1 + random->Next(1023)));
      exact_weights.push_back((1 + random->Next(1000)) / 7.0);
    }
  }
  const uint32_t k = random->Next(12);
  const uint32_t wanted = random->Next(12);
  const double mean_length = (1 + random->Next(400)) / 3.0;
  frequencies.resize(tokens.size());
  Check(index->Frequencies(tokens.data(), tokens.size(), frequencies.data()), "damaged");
  std::printf("index");
  PrintColumn("frequencies", frequencies);
  const engram::IndexQuery query{tokens.data(), weights.data(), tokens.size()};
  std::vector<engram::Candidate> candidates;
  Check(index->Candidates(query, k, space, &candidates), "damaged");
  std::printf(" candidates");
  for (const auto& hit : candidates) std::printf(" %u:%u:%d", hit.part, hit.chunk, hit.score);
  std::vector<engram::ExactHit> hits;
  const engram::ExactQuery exact{tokens.data(), exact_weights.data(), tokens.size(), mean_length};
  Check(index->Search(query, k, exact, wanted, space, &hits), "damaged");
  std::printf(" search");
  for (const auto& hit : hits) std::printf(" %u:%u:%016" PRIx64, hit.part, hit.chunk, BitsOf(hit.score));
  std::printf("\n");
}

void PrintIndexed(Random* random, engram::SearchSpace* space) {
  const uint32_t parts = 1 + random->Next(3);
  std::vector<std::vector<uint8_t>> images;
  engram::Index index;
  for (uint32_t part = 0; part < parts; part++) {
    std::vector<File> files;
    const uint32_t count = random->Next(6);
    for (uint32_t f = 0; f < count; f++) files.push_back(MakeFile(random, f * 3 + part));
    images.push_back(BuildSegment(files));
    const std::vector<uint8_t>& image = images.back();
    std::printf("segment %zu %u\n", image.size(), Digest(image.data(), image.size()));
    const uint32_t dead = random->Next(2) == 0 ? 0 : random->Next(1u << 20);
    Check(index.Add(image.data(), image.size(), random->Next(3) == 0 ? nullptr : &dead, 1), "no segment");
    Check(!index.Add(image.data(), image.size() - 8, nullptr, 0), "a truncated image is taken");
  }
  for (int i = 0; i < 3; i++) PrintAnswers(random, &index, space);
}

// Prints nothing: under a sanitizer it shows that damage inside of an image is no more than a wrong answer.
void SearchDamaged(Random* random, engram::SearchSpace* space) {
  std::vector<File> files;
  for (uint32_t f = 0; f < 3; f++) files.push_back(MakeFile(random, f));
  const std::vector<uint8_t> sound = BuildSegment(files);
  std::vector<uint32_t> tokens, frequencies, chunks;
  for (uint32_t v = 0; v < 3 * kVocabulary; v++) tokens.push_back(v / 3 * kTokenStep + v % 3);
  frequencies.resize(tokens.size());
  const std::vector<int32_t> weights(tokens.size(), 9);
  const std::vector<double> exact_weights(tokens.size(), 9);
  for (int i = 0; i < 40; i++) {
    std::vector<uint8_t> image = sound;
    for (uint32_t n = 1 + random->Next(4); n > 0; n--) {
      const uint32_t room = static_cast<uint32_t>(image.size() - engram::kHeaderBytes);
      image[engram::kHeaderBytes + random->Next(room)] = static_cast<uint8_t>(random->Next(256));
    }
    engram::Index index;
    if (!index.Add(image.data(), image.size(), nullptr, 0)) continue;
    index.Frequencies(tokens.data(), tokens.size(), frequencies.data());
    for (uint32_t token : tokens) index.ChunksWith(0, token, &chunks);
    std::vector<engram::ExactHit> hits;
    index.Search({tokens.data(), weights.data(), tokens.size()}, 5,
                 {tokens.data(), exact_weights.data(), tokens.size(), 10}, 50, space, &hits);
  }
}

void PrintFolded(Random* random) {
  const uint32_t dimensions = 1 + random->Next(50);
  std::vector<int32_t> sum(dimensions), values;
  std::vector<uint32_t> tokens, ends;
  const uint32_t vectors = random->Next(4);
  for (uint32_t v = 0; v < vectors; v++) {
    for (uint32_t n = random->Next(10); n > 0; n--) {
      tokens.push_back(random->Next(1u << 24) << 8);
      values.push_back(static_cast<int32_t>(random->Next(1u << 20)) - (1 << 19));
    }
    ends.push_back(static_cast<uint32_t>(tokens.size()));
  }
  const int32_t times = static_cast<int32_t>(random->Next(20000)) - 10000;
  engram::FoldInto(sum.data(), dimensions, tokens.data(), values.data(), tokens.size(), times);
  std::vector<double> products(vectors);
  engram::DotProducts(sum.data(), dimensions, tokens.data(), values.data(), ends.data(), vectors, products.data());
  std::printf("fold");
  for (int32_t value : sum) std::printf(" %d", value);
  std::printf(" dot");
  for (double product : products) std::printf(" %.0f", product);
  std::printf("\n");
}

}  // namespace

int main() {
  Random random{20240101};
  engram::EncodeSpace encode_space;
  engram::SearchSpace search_space;
  for (int i = 0; i < kCases; i++) {
    PrintHash(&random);
    PrintEncoded(&random, &encode_space);
    PrintIndexed(&random, &search_space);
    PrintFolded(&random);
  }
  for (int i = 0; i < kCases; i++) SearchDamaged(&random, &search_space);
}
