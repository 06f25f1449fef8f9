// SPDX-License-Identifier: Apache-2.0
#include "storage/wal_segments.h"

#include <algorithm>
#include <random>

#include "storage/wal_format.h"

namespace elegraph::storage {
namespace {

constexpr std::string_view kSpare = "spare";
constexpr std::string_view kUnfinished = "spare.tmp";
constexpr std::string_view kLarge = "large.tmp";  // a segment for one record beyond the usual size

uint64_t random_salt() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

uint64_t whole_blocks(uint64_t bytes) { return (bytes + File::kBlock - 1) / File::kBlock * File::kBlock; }

std::string_view bytes_of(const SegmentHeader& header) { return {reinterpret_cast<const char*>(&header), sizeof header}; }

}  // namespace

WalSegments::WalSegments(FileSystem& files, std::filesystem::path directory, uint64_t segment_bytes, const LogEnd& end)
    : files_(files), directory_(std::move(directory)), segment_bytes_(segment_bytes) {
  for (const auto name : {kUnfinished, kLarge}) {
    if (files_.exists(path(name))) files_.remove(path(name));
  }
  if (files_.exists(path(kSpare))) {
    if (files_.open(path(kSpare))->size() == segment_bytes_) {
      spare_ = Spare::kReady;
    } else {
      files_.remove(path(kSpare));
    }
  }
  segments_.assign(end.segments.begin(), end.segments.end());
  if (segments_.empty()) {
    reserve(0);
    roll(end.last + 1, end.link);
  } else {
    take_up(end);
  }
  preparer_ = std::thread([this] { prepare_spares(); });
}

WalSegments::~WalSegments() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (preparer_.joinable()) preparer_.join();
}

void WalSegments::take_up(const LogEnd& end) {
  file_ = files_.open(path(segment_name(segments_.back().sequence)));
  position_ = end.position, last_record_ = end.last_record, capacity_ = file_->size(), salt_ = end.salt;
  static constexpr RecordHeader kNone{};
  for (const uint64_t offset : end.stale) {
    file_->write_at(offset, {reinterpret_cast<const char*>(&kNone), sizeof kNone});
  }
  dirty_ = !end.synced || !end.stale.empty();
  sync();
}

void WalSegments::reserve(uint64_t bytes) {
  if (next_ && sizeof(SegmentHeader) + bytes <= next_bytes_) return;
  if (const uint64_t needed = sizeof(SegmentHeader) + bytes; needed > segment_bytes_) {
    try {
      next_ = files_.create(path(kLarge));
      next_->preallocate(needed, false);
    } catch (const Error&) {
      next_ = nullptr;
      files_.remove(path(kLarge));
      throw;
    }
    next_bytes_ = needed, next_name_ = kLarge;
    return;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return spare_ != Spare::kBeingMade; });
  if (spare_ != Spare::kReady) {
    spare_ = Spare::kBeingMade;
    lock.unlock();
    try {
      make_spare();
    } catch (const Error&) {
      set_spare(Spare::kNone);
      throw;
    }
    set_spare(Spare::kReady);
  }
  next_ = files_.open(path(kSpare));
  next_bytes_ = segment_bytes_, next_name_ = kSpare;
}

void WalSegments::roll(Timestamp first, uint64_t link) {
  sync();
  std::unique_lock lock(mutex_);
  const uint64_t sequence = segments_.empty() ? 1 : segments_.back().sequence + 1;
  lock.unlock();
  const SegmentHeader header = make_segment_header(sequence, first, link, salt_ = random_salt());
  next_->write_at(0, bytes_of(header));
  next_->sync();
  files_.publish(path(next_name_), path(segment_name(sequence)));
  lock.lock();
  if (next_name_ == kSpare) spare_ = Spare::kNone;
  segments_.push_back({sequence, first});
  file_ = std::move(next_);
  position_ = sizeof(SegmentHeader), capacity_ = next_bytes_, last_record_ = 0, blocks_for_ = 0;
}

// A synced write of a few records costs a third less processor time past the system's cache, which would keep pages that
// nobody reads. Large ones need no copy without it, and those that are not synced need not wait for the device.
bool WalSegments::append(std::span<const std::string_view> parts, uint64_t bytes, uint64_t last, bool sync_follows) {
  dirty_ = true;
  bool past_cache = false;
  if (sync_follows && fits_blocks(bytes))
    past_cache = write_blocks(parts, bytes);
  else
    file_->write_at(position_, parts);
  const bool was_half_full = position_ > capacity_ / 2;
  last_record_ = position_ + last;
  position_ += bytes;
  if (was_half_full || position_ <= capacity_ / 2) return past_cache;
  std::lock_guard lock(mutex_);
  if (spare_ == Spare::kNone) spare_ = Spare::kWanted, changed_.notify_all();
  return past_cache;
}

