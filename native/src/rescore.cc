#include "rescore.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "bits.h"
#include "bm25.h"

namespace engram {
namespace {

using Entry = RescoreSpace::Entry;

constexpr size_t kLeastSlots = 64;
constexpr size_t kSlotsPerToken = 4;
// A number that passes the filter in vain costs a mispredicted branch; clearing the filter costs next to nothing.
constexpr size_t kFilterPerSlot = 16;
// More than an entry has: what must be readable behind the start of one.
constexpr size_t kReadBytes = 8;
// Numbers below this take three bytes at most.
constexpr uint32_t kShortNumbers = 1u << 19;

// Cache lines that most rows take.
constexpr size_t kUsualLines = 4;
// Rows that are asked for before they are read.
constexpr size_t kRowsAhead = 8;

// A row that is being read.
struct Lane {
  const uint8_t* at;
  const uint8_t* end;
  // Behind the last entry that may be wanted.
  Entry* to;
  uint32_t number;
  Entry* entries;
  ExactHit* hit;
  // Which of the space's entries.
  size_t space;
};

// Where the numbers are that may be wanted; apart from WantedNumbers, so that the compiler keeps it in registers.
struct Filter {
  const uint8_t* bytes;
  uint32_t mask;
};

// How an entry is read: at most kBytes bytes of varint out of one word.
template <typename Word, int kBytes>
struct Reader {
  // Without any branch: rows mix short and long entries as no predictor learns.
  static void Step(const Filter& filter, Lane* lane) {
    Word bytes;
    std::memcpy(&bytes, lane->at, sizeof bytes);
    // The lowest upper bit that is not set ends the varint; the last byte ends it in any case.
    const Word last = (~bytes & static_cast<Word>(0x8080808080808080u)) | Word{1} << (8 * kBytes - 1);
    const Word varint = bytes & (last ^ (last - 1));
    Word value = (varint & 0x7f) | (varint >> 1 & 0x3f80) | (varint >> 2 & 0x1fc000);
    if constexpr (kBytes > 3) value |= (varint >> 3 & 0xfe00000) | (varint >> 4 & 0x7f0000000);
    lane->number += static_cast<uint32_t>(value >> 2);
    lane->to->number = lane->number;
    lane->to->at = lane->at;
    lane->to += filter.bytes[lane->number & filter.mask];
    const Word has_count = bytes & bytes >> 1 & 1;
    lane->at += static_cast<size_t>((CountTrailingZeros(last) + 1) >> 3) + has_count;
  }

  static void One(const Filter filter, Lane* lane) {
    Lane local = *lane;
    while (local.at < local.end) Step(filter, &local);
    *lane = local;
  }

  // Until one of two rows ends. Reading a row is a chain of operations that wait for one another; two rows fill the gaps.
  static void Two(const Filter filter, Lane* a, Lane* b) {
    Lane local_a = *a, local_b = *b;
    while (local_a.at < local_a.end && local_b.at < local_b.end) {
      Step(filter, &local_a);
      Step(filter, &local_b);
    }
    *a = local_a;
    *b = local_b;
  }
};

// The functions that read rows of a part.
struct RowReaders {
  void (*one)(Filter filter, Lane* lane);
  void (*two)(Filter filter, Lane* a, Lane* b);
};

RowReaders ReadersFor(const Segment& segment) {
  using Short = Reader<uint32_t, 3>;
  using Long = Reader<uint64_t, 5>;
  return segment.sizes.tokens <= kShortNumbers ? RowReaders{Short::One, Short::Two} : RowReaders{Long::One, Long::Two};
}

// The count that follows the varint at `at`.
uint32_t LongCountOf(const uint8_t* at) {
  for (int i = 0; i < 5 && *at > 127; i++) at++;
  return at[1];
}

double AddEntries(const Lane& lane, const WantedNumbers& wanted, double norm, double score) {
  // Most counts are small, and a division is slow.
  const double small[3] = {Saturation(1, norm), Saturation(2, norm), Saturation(3, norm)};
  for (const Entry* entry = lane.entries; entry != lane.to; entry++) {
    const double* weight = wanted.Find(entry->number);
    if (weight == nullptr) continue;
    const uint32_t low = *entry->at & 3u;
    score += *weight * (low < 3 ? small[low] : Saturation(LongCountOf(entry->at), norm));
  }
  return score;
}

// Scores hits of one part.
class PartRescorer {
 public:
  PartRescorer(const Part& part, double mean_length, ExactHit* hits, RescoreSpace* space)
      : part_(part),
        segment_(part.segment()),
        mean_length_(mean_length),
        hits_(hits),
        space_(*space),
        filter_{space->wanted.filter(), space->wanted.filter_mask()},
        readers_(ReadersFor(segment_)) {}

