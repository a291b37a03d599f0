#include <memory>

#include "addon.h"
#include "values.h"

namespace engram {
namespace {

// An index and what it looks into. JavaScript holds it as an external value.
struct OpenedIndex {
  struct Image {
    napi_ref array;
    const uint8_t* bytes;
    size_t size;
  };
  Index index;
  std::vector<Image> images;
};

void DeleteIndex(napi_env env, void* data, void*) {
  auto* opened = static_cast<OpenedIndex*>(data);
  for (const auto& image : opened->images) napi_delete_reference(env, image.array);
  delete opened;
}

// Null, with an exception pending, where the value is no index or the memory of an image was taken away (transferred to
// another thread, for example).
OpenedIndex* ReadIndex(napi_env env, napi_value value) {
  void* data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok) {
    FailType(env, "not an index");
    return nullptr;
  }
  auto* opened = static_cast<OpenedIndex*>(data);
  for (const auto& image : opened->images) {
    napi_value array;
    void* bytes = nullptr;
    size_t size = 0;
    if (napi_get_reference_value(env, image.array, &array) != napi_ok ||
        napi_get_typedarray_info(env, array, nullptr, &size, &bytes, nullptr, nullptr) != napi_ok) {
      return nullptr;
    }
    if (bytes != image.bytes || size != image.size) {
      FailRange(env, "an image of the index is gone");
      return nullptr;
    }
  }
  return opened;
}

bool ReadQuery(napi_env env, napi_value tokens_value, napi_value weights_value, IndexQuery* query) {
  Span<uint32_t> tokens;
  Span<int32_t> weights;
  if (!ReadArray(env, tokens_value, "tokens", &tokens) || !ReadArray(env, weights_value, "weights", &weights)) {
    return false;
  }
  if (tokens.size != weights.size) return FailRange(env, "not one weight for each token");
  *query = {tokens.data, weights.data, tokens.size};
  return true;
}

bool ReadExact(napi_env env, napi_value tokens_value, napi_value weights_value, napi_value mean, ExactQuery* query) {
  Span<uint32_t> tokens;
  Span<double> weights;
  if (!ReadArray(env, tokens_value, "exact tokens", &tokens) ||
      !ReadArray(env, weights_value, "exact weights", &weights) ||
      !ReadNumber(env, mean, "meanLength", &query->mean_length)) {
    return false;
  }
  if (tokens.size != weights.size) return FailRange(env, "not one exact weight for each token");
  query->tokens = tokens.data;
  query->weights = weights.data;
  query->count = tokens.size;
  return true;
}

bool Damaged(napi_env env) { return FailRange(env, "a segment is damaged"); }

// Hits as columns: scores, parts (uint32), chunks (uint32).
template <typename Score, typename Hit>
napi_value MakeHits(napi_env env, const std::vector<Hit>& hits) {
  uint8_t* bytes;
  napi_value result = NewBytes(env, hits.size() * (sizeof(Score) + 2 * sizeof(uint32_t)), &bytes);
  if (result == nullptr) return nullptr;
  auto* scores = reinterpret_cast<Score*>(bytes);
  auto* parts = reinterpret_cast<uint32_t*>(scores + hits.size());
  auto* chunks = parts + hits.size();
  for (size_t i = 0; i < hits.size(); i++) {
    scores[i] = hits[i].score;
    parts[i] = hits[i].part;
    chunks[i] = hits[i].chunk;
  }
  return result;
}

bool AddPart(napi_env env, napi_value image_value, napi_value dead_value, OpenedIndex* opened) {
  Span<uint8_t> image;
  Span<uint32_t> dead;
  napi_valuetype type;
  if (!ReadArray(env, image_value, "image", &image) || napi_typeof(env, dead_value, &type) != napi_ok) return false;
  if (type != napi_null && !ReadArray(env, dead_value, "dead", &dead)) return false;
  static const uint32_t none = 0;
  const uint32_t* bits = type == napi_null ? nullptr : dead.size == 0 ? &none : dead.data;
  if (!opened->index.Add(image.data, image.size, bits, dead.size)) {
    return FailRange(env, "not a segment, or too few bits for its chunks");
  }
  OpenedIndex::Image kept{nullptr, image.data, image.size};
  if (napi_create_reference(env, image_value, 1, &kept.array) != napi_ok) return false;
  opened->images.push_back(kept);
  return true;
}

bool AddParts(napi_env env, napi_value images, napi_value deads, OpenedIndex* opened) {
  uint32_t count, dead_count;
  if (napi_get_array_length(env, images, &count) != napi_ok ||
      napi_get_array_length(env, deads, &dead_count) != napi_ok || count != dead_count) {
    return FailType(env, "images and their dead bits are two arrays of one length");
  }
  for (uint32_t i = 0; i < count; i++) {
    napi_value image, dead;
    if (napi_get_element(env, images, i, &image) != napi_ok || napi_get_element(env, deads, i, &dead) != napi_ok) {
      return false;
    }
    if (!AddPart(env, image, dead, opened)) return false;
  }
  return true;
}

}  // namespace

// (images, dead bits or null for each) → external
napi_value OnOpenIndex(napi_env env, napi_callback_info info) {
  Arguments<2> arguments;
  if (!arguments.Read(env, info)) return nullptr;
  auto* opened = new OpenedIndex;
  napi_value external;
  if (!AddParts(env, arguments[0], arguments[1], opened) ||
      napi_create_external(env, opened, DeleteIndex, nullptr, &external) != napi_ok) {
    DeleteIndex(env, opened, nullptr);
    return nullptr;
  }
  return external;
}