bool WalSegments::fits_blocks(uint64_t bytes) const {
  const uint64_t end = whole_blocks(position_ + bytes);
  return end <= capacity_ && end - position_ / File::kBlock * File::kBlock <= sizeof(Blocks);
}

// REQUIRES: fits_blocks(bytes). What is behind the records, up to the end of the last block, becomes zeros.
bool WalSegments::write_blocks(std::span<const std::string_view> parts, uint64_t bytes) {
  const uint64_t first = position_ / File::kBlock * File::kBlock;
  char* const data = blocks_->data;
  if (blocks_for_ != position_) file_->read_at(first, {data, position_ - first});
  blocks_for_ = 0;
  char* to = data + (position_ - first);
  for (const std::string_view part : parts) to = std::copy(part.begin(), part.end(), to);
  const uint64_t next = position_ + bytes, end = whole_blocks(next);
  std::fill(to, data + (end - first), '\0');
  const bool past_cache = file_->write_blocks(first, {data, end - first});
  const uint64_t open = next / File::kBlock * File::kBlock;  // its block is written again, with what comes next
  std::copy_n(data + (open - first), next - open, data);
  blocks_for_ = next;
  return past_cache;
}

void WalSegments::wipe(uint64_t bytes) {
  // All of it, not just the first record: a later record that happened to be equal to the first one would make the
  // stale ones after it valid again.
  const std::string zeros(std::min<uint64_t>(bytes, 1 << 20), '\0');
  for (uint64_t at = 0; at < bytes; at += zeros.size()) {
    file_->write_at(position_ + at, std::string_view(zeros).substr(0, std::min<uint64_t>(zeros.size(), bytes - at)));
  }
  sync();
}

void WalSegments::sync() {
  if (!dirty_) return;
  file_->sync();
  dirty_ = false;
}

LogMark WalSegments::mark(Timestamp timestamp, uint64_t checksum) {
  std::lock_guard lock(mutex_);
  return {segments_.back().sequence, last_record_, salt_, timestamp, checksum};
}

void WalSegments::remove_until(Timestamp timestamp) {
  while (remove_oldest(timestamp)) continue;
}

bool WalSegments::remove_oldest(Timestamp timestamp) {
  std::unique_lock lock(mutex_);
  if (segments_.size() < 2 || segments_[1].first > timestamp + 1) return false;
  const auto old = path(segment_name(segments_.front().sequence));
  const bool recycle = spare_ == Spare::kNone && files_.open(old)->size() == segment_bytes_;
  if (recycle) spare_ = Spare::kBeingMade;
  lock.unlock();
  // No lock over I/O: the log thread takes it.
  try {
    if (recycle) {
      files_.publish(old, path(kSpare));
    } else {
      files_.remove(old);
      files_.sync_directory(directory_);  // one by one, so that there is never a hole
    }
  } catch (const Error&) {
    if (recycle) set_spare(Spare::kNone);
    throw;
  }
  if (recycle) set_spare(Spare::kReady);
  lock.lock();
  segments_.pop_front();
  return true;
}

void WalSegments::set_spare(Spare state) {
  std::lock_guard lock(mutex_);
  spare_ = state;
  changed_.notify_all();
}

// REQUIRES: nobody else makes one.
void WalSegments::make_spare() {
  try {
    auto file = files_.create(path(kUnfinished));
    file->preallocate(segment_bytes_, true);
    file->sync();
    files_.publish(path(kUnfinished), path(kSpare));
  } catch (const Error&) {
    files_.remove(path(kUnfinished));
    throw;
  }
}

void WalSegments::prepare_spares() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || spare_ == Spare::kWanted; });
    if (stop_) return;
    spare_ = Spare::kBeingMade;
    lock.unlock();
    Spare outcome = Spare::kReady;
    try {
      make_spare();
    } catch (const Error&) {
      outcome = Spare::kNone;  // reserve() will meet the same error where somebody can be told
    }
    set_spare(outcome);
    lock.lock();
  }
}

}  // namespace elegraph::storage
