// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include "query/exec/group_table.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/gather.h"

namespace elegraph::query::exec {

namespace {

// Rows whose slots were not seen before; keeps the keys only, and passes rows on as they come.
class DistinctRows : public Operator {
 public:
  // kBefore: another one takes the rows of several. Where few are alike, it leaves all to that.
  enum class Role : uint8_t { kWhole, kBefore };

  DistinctRows(const plan::PhysicalNode& node, BuildContext& build, OperatorPtr child, Role role = Role::kWhole)
      : Operator(node, build),
        child_(std::move(child)),
        role_(role),
        seen_(uint32_t(node.slots.size()), GroupTable::Keep::kNumbers),
        memory_(state_) {
    unobserved_ = role == Role::kBefore;
  }

  void rewind() override {
    child_->restart();
    seen_.clear();
    nodes_.clear();
    memory_.release();
    any_ = any_null_ = useless_ = false;
    rows_ = fresh_rows_ = 0;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    for (;;) {
      const Batch* in = nullptr;
      const uint64_t* weights = nullptr;  // how many rows there are that are alike does not matter
      Step s = child_->next_weighted(in, weights);
      if (s != Step::kBatch) return s;
      if (useless_) return out = in, s;
      uint32_t n = node_.slots.empty() ? first_row(*in) : fresh_rows(*in);
      if (role_ == Role::kBefore) weigh(in->count, n);
      if (n == 0) continue;
      out_ = *in;
      out_.selection = fresh_;
      out_.count = n;
      return out = &out_, s;
    }
  }

 private:
  static constexpr uint64_t kEnough = 32'768;  // rows, to tell by

  void weigh(uint32_t rows, uint32_t fresh) {
    rows_ += rows, fresh_rows_ += fresh;
    if (rows_ < kEnough || fresh_rows_ * 2 < rows_) return;
    useless_ = true;
    seen_.clear();
    nodes_.clear();
    memory_.release();
  }
  uint32_t first_row(const Batch& in) {
    fresh_[0] = uint16_t(in.row(0));
    return std::exchange(any_, true) ? 0 : 1;
  }
  uint32_t fresh_rows(const Batch& in) {
    columns_.clear();
    for (plan::Slot s : node_.slots) columns_.push_back(in.columns[s]);
    if (columns_.size() == 1 && seen_.size() == 0 && columns_[0]->type() == Type::kNode)
      return fresh_nodes(in, *columns_[0]);
    if (nodes_.size() > 0 || any_null_) enter_nodes();
    if (columns_.size() == 1 && seen_.size() == 0 && columns_[0]->type() == Type::kNode)
      return fresh_nodes(in, *columns_[0]);
    if (nodes_.size() > 0 || any_null_) enter_nodes();
    uint32_t next = seen_.size(), n = 0;
    seen_.find(columns_, Rows::of(in), groups_);
    // Groups are numbered as they come, so a new one is one more than all before.
    for (uint32_t i = 0; i < in.count; i++)
      if (groups_[i] == next) fresh_[n++] = uint16_t(in.row(i)), next++;
    memory_.set(seen_.bytes());
    return n;
  }
  // As long as all keys are nodes, a bit for each says whether it was seen.
  uint32_t fresh_nodes(const Batch& in, const Vector& nodes) {
    nodes_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
    const auto* ids = nodes.data<uint32_t>();
    const bool all = nodes.all_valid();
    uint32_t n = 0;
    for_rows(Rows::of(in), [&](uint32_t row) {
      fresh_[n] = uint16_t(row);
      n += all || nodes.valid(row) ? nodes_.add(ids[nodes.at(row)]) : !std::exchange(any_null_, true);
    });
    memory_.set(nodes_.bytes());
    return n;
  }
  // Other keys came: from now on a table has them all.
  void enter_nodes() {
    const Vector* key = &key_;
    const auto enter = [&](uint32_t count) { seen_.find({&key, 1}, {nullptr, count}, groups_); };
    if (std::exchange(any_null_, false)) key_.reset_null(), enter(1);
    const std::vector<uint32_t> ids = nodes_.sorted();
    for (size_t at = 0; at < ids.size(); at += Vector::kCapacity) {
      const auto n = uint32_t(std::min<size_t>(ids.size() - at, Vector::kCapacity));
      key_.reset(Type::kNode);
      std::copy_n(ids.data() + at, n, key_.mutable_data<uint32_t>());
      enter(n);
    }
    nodes_.clear();
  }

  OperatorPtr child_;
  Role role_;
  bool useless_ = false;
  uint64_t rows_ = 0, fresh_rows_ = 0;
  GroupTable seen_;
  NodeSet nodes_;
  bool any_null_ = false;  // beside nodes_
  Vector key_;
  MemoryAccount memory_;
  bool any_ = false;
  std::vector<const Vector*> columns_;
  uint32_t groups_[Vector::kCapacity];
  uint16_t fresh_[Vector::kCapacity];
  Batch out_;
};

// The nodes of a slot that is all that is read: as a set that the operators below fill, which then need not make a row of
// each way to a node. In the order of their ids.
class DistinctNodes : public Operator {
 public:
  DistinctNodes(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(*node.left, build)), memory_(state_) {}

  void rewind() override {
    child_->restart();
    nodes_.clear();
    memory_.release();
    ready_ = false;
    next_ = 0;
  }

 protected:
  Step produce(const Batch*& out) override {
    while (!ready_) {
      nodes_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
      Step s = child_->next_nodes(node_.slots[0], nodes_);
      if (s == Step::kYield) return s;
      memory_.set(nodes_.bytes() + nodes_.size() * sizeof(uint32_t));
      if (s == Step::kDone) ready_ = true, ids_ = nodes_.sorted();
    }
    const auto n = uint32_t(std::min<size_t>(ids_.size() - next_, Vector::kCapacity));
    if (n == 0) return Step::kDone;
    column_.reset(Type::kNode);
    std::copy_n(ids_.data() + next_, n, column_.mutable_data<uint32_t>());
    clear(out_);
    out_.columns[node_.slots[0]] = &column_;
    out_.count = n;
    next_ += n;
    return out = &out_, Step::kBatch;
  }

 private:
  OperatorPtr child_;
  MemoryAccount memory_;
  NodeSet nodes_;
  std::vector<uint32_t> ids_;
  size_t next_ = 0;
  bool ready_ = false;
  Vector column_;
  Batch out_;
};

// Whether nothing but the one slot is read of the rows, which is never null.
bool only_nodes(const plan::PhysicalNode& node, const BuildContext& build) {
  const auto is_it = [&](plan::Slot s) { return s == node.slots[0]; };
  return node.all_at_once && node.slots.size() == 1 && std::ranges::all_of(node.live, is_it) && build.carry.empty();
}

}  // namespace

OperatorPtr make_distinct(const plan::PhysicalNode& node, BuildContext& build) {
  if (runs_for_many(build)) return make_row_distinct(node, build);
  if (only_nodes(node, build)) return std::make_unique<DistinctNodes>(node, build);
  const auto rows_of = [&node](BuildContext& b, DistinctRows::Role role) -> OperatorPtr {
    return std::make_unique<DistinctRows>(node, b, make_operator(*node.left, b), role);
  };
  using enum DistinctRows::Role;
  if (!can_gather_parts(node, build)) return rows_of(build, kWhole);
  OperatorPtr parts = gather_parts(node, build, [rows_of](BuildContext& b) { return rows_of(b, kBefore); });
  return std::make_unique<DistinctRows>(node, build, std::move(parts));
}

}  // namespace elegraph::query::exec
