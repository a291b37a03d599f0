// Parts of the addon. Each callback checks its arguments, and returns null with an exception pending where they are wrong.
#pragma once

#include <node_api.h>

#include <vector>

#include "encode.h"
#include "index.h"

namespace engram {

// Memory of one environment, used by one call after the other.
struct AddonState {
  EncodeSpace encode;
  SearchSpace search;
  std::vector<Candidate> candidates;
  std::vector<ExactHit> hits;
};

AddonState* StateOf(napi_env env);

// addon_segment.cc
napi_value OnBuildSegment(napi_env env, napi_callback_info info);

// addon_index.cc
napi_value OnOpenIndex(napi_env env, napi_callback_info info);
napi_value OnFrequencies(napi_env env, napi_callback_info info);
napi_value OnCandidates(napi_env env, napi_callback_info info);
napi_value OnRescore(napi_env env, napi_callback_info info);
napi_value OnSearch(napi_env env, napi_callback_info info);
napi_value OnChunksWith(napi_env env, napi_callback_info info);

}  // namespace engram
