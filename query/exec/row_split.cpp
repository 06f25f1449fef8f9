// SPDX-License-Identifier: Apache-2.0
#include "query/exec/row_split.h"

#include <algorithm>
#include <array>
#include <utility>

#include "query/exec/operators/parallel.h"

namespace elegraph::query::exec {

namespace {

// More than this is not kept; the pipeline then runs alone.
constexpr uint64_t kMostRows = 1 << 20, kMostBytes = 64 << 20;

constexpr auto kEveryRow = [] {
  std::array<uint16_t, RowStore::kBlockRows> rows{};
  for (uint32_t i = 0; i < rows.size(); i++) rows[i] = uint16_t(i);
  return rows;
}();

// Rows begin .. end-1 of a store, without copying them.
class StoreReader {
 public:
  void restart(uint64_t begin, uint64_t end) { next_ = begin, end_ = end; }
  bool next(const RowStore& store, const std::vector<plan::Slot>& slots, Batch& out) {
    if (next_ >= end_) return false;
    const auto block = uint32_t(next_ / RowStore::kBlockRows), first = uint32_t(next_ % RowStore::kBlockRows);
    for (uint32_t i = 0; i < slots.size(); i++) out.columns[slots[i]] = &store.column(block, i);
    out.count = uint32_t(std::min<uint64_t>(store.block_rows(block) - first, end_ - next_));
    out.selection = first ? kEveryRow.data() + first : nullptr;
    next_ += out.count;
    return true;
  }

 private:
  uint64_t next_ = 0, end_ = 0;
};

}  // namespace

// Keeps the source's rows before it gives the first one.
class KeptRows : public Operator {
 public:
  KeptRows(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(node, build)), store_(state_, uint32_t(live().size())) {
    unobserved_ = true;
  }

  void rewind() override {
    child_->restart();
    store_.clear();
    complete_ = full_ = reading_ = false;
  }
  const RowStore& rows() const { return store_; }
  bool has_all() const { return complete_ && !full_; }

  // kDone: it has them, or too many.
  Step keep() {
    while (!complete_) {
      state_.check_interrupt();
      const Batch* in = nullptr;
      Step s = child_->next(in);
      if (s == Step::kYield) return s;
      if (s == Step::kBatch) append(*in);
      full_ = store_.size() >= kMostRows || store_.bytes() >= kMostBytes;
      complete_ = s == Step::kDone || full_;
    }
    return Step::kDone;
  }

 protected:
  Step produce(const Batch*& out) override {
    if (Step s = keep(); s != Step::kDone) return s;
    if (!std::exchange(reading_, true)) reader_.restart(0, store_.size());
    clear(out_);
    if (reader_.next(store_, live(), out_)) return out = &out_, Step::kBatch;
    return full_ ? child_->next(out) : Step::kDone;
  }

 private:
  void append(const Batch& in) {
    columns_.clear();
    for (plan::Slot s : live()) columns_.push_back(s < in.columns.size() ? in.columns[s] : nullptr);
    store_.append(columns_, Rows::of(in));
  }

  OperatorPtr child_;
  RowStore store_;
  StoreReader reader_;
  bool complete_ = false, full_ = false, reading_ = false;
  std::vector<const Vector*> columns_;
  Batch out_;
};

namespace {

// A part of kept rows, which belong to another thread's operator.
class PartOfRows : public Operator {
 public:
  PartOfRows(const plan::PhysicalNode& node, BuildContext& build) : Operator(node, build), split_(*build.split) {
    unobserved_ = true;
  }
  void rewind() override { reader_.restart(split_.begin, split_.end); }

 protected:
  Step produce(const Batch*& out) override {
    state_.check_interrupt();
    clear(out_);
    return reader_.next(*split_.rows, live(), out_) ? (out = &out_, Step::kBatch) : Step::kDone;
  }

 private:
  RowSplit split_;
  StoreReader reader_;
  Batch out_;
};

}  // namespace

OperatorPtr make_row_split(const plan::PhysicalNode& source, BuildContext& build) {
  if (build.split->rows) return std::make_unique<PartOfRows>(source, build);
  BuildContext below{build.state, build.argument, build.carry};
  auto kept = std::make_unique<KeptRows>(source, below);
  build.split->kept = kept.get();
  return kept;
}

RowSplitter::RowSplitter(const plan::PhysicalNode& below, BuildContext& build, bool allowed)
    : below_(below), state_(build.state), build_(build) {
  build_.split = nullptr;
  build_.joins = build.argument ? build.joins : &joins_;
  if (!allowed || build.argument || state_.morsels) return;
  split_.source = row_source(below, state_);
  if (split_.source) build_.split = &split_;
}

bool RowSplitter::is_long() const {
  return split_.kept->has_all() && is_worth_splitting(below_, *split_.source, split_.kept->rows().size(), state_);
}

// What turns out to be long goes to where it may have all workers, before it has begun.
Step RowSplitter::prepare() {
  if (!split_.kept || decided_) return Step::kDone;
  if (Step s = split_.kept->keep(); s != Step::kDone) return s;
  const bool is_split = state_.context.arena && !state_.context.reads && is_long();
  if (is_split && !state_.context.may_parallel && !std::exchange(left_, true)) {
    state_.context.budget.give_up();
    if (state_.out_of_budget()) return Step::kYield;
  }
  decided_ = true;
  in_parts_ = is_split && state_.context.may_parallel;
  return Step::kDone;
}

uint32_t RowSplitter::parts() const { return parts_of(below_, *split_.source, split_.kept->rows().size(), state_); }

RowSplit RowSplitter::part(uint32_t part, uint32_t parts) const {
  RowSplit out = split_;
  out.rows = &split_.kept->rows();
  out.begin = out.rows->size() * part / parts, out.end = out.rows->size() * (part + 1) / parts;
  return out;
}

}  // namespace elegraph::query::exec
