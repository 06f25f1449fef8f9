// SPDX-License-Identifier: Apache-2.0
#include "storage/wal_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <future>
#include <mutex>
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

SegmentHeader read_header(File& file, const Path& path, uint64_t sequence) {
  std::array<char, sizeof(SegmentHeader)> bytes{};
  file.read_at(0, std::span(bytes).first(std::min<size_t>(bytes.size(), file.size())));
  const auto header = read_segment_header({bytes.data(), bytes.size()});
  if (!header) throw corrupted(path, "The segment's header is damaged.");
  if (header->sequence != sequence) throw corrupted(path, "The segment's header is that of another segment.");
  return *header;
}

}  // namespace

// A file from some place on, read piece by piece on a thread of its own while what is there is in use, and not far ahead of
// that: where a log ends soon, little memory is taken. Memory comes in huge pages, is not cleared first, and goes on to a
// later segment.
class LogReader::Contents {
 public:
  Contents(FileSystem& files, const Path& path, Buffer spare, size_t from)
      : file_(files.open(path)),
        size_(file_->size()),
        there_(std::min(from, size_)),
        wanted_(there_),
        enough_(there_ ? there_ + kFirst : 0) {
    buffer_ = spare.size() >= size_ ? std::move(spare) : Buffer(size_);
    // Where there is no thread to be had, wait_for() reads.
    reading_ = std::async([this] { read(); });
  }
  ~Contents() { stop(); }
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;

  size_t size() const { return size_; }
  const char* data() const { return buffer_.data(); }  // from the place on
  // Waits until the first `bytes` are there, and says how many are. Throws what reading threw.
  size_t wait_for(size_t bytes) {
    if (reading_.wait_for(std::chrono::seconds(0)) == std::future_status::deferred) {
      wanted_ = size_;
      reading_.wait();
    }
    std::unique_lock lock(mutex_);
    wanted_ = std::max(wanted_, bytes);
    changed_.notify_all();
    changed_.wait(lock, [&] { return there_ >= bytes || error_; });
    if (there_ < bytes) std::rethrow_exception(error_);
    return there_;
  }
  SegmentHeader header(const Path& path, uint64_t sequence) { return read_header(*file_, path, sequence); }
  // Any bytes, beside what is read ahead.
  void read_at(uint64_t offset, std::span<char> to) { file_->read_at(offset, to); }
  void stop() {
    tell([&] { stopped_ = true; });
    if (reading_.valid()) reading_.wait();
  }
  Buffer take_buffer() {
    stop();
    return std::move(buffer_);
  }

 private:
  static constexpr size_t kPiece = 1 << 20, kAhead = 2 * kPiece, kFirst = 64 << 10;

  void read() {
    try {
      for (size_t at = there_; at < size_ && may_read(at);) {
        const size_t bytes = std::min(at < enough_ ? kFirst : kPiece, size_ - at);
        file_->read_at(at, {buffer_.data() + at, bytes});
        at += bytes;
        tell([&] { there_ = at; });
      }
    } catch (...) {
      tell([&] { error_ = std::current_exception(); });
    }
  }
  // Waits until what is there is nearly used up. False when nobody wants more. Behind a mark there is often nothing, which
  // a first piece tells.
  bool may_read(size_t at) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return stopped_ || wanted_ >= size_ || at < (wanted_ > enough_ || enough_ == 0 ? wanted_ + kAhead : enough_);
    });
    return !stopped_;
  }
  template <class F>
  void tell(F change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }

  const std::unique_ptr<File> file_;
  const size_t size_;
  Buffer buffer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Under the mutex:
  size_t there_, wanted_;
  const size_t enough_;       // until more is wanted; 0 where all will be
  std::exception_ptr error_;  // what stopped the reading
  bool stopped_ = false;
  std::future<void> reading_;  // last: ends before the rest goes
};

// The bytes of one segment and a position among its records.
class LogReader::Segment {
 public:
  Segment(std::unique_ptr<Contents> contents, Path path, uint64_t sequence)
      : path_(std::move(path)), contents_(std::move(contents)) {
    header_ = contents_->header(path_, sequence);
  }

