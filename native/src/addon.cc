// Node-API side of the kernel: checks arguments, calls kernel.h, makes the results. No arithmetic here.
// State belongs to one environment, so the addon may be loaded by worker threads side by side.
#include <napi.h>

#include <string>

#include "kernel.h"

namespace {

// Raised together with `nativeContract` in src/engram/kernel/native-kernel.ts.
constexpr int kContract = 1;

// 2^26 chunks are 1 GiB of code or more, and their scores 256 MiB.
constexpr uint32_t kMaxChunks = 1u << 26;

// False, with an exception pending, where the value is not a typed array of this type.
template <typename Array>
bool Read(Napi::Value value, const char* name, napi_typedarray_type type, Array* array) {
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type) {
    *array = value.As<Array>();
    return true;
  }
  Napi::TypeError::New(value.Env(), std::string(name) + " is not the typed array it must be")
      .ThrowAsJavaScriptException();
  return false;
}

bool Fail(Napi::Env env, const char* message) {
  Napi::RangeError::New(env, message).ThrowAsJavaScriptException();
  return false;
}

bool EndsFit(Napi::Env env, const Napi::Uint32Array& ends, size_t size) {
  uint32_t before = 0;
  for (size_t i = 0; i < ends.ElementLength(); i++) {
    if (ends.Data()[i] < before || ends.Data()[i] > size) return Fail(env, "ends must ascend within utf8");
    before = ends.Data()[i];
  }
  return true;
}

bool PostingsFit(Napi::Env env, const engram::Query& query, size_t postings) {
  for (size_t t = 0; t < query.token_count; t++) {
    const size_t end = size_t{query.offsets[t]} + query.lengths[t];
    if (end > postings) return Fail(env, "a token's postings end behind the last posting");
  }
  return true;
}

Napi::Value HashTokens(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Uint8Array utf8;
  Napi::Uint32Array ends;
  if (!Read(info[0], "utf8", napi_uint8_array, &utf8)) return env.Null();
  if (!Read(info[1], "ends", napi_uint32_array, &ends)) return env.Null();
  if (!info[2].IsNumber()) {
    Napi::TypeError::New(env, "seed is not a number").ThrowAsJavaScriptException();
    return env.Null();
  }
  if (!EndsFit(env, ends, utf8.ByteLength())) return env.Null();
  const size_t count = ends.ElementLength();
  Napi::Uint32Array hashes = Napi::Uint32Array::New(env, count);
  engram::HashTokens(utf8.Data(), ends.Data(), count, info[2].As<Napi::Number>().Uint32Value(), hashes.Data());
  return hashes;
}

Napi::Value Answer(Napi::Env env, const engram::SearchState& state) {
  Napi::Uint32Array ids = Napi::Uint32Array::New(env, state.best.size());
  Napi::Int32Array scores = Napi::Int32Array::New(env, state.best.size());
  for (size_t i = 0; i < state.best.size(); i++) {
    ids.Data()[i] = state.best[i];
    scores.Data()[i] = state.scores[state.best[i]];
  }
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("ids", ids);
  answer.Set("scores", scores);
  return answer;
}

Napi::Value SearchPostings(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    Napi::TypeError::New(env, "query is not an object").ThrowAsJavaScriptException();
    return env.Null();
  }
  Napi::Object object = info[0].As<Napi::Object>();
  Napi::Uint32Array chunks, offsets, lengths;
  Napi::Uint8Array impacts;
  Napi::Int32Array weights;
  if (!Read(object.Get("chunks"), "chunks", napi_uint32_array, &chunks) || !Read(object.Get("impacts"), "impacts", napi_uint8_array, &impacts) ||
      !Read(object.Get("offsets"), "offsets", napi_uint32_array, &offsets) || !Read(object.Get("lengths"), "lengths", napi_uint32_array, &lengths) ||
      !Read(object.Get("weights"), "weights", napi_int32_array, &weights)) {
    return env.Null();
  }
  const size_t tokens = weights.ElementLength();
  const size_t postings = chunks.ElementLength();
  if (offsets.ElementLength() != tokens || lengths.ElementLength() != tokens || impacts.ElementLength() != postings) {
    Fail(env, "columns of different lengths");
    return env.Null();
  }
  Napi::Value chunk_count = object.Get("chunkCount");
  Napi::Value k = object.Get("k");
  if (!chunk_count.IsNumber() || !k.IsNumber()) {
    Napi::TypeError::New(env, "chunkCount and k must be numbers").ThrowAsJavaScriptException();
    return env.Null();
  }
  const engram::Query query{chunks.Data(),  impacts.Data(),
                            offsets.Data(), lengths.Data(),
                            weights.Data(), tokens,
                            chunk_count.As<Napi::Number>().Uint32Value(), k.As<Napi::Number>().Uint32Value()};
  if (query.chunk_count > kMaxChunks && !Fail(env, "more chunks than the kernel holds")) return env.Null();
  if (!PostingsFit(env, query, postings)) return env.Null();
  engram::SearchState* state = env.GetInstanceData<engram::SearchState>();
  engram::Search(query, state);
  return Answer(env, *state);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new engram::SearchState);  // deleted by Node when the environment ends
  exports.Set("contract", Napi::Number::New(env, kContract));
  exports.Set("hashTokens", Napi::Function::New(env, HashTokens, "hashTokens"));
  exports.Set("searchPostings", Napi::Function::New(env, SearchPostings, "searchPostings"));
  return exports;
}

}  // namespace

NODE_API_MODULE(engram_kernel, Init)
