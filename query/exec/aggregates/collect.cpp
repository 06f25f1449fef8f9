// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "query/exec/aggregates/accumulator.h"
#include "storage/value_memory.h"

namespace elegraph::query::exec {

namespace {

// collect(). The values of all groups lie in blocks, in the order of their rows; only when all are there does each group
// get its list, which then has the right length at once. Lists that grow beside each other would be allocated again and
// again.
class Collect : public Accumulator {
 public:
  // `first`: how many elements of a list are needed.
  explicit Collect(uint32_t first) : first_(first) {}
  void resize(uint32_t groups) override { lengths_.resize(groups); }

  void update(const Vector* arg, const Vector*, Rows rows, const uint32_t* groups) override {
    switch (arg->type()) {
      case Type::kNull: return;
      case Type::kNode:
        return take(*arg, rows, groups, [x = arg->data<NodeId>()](uint32_t row) { return Value::node(x[row]); });
      case Type::kInt:
        return take(*arg, rows, groups, [x = arg->data<int64_t>()](uint32_t row) { return Value::integer(x[row]); });
      default:
        return take(*arg, rows, groups, [arg, this](uint32_t row) {
          Value v = arg->value(row);
          parts_ += small_part(v);
          return v;
        });
    }
  }

  // The other one's values come behind these.
  void merge(Accumulator& other, const uint32_t* map, uint32_t count) override {
    auto& o = static_cast<Collect&>(other);
    for (uint32_t g = 0; g < count; g++) lengths_[map[g]] += o.lengths_[g];
    for (Block& block : o.blocks_) {
      for (uint32_t& group : block.groups) group = map[group];
      blocks_.push_back(std::move(block));
    }
    o.blocks_.clear();
    values_ += o.values_, parts_ += o.parts_;
  }

  Value finish(uint32_t group) override {
    if (lists_.empty()) arrange();
    if (lists_[group].size() * sizeof(Value) >= kLargeValue) admit_value(0);  // its slots are counted already
    return Value::list(std::move(lists_[group]));
  }

  void clear() override {
    lengths_.clear(), lists_.clear(), blocks_.clear();
    values_ = parts_ = 0;
  }

  uint64_t bytes() const override {
    const uint64_t of_groups = lengths_.size() * (sizeof(uint64_t) + sizeof(std::vector<Value>));
    return of_groups + values_ * (sizeof(Value) + sizeof(uint32_t)) + parts_;
  }

 private:
  struct Block {
    std::vector<Value> values;
    std::vector<uint32_t> groups;  // one a value
  };
  static constexpr size_t kBlock = Vector::kCapacity;

  template <class F>
  void take(const Vector& arg, Rows rows, const uint32_t* groups, F&& value) {
    Block& block = room(rows.count);
    const GroupsAhead ahead(lengths_, groups, rows.count);
    for (uint32_t i = 0; i < rows.count; i++) {
      ahead.at(i);
      const uint32_t row = rows[i], group = groups ? groups[i] : 0;
      if (!arg.valid(row) || lengths_[group] >= first_) continue;
      block.values.push_back(value(arg.at(row)));
      block.groups.push_back(group);
      lengths_[group]++;
      values_++;
    }
  }

  // A block for so many more.
  Block& room(size_t values) {
    const size_t used = blocks_.empty() ? 0 : blocks_.back().values.size();
    if (!blocks_.empty() && used + values <= kBlock) return blocks_.back();
    Block& block = blocks_.emplace_back();
    const size_t wanted = blocks_.size() == 1 ? values : kBlock;  // a short statement has but one
    block.values.reserve(wanted), block.groups.reserve(wanted);
    return block;
  }

  void arrange() {
    lists_.resize(lengths_.size());
    for (size_t g = 0; g < lists_.size(); g++) lists_[g].reserve(lengths_[g]);
    for (Block& block : blocks_) {
      for (size_t i = 0; i < block.values.size(); i++) {
        ask_ahead(block, i);
        lists_[block.groups[i]].push_back(std::move(block.values[i]));
      }
      block = {};
    }
    blocks_.clear();
  }

  // The lists of the values to come, and their ends.
  void ask_ahead(const Block& block, size_t i) const {
    constexpr size_t kList = 24, kEnd = 12;
    if (i + kList >= block.groups.size()) return;
    __builtin_prefetch(&lists_[block.groups[i + kList]]);
    __builtin_prefetch(std::to_address(lists_[block.groups[i + kEnd]].end()), 1);
  }

  uint64_t first_;
  std::vector<uint64_t> lengths_;  // by group
  std::vector<Block> blocks_;
  uint64_t values_ = 0;
  uint64_t parts_ = 0;                     // bytes of what the values have on the heap
  std::vector<std::vector<Value>> lists_;  // by group, once there are results; none of it changes after that
};

}  // namespace

AccumulatorPtr make_collect_accumulator(uint32_t first) { return std::make_unique<Collect>(first); }

}  // namespace elegraph::query::exec
