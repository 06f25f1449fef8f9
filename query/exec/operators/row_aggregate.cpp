// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "query/exec/operators/following_groups.h"

namespace elegraph::query::exec {

namespace {

// Outer rows that follow each other.
struct OuterRows : GroupStates {
  using GroupStates::GroupStates;
  uint32_t size() const { return count; }
  void clear() {
    first = count = 0;
    GroupStates::clear();
  }
  // As far as outer row `end`.
  void extend(uint32_t end) { count = end - first; }

  uint32_t first = 0, count = 0;
};

// An aggregate without keys in a subplan that runs for many outer rows at once: one row for each of these, also for those
// of which nothing comes. The outer rows' numbers are the groups.
class RowAggregate : public FollowingGroups<OuterRows> {
 public:
  RowAggregate(const plan::PhysicalNode& node, BuildContext& build)
      : FollowingGroups(node, build), argument_(*build.argument) {}

 protected:
  void take(const Batch& in, const uint64_t* weights) override {
    const Rows rows = Rows::of(in);
    const Vector& numbers = in.column(argument_.row_slot);
    const auto* n = numbers.data<int64_t>();
    const auto last = uint32_t(n[numbers.at(rows[rows.count - 1])]);
    uint32_t open = 0;  // the first row of the last outer one
    for (uint32_t i = 0; i < rows.count; i++) {
      const auto number = uint32_t(n[numbers.at(rows[i])]);
      groups_[i] = number - filling_.first;
      if (number != last) open = i + 1;
    }
    evaluate_arguments(in, rows);
    if (last > filling_.first) {
      filling_.extend(last);
      add({rows.rows, open}, groups_, weights);
      complete_before(last);
    }
    filling_.extend(last + 1);
    add(last_rows_.from(rows, open), zeros_, weights);
    memory_.set(bytes());
  }

  void end() override {
    filling_.extend(argument_.rows.count);
    add({}, zeros_, nullptr);
    complete_before(argument_.rows.count);
  }

  void put_keys(uint32_t first, uint32_t count) override {
    numbers_.reset(Type::kInt);
    auto* n = numbers_.mutable_data<int64_t>();
    for (uint32_t i = 0; i < count; i++) n[i] = complete_.first + first + i;
    out_.columns[argument_.row_slot] = &numbers_;
  }

 private:
  void complete_before(uint32_t row) {
    complete();
    filling_.first = row;
  }

  const Argument& argument_;
  uint32_t groups_[Vector::kCapacity];
  uint32_t zeros_[Vector::kCapacity] = {};
  Vector numbers_;
};

}  // namespace

OperatorPtr make_row_aggregate(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RowAggregate>(node, build);
}

}  // namespace elegraph::query::exec
