// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <vector>

#include "query/exec/held_batch.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/updates.h"
#include "storage/many_rows.h"

namespace elegraph::query::exec {

namespace {

// Base of the writers: each input batch is copied (its columns may be the store's own cells, which are about to
// change), changed in one go, and passed on.
class Writer : public Operator {
 public:
  Writer(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build), child_(make_operator(*node.left, build)), held_slots_(input_slots()) {}

  void rewind() override { child_->restart(); }

  // Operator
 protected:
  Step produce(const Batch*& out) override {
    const Batch* in = nullptr;
    Step s = child_->next(in);
    if (s != Step::kBatch) return s;
    state_.check_interrupt();
    state_.touch(in->count);
    held_.hold(*in, 0, held_slots_);
    out_ = held_.batch();
    write(out_);
    return out = &out_, s;
  }
  virtual void write(Batch& batch) = 0;

  OperatorPtr child_;

 private:
  std::vector<plan::Slot> held_slots_;
  HeldBatch held_;
  Batch out_;
};

class Create : public Writer {
 public:
  Create(const plan::PhysicalNode& node, BuildContext& build) : Writer(node, build), creator_(node.creates, false, build) {}
  void rewind() override {
    Writer::rewind();
    creator_.restart();
  }

 protected:
  void write(Batch& batch) override { creator_.create(batch); }

 private:
  Creator creator_;
};

class Set : public Writer {
 public:
  Set(const plan::PhysicalNode& node, BuildContext& build) : Writer(node, build), setter_(node.sets, build) {}
  void rewind() override {
    Writer::rewind();
    setter_.restart();
  }

 protected:
  void write(Batch& batch) override { setter_.apply(batch); }

 private:
  Setter setter_;
};

// DELETE and DETACH DELETE of nodes, relationships, paths and lists of these; null is nothing. All relationships of a
// batch go before its nodes; what a node still has at the statement's end is an error there.
class Delete : public Writer {
 public:
  Delete(const plan::PhysicalNode& node, BuildContext& build) : Writer(node, build) {
    BuildContext own = between_writes(build);
    expressions_ = make_evaluators(node.expressions, own);
  }
  void rewind() override {
    Writer::rewind();
    restart_all(expressions_);
  }

 protected:
  void write(Batch& batch) override {
    nodes_.clear(), rels_.clear();
    for (EvaluatorPtr& e : expressions_) {
      const Vector& v = e->evaluate(batch, Rows::of(batch));
      for_rows(Rows::of(batch), [&](uint32_t row) { collect(v.value(row), e->bound().position); });
    }
    state_.wrote = state_.deleted = true;
    std::erase_if(nodes_, [&](NodeId node) { return !state_.reader.visible(node); });
    if (node_.detach) detach();
    delete_relationships();
    state_.context.changes.nodes_deleted += storage::delete_nodes(*state_.context.transaction, nodes_);
  }

 private:
  void collect(const Value& v, uint32_t position) {
    switch (v.type()) {
      case Type::kNull: return;
      case Type::kNode: return nodes_.push_back(v.as_node());
      case Type::kRelationship: return rels_.push_back(v.as_relationship());
      case Type::kPath:
        nodes_.insert(nodes_.end(), v.as_path().nodes.begin(), v.as_path().nodes.end());
        rels_.insert(rels_.end(), v.as_path().relationships.begin(), v.as_path().relationships.end());
        return;
      case Type::kList:
        for (const Value& item : v.as_list()) collect(item, position);
        return;
      default:
        throw Error(sqlstate::kInvalidParameterValue, fmt::format("cannot delete a {}", type_name(v.type()))).at(position);
    }
  }
  void delete_relationships() {
    state_.context.changes.relationships_deleted += state_.context.transaction->delete_relationships(rels_);
    rels_.clear();
  }
  // Those of several nodes together, in copies: deleting changes the lists.
  void detach() {
    constexpr size_t kTogether = 4096;
    for (std::span<const NodeId> left = nodes_; !left.empty();) {
      left = left.subspan(storage::add_relationships(*state_.context.transaction, left, kTogether, rels_));
      state_.check_interrupt();
      if (rels_.size() >= kTogether) delete_relationships();
    }
  }

  std::vector<EvaluatorPtr> expressions_;
  std::vector<NodeId> nodes_;
  std::vector<RelId> rels_;
};

}  // namespace

OperatorPtr make_create(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Create>(node, build);
}
OperatorPtr make_set(const plan::PhysicalNode& node, BuildContext& build) { return std::make_unique<Set>(node, build); }
OperatorPtr make_delete(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Delete>(node, build);
}

}  // namespace elegraph::query::exec
