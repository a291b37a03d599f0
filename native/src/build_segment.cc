#include "build_segment.h"

#include <algorithm>
#include <cstring>

#include "bm25.h"
#include "token_numbers.h"

namespace engram {
namespace {

constexpr uint64_t kMost32 = 0xffffffffu;

bool EndsFit(const Span<uint32_t>& ends, size_t size) {
  uint32_t before = 0;
  for (size_t i = 0; i < ends.size; i++) {
    if (ends[i] < before) return false;
    before = ends[i];
  }
  return before == size;
}

// Tokens ascend strictly within each row, and no count is zero.
bool RowsAscend(const Span<uint32_t>& ends, const Span<uint32_t>& tokens, const Span<uint8_t>& counts) {
  size_t start = 0;
  for (size_t row = 0; row < ends.size; row++) {
    for (size_t i = start; i < ends[row]; i++) {
      if (counts[i] == 0 || (i > start && tokens[i - 1] >= tokens[i])) return false;
    }
    start = ends[row];
  }
  return true;
}

bool LinesFit(const FileColumns& file) {
  for (size_t i = 0; i < file.start_lines.size; i++) {
    if (file.end_lines[i] < file.start_lines[i] || file.end_lines[i] - file.start_lines[i] > 0xffff) return false;
  }
  return true;
}

bool ColumnsFit(const FileColumns& file) {
  const size_t chunks = file.row_ends.size;
  const uint32_t path_end = static_cast<uint32_t>(file.path_tokens.size);
  const Span<uint32_t> path_ends{&path_end, 1};
  return file.start_lines.size == chunks && file.end_lines.size == chunks && file.role_ends.size == chunks &&
         file.counts.size == file.tokens.size && file.role_counts.size == file.role_tokens.size &&
         file.path_counts.size == file.path_tokens.size && EndsFit(file.row_ends, file.tokens.size) &&
         EndsFit(file.role_ends, file.role_tokens.size) && LinesFit(file) &&
         RowsAscend(file.row_ends, file.tokens, file.counts) &&
         RowsAscend(file.role_ends, file.role_tokens, file.role_counts) &&
         RowsAscend(path_ends, file.path_tokens, file.path_counts);
}

// Impacts of tokens whose weight does not depend on a length.
struct FlatImpacts {
  uint8_t of[256];
  FlatImpacts() {
    const double norm = SaturationNorm(kPathRelativeLength);
    for (int count = 0; count < 256; count++) of[count] = ImpactOf(count, norm);
  }
};

}  // namespace

const char* SegmentBuilder::Plan(const std::vector<FileColumns>& files) {
  if (const char* problem = CheckFiles(files)) return problem;
  NumberTokens(files);
  AppendForwardRows(files);
  if (forward_.size() > kMost32 || path_forward_.size() > kMost32) return "a segment of more than 4 GiB";
  sizes_.tokens = static_cast<uint32_t>(dictionary_.size());
  sizes_.forward_bytes = static_cast<uint32_t>(forward_.size());
  sizes_.path_forward_bytes = static_cast<uint32_t>(path_forward_.size());
  return SegmentBytes(sizes_) == 0 ? "a segment of more than 4 GiB" : nullptr;
}

const char* SegmentBuilder::CheckFiles(const std::vector<FileColumns>& files) {
  uint64_t chunks = 0, postings = 0, path_bytes = 0;
  size_t oid_bytes = 0;
  for (size_t f = 0; f < files.size(); f++) {
    const FileColumns& file = files[f];
    // std::string compares bytes as unsigned.
    if (f > 0 && files[f - 1].path >= file.path) return "paths do not ascend";
    if (!ColumnsFit(file)) return "columns of a file do not fit";
    if (!file.oid.empty()) {
      if (oid_bytes == 0) oid_bytes = file.oid.size();
      if (file.oid.size() != oid_bytes) return "object ids of different lengths";
    }
    chunks += file.row_ends.size;
    postings += file.tokens.size + file.role_tokens.size + uint64_t{file.path_tokens.size} * file.row_ends.size;
    path_bytes += file.path.size();
  }
  if (chunks > kSegmentChunks) return "too many chunks for one segment";
  if (files.size() >= kMost32 || postings > kMost32 || path_bytes > kMost32) return "a segment of more than 4 GiB";
  sizes_.files = static_cast<uint32_t>(files.size());
  sizes_.chunks = static_cast<uint32_t>(chunks);
  sizes_.postings = static_cast<uint32_t>(postings);
  sizes_.path_bytes = static_cast<uint32_t>(path_bytes);
  sizes_.oid_bytes = oid_bytes == 0 ? 20 : static_cast<uint32_t>(oid_bytes);
  return nullptr;
}

void SegmentBuilder::NumberTokens(const std::vector<FileColumns>& files) {
  size_t size = 0;
  for (const FileColumns& file : files) size += file.tokens.size + file.role_tokens.size + file.path_tokens.size;
  numbers_.reserve(size);
  TokenNumbers numbers(size / 4);
  for (const FileColumns& file : files) {
    for (const Span<uint32_t>* column : {&file.tokens, &file.role_tokens, &file.path_tokens}) {
      for (size_t i = 0; i < column->size; i++) numbers_.push_back(numbers.Intern((*column)[i]));
    }
  }
  std::vector<uint32_t> ranks;
  numbers.Sort(&dictionary_, &ranks);
  for (uint32_t& number : numbers_) number = ranks[number];
}

void SegmentBuilder::AppendForwardRows(const std::vector<FileColumns>& files) {
  forward_.reserve(numbers_.size() * 3);
  const uint32_t* numbers = numbers_.data();
  for (const FileColumns& file : files) {
    uint32_t start = 0;
    for (size_t row = 0; row < file.row_ends.size; row++) {
      const uint32_t end = file.row_ends[row];
      AppendRow(numbers + start, file.counts.data + start, end - start, &forward_);
      forward_ends_.push_back(static_cast<uint32_t>(forward_.size()));
      start = end;
    }
    numbers += file.tokens.size + file.role_tokens.size;
    AppendRow(numbers, file.path_counts.data, file.path_tokens.size, &path_forward_);
    path_forward_ends_.push_back(static_cast<uint32_t>(path_forward_.size()));
    numbers += file.path_tokens.size;
  }
}

void SegmentBuilder::AppendRow(const uint32_t* numbers, const uint8_t* counts, size_t size,
                               std::vector<uint8_t>* bytes) const {
  uint32_t before = 0;
  for (size_t i = 0; i < size; i++) {
    uint64_t value = uint64_t{numbers[i] - before} * 4 + std::min<uint32_t>(counts[i], 4) - 1;
    before = numbers[i];
    for (; value > 127; value >>= 7) bytes->push_back(static_cast<uint8_t>(value | 128));
    bytes->push_back(static_cast<uint8_t>(value));
    if (counts[i] >= 4) bytes->push_back(counts[i]);
  }
}

void SegmentBuilder::Write(const std::vector<FileColumns>& files, uint8_t* bytes) const {
  NewSegment segment = LayOutSegment(sizes_, bytes);
  WriteFiles(files, &segment);
  WriteDictionary(&segment);
  WritePostings(files, &segment);
  if (!forward_.empty()) std::memcpy(segment.forward, forward_.data(), forward_.size());
  if (!path_forward_.empty()) std::memcpy(segment.path_forward, path_forward_.data(), path_forward_.size());
  std::copy(forward_ends_.begin(), forward_ends_.end(), segment.forward_offsets + 1);
  std::copy(path_forward_ends_.begin(), path_forward_ends_.end(), segment.path_forward_offsets + 1);
}

void SegmentBuilder::WriteFiles(const std::vector<FileColumns>& files, NewSegment* segment) const {
  uint32_t chunk = 0, path_end = 0;
  for (size_t f = 0; f < files.size(); f++) {
    const FileColumns& file = files[f];
    std::memcpy(segment->paths + path_end, file.path.data(), file.path.size());
    std::memcpy(segment->oids + f * sizes_.oid_bytes, file.oid.data(), file.oid.size());
    segment->modes[f] = file.mode;
    segment->skips[f] = file.skip;
    size_t token = 0;
    for (size_t row = 0; row < file.row_ends.size; row++, chunk++) {
      segment->start_lines[chunk] = file.start_lines[row];
      segment->spans[chunk] = static_cast<uint16_t>(file.end_lines[row] - file.start_lines[row]);
      for (; token < file.row_ends[row]; token++) segment->lengths[chunk] += file.counts[token];
    }
    path_end += static_cast<uint32_t>(file.path.size());
    segment->first_chunks[f + 1] = chunk;
    segment->path_offsets[f + 1] = path_end;
  }
}

void SegmentBuilder::WriteDictionary(NewSegment* segment) const {
  std::copy(dictionary_.begin(), dictionary_.end(), segment->dictionary);
  const uint32_t buckets = 1u << segment->bucket_bits;
  uint32_t n = 0;
  for (uint32_t bucket = 0; bucket < buckets; bucket++) {
    // Widened, because a shift by 32 is undefined on 32 bits.
    while (n < sizes_.tokens && uint64_t{dictionary_[n]} >> (32 - segment->bucket_bits) < bucket) n++;
    segment->buckets[bucket] = n;
  }
  segment->buckets[buckets] = sizes_.tokens;
}

void SegmentBuilder::WritePostings(const std::vector<FileColumns>& files, NewSegment* segment) const {
  static const FlatImpacts flat;
  uint32_t* offsets = segment->offsets;
  const uint32_t* numbers = numbers_.data();
  for (const FileColumns& file : files) {
    const size_t own = file.tokens.size + file.role_tokens.size;
    for (size_t i = 0; i < own; i++) offsets[numbers[i] + 1]++;
    numbers += own;
    const uint32_t chunks = static_cast<uint32_t>(file.row_ends.size);
    for (size_t i = 0; i < file.path_tokens.size; i++) offsets[numbers[i] + 1] += chunks;
    numbers += file.path_tokens.size;
  }
  for (uint32_t n = 0; n < sizes_.tokens; n++) offsets[n + 1] += offsets[n];

  std::vector<uint32_t> next(offsets, offsets + sizes_.tokens);
  uint32_t chunk = 0;
  const auto place = [&](uint32_t number, uint8_t impact) {
    const uint32_t at = next[number]++;
    segment->ids[at] = static_cast<uint16_t>(chunk);
    segment->impacts[at] = impact;
  };
  numbers = numbers_.data();
  for (const FileColumns& file : files) {
    const uint32_t* role_numbers = numbers + file.tokens.size;
    const uint32_t* path_numbers = role_numbers + file.role_tokens.size;
    size_t token = 0, role = 0;
    for (size_t row = 0; row < file.row_ends.size; row++, chunk++) {
      const double norm = SaturationNorm(segment->lengths[chunk] / kUsualLength);
      // Most counts are small; each costs two divisions.
      const uint8_t small[4] = {0, ImpactOf(1, norm), ImpactOf(2, norm), ImpactOf(3, norm)};
      for (; token < file.row_ends[row]; token++) {
        const uint8_t count = file.counts[token];
        place(numbers[token], count < 4 ? small[count] : ImpactOf(count, norm));
      }
      for (; role < file.role_ends[row]; role++) place(role_numbers[role], flat.of[file.role_counts[role]]);
      for (size_t i = 0; i < file.path_tokens.size; i++) place(path_numbers[i], flat.of[file.path_counts[i]]);
    }
    numbers = path_numbers + file.path_tokens.size;
  }
}

}  // namespace engram
