#include <algorithm>

#include "addon.h"
#include "build_segment.h"
#include "values.h"

namespace engram {
namespace {

// In the order of RowValues.
constexpr const char* kProperties[] = {"path",   "mode",      "oid",        "skipped",    "startLines",
                                       "endLines", "rowEnds", "tokens",     "counts",     "roleEnds",
                                       "roleTokens", "roleCounts", "pathTokens", "pathCounts"};
constexpr size_t kPropertyCount = sizeof kProperties / sizeof *kProperties;

struct RowValues {
  napi_value values[kPropertyCount];
};

// Everything that may run JavaScript (getters) happens here, before any array's memory is looked at.
bool GetRows(napi_env env, napi_value array, std::vector<RowValues>* rows) {
  uint32_t count;
  if (napi_get_array_length(env, array, &count) != napi_ok) return FailType(env, "files is not an array");
  napi_value keys[kPropertyCount];
  for (size_t p = 0; p < kPropertyCount; p++) {
    if (napi_create_string_latin1(env, kProperties[p], NAPI_AUTO_LENGTH, &keys[p]) != napi_ok) return false;
  }
  rows->resize(count);
  for (uint32_t f = 0; f < count; f++) {
    napi_value row;
    if (napi_get_element(env, array, f, &row) != napi_ok) return false;
    for (size_t p = 0; p < kPropertyCount; p++) {
      if (napi_get_property(env, row, keys[p], &(*rows)[f].values[p]) != napi_ok) {
        return FailType(env, "a file is not a row");
      }
    }
  }
  return true;
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// 40 or 64 digits, or none.
bool OidFromHex(const std::string& hex, std::string* oid) {
  if (hex.empty()) return true;
  if (hex.size() != 40 && hex.size() != 64) return false;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = DigitOf(hex[i]), low = DigitOf(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    oid->push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

uint32_t ModeFromOctal(const std::string& text) {
  uint32_t mode = 0;
  for (char c : text) {
    if (c < '0' || c > '7') break;
    mode = mode * 8 + static_cast<uint32_t>(c - '0');
  }
  return mode;
}

bool ReadSkip(napi_env env, napi_value value, const std::vector<std::string>& reasons, uint8_t* skip) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_null) return true;
  std::string reason;
  if (!ReadString(env, value, "skipped", &reason)) return false;
  const auto found = std::find(reasons.begin(), reasons.end(), reason);
  if (found == reasons.end()) return FailRange(env, "skipped for an unknown reason");
  *skip = static_cast<uint8_t>(found - reasons.begin() + 1);
  return true;
}

bool ReadRow(napi_env env, const RowValues& row, const std::vector<std::string>& reasons, FileColumns* file) {
  const auto* v = row.values;
  std::string mode, oid;
  if (!ReadString(env, v[0], "path", &file->path) || !ReadString(env, v[1], "mode", &mode) ||
      !ReadString(env, v[2], "oid", &oid) || !ReadSkip(env, v[3], reasons, &file->skip)) {
    return false;
  }
  if (!OidFromHex(oid, &file->oid)) return FailRange(env, "object ids have 40 or 64 digits");
  file->mode = ModeFromOctal(mode);
  return ReadArray(env, v[4], "startLines", &file->start_lines) && ReadArray(env, v[5], "endLines", &file->end_lines) &&
         ReadArray(env, v[6], "rowEnds", &file->row_ends) && ReadArray(env, v[7], "tokens", &file->tokens) &&
         ReadArray(env, v[8], "counts", &file->counts) && ReadArray(env, v[9], "roleEnds", &file->role_ends) &&
         ReadArray(env, v[10], "roleTokens", &file->role_tokens) &&
         ReadArray(env, v[11], "roleCounts", &file->role_counts) &&
         ReadArray(env, v[12], "pathTokens", &file->path_tokens) &&
         ReadArray(env, v[13], "pathCounts", &file->path_counts);
}

bool ReadReasons(napi_env env, napi_value array, std::vector<std::string>* reasons) {
  uint32_t count;
  if (napi_get_array_length(env, array, &count) != napi_ok || count > 255) return FailType(env, "reasons are no array");
  reasons->resize(count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value reason;
    if (napi_get_element(env, array, i, &reason) != napi_ok) return false;
    if (!ReadString(env, reason, "reason", &(*reasons)[i])) return false;
  }
  return true;
}

}  // namespace

// (files, skipReasons) → ArrayBuffer of the image
napi_value OnBuildSegment(napi_env env, napi_callback_info info) {
  Arguments<2> arguments;
  std::vector<RowValues> rows;
  std::vector<std::string> reasons;
  if (!arguments.Read(env, info) || !ReadReasons(env, arguments[1], &reasons) || !GetRows(env, arguments[0], &rows)) {
    return nullptr;
  }
  std::vector<FileColumns> files(rows.size());
  for (size_t f = 0; f < rows.size(); f++) {
    if (!ReadRow(env, rows[f], reasons, &files[f])) return nullptr;
  }
  SegmentBuilder builder;
  if (const char* problem = builder.Plan(files)) {
    FailRange(env, problem);
    return nullptr;
  }
  uint8_t* bytes;
  napi_value image = NewBytes(env, SegmentBytes(builder.sizes()), &bytes);
  if (image != nullptr) builder.Write(files, bytes);
  return image;
}

}  // namespace engram