  // False where the image is damaged.
  bool Run(const uint32_t* order, size_t count) {
    next_ = order;
    end_ = order + count;
    AskForOffsets();
    for (size_t i = 0; i < kRowsAhead && i < count; i++) AskForRow(next_ + i);
    Lane a, b;
    if (!Load(0, &a)) return is_sound_;
    bool both = Load(1, &b);
    while (both) {
      readers_.two(filter_, &a, &b);
      if (a.at < a.end) std::swap(a, b);
      Finish(a);
      both = Load(a.space, &a);
      if (!both) a = b;
    }
    readers_.one(filter_, &a);
    Finish(a);
    return is_sound_;
  }

 private:
  // Everything about a hit lies apart and is seldom in the cache. First what says where the rows are, for all hits, ...
  void AskForOffsets() const {
    for (const uint32_t* i = next_; i != end_; i++) {
      const uint32_t chunk = hits_[*i].chunk;
      Prefetch(segment_.forward_offsets + chunk);
      Prefetch(segment_.lengths + chunk);
      part_.PrefetchFileOf(chunk);
    }
  }

  // ... then the rows, some hits ahead of the one that is read. Nothing is read here, so an offset may be wrong.
  void AskForRow(const uint32_t* ahead) const {
    if (ahead >= end_) return;
    const uint32_t chunk = hits_[*ahead].chunk;
    const uintptr_t row = reinterpret_cast<uintptr_t>(segment_.forward) + segment_.forward_offsets[chunk];
    for (size_t line = 0; line < kUsualLines; line++) Prefetch(reinterpret_cast<const void*>(row + 64 * line));
    Prefetch(segment_.path_forward_offsets + part_.FileOf(chunk));
  }

  void AskForPath(const uint32_t* ahead) const {
    if (ahead >= end_) return;
    const uint32_t row = segment_.path_forward_offsets[part_.FileOf(hits_[*ahead].chunk)];
    Prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(segment_.path_forward) + row));
  }

  // Begins the next row. False where none is left.
  bool Load(size_t space, Lane* lane) {
    if (next_ == end_ || !is_sound_) return false;
    ExactHit* hit = &hits_[*next_];
    AskForRow(next_ + kRowsAhead);
    AskForPath(next_ + kRowsAhead / 2);
    next_++;
    if (!Begin(segment_.forward_offsets, hit->chunk, segment_.forward, segment_.sizes.forward_bytes, space, lane)) {
      return false;
    }
    lane->hit = hit;
    return true;
  }

  bool Begin(const uint32_t* offsets, uint32_t row, const uint8_t* rows, uint32_t size, size_t space, Lane* lane) {
    is_sound_ = is_sound_ && offsets[row] <= offsets[row + 1] && offsets[row + 1] <= size;
    if (!is_sound_) return false;
    // An entry takes a byte at least; one more is written and forgotten.
    std::vector<Entry>& entries = space_.entries[space];
    const size_t bytes = offsets[row + 1] - offsets[row];
    if (entries.size() <= bytes) entries.resize(2 * bytes + 1);
    const uint8_t* start = rows + offsets[row];
    *lane = {start, start + bytes, entries.data(), 0, entries.data(), nullptr, space};
    return true;
  }

