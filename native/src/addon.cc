// Node-API side of the kernel: checks arguments, calls the arithmetic, makes the results. native-kernel.ts calls it.
// State belongs to one environment, so worker threads may load the addon side by side.
#include "addon.h"

#include "encode.h"
#include "fold.h"
#include "hash.h"
#include "values.h"

namespace engram {
namespace {

// Raised together with `nativeContract` in src/engram/kernel/native-kernel.ts.
constexpr int kContract = 2;

bool EndsFit(napi_env env, const Span<uint32_t>& ends, size_t size) {
  uint32_t before = 0;
  for (size_t i = 0; i < ends.size; i++) {
    if (ends[i] < before || ends[i] > size) return FailRange(env, "ends must ascend and stay within");
    before = ends[i];
  }
  return true;
}

// (utf8, ends, seed) → ArrayBuffer of uint32
napi_value OnHashTokens(napi_env env, napi_callback_info info) {
  Arguments<3> arguments;
  Span<uint8_t> utf8;
  Span<uint32_t> ends;
  uint32_t seed;
  if (!arguments.Read(env, info) || !ReadArray(env, arguments[0], "utf8", &utf8) ||
      !ReadArray(env, arguments[1], "ends", &ends) || !ReadUint32(env, arguments[2], "seed", &seed) ||
      !EndsFit(env, ends, utf8.size)) {
    return nullptr;
  }
  uint8_t* bytes;
  napi_value result = NewBytes(env, ends.size * sizeof(uint32_t), &bytes);
  if (result == nullptr) return nullptr;
  uint32_t* tokens = reinterpret_cast<uint32_t*>(bytes);
  uint32_t start = 0;
  for (size_t i = 0; i < ends.size; i++) {
    tokens[i] = TokenOf(utf8.data + start, ends[i] - start, seed);
    start = ends[i];
  }
  return result;
}

// (utf8, windows, seed, mostDistinct, splitWordCharacters) → ArrayBuffer: numbers of chunks C and tokens T, start lines,
// end lines, row ends, tokens (uint32 all), counts (uint8)
napi_value OnEncodeText(napi_env env, napi_callback_info info) {
  Arguments<5> arguments;
  Span<uint8_t> utf8;
  Span<uint32_t> windows;
  TextToEncode text{};
  if (!arguments.Read(env, info) || !ReadArray(env, arguments[0], "utf8", &utf8) ||
      !ReadArray(env, arguments[1], "windows", &windows) || !ReadUint32(env, arguments[2], "seed", &text.seed) ||
      !ReadUint32(env, arguments[3], "mostDistinct", &text.most_distinct) ||
      !ReadUint32(env, arguments[4], "splitWordCharacters", &text.split_word_characters)) {
    return nullptr;
  }
  text.utf8 = utf8.data;
  text.size = utf8.size;
  text.windows = windows.data;
  text.window_count = windows.size / 2;
  EncodeSpace& space = StateOf(env)->encode;
  const char* problem = windows.size % 2 == 0 ? EncodeText(text, &space) : "a window has a start and an end";
  if (problem != nullptr) {
    FailRange(env, problem);
    return nullptr;
  }
  const EncodedColumns& columns = space.columns;
  const uint32_t sizes[2] = {static_cast<uint32_t>(columns.row_ends.size()),
                             static_cast<uint32_t>(columns.tokens.size())};
  uint8_t* bytes;
  napi_value result = NewBytes(env, sizeof sizes + size_t{12} * sizes[0] + size_t{5} * sizes[1], &bytes);
  if (result == nullptr) return nullptr;
  std::memcpy(bytes, sizes, sizeof sizes);
  bytes = Append(bytes + sizeof sizes, columns.start_lines);
  bytes = Append(bytes, columns.end_lines);
  bytes = Append(bytes, columns.row_ends);
  bytes = Append(bytes, columns.tokens);
  Append(bytes, columns.counts);
  return result;
}

// (sum, tokens, values, times): changes `sum`
napi_value OnFoldInto(napi_env env, napi_callback_info info) {
  Arguments<4> arguments;
  Span<int32_t> sum, values;
  Span<uint32_t> tokens;
  uint32_t times;
  if (!arguments.Read(env, info) || !ReadArray(env, arguments[0], "sum", &sum) ||
      !ReadArray(env, arguments[1], "tokens", &tokens) || !ReadArray(env, arguments[2], "values", &values) ||
      !ReadUint32(env, arguments[3], "times", &times)) {
    return nullptr;
  }
  if (sum.size == 0 || sum.size > 0xffffffffu || values.size != tokens.size) {
    FailRange(env, "a sum without dimensions, or not one value for each token");
    return nullptr;
  }
  FoldInto(const_cast<int32_t*>(sum.data), static_cast<uint32_t>(sum.size), tokens.data, values.data, tokens.size,
           static_cast<int32_t>(times));
  return nullptr;
}

// (dense, tokens, values, ends) → ArrayBuffer of doubles
napi_value OnDotProducts(napi_env env, napi_callback_info info) {
  Arguments<4> arguments;
  Span<int32_t> dense, values;
  Span<uint32_t> tokens, ends;
  if (!arguments.Read(env, info) || !ReadArray(env, arguments[0], "dense", &dense) ||
      !ReadArray(env, arguments[1], "tokens", &tokens) || !ReadArray(env, arguments[2], "values", &values) ||
      !ReadArray(env, arguments[3], "ends", &ends) || !EndsFit(env, ends, tokens.size)) {
    return nullptr;
  }
  if (dense.size == 0 || dense.size > 0xffffffffu || values.size != tokens.size) {
    FailRange(env, "a vector without dimensions, or not one value for each token");
    return nullptr;
  }
  uint8_t* bytes;
  napi_value result = NewBytes(env, ends.size * sizeof(double), &bytes);
  if (result == nullptr) return nullptr;
  DotProducts(dense.data, static_cast<uint32_t>(dense.size), tokens.data, values.data, ends.data, ends.size,
              reinterpret_cast<double*>(bytes));
  return result;
}

bool Export(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

void DeleteState(napi_env, void* state, void*) { delete static_cast<AddonState*>(state); }

}  // namespace

AddonState* StateOf(napi_env env) {
  void* state = nullptr;
  napi_get_instance_data(env, &state);
  return static_cast<AddonState*>(state);
}

bool ExportKernel(napi_env env, napi_value exports) {
  auto* state = new AddonState;
  if (napi_set_instance_data(env, state, DeleteState, nullptr) != napi_ok) {
    delete state;
    return false;
  }
  napi_value contract;
  return napi_create_int32(env, kContract, &contract) == napi_ok &&
         napi_set_named_property(env, exports, "contract", contract) == napi_ok &&
         Export(env, exports, "hashTokens", OnHashTokens) && Export(env, exports, "encodeText", OnEncodeText) &&
         Export(env, exports, "foldInto", OnFoldInto) && Export(env, exports, "dotProducts", OnDotProducts) &&
         Export(env, exports, "buildSegment", OnBuildSegment) && Export(env, exports, "openIndex", OnOpenIndex) &&
         Export(env, exports, "frequencies", OnFrequencies) && Export(env, exports, "candidates", OnCandidates) &&
         Export(env, exports, "rescore", OnRescore) && Export(env, exports, "search", OnSearch) &&
         Export(env, exports, "chunksWith", OnChunksWith);
}

}  // namespace engram

NAPI_MODULE_INIT() { return engram::ExportKernel(env, exports) ? exports : nullptr; }
