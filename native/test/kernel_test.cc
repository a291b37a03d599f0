// Runs the kernel outside of Node: compile it with src/kernel.cc, also under a sanitizer. Checks the answers against a
// slow search written here, and prints them; test/conformance/kernel-reference.test.ts makes the same cases in
// JavaScript and compares every line.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "../src/kernel.h"

namespace {

// Numerical Recipes' linear congruential generator: the same numbers in any language.
struct Random {
  uint32_t state;
  uint32_t Next(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
  }
};

struct Case {
  std::vector<uint32_t> chunks, offsets, lengths;
  std::vector<uint8_t> impacts;
  std::vector<int32_t> weights;
  uint32_t chunk_count, k;
};

Case MakeCase(Random* random) {
  Case made;
  made.chunk_count = random->Next(200) + 1;
  made.k = random->Next(20);
  const uint32_t tokens = random->Next(10);
  for (uint32_t t = 0; t < tokens; t++) {
    made.offsets.push_back(static_cast<uint32_t>(made.chunks.size()));
    made.lengths.push_back(random->Next(100));
    made.weights.push_back(static_cast<int32_t>(random->Next(1024)) - 100);
    for (uint32_t p = 0; p < made.lengths[t]; p++) {
      made.chunks.push_back(random->Next(made.chunk_count));
      made.impacts.push_back(static_cast<uint8_t>(random->Next(256)));
    }
  }
  return made;
}

std::vector<std::pair<uint32_t, int32_t>> SlowSearch(const Case& made) {
  std::vector<int32_t> scores(made.chunk_count, 0);
  for (size_t t = 0; t < made.weights.size(); t++) {
    for (uint32_t p = made.offsets[t]; p < made.offsets[t] + made.lengths[t]; p++) {
      scores[made.chunks[p]] += made.weights[t] * made.impacts[p];
    }
  }
  std::vector<std::pair<uint32_t, int32_t>> found;
  for (uint32_t id = 0; id < made.chunk_count; id++) {
    if (scores[id] != 0) found.emplace_back(id, scores[id]);
  }
  std::stable_sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.second > b.second; });
  if (found.size() > made.k) found.resize(made.k);
  return found;
}

void CheckSearch(Random* random, engram::SearchState* state) {
  const Case made = MakeCase(random);
  engram::Search({made.chunks.data(), made.impacts.data(), made.offsets.data(), made.lengths.data(),
                  made.weights.data(), made.weights.size(), made.chunk_count, made.k},
                 state);
  std::vector<std::pair<uint32_t, int32_t>> answer;
  for (uint32_t id : state->best) answer.emplace_back(id, state->scores[id]);
  if (answer != SlowSearch(made)) {
    std::fprintf(stderr, "the search differs from the slow one\n");
    std::exit(1);
  }
  std::printf("search");
  for (const auto& [id, score] : answer) std::printf(" %u:%d", id, score);
  std::printf("\n");
}

void PrintHash(Random* random) {
  std::string token;
  const uint32_t size = random->Next(20);
  for (uint32_t i = 0; i < size; i++) token += static_cast<char>(random->Next(256));
  const uint32_t seed = random->Next(1u << 24);
  std::printf("hash %u\n", engram::Murmur3(reinterpret_cast<const uint8_t*>(token.data()), token.size(), seed));
}

}  // namespace

int main() {
  Random random{20240101};
  engram::SearchState state;
  for (int i = 0; i < 300; i++) {
    PrintHash(&random);
    CheckSearch(&random, &state);
  }
}
