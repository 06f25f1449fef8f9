// SPDX-License-Identifier: Apache-2.0
#include "query/exec/join_table.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "query/exec/operators/correlated.h"
#include "query/exec/weights.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

// Whether v = v is true, which the table, that goes by equivalence, does not tell.
bool equals_itself(const Vector& v, uint32_t row) {
  if (!v.valid(row)) return false;
  if (v.type() == Type::kFloat) return !std::isnan(v.data<double>()[v.at(row)]);
  if (v.type() != Type::kAny) return true;
  const Value& value = v.data<Value>()[v.at(row)];
  return equals(value, value) == true;
}

// Whether rows with equal keys differ in nothing that is read of them: that are keys that are entities, which are the same
// where they are equal, and constants.
bool alike_by_keys(const plan::PhysicalNode& node) {
  const plan::PhysicalNode& right = *node.right;
  const auto is_key = [&](plan::Slot slot) {
    return std::ranges::any_of(node.expressions2, [&](const plan::BoundPtr& e) {
      const bool entity = e->type.type == Type::kNode || e->type.type == Type::kRelationship;
      return entity && e->kind == plan::BoundKind::kSlot && e->slot == slot;
    });
  };
  const auto is_constant = [&](plan::Slot slot) {
    if (right.kind != plan::NodeKind::kProject) return false;
    const auto at = std::ranges::find(right.slots, slot);
    return at != right.slots.end() &&
           right.expressions[size_t(at - right.slots.begin())]->kind == plan::BoundKind::kLiteral;
  };
  return std::ranges::all_of(right.live, [&](plan::Slot s) { return is_key(s) || is_constant(s); });
}

}  // namespace

JoinTable::JoinTable(const plan::PhysicalNode& node, BuildContext& build, Keep keep)
    : state_(build.state),
      keep_(keep),
      alike_(alike_by_keys(node)),
      keys_(node.expressions2, build),
      slots_(node.right->live),
      table_(uint32_t(node.expressions.size()), GroupTable::Keep::kNumbers),
      rows_(state_, uint32_t(slots_.size())),
      memory_(state_) {}

void JoinTable::restart() {
  keys_.restart();
  table_.clear();
  rows_.clear();
  head_.clear(), tail_.clear(), next_.clear(), weights_.clear(), counts_.clear();
  memory_.release();
  complete_ = false;
}

Rows JoinKeys::evaluate(const Batch& in, uint16_t* rows) {
  columns_.clear();
  for (EvaluatorPtr& k : keys_) columns_.push_back(&k->evaluate(in, Rows::of(in)));
  uint32_t n = 0;
  for_rows(Rows::of(in), [&](uint32_t row) {
    rows[n] = uint16_t(row);
    n += std::all_of(columns_.begin(), columns_.end(), [&](const Vector* v) { return equals_itself(*v, row); });
  });
  return {rows, n};
}

Step JoinTable::fill(Operator& right) {
  const Batch* in = nullptr;
  const uint64_t* weights = nullptr;
  Step s;
  while ((s = right.next_weighted(in, weights)) == Step::kBatch) {
    state_.check_interrupt();
    add(*in, weights);
  }
  if (s == Step::kDone) {
    table_.freeze();
    complete_ = true;
  }
  return s;
}

void JoinTable::add(const Batch& in, const uint64_t* weights) {
  uint16_t valid[Vector::kCapacity];
  uint32_t groups[Vector::kCapacity];
  const Rows rows = keys_.evaluate(in, valid);
  table_.find(keys_.columns(), rows, groups);
  if (keep_ == Keep::kRows) add_rows(in, rows, groups, weights);
  if (keep_ != Keep::kNothing) {
    counts_.resize(table_.size());
    for (uint32_t i = 0; i < rows.count; i++) counts_[groups[i]] = plus(counts_[groups[i]], weights ? weights[rows[i]] : 1);
  }
  memory_.set(table_.bytes() + next_.size() * sizeof(uint32_t) + (weights_.size() + counts_.size()) * sizeof(uint64_t));
}

