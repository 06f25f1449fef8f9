// SPDX-License-Identifier: Apache-2.0
#include "query/copy/copy_load.h"

#include <algorithm>

#include "storage/error.h"

namespace elegraph::query::copy {
namespace {

constexpr size_t kBlockBytes = 256 << 10;
constexpr size_t kSampleRows = 1000;
constexpr size_t kSampleBytes = 4 << 20;  // rows so long that a thousand of them are not waited for
constexpr size_t kRowBytes = 1u << 30;    // a row longer than this is an error, as in PostgreSQL

}  // namespace

CopyLoad::CopyLoad(const LoadContext& context, std::string target, std::vector<std::string> columns, Options options)
    : context_(context),
      target_name_(std::move(target)),
      names_(std::move(columns)),
      options_(std::move(options)),
      boundaries_(options_) {}

CopyLoad::~CopyLoad() {
  std::unique_lock lock(mutex_);
  queue_.clear();
  idle_.wait(lock, [this] { return working_ == 0; });
  // Where all went well close() has seen to them.
  for (auto& loader : all_loaders_) loader->abandon();
}

void CopyLoad::rethrow() const {
  std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(error_);
}

bool CopyLoad::feed(std::string_view bytes, std::function<void()> resume) {
  rethrow();
  if (data_ended_) return true;
  pending_.append(bytes);
  if (pending_.size() > kRowBytes) throw Error(sqlstate::kProgramLimitExceeded, "a row of COPY data is longer than 1 GB");
  if (!configured()) {
    if (pending_.size() < next_try_) return true;
    if (!configure(false)) {
      next_try_ = pending_.size() + pending_.size() / 2;  // each look begins at the front
      return true;
    }
  }
  if (pending_.size() >= kBlockBytes) cut(false);
  std::lock_guard lock(mutex_);
  if (queue_.size() < 2 * context_.arena->workers() + 2) return true;
  resume_ = std::move(resume);
  return false;
}

// The header's bytes; 0 while it is not whole. Binary headers are checked, csv's may name the columns.
size_t CopyLoad::skip_header() {
  if (options_.format == Format::kBinary) return binary_header_size(pending_);
  if (!options_.header) return 0;
  bool quoted = false;
  size_t end = 0;
  for (; end < pending_.size() && (quoted || pending_[end] != '\n'); end++)
    if (options_.format == Format::kCsv && pending_[end] == options_.quote) quoted = !quoted;
  if (end == pending_.size()) end = std::string::npos;
  if (std::min(end, pending_.size()) > kSampleBytes)
    throw Error(sqlstate::kBadCopyFileFormat, "the header line of COPY data is longer than 4 MB");
  size_t size = end == std::string::npos ? pending_.size() : end + 1;
  if (end == std::string::npos && !data_ended_) return 0;
  std::vector<Field> fields;
  RowParser parser(options_, std::string_view(pending_).substr(0, size), 1);
  if (!parser.next(fields)) return size;
  next_line_++;
  if (names_.empty())
    for (auto& field : fields) names_.emplace_back(field.view());
  return size;
}

bool CopyLoad::configure(bool at_end) {
  if (!header_seen_) {
    data_ended_ = at_end;
    size_t skip = skip_header();
    data_ended_ = false;
    if (skip == 0 && !at_end && (options_.header || options_.format == Format::kBinary)) return false;
    if (skip == 0 && options_.format == Format::kBinary)
      throw Error(sqlstate::kBadCopyFileFormat, "COPY file signature not recognized");
    pending_.erase(0, skip);
    header_seen_ = true;
    if (names_.empty())
      throw Error(sqlstate::kSyntaxError, "COPY needs a list of columns or a HEADER")
          .with_hint("COPY \"" + target_name_ + "\" (id, name) FROM STDIN (FORMAT csv)");
    if (options_.start && names_.size() < 2)
      throw Error(sqlstate::kSyntaxError, "COPY of relationships needs two columns for the keys of their ends");
  }
  std::vector<Column> columns = make_columns(names_, options_);
  types_from_catalog(columns, context_.transaction->graph().catalog(), options_, target_name_);
  bool open = false;
  for (auto& column : columns) open |= column.open();
  if (open && options_.format == Format::kBinary)
    throw Error(sqlstate::kIndeterminateDatatype, "the types of binary COPY data must be known")
        .with_hint("Name them with TYPES, such as TYPES 'id int8, name text'.");
  if (open) {
    RowBoundaries boundaries(options_);
    size_t end = boundaries.last_row_end(pending_);
    if (at_end) end = pending_.size();
    if (!at_end && boundaries.lines() < kSampleRows && pending_.size() < kSampleBytes) return false;
    std::vector<std::vector<std::string>> sample;
    std::vector<Field> fields;
    RowParser parser(options_, std::string_view(pending_).substr(0, end), next_line_);
    while (sample.size() < kSampleRows && parser.next(fields)) {
      auto& row = sample.emplace_back();
      for (auto& field : fields) row.emplace_back(field.null ? "" : field.view());
    }
    types_from_sample(columns, sample);
  }
  target_ = make_target(target_name_, options_, columns, *context_.transaction, *context_.indexes);
  columns_ = std::move(columns);
  return true;
}

size_t CopyLoad::binary_cut() {
  size_t end = 0;
  while (!data_ended_) {
    size_t size = binary_row_size(std::string_view(pending_).substr(end), data_ended_);
    if (size == 0) break;
    if (data_ended_) break;
    end += size;
  }
  return end;
}

void CopyLoad::cut(bool at_end) {
  size_t end;
  uint64_t lines = 0;
  if (options_.format == Format::kBinary) {
    end = binary_cut();
    if (at_end && !data_ended_ && end != pending_.size())
      throw Error(sqlstate::kBadCopyFileFormat, "unexpected end of binary COPY data");
  } else {
    end = boundaries_.last_row_end(pending_);
    lines = boundaries_.lines();
    data_ended_ = boundaries_.data_ended();
    if (at_end && !data_ended_) end = pending_.size();
  }
  if (end == 0 && !data_ended_) return;
  std::string rest = data_ended_ ? "" : pending_.substr(end);
  pending_.resize(end);
  if (end > 0) dispatch(std::move(pending_), next_line_);
  pending_ = std::move(rest);
  next_line_ += lines;
}

void CopyLoad::dispatch(std::string text, uint64_t first_line) {
  std::lock_guard lock(mutex_);
  if (error_) return;
  queue_.push_back({std::move(text), first_line});
  if (working_ >= context_.arena->workers()) return;
  working_++;
  context_.arena->submit([this] { work(); });
}

void CopyLoad::work() {
  std::unique_lock lock(mutex_);
  Loader* loader = nullptr;
  while (!queue_.empty()) {
    Block block = std::move(queue_.front());
    queue_.pop_front();
    auto resume = queue_.size() <= context_.arena->workers() ? std::exchange(resume_, nullptr) : nullptr;
    if (!loader && !free_loaders_.empty()) loader = free_loaders_.back(), free_loaders_.pop_back();
    lock.unlock();
    if (resume) resume();
    std::unique_ptr<Loader> fresh;
    try {
      if (!loader) {
        fresh = std::make_unique<Loader>(target_, columns_, options_, context_.encode, *context_.transaction,
                                         *context_.indexes);
        loader = fresh.get();
      }
      load(*loader, block);
    } catch (...) {
      record(std::current_exception(), block.first_line);
    }
    lock.lock();
    if (fresh) all_loaders_.push_back(std::move(fresh));
  }
  if (loader) free_loaders_.push_back(loader);
  auto resume = std::exchange(resume_, nullptr);
  auto done = working_ == 1 ? std::exchange(done_, nullptr) : nullptr;
  if (done) {
    lock.unlock();
    close();
    lock.lock();
  }
  working_--;
  idle_.notify_all();
  lock.unlock();
  // From here on the load may be gone.
  if (resume) resume();
  if (done) done();
}

void CopyLoad::load(Loader& loader, const Block& block) {
  std::vector<Field> fields;
  if (options_.format == Format::kBinary) {
    bool trailer = false;
    uint64_t row = 0;
    for (size_t at = 0; at < block.text.size();) {
      std::string_view rest = std::string_view(block.text).substr(at);
      size_t size = binary_row_size(rest, trailer);
      binary_row(rest.substr(0, size), fields);
      loader.add(fields, block.first_line + row++);
      at += size;
      if (row % kChunkRows == 0) context_.interrupt->check();
    }
    loader.flush();
  } else {
    RowParser parser(options_, block.text, block.first_line);
    for (uint64_t row = 0; parser.next(fields); row++) {
      loader.add(fields, parser.line());
      if (row % kChunkRows == 0) context_.interrupt->check();
    }
    loader.flush();  // while the parser lives: it keeps the fields that it has unescaped
  }
}

// The error of the earliest block is the one that is told.
void CopyLoad::record(std::exception_ptr error, uint64_t line) {
  std::lock_guard lock(mutex_);
  if (line < error_line_) error_ = error, error_line_ = line;
  queue_.clear();
}

// Relationships that wait for their lists, all of them in a load of some ten millions, get them here: on all cores.
void CopyLoad::close() {
  try {
    if (!error_) {
      for (auto& loader : all_loaders_) loader->finish();
      context_.transaction->link_bulk([this](size_t n, const std::function<void(size_t)>& work) {
        context_.arena->parallel(uint32_t(n), [&](uint32_t i) { work(i); });
      });
    }
    for (auto& loader : all_loaders_) error_ ? loader->abandon() : void(rows_ += loader->rows());
  } catch (...) {
    record(std::current_exception(), ~0ull - 1);
  }
  all_loaders_.clear();
  free_loaders_.clear();
}

void CopyLoad::finish(std::function<void()> done) {
  ended_ = true;
  try {
    if (!configured()) configure(true);
    cut(true);
  } catch (...) {
    record(std::current_exception(), next_line_);
  }
  std::lock_guard lock(mutex_);
  done_ = std::move(done);
  if (working_ > 0) return;
  working_++;
  context_.arena->submit([this] { work(); });
}

void CopyLoad::fail(std::string_view reason) {
  ended_ = true;
  record(std::make_exception_ptr(Error(sqlstate::kQueryCanceled, "COPY from stdin failed: " + std::string(reason))), 0);
}

}  // namespace elegraph::query::copy
