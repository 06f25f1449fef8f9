// SPDX-License-Identifier: Apache-2.0
#include "storage/wal_reader.h"

#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <optional>

#include "storage/page_allocator.h"
#include "storage/wal_format.h"

namespace elegraph::storage {
namespace {

using Path = std::filesystem::path;

Error corrupted(const Path& path, std::string detail) {
  return Error(sqlstate::kDataCorrupted, fmt::format("the log is corrupted in \"{}\"", path.string()))
      .with_detail(std::move(detail))
      .with_hint("Restore the data directory from a backup.");
}

struct Record {
  RecordHeader header;
  std::string_view payload;
};

// Ascending. Segments are removed one by one from the oldest, so there is never a hole.
std::vector<uint64_t> sequences(FileSystem& files, const Path& directory) {
  std::vector<uint64_t> found;
  for (const auto& name : files.list(directory)) {
    if (const auto sequence = segment_sequence(name)) found.push_back(*sequence);
  }
  for (size_t i = 1; i < found.size(); ++i) {
    if (found[i] == found[0] + i) continue;
    throw corrupted(directory / segment_name(found[0] + i), "The segment is missing.");
  }
  return found;
}

}  // namespace

// A whole file. Segments are large, and mostly zeros: memory that comes in huge pages and is not cleared first.
struct LogReader::Contents {
  Contents(FileSystem& files, const Path& path) {
    const auto file = files.open(path);
    size_ = file->size();
    data_ = PageAllocator<char>().allocate(size_);
    try {
      file->read_at(0, {data_, size_});
    } catch (...) {
      PageAllocator<char>().deallocate(data_, size_);
      throw;
    }
  }
  ~Contents() { PageAllocator<char>().deallocate(data_, size_); }
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;
  std::string_view view() const { return {data_, size_}; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

// The bytes of one segment and a position among its records.
class LogReader::Segment {
 public:
  Segment(std::unique_ptr<Contents> contents, Path path, uint64_t sequence)
      : path_(std::move(path)), contents_(std::move(contents)) {
    const auto header = read_segment_header(bytes());
    if (!header) throw corrupted(path_, "The segment's header is damaged.");
    if (header->sequence != sequence) throw corrupted(path_, "The segment's header is that of another segment.");
    header_ = *header;
  }

  const SegmentHeader& header() const { return header_; }
  const Path& path() const { return path_; }
  uint64_t position() const { return position_; }

  // The record at `offset` if its checksum holds, whatever its place in the chain.
  bool at(uint64_t offset, Record& out) const {
    if (offset + sizeof(RecordHeader) > bytes().size()) return false;
    std::memcpy(&out.header, bytes().data() + offset, sizeof(RecordHeader));
    const uint64_t left = bytes().size() - offset - sizeof(RecordHeader);
    if (out.header.timestamp == 0 || out.header.bytes > left) return false;
    out.payload = bytes().substr(offset + sizeof(RecordHeader), out.header.bytes);
    return out.header.checksum == record_checksum(out.header, out.payload, header_.salt);
  }
  bool next(Timestamp timestamp, uint64_t link, Record& out) {
    if (!at(position_, out) || out.header.timestamp != timestamp || out.header.link != link) return false;
    position_ += record_size(out.header.bytes);
    return true;
  }
  // Records behind position(), with any content: they are later than `last`. What is there may be anything, a used
  // segment's payload too, so only what may be a header's costs a checksum over as much as its length says.
  template <class F>
  void each_later(Timestamp last, F f) const {
    for (uint64_t offset = position_; offset + sizeof(RecordHeader) <= bytes().size(); offset += 8) {
      RecordHeader header;
      std::memcpy(&header, bytes().data() + offset, sizeof header);
      // Each timestamp in between has a record in between.
      const uint64_t most = (offset - position_) / record_size(0) + 1;
      if (header.timestamp <= last || header.timestamp - last > most || header.durable >= header.timestamp) continue;
      if (Record record; at(offset, record)) f(offset, record.header);
    }
  }

 private:
  std::string_view bytes() const { return contents_->view(); }

  Path path_;
  std::unique_ptr<Contents> contents_;
  SegmentHeader header_;
  uint64_t position_ = sizeof(SegmentHeader);
};

void LogReader::check_join(const Segment& before, const Segment& segment, const LogEnd& end) {
  if (segment.header().first == end.last + 1 && segment.header().link == end.link) return;
  throw corrupted(before.path(),
                  fmt::format("The record of transaction {} at offset {} is damaged or missing; segment "
                              "{:016x} goes on with transaction {}.",
                              end.last + 1, before.position(), segment.header().sequence, segment.header().first));
}

// In the last segment. A later record may prove that the next one, which is not there, had been made durable.
void LogReader::find_end(const Segment& segment, LogEnd& end) {
  end.position = segment.position(), end.salt = segment.header().salt;
  segment.each_later(end.last, [&](uint64_t offset, const RecordHeader& header) {
    if (header.timestamp > end.last + 1 && header.durable > end.last) {
      throw corrupted(segment.path(), fmt::format("The record of transaction {} at offset {} is damaged, and later ones "
                                                  "show that it had been acknowledged.",
                                                  end.last + 1, segment.position()));
    }
    end.stale.push_back(offset);
  });
}

LogReader::LogReader(FileSystem& files, Path directory) : files_(files), directory_(std::move(directory)) {
  try {
    if (const auto all = sequences(files_, directory_); !all.empty()) begin(all.front());
  } catch (const std::exception&) {
    // read() meets it again.
  }
}

LogReader::~LogReader() = default;

// Where there is no thread to be had, take() reads.
void LogReader::begin(uint64_t sequence) {
  begun_ = sequence;
  next_ = std::async([this, sequence] { return std::make_unique<Contents>(files_, directory_ / segment_name(sequence)); });
}

LogReader::Segment LogReader::take(uint64_t sequence) {
  if (!next_.valid() || begun_ != sequence) begin(sequence);
  return Segment(next_.get(), directory_ / segment_name(sequence), sequence);
}

LogEnd LogReader::read(Timestamp after, const std::function<void(Timestamp, std::string_view)>& apply) {
  LogEnd end;
  end.last = after;
  std::optional<Segment> segment;
  const auto all = sequences(files_, directory_);
  for (const uint64_t sequence : all) {
    Segment next = take(sequence);
    if (sequence != all.back()) begin(sequence + 1);
    if (segment) {
      check_join(*segment, next, end);
    } else {
      if (next.header().first > after + 1) throw corrupted(next.path(), "The segments before it are missing.");
      end.last = next.header().first - 1, end.link = next.header().link;
    }
    segment.emplace(std::move(next));
    for (Record record; segment->next(end.last + 1, end.link, record);) {
      end.last = record.header.timestamp, end.link = record.header.checksum;
      if (end.last > after) apply(end.last, record.payload);
    }
    end.segments.push_back({sequence, segment->header().first});
  }
  if (segment) find_end(*segment, end);
  if (segment && end.last < after) {
    throw corrupted(segment->path(),
                    fmt::format("The log ends at transaction {}, before the checkpoint ({}).", end.last, after));
  }
  return end;
}

}  // namespace elegraph::storage
