// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/operators/following_groups.h"

namespace elegraph::query::exec {

namespace {

// The groups of some outer rows, whose numbers are a key behind the others.
struct RowGroups : GroupStates {
  RowGroups(const plan::PhysicalNode& node, State& state)
      : GroupStates(node, state), table(uint32_t(node.expressions.size() + 1)) {}
  uint32_t size() const { return table.size(); }
  void clear() {
    table.reuse();
    GroupStates::clear();
  }
  uint64_t bytes() const { return table.bytes() + GroupStates::bytes(); }

  GroupTable table;
};

// An aggregate with keys in a subplan that runs for many outer rows at once: groups of the rows of each outer one.
class RowGroupAggregate : public FollowingGroups<RowGroups> {
 public:
  RowGroupAggregate(const plan::PhysicalNode& node, BuildContext& build)
      : FollowingGroups(node, build), argument_(*build.argument) {
    for (size_t i = 0; i < node.slots.size(); i++) columns_.push_back(std::make_unique<Vector>());
  }

  void rewind() override {
    FollowingGroups::rewind();
    last_ = -1;
  }

 protected:
  void take(const Batch& in, const uint64_t* weights) override {
    state_.check_interrupt();
    const Rows rows = Rows::of(in);
    const Vector& numbers = in.column(argument_.row_slot);
    keys_.clear();
    for (EvaluatorPtr& k : inputs_.keys) keys_.push_back(&k->evaluate(in, rows));
    keys_.push_back(&numbers);
    evaluate_arguments(in, rows);
    const uint32_t open = first_of_last(numbers, rows);
    find_and_add({rows.rows, open}, weights);
    const int64_t last = numbers.data<int64_t>()[numbers.at(rows[rows.count - 1])];
    if (std::exchange(last_, last) != last) complete();
    find_and_add(last_rows_.from(rows, open), weights);
    memory_.set(bytes());
  }

  void put_keys(uint32_t first, uint32_t count) override {
    const auto keys = uint32_t(node_.slots.size());
    numbers_.reset(Type::kInt);
    auto* n = numbers_.mutable_data<int64_t>();
    for (uint32_t i = 0; i < count; i++) n[i] = complete_.table.key(first + i, keys).as_int();
    out_.columns[argument_.row_slot] = &numbers_;
    for (uint32_t k = 0; k < keys; k++) {
      ColumnWriter writer(*columns_[k]);
      for (uint32_t i = 0; i < count; i++) writer.put(i, complete_.table.key(first + i, k));
      writer.finish();
      out_.columns[node_.slots[k]] = columns_[k].get();
    }
  }

 private:
  void find_and_add(Rows rows, const uint64_t* weights) {
    if (rows.count == 0) return;
    filling_.table.find(keys_, rows, groups_);
    add(rows, groups_, weights);
  }

  const Argument& argument_;
  int64_t last_ = -1;                // the outer row whose rows may go on
  std::vector<const Vector*> keys_;  // of a batch
  std::vector<std::unique_ptr<Vector>> columns_;
  uint32_t groups_[Vector::kCapacity];
  Vector numbers_;
};

}  // namespace

OperatorPtr make_row_groups(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RowGroupAggregate>(node, build);
}

}  // namespace elegraph::query::exec
