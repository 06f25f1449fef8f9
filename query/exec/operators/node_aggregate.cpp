// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/arena.h"
#include "query/exec/columns.h"
#include "query/exec/operators/following_groups.h"

namespace elegraph::query::exec {

namespace {

// Groups of nodes in the order in which they came.
struct NodeGroups : GroupStates {
  using GroupStates::GroupStates;
  size_t size() const { return nodes.size(); }
  void clear() {
    nodes.clear();
    GroupStates::clear();
  }
  uint64_t bytes() const { return nodes.size() * sizeof(uint32_t) + GroupStates::bytes(); }

  std::vector<uint32_t> nodes;
};

// GROUP BY a node, or a unique property of it, whose rows come together: when another node comes, the groups of those
// before are complete and go on. Nothing is looked up, little is kept, and since no node is in two workers' morsels, copies
// of it may run side by side. The keys are evaluated once a group.
//
// Nodes without the unique property are no groups of their own: they are grouped as any rows are, and come last.
class NodeAggregate : public FollowingGroups<NodeGroups> {
 public:
  NodeAggregate(const plan::PhysicalNode& node, BuildContext& build)
      : FollowingGroups(node, build), nulls_(node, build.state), shares_(!build.argument) {
    for (size_t i = 0; i < node.slots.size() + node.aggregates.size(); i++) columns_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    FollowingGroups::rewind();
    nulls_.restart();
    next_null_ = 0;
    nulls_left_ = false;
  }

 protected:
  // The last of the workers to end has all their groups of nulls; the others leave theirs to it.
  void end() override {
    complete();
    if (!node_.unique_key || !shares_ || !state_.morsels) return;
    const auto all = state_.morsels->leave(node_.id, &nulls_);
    nulls_left_ = all.empty();
    for (void* other : all)
      if (other != &nulls_) nulls_.merge(*static_cast<Groups*>(other));
  }

  // The last node's group stays open: its rows may go on in the next batch.
  void take(const Batch& in, const uint64_t* weights) override {
    const Rows rows = node_.unique_key ? without_nulls(in, weights) : Rows::of(in);
    if (rows.count == 0) return;
    const uint32_t open = number(in.column(node_.slot), rows);
    evaluate_arguments(in, rows);
    const uint32_t last = filling_.nodes.back();
    if (filling_.nodes.size() > 1) {
      filling_.nodes.pop_back();
      add({rows.rows, open}, numbers_, weights);
      complete();
      filling_.nodes.push_back(last);
    }
    add(last_rows_.from(rows, open), zeros_, weights);
    memory_.set(bytes() + nulls_.bytes());
  }

  void put_keys(uint32_t first, uint32_t count) override {
    ids_.reset(Type::kNode);
    std::copy_n(complete_.nodes.data() + first, count, ids_.mutable_data<uint32_t>());
    const Batch& nodes = groups(count);
    for (size_t k = 0; k < inputs_.keys.size(); k++)
      out_.columns[node_.slots[k]] = &inputs_.keys[k]->evaluate(nodes, {nullptr, count});
  }

  Step after_the_last(const Batch*& out) override { return emit_nulls(out); }

 private:
  // The rows whose nodes have the unique property.
  Rows without_nulls(const Batch& in, const uint64_t* weights) {
    const Rows rows = Rows::of(in);
    const Vector& nodes = in.column(node_.slot);
    const auto* x = nodes.data<uint32_t>();
    ids_.reset(Type::kNode);
    auto* ids = ids_.mutable_data<uint32_t>();
    uint32_t n = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
      const uint32_t node = x[nodes.at(rows[i])];
      if (n == 0 || ids[n - 1] != node) ids[n++] = node;
      numbers_[i] = n - 1;
    }
    const Vector& keys = inputs_.keys[*node_.unique_key]->evaluate(groups(n), {nullptr, n});
    if (keys.type() != Type::kNull && keys.all_valid()) return rows;
    uint16_t null[Vector::kCapacity];
    uint32_t valid = 0, nulls = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
      const auto row = uint16_t(rows[i]);
      (keys.valid(numbers_[i]) ? valid_[valid++] : null[nulls++]) = row;
    }
    nulls_.take(inputs_, in, {null, nulls}, weights);
    return {valid_, valid};
  }

  // Of what is in ids_.
  const Batch& groups(uint32_t count) {
    clear(groups_);
    groups_.columns[node_.slot] = &ids_;
    groups_.count = count;
    return groups_;
  }

  // Adds the rows' nodes to those that are filled, and numbers the rows by them. Returns the first row of the last one.
  uint32_t number(const Vector& nodes, Rows rows) {
    const auto* x = nodes.data<uint32_t>();
    std::vector<uint32_t>& seen = filling_.nodes;
    uint32_t open = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
      const uint32_t node = x[nodes.at(rows[i])];
      if (seen.empty() || seen.back() != node) seen.push_back(node), open = i;
      numbers_[i] = uint32_t(seen.size() - 1);
    }
    return open;
  }

  Step emit_nulls(const Batch*& out) {
    const uint32_t n = nulls_left_ ? 0 : std::min(nulls_.size() - next_null_, Vector::kCapacity);
    if (n == 0) return Step::kDone;
    clear(out_);
    out_.count = n;
    const size_t keys = node_.slots.size();
    for (size_t c = 0; c < columns_.size(); c++) {
      ColumnWriter writer(*columns_[c]);
      for (uint32_t i = 0; i < n; i++) {
        const uint32_t g = next_null_ + i;
        writer.put(i, c < keys ? nulls_.key(g, uint32_t(c)) : nulls_.result(g, uint32_t(c - keys)));
      }
      writer.finish();
      out_.columns[c < keys ? node_.slots[c] : node_.aggregates[c - keys].slot] = columns_[c].get();
    }
    next_null_ += n;
    return out = &out_, Step::kBatch;
  }

  Groups nulls_;
  bool shares_;                                   // not inside of a subplan, which has all the rows
  std::vector<std::unique_ptr<Vector>> columns_;  // of the groups of nulls
  uint32_t next_null_ = 0;
  bool nulls_left_ = false;  // to another worker
  uint32_t numbers_[Vector::kCapacity];
  uint32_t zeros_[Vector::kCapacity] = {};
  uint16_t valid_[Vector::kCapacity];
  Vector ids_;
  Batch groups_;  // what the keys are evaluated over
};

}  // namespace

OperatorPtr make_node_aggregate(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<NodeAggregate>(node, build);
}

}  // namespace elegraph::query::exec
