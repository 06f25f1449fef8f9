// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "query/copy/loader.h"
#include "query/engine.h"
#include "query/exec/execution.h"

namespace elegraph::query::copy {

// What a load needs of its session; all of it outlives the load.
struct LoadContext {
  storage::Transaction* transaction;
  const index::IndexSet* indexes;
  exec::Arena* arena;
  const exec::Interrupt* interrupt;
  types::EncodeContext encode;
};

// COPY FROM STDIN: cuts the stream into blocks of whole rows and loads them with several Loaders on the arena.
//
// Thread-safety: feed(), finish() and fail() from one thread at a time (the session's); blocks are taken by arena tasks.
// The mutex guards the queue of blocks only. The destructor waits for the blocks in work.
class CopyLoad final : public CopyIn {
 public:
  CopyLoad(const LoadContext& context, std::string target, std::vector<std::string> columns, Options options);
  ~CopyLoad() override;

  bool binary() const override { return options_.format == Format::kBinary; }
  uint16_t columns() const override { return uint16_t(names_.size()); }
  bool feed(std::string_view bytes, std::function<void()> resume) override;
  void finish(std::function<void()> done) override;
  void fail(std::string_view reason) override;

  bool ended() const { return ended_; }
  uint64_t rows() const { return rows_; }  // after the end
  void rethrow() const;                    // what went wrong, if anything did

 private:
  struct Block {
    std::string text;
    uint64_t first_line;
  };
  bool configured() const { return !columns_.empty(); }
  bool configure(bool at_end);
  size_t skip_header();
  void cut(bool at_end);
  size_t binary_cut();
  void dispatch(std::string text, uint64_t first_line);
  void work();
  void load(Loader& loader, const Block& block);
  void record(std::exception_ptr error, uint64_t line);
  void close();

  LoadContext context_;
  std::string target_name_;
  std::vector<std::string> names_;
  Options options_;
  std::vector<Column> columns_;
  Target target_;

  std::string pending_;
  size_t next_try_ = 0;  // bytes pending when the header and the sample are looked for again
  RowBoundaries boundaries_;
  uint64_t next_line_ = 1;
  bool header_seen_ = false;
  bool data_ended_ = false;  // binary's trailer, or a line of nothing but \. elsewhere
  bool ended_ = false;
  uint64_t rows_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Block> queue_;
  uint32_t working_ = 0;
  std::vector<std::unique_ptr<Loader>> all_loaders_;
  std::vector<Loader*> free_loaders_;
  std::exception_ptr error_;
  uint64_t error_line_ = ~0ull;
  std::function<void()> resume_, done_;
};

}  // namespace elegraph::query::copy
