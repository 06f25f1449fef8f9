// SPDX-License-Identifier: Apache-2.0
#include "query/exec/adjacency.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/correlated.h"
#include "query/exec/operators/factories.h"

namespace elegraph::query::exec {

namespace {

// Rows whose node is (anti: is not) among those that the right side has, or all rows with a column that says whether. The
// right side reads nothing of the rows: it runs once, into a set.
class NodeSemiJoin : public Operator {
 public:
  NodeSemiJoin(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(*node.left, build)), memory_(state_) {
    BuildContext alone{build.state, nullptr, {}};
    alone.unchanged = build.unchanged;
    right_ = make_operator(*node.right, alone);
    stays_ = build.argument && build.unchanged && stands_alone(*node.right);
  }

  void rewind() override {
    child_->restart();
    if (stays_ && complete_ && run_ == state_.run) return;
    run_ = state_.run;
    right_->restart();
    nodes_.clear();
    memory_.release();
    complete_ = false;
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    return test(out, [this](const Batch*& in) { return child_->next(in); });
  }
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override {
    return test(out, [&](const Batch*& in) { return child_->next_weighted(in, weights); });
  }
  Step produce_count(uint64_t& rows) override {
    if (marks()) return child_->next_count(rows);
    if (Step s = complete(); s != Step::kDone) return s;
    const Batch* in = nullptr;
    Step s = child_->next(in);
    if (s == Step::kBatch) rows = select(*in);
    return s;
  }

 private:
  template <class Next>
  Step test(const Batch*& out, Next&& next) {
    if (Step s = complete(); s != Step::kDone) return s;
    for (;;) {
      const Batch* in = nullptr;
      Step s = next(in);
      if (s != Step::kBatch) return s;
      if (marks()) return mark(*in), out = &out_, s;
      const uint32_t n = select(*in);
      if (n == 0) continue;
      out_ = *in;
      out_.selection = kept_;
      out_.count = n;
      return out = &out_, s;
    }
  }
  // kDone: the set is complete.
  Step complete() {
    if (complete_) return Step::kDone;
    Step s = find_nodes();
    complete_ = s == Step::kDone;
    return s;
  }
  Step find_nodes() {
    nodes_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
    Step s = Step::kBatch;
    while (s == Step::kBatch) {
      state_.check_interrupt();
      s = right_->next_nodes(node_.slot, nodes_);
      memory_.set(nodes_.bytes());
    }
    return s;
  }
  bool marks() const { return node_.slot2 != plan::kNoSlot; }
  void mark(const Batch& in) {
    const Vector& column = in.column(node_.slot);
    marks_.reset(Type::kBool);
    auto* marks = marks_.mutable_data<uint8_t>();
    for_rows(Rows::of(in), [&](uint32_t row) {
      const NodeId node = node_at(column, row);
      marks[row] = node.valid() && nodes_.contains(node.value);
    });
    out_ = in;
    out_.columns[node_.slot2] = &marks_;
  }
  uint32_t select(const Batch& in) {
    const Vector& column = in.column(node_.slot);
    uint32_t n = 0;
    for_rows(Rows::of(in), [&](uint32_t row) {
      const NodeId node = node_at(column, row);
      kept_[n] = uint16_t(row);
      n += (node.valid() && nodes_.contains(node.value)) != node_.anti;
    });
    return n;
  }

  OperatorPtr child_, right_;
  NodeSet nodes_;
  MemoryAccount memory_;
  bool complete_ = false;
  bool stays_ = false;    // in a subplan, from run to run
  uint64_t run_ = ~0ull;  // of the statement, for which the set is
  Batch out_;
  Vector marks_;
  uint16_t kept_[Vector::kCapacity];
};

}  // namespace

OperatorPtr make_node_semi_join(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<NodeSemiJoin>(node, build);
}

}  // namespace elegraph::query::exec