  const SegmentHeader& header() const { return header_; }
  const Path& path() const { return path_; }
  uint64_t position() const { return position_; }
  uint64_t last_record() const { return last_record_; }
  // Behind the record that `mark` names. False where it is not there.
  bool go_to(const LogMark& mark) {
    position_ = mark.position ? mark.position : sizeof(SegmentHeader), last_record_ = mark.position;
    if (!mark.position) return header_.first == mark.timestamp + 1 && header_.link == mark.checksum;
    Record record;
    if (!at(position_, record) || record.header.timestamp != mark.timestamp || record.header.checksum != mark.checksum) {
      return false;
    }
    position_ += record_size(record.header.bytes);
    return true;
  }
  Buffer take_buffer() { return contents_->take_buffer(); }

  // The record at `offset` if its checksum holds, whatever its place in the chain.
  bool at(uint64_t offset, Record& out) {
    const uint64_t begin = offset + sizeof(RecordHeader);
    if (begin > size()) return false;
    there(begin);
    std::memcpy(&out.header, contents_->data() + offset, sizeof(RecordHeader));
    if (out.header.timestamp == 0 || out.header.bytes > size() - begin) return false;
    there(begin + out.header.bytes);
    out.payload = {contents_->data() + begin, out.header.bytes};
    return out.header.checksum == record_checksum(out.header, out.payload, header_.salt);
  }
  bool next(Timestamp timestamp, uint64_t link, Record& out) {
    if (!at(position_, out) || out.header.timestamp != timestamp || out.header.link != link) return false;
    last_record_ = position_;
    position_ += record_size(out.header.bytes);
    return true;
  }
  // Records behind position(), with any content: they are later than `last`. What is there may be anything, a used
  // segment's payload too, so only what may be a header's costs a checksum over as much as its length says. Read window by
  // window, which stays in the cache.
  template <class F>
  void each_later(Timestamp last, F f) {
    contents_->stop();
    std::vector<char> window(std::min(kWindow, size()));
    std::string payload;
    for (uint64_t begin = position_; begin + sizeof(RecordHeader) <= size(); begin += kWindow - kOverlap) {
      const std::span<char> bytes(window.data(), std::min(kWindow, size() - begin));
      contents_->read_at(begin, bytes);
      for (uint64_t at = 0; at + sizeof(RecordHeader) <= bytes.size(); at += 8) {
        RecordHeader header;
        std::memcpy(&header, bytes.data() + at, sizeof header);
        // Each timestamp in between has a record in between.
        const uint64_t offset = begin + at, most = (offset - position_) / record_size(0) + 1;
        if (header.timestamp <= last || header.timestamp - last > most || header.durable >= header.timestamp) continue;
        if (holds(offset, header, payload)) f(offset, header);
      }
    }
  }

 private:
  static constexpr size_t kWindow = 256 << 10;
  static constexpr size_t kOverlap = sizeof(RecordHeader) - 8;  // of windows: a header may begin at any multiple of 8

  size_t size() const { return contents_->size(); }
  // Whether the checksum of a header, which was read at `offset`, is right.
  bool holds(uint64_t offset, const RecordHeader& header, std::string& payload) {
    const uint64_t begin = offset + sizeof(RecordHeader);
    if (header.bytes > size() - begin) return false;
    payload.resize(header.bytes);
    contents_->read_at(begin, payload);
    return header.checksum == record_checksum(header, payload, header_.salt);
  }
  // Once this many bytes are there.
  size_t there(size_t bytes) {
    if (bytes > there_) there_ = contents_->wait_for(bytes);
    return bytes;
  }

  Path path_;
  std::unique_ptr<Contents> contents_;
  SegmentHeader header_;
  uint64_t position_ = sizeof(SegmentHeader), last_record_ = 0;
  size_t there_ = 0;
};

std::future<void> begin_log_sync(FileSystem& files, const Path& directory) {
  return std::async([&files, directory] {
    if (!files.exists(directory)) return;
    std::optional<uint64_t> last;
    for (const auto& name : files.list(directory)) last = std::max(last, segment_sequence(name));
    if (last) files.open(directory / segment_name(*last))->sync();
  });
}

void LogReader::check_join(const Segment& before, const Segment& segment, const LogEnd& end) {
  if (segment.header().first == end.last + 1 && segment.header().link == end.link) return;
  throw corrupted(before.path(),
                  fmt::format("The record of transaction {} at offset {} is damaged or missing; segment "
                              "{:016x} goes on with transaction {}.",
                              end.last + 1, before.position(), segment.header().sequence, segment.header().first));
}

LogReader::LogReader(FileSystem& files, Path directory, const LogMark& from)
    : files_(files), directory_(std::move(directory)), from_(from) {
  try {
    const auto all = sequences(files_, directory_);
    if (!all.empty()) begin(has_mark(all) ? from_.segment : all.front());
  } catch (const std::exception&) {
    // replay() meets it again.
  }
}

