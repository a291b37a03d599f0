// Reading and making JavaScript values by the C Node-API. Every call may fail because the thread is being ended: then
// the functions here say so, nothing is thrown and nothing aborts.
#pragma once

#include <node_api.h>

#include <cstring>
#include <string>
#include <vector>

#include "build_segment.h"

namespace engram {

template <typename Item>
struct ArrayType;
template <>
struct ArrayType<uint8_t> {
  static constexpr napi_typedarray_type value = napi_uint8_array;
};
template <>
struct ArrayType<uint32_t> {
  static constexpr napi_typedarray_type value = napi_uint32_array;
};
template <>
struct ArrayType<int32_t> {
  static constexpr napi_typedarray_type value = napi_int32_array;
};
template <>
struct ArrayType<double> {
  static constexpr napi_typedarray_type value = napi_float64_array;
};

inline bool FailType(napi_env env, const std::string& message) {
  napi_throw_type_error(env, nullptr, message.c_str());
  return false;
}

inline bool FailRange(napi_env env, const std::string& message) {
  napi_throw_range_error(env, nullptr, message.c_str());
  return false;
}

// False, with an exception pending, where the value is not a typed array of this type.
template <typename Item>
bool ReadArray(napi_env env, napi_value value, const char* name, Span<Item>* array) {
  napi_typedarray_type type;
  void* data = nullptr;
  size_t size = 0;
  bool is_typed = value != nullptr && napi_is_typedarray(env, value, &is_typed) == napi_ok && is_typed;
  if (!is_typed || napi_get_typedarray_info(env, value, &type, &size, &data, nullptr, nullptr) != napi_ok ||
      type != ArrayType<Item>::value) {
    return FailType(env, std::string(name) + " is not the typed array it must be");
  }
  *array = {static_cast<const Item*>(data), size};
  return true;
}

inline bool ReadNumber(napi_env env, napi_value value, const char* name, double* number) {
  if (napi_get_value_double(env, value, number) == napi_ok) return true;
  return FailType(env, std::string(name) + " is not a number");
}

// As JavaScript's `>>> 0` has it.
inline bool ReadUint32(napi_env env, napi_value value, const char* name, uint32_t* number) {
  if (napi_get_value_uint32(env, value, number) == napi_ok) return true;
  return FailType(env, std::string(name) + " is not a number");
}

// A number of hits; more than there can be is as good as that.
inline bool ReadCount(napi_env env, napi_value value, const char* name, size_t* count) {
  double number;
  if (!ReadNumber(env, value, name, &number)) return false;
  *count = !(number > 0) ? 0 : number > 0x7fffffff ? 0x7fffffff : static_cast<size_t>(number);
  return true;
}

inline bool ReadString(napi_env env, napi_value value, const char* name, std::string* text) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) {
    return FailType(env, std::string(name) + " is not a string");
  }
  text->resize(size + 1);
  if (napi_get_value_string_utf8(env, value, &(*text)[0], size + 1, &size) != napi_ok) return false;
  text->resize(size);
  return true;
}

// The arguments of a call; those that were not given are undefined.
template <size_t kCount>
struct Arguments {
  napi_value values[kCount];
  bool Read(napi_env env, napi_callback_info info) {
    size_t count = kCount;
    return napi_get_cb_info(env, info, &count, values, nullptr, nullptr) == napi_ok;
  }
  napi_value operator[](size_t i) const { return values[i]; }
};

// A new ArrayBuffer and its bytes, all zero. Null, with an exception pending or the thread ending, where there is none.
inline napi_value NewBytes(napi_env env, size_t size, uint8_t** bytes) {
  void* data = nullptr;
  napi_value buffer;
  if (napi_create_arraybuffer(env, size, &data, &buffer) != napi_ok) return nullptr;
  *bytes = static_cast<uint8_t*>(data);
  return buffer;
}

// Copies one column behind another.
template <typename Item>
uint8_t* Append(uint8_t* to, const std::vector<Item>& column) {
  const size_t size = column.size() * sizeof(Item);
  if (size > 0) std::memcpy(to, column.data(), size);
  return to + size;
}

}  // namespace engram
