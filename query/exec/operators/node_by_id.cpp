// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "query/exec/evaluator.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/source.h"

namespace elegraph::query::exec {

namespace {

// The nodes with an id, or with the ids of a list, or the nodes of a list: each once.
class NodeById : public SourceOperator {
 public:
  NodeById(const plan::PhysicalNode& node, BuildContext& build)
      : SourceOperator(node, build), ids_(make_evaluator(*node.expressions[0], build)) {}

  void rewind() override {
    SourceOperator::rewind();
    ids_->restart();
  }

  // Source
 protected:
  void start() override {
    next_ = 0;
    wanted_.clear();
    seen_.clear();
    Value v = evaluate_one(*ids_, outer());
    if (v.type() != Type::kList) return add(v);
    for (const Value& id : v.as_list()) add(id);
  }

  bool more(Batch& out) override {
    if (next_ >= wanted_.size()) return false;
    nodes_.reset(Type::kNode);
    auto* nodes = nodes_.mutable_data<NodeId>();
    while (next_ < wanted_.size() && out.count < Vector::kCapacity) nodes[out.count++] = wanted_[next_++];
    out.columns[node_.slot] = &nodes_;
    return true;
  }

 private:
  NodeId node_of(const Value& id) const {
    if (id.type() == Type::kNode) return id.as_node();
    const uint64_t end = uint64_t(state_.reader.node_chunks()) * kChunkRows;
    const bool may_be = id.type() == Type::kInt && id.as_int() >= 0 && uint64_t(id.as_int()) < end;
    return may_be ? NodeId{uint32_t(id.as_int())} : NodeId();
  }
  void add(const Value& id) {
    const NodeId node = node_of(id);
    if (node.valid() && state_.reader.visible(node) && seen_.add(node.value)) wanted_.push_back(node);
  }

  EvaluatorPtr ids_;
  std::vector<NodeId> wanted_;
  NodeSet seen_;
  size_t next_ = 0;
  Vector nodes_;
};

}  // namespace

OperatorPtr make_node_by_id(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<NodeById>(node, build);
}

}  // namespace elegraph::query::exec
