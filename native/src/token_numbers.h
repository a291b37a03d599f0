// Numbers tokens in ascending order of their ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engram {

class TokenNumbers {
 public:
  explicit TokenNumbers(size_t expected);
  // Number of the token by first appearance.
  uint32_t Intern(uint32_t token);
  // All tokens in ascending order; ranks[number by first appearance] is the place in it.
  void Sort(std::vector<uint32_t>* dictionary, std::vector<uint32_t>* ranks) const;

 private:
  struct Slot {
    uint32_t token;
    // Plus one; 0 marks a free slot.
    uint32_t number;
  };
  // Fibonacci hashing (Knuth, The Art of Computer Programming, vol. 3, 6.4).
  size_t Place(uint32_t token) const { return (token * 0x9e3779b1u) >> shift_; }
  void Grow();

  std::vector<Slot> slots_;
  std::vector<uint32_t> tokens_;
  int shift_;
};

}  // namespace engram