  // Adds up what was read of a text's row, then the path's.
  void Finish(const Lane& text) {
    is_sound_ = is_sound_ && text.at == text.end;
    const double norm = SaturationNorm(segment_.lengths[text.hit->chunk] / mean_length_);
    text.hit->score = AddEntries(text, space_.wanted, norm, 0);
    const uint32_t size = segment_.sizes.path_forward_bytes;
    Lane path;
    if (!Begin(segment_.path_forward_offsets, part_.FileOf(text.hit->chunk), segment_.path_forward, size, 2, &path)) {
      return;
    }
    // Rows of texts always have bytes of the image behind them; the last paths have not.
    if (static_cast<size_t>(segment_.path_forward + size - path.end) < kReadBytes) MakeRoom(&path);
    readers_.one(filter_, &path);
    is_sound_ = path.at == path.end;
    text.hit->score = AddEntries(path, space_.wanted, SaturationNorm(kPathRelativeLength), text.hit->score);
  }

  void MakeRoom(Lane* lane) {
    const size_t size = static_cast<size_t>(lane->end - lane->at);
    space_.last_row.assign(size + kReadBytes, 0);
    std::copy(lane->at, lane->end, space_.last_row.begin());
    lane->at = space_.last_row.data();
    lane->end = lane->at + size;
  }

  const Part& part_;
  const Segment& segment_;
  const double mean_length_;
  ExactHit* const hits_;
  RescoreSpace& space_;
  const Filter filter_;
  const RowReaders readers_;
  const uint32_t* next_ = nullptr;
  const uint32_t* end_ = nullptr;
  bool is_sound_ = true;
};

// Sorts the hits' numbers by part.
void OrderByPart(size_t parts, const ExactHit* hits, size_t count, RescoreSpace* space) {
  space->part_ends.assign(parts + 1, 0);
  for (size_t i = 0; i < count; i++) space->part_ends[hits[i].part + 1]++;
  for (size_t part = 0; part < parts; part++) space->part_ends[part + 1] += space->part_ends[part];
  space->order.resize(count);
  for (size_t i = 0; i < count; i++) space->order[space->part_ends[hits[i].part]++] = static_cast<uint32_t>(i);
}

}  // namespace

void WantedNumbers::Fill(const Part& part, const ExactQuery& query) {
  size_t size = kLeastSlots;
  while (size < query.count * kSlotsPerToken) size *= 2;
  slots_.assign(size, 0);
  filter_.assign(size * kFilterPerSlot, 0);
  entries_.assign(1, {0, kNoNumber});
  mask_ = static_cast<uint32_t>(size - 1);
  numbers_.resize(query.count);
  part.NumbersOf(query.tokens, query.count, numbers_.data());
  for (size_t t = 0; t < query.count; t++) {
    const uint32_t number = numbers_[t];
    if (number == kNoNumber || Find(number) != nullptr) continue;
    filter_[number & filter_mask()] = 1;
    uint32_t at = number & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = static_cast<uint32_t>(entries_.size());
    entries_.push_back({query.weights[t], number});
  }
}

bool Rescore(const std::vector<Part>& parts, const ExactQuery& query, ExactHit* hits, size_t count,
             RescoreSpace* space) {
  OrderByPart(parts.size(), hits, count, space);
  uint32_t start = 0;
  for (size_t part = 0; part < parts.size(); part++) {
    const uint32_t end = space->part_ends[part];
    if (start == end) continue;
    space->wanted.Fill(parts[part], query);
    PartRescorer rescorer(parts[part], query.mean_length, hits, space);
    if (!rescorer.Run(space->order.data() + start, end - start)) return false;
    start = end;
  }
  return true;
}

}  // namespace engram