// (index, tokens) → ArrayBuffer of uint32
napi_value OnFrequencies(napi_env env, napi_callback_info info) {
  Arguments<2> arguments;
  Span<uint32_t> tokens;
  if (!arguments.Read(env, info) || !ReadArray(env, arguments[1], "tokens", &tokens)) return nullptr;
  OpenedIndex* opened = ReadIndex(env, arguments[0]);
  if (opened == nullptr) return nullptr;
  uint8_t* bytes;
  napi_value result = NewBytes(env, tokens.size * sizeof(uint32_t), &bytes);
  if (result == nullptr) return nullptr;
  if (!opened->index.Frequencies(tokens.data, tokens.size, reinterpret_cast<uint32_t*>(bytes))) {
    Damaged(env);
    return nullptr;
  }
  return result;
}

// (index, tokens, weights, k) → ArrayBuffer of hits
napi_value OnCandidates(napi_env env, napi_callback_info info) {
  Arguments<4> arguments;
  IndexQuery query;
  size_t k;
  if (!arguments.Read(env, info) || !ReadQuery(env, arguments[1], arguments[2], &query) ||
      !ReadCount(env, arguments[3], "k", &k)) {
    return nullptr;
  }
  OpenedIndex* opened = ReadIndex(env, arguments[0]);
  if (opened == nullptr) return nullptr;
  AddonState* state = StateOf(env);
  if (!opened->index.Candidates(query, k, &state->search, &state->candidates)) {
    Damaged(env);
    return nullptr;
  }
  return MakeHits<int32_t>(env, state->candidates);
}

// (index, parts, chunks, tokens, weights, meanLength) → ArrayBuffer of doubles
napi_value OnRescore(napi_env env, napi_callback_info info) {
  Arguments<6> arguments;
  Span<uint32_t> parts, chunks;
  ExactQuery exact;
  if (!arguments.Read(env, info) || !ReadArray(env, arguments[1], "parts", &parts) ||
      !ReadArray(env, arguments[2], "chunks", &chunks) ||
      !ReadExact(env, arguments[3], arguments[4], arguments[5], &exact)) {
    return nullptr;
  }
  OpenedIndex* opened = ReadIndex(env, arguments[0]);
  if (opened == nullptr) return nullptr;
  AddonState* state = StateOf(env);
  state->hits.clear();
  bool exist = parts.size == chunks.size;
  for (size_t i = 0; exist && i < chunks.size; i++) {
    exist = opened->index.HasChunk(parts[i], chunks[i]);
    state->hits.push_back({0, parts[i], chunks[i]});
  }
  if (!exist) {
    FailRange(env, "no such chunk");
    return nullptr;
  }
  if (!opened->index.Rescore(exact, &state->hits, &state->search)) {
    Damaged(env);
    return nullptr;
  }
  uint8_t* bytes;
  napi_value result = NewBytes(env, chunks.size * sizeof(double), &bytes);
  if (result == nullptr) return nullptr;
  for (size_t i = 0; i < chunks.size; i++) reinterpret_cast<double*>(bytes)[i] = state->hits[i].score;
  return result;
}

// (index, tokens, weights, k, exact tokens, exact weights, meanLength, wanted) → ArrayBuffer of hits
napi_value OnSearch(napi_env env, napi_callback_info info) {
  Arguments<8> arguments;
  IndexQuery query;
  ExactQuery exact;
  size_t k, wanted;
  if (!arguments.Read(env, info) || !ReadQuery(env, arguments[1], arguments[2], &query) ||
      !ReadCount(env, arguments[3], "k", &k) ||
      !ReadExact(env, arguments[4], arguments[5], arguments[6], &exact) ||
      !ReadCount(env, arguments[7], "wanted", &wanted)) {
    return nullptr;
  }
  OpenedIndex* opened = ReadIndex(env, arguments[0]);
  if (opened == nullptr) return nullptr;
  AddonState* state = StateOf(env);
  if (!opened->index.Search(query, k, exact, wanted, &state->search, &state->hits)) {
    Damaged(env);
    return nullptr;
  }
  return MakeHits<double>(env, state->hits);
}

// (index, part, token) → ArrayBuffer of uint32
napi_value OnChunksWith(napi_env env, napi_callback_info info) {
  Arguments<3> arguments;
  uint32_t part, token;
  if (!arguments.Read(env, info) || !ReadUint32(env, arguments[1], "part", &part) ||
      !ReadUint32(env, arguments[2], "token", &token)) {
    return nullptr;
  }
  OpenedIndex* opened = ReadIndex(env, arguments[0]);
  if (opened == nullptr) return nullptr;
  std::vector<uint32_t> chunks;
  if (part >= opened->index.parts() || !opened->index.ChunksWith(part, token, &chunks)) {
    FailRange(env, part < opened->index.parts() ? "a segment is damaged" : "no such part");
    return nullptr;
  }
  uint8_t* bytes;
  napi_value result = NewBytes(env, chunks.size() * sizeof(uint32_t), &bytes);
  if (result != nullptr) Append(bytes, chunks);
  return result;
}

}  // namespace engram