LogReader::~LogReader() = default;

void LogReader::begin(uint64_t sequence) {
  begun_ = sequence;
  const uint64_t from = sequence == from_.segment ? from_.position : 0;
  next_ = std::make_unique<Contents>(files_, directory_ / segment_name(sequence), std::move(spare_), from);
}

LogReader::Segment LogReader::take(uint64_t sequence) {
  if (!next_ || begun_ != sequence) begin(sequence);
  return Segment(std::move(next_), directory_ / segment_name(sequence), sequence);
}

SegmentHeader LogReader::header_of(uint64_t sequence) const {
  const Path path = directory_ / segment_name(sequence);
  return read_header(*files_.open(path), path, sequence);
}

bool LogReader::has_mark(const std::vector<uint64_t>& all) const {
  return std::binary_search(all.begin(), all.end(), from_.segment);
}

void LogReader::go_to_mark(Segment& segment, LogEnd& end) const {
  if (segment.header().salt != from_.salt)
    throw corrupted(segment.path(), "It is not the segment that the checkpoint names.");
  if (!segment.go_to(from_)) {
    if (!from_.position) throw corrupted(segment.path(), "It does not begin where the checkpoint says.");
    throw corrupted(segment.path(),
                    fmt::format("The record of transaction {} at offset {}, which the checkpoint names, is damaged.",
                                from_.timestamp, from_.position));
  }
  end.last = from_.timestamp, end.link = from_.checksum;
}

bool LogReader::ends_at_mark() {
  try {
    const auto all = sequences(files_, directory_);
    if (!has_mark(all) || all.back() != from_.segment) return false;
    marked_ = std::make_unique<Segment>(take(from_.segment));
    LogEnd end;
    go_to_mark(*marked_, end);
    Record record;
    return !marked_->next(end.last + 1, end.link, record);
  } catch (const std::exception&) {
    marked_ = nullptr;
    return false;
  }
}

LogEnd LogReader::replay(Timestamp after, const std::function<void(Timestamp, std::string_view)>& apply) {
  LogEnd end;
  end.last = after;
  const auto all = sequences(files_, directory_);
  const bool marked = has_mark(all);
  // Segments are removed from the first one on: one that is not there has others behind it.
  if (!all.empty() && all.back() < from_.segment)
    throw corrupted(directory_ / segment_name(from_.segment), "The segment, which the checkpoint names, is missing.");
  for (const uint64_t sequence : all) {
    if (marked && sequence < from_.segment) {  // a checkpoint has it, but there was no time to remove it
      end.segments.push_back({sequence, header_of(sequence).first});
      continue;
    }
    auto segment = marked_ ? std::move(marked_) : std::make_unique<Segment>(take(sequence));
    if (marked && !last_) {
      go_to_mark(*segment, end);
    } else if (last_) {
      check_join(*last_, *segment, end);
      spare_ = last_->take_buffer();
    } else {
      if (segment->header().first > after + 1) throw corrupted(segment->path(), "The segments before it are missing.");
      end.last = segment->header().first - 1, end.link = segment->header().link;
    }
    last_ = std::move(segment);
    if (sequence != all.back()) begin(sequence + 1);
    for (Record record; last_->next(end.last + 1, end.link, record);) {
      end.last = record.header.timestamp, end.link = record.header.checksum;
      if (end.last > after) apply(end.last, record.payload);
    }
    end.segments.push_back({sequence, last_->header().first});
  }
  return end;
}

// A later record may prove that the next one, which is not there, had been made durable.
void LogReader::check_end(Timestamp after, LogEnd& end) {
  if (!last_) return;
  Segment& segment = *last_;
  end.position = segment.position(), end.last_record = segment.last_record(), end.salt = segment.header().salt;
  segment.each_later(end.last, [&](uint64_t offset, const RecordHeader& header) {
    if (header.timestamp > end.last + 1 && header.durable > end.last) {
      throw corrupted(segment.path(), fmt::format("The record of transaction {} at offset {} is damaged, and later ones "
                                                  "show that it had been acknowledged.",
                                                  end.last + 1, segment.position()));
    }
    end.stale.push_back(offset);
  });
  if (end.last < after) {
    throw corrupted(segment.path(),
                    fmt::format("The log ends at transaction {}, before the checkpoint ({}).", end.last, after));
  }
}

}  // namespace elegraph::storage