// Where rows of a group are alike the first one stands for all of them. -> those that are the first.
Rows JoinTable::first_of_group(Rows rows, const uint32_t* groups, const uint64_t* weights, uint16_t* first) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t& head = head_[groups[i]];
    if (head == kNone) {
      head = tail_[groups[i]] = uint32_t(next_.size());
      next_.push_back(kNone);
      weights_.push_back(0);
      first[n++] = uint16_t(rows[i]);
    }
    weights_[head] = plus(weights_[head], weights ? weights[rows[i]] : 1);
  }
  return {first, n};
}

void JoinTable::add_rows(const Batch& in, Rows rows, const uint32_t* groups, const uint64_t* weights) {
  head_.resize(table_.size(), kNone);
  tail_.resize(table_.size(), kNone);
  columns_.clear();
  for (plan::Slot s : slots_) columns_.push_back(in.columns[s]);
  if (alike_) {
    uint16_t first[Vector::kCapacity];
    return rows_.append(columns_, first_of_group(rows, groups, weights, first));
  }
  if (weights && weights_.empty()) weights_.assign(next_.size(), 1);
  if (weights || !weights_.empty()) for_rows(rows, [&](uint32_t row) { weights_.push_back(weights ? weights[row] : 1); });
  for (uint32_t i = 0; i < rows.count; i++) {
    const auto row = uint32_t(next_.size());
    next_.push_back(kNone);
    (head_[groups[i]] == kNone ? head_[groups[i]] : next_[tail_[groups[i]]]) = row;
    tail_[groups[i]] = row;
  }
  rows_.append(columns_, rows);
}

JoinBuild::JoinBuild(const plan::PhysicalNode& node, BuildContext& build, JoinTable::Keep keep)
    : state_(build.state), in_subplan_(build.argument != nullptr), table_(node, build, keep) {
  const bool alone = in_subplan_ && stands_alone(*node.right);
  stays_ = alone && build.unchanged;
  BuildContext apart{build.state, nullptr, {}};
  apart.unchanged = build.unchanged;
  right_ = make_operator(*node.right, alone ? apart : build);
}

namespace {

// To the node of that number, and to those above it.
bool add_time(const plan::PhysicalNode& root, uint32_t number, uint64_t nanoseconds,
              std::vector<plan::OperatorProfile>& profile) {
  const auto in = [&](const plan::PhysicalPtr& child) { return child && add_time(*child, number, nanoseconds, profile); };
  if (root.id != number && !in(root.left) && !in(root.right)) return false;
  profile[root.id].nanoseconds += nanoseconds;
  return true;
}

}  // namespace

Step JoinBuilds::fill_all(State& state, const plan::PhysicalNode& root) const {
  using Clock = std::chrono::steady_clock;
  for (const auto& [number, build] : all_) {
    const auto begun = Clock::now();
    const Step s = build->fill();
    const auto time = uint64_t(std::chrono::nanoseconds(Clock::now() - begun).count());
    auto* profile = state.context.profile;
    if (profile && !add_time(root, number, time, *profile)) (*profile)[number].nanoseconds += time;  // in an expression
    if (s != Step::kDone) return s;
  }
  return Step::kDone;
}

JoinProbe::JoinProbe(const plan::PhysicalNode& node, BuildContext& build, JoinTable::Keep keep)
    : keys_(node.expressions, build), build_(build.lent_joins ? build.lent_joins->find(node.id) : nullptr) {
  if (build_) return;
  own_ = std::make_unique<JoinBuild>(node, build, keep);
  build_ = own_.get();
  if (build.joins && own_->is_apart()) build.joins->add(node.id, *own_);
}

void JoinProbe::find(const Batch& left, uint32_t* groups) {
  std::fill_n(groups, left.count, JoinTable::kNone);
  if (table().empty()) return;
  uint16_t valid[Vector::kCapacity];
  uint32_t found[Vector::kCapacity];
  const Rows rows = keys_.evaluate(left, valid);
  build_->table().find(keys_.columns(), rows, found);
  uint32_t i = 0;
  for (uint32_t number = 0; number < left.count && i < rows.count; number++)
    if (left.row(number) == rows[i]) groups[number] = found[i++];
}

}  // namespace elegraph::query::exec
