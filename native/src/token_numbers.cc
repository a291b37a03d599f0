#include "token_numbers.h"

namespace engram {
namespace {

constexpr int kLeastBits = 10;
constexpr int kMostBits = 31;

// By the upper 32 bits of each key, eleven bits at a time.
void RadixSort(std::vector<uint64_t>* keys) {
  constexpr int kBits = 11;
  std::vector<uint64_t> other(keys->size());
  for (int shift = 32; shift < 64; shift += kBits) {
    size_t starts[1 << kBits] = {};
    for (uint64_t key : *keys) starts[(key >> shift) & ((1 << kBits) - 1)]++;
    size_t at = 0;
    for (size_t& start : starts) {
      const size_t count = start;
      start = at;
      at += count;
    }
    for (uint64_t key : *keys) other[starts[(key >> shift) & ((1 << kBits) - 1)]++] = key;
    keys->swap(other);
  }
}

}  // namespace

TokenNumbers::TokenNumbers(size_t expected) {
  int bits = kLeastBits;
  while (bits < kMostBits && (size_t{1} << bits) < expected) bits++;
  slots_.resize(size_t{1} << bits);
  shift_ = 32 - bits;
}

uint32_t TokenNumbers::Intern(uint32_t token) {
  const size_t mask = slots_.size() - 1;
  size_t at = Place(token);
  while (slots_[at].number != 0) {
    if (slots_[at].token == token) return slots_[at].number - 1;
    at = (at + 1) & mask;
  }
  tokens_.push_back(token);
  slots_[at] = {token, static_cast<uint32_t>(tokens_.size())};
  const uint32_t number = slots_[at].number - 1;
  if (tokens_.size() * 2 > slots_.size()) Grow();
  return number;
}

void TokenNumbers::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  shift_--;
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.number == 0) continue;
    size_t at = Place(slot.token);
    while (slots_[at].number != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

void TokenNumbers::Sort(std::vector<uint32_t>* dictionary, std::vector<uint32_t>* ranks) const {
  std::vector<uint64_t> keys(tokens_.size());
  for (size_t i = 0; i < keys.size(); i++) keys[i] = uint64_t{tokens_[i]} << 32 | i;
  RadixSort(&keys);
  dictionary->resize(keys.size());
  ranks->resize(keys.size());
  for (size_t rank = 0; rank < keys.size(); rank++) {
    (*dictionary)[rank] = static_cast<uint32_t>(keys[rank] >> 32);
    (*ranks)[static_cast<uint32_t>(keys[rank])] = static_cast<uint32_t>(rank);
  }
}

}  // namespace engram
