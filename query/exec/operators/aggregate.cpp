// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/node_set.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/groups.h"
#include "query/exec/operators/parallel.h"
#include "query/exec/row_split.h"
#include "query/exec/shared_aggregation.h"
#include "query/exec/weights.h"

namespace elegraph::query::exec {

namespace {

// The input side: runs the child to its end into groups. One per thread.
class Grouping {
 public:
  Grouping(const plan::PhysicalNode& node, BuildContext& build)
      : node_(node),
        state_(build.state),
        child_(make_operator(*node.left, build)),
        inputs_(node, build),
        groups_(node, build.state),
        memory_(build.state) {
    only_counts_ = node.expressions.empty() &&
                   std::all_of(node.aggregates.begin(), node.aggregates.end(), [](auto& c) { return !c.arg; });
    weighable_ = std::all_of(node.aggregates.begin(), node.aggregates.end(), [](auto& c) { return weighable(c); });
    find_distinct_nodes();
  }

  void restart() {
    child_->restart();
    inputs_.restart();
    groups_.restart();
    memory_.release();
    nodes_.clear();
    rows_ = 0;
    empty_ = true;
  }

  // Sink. kDone: all input is in; kYield: call again.
  Step run() {
    Step s = Step::kBatch;
    while (s == Step::kBatch) s = step();
    return s;
  }
  // One batch of it.
  Step step() {
    empty_ = false;
    if (only_counts_) return step_counts();
    if (distinct_nodes_) return step_distinct_nodes();
    const Batch* in = nullptr;
    const uint64_t* weights = nullptr;
    Step s = weighable_ ? child_->next_weighted(in, weights) : child_->next(in);
    if (s == Step::kBatch) {
      groups_.take(inputs_, *in, Rows::of(*in), weights);
      memory_.set(groups_.bytes());
    }
    return s;
  }

  void merge(Grouping& other) {
    if (distinct_nodes_) {  // nothing is accumulated beside the set
      nodes_.merge(other.nodes_);
      memory_.set(nodes_.bytes());
      return;
    }
    state_.check_interrupt();
    rows_ = plus(rows_, other.rows_);
    if (empty_)
      groups_.swap(other.groups_);
    else
      groups_.merge(other.groups_);
    empty_ = false;
    other.groups_.clear();  // made again by restart()
    other.memory_.release();
    memory_.set(groups_.bytes());
  }

  uint32_t groups() const { return groups_.size(); }
  Value key(uint32_t group, uint32_t k) const { return groups_.key(group, k); }
  Value result(uint32_t group, uint32_t aggregate) {
    if (only_counts_) return Value::integer(int64_t(rows_));
    if (distinct_nodes_) return Value::integer(int64_t(nodes_.size()));
    return groups_.result(group, aggregate);
  }
  static bool mergeable(const plan::PhysicalNode& node) {
    if (is_distinct_nodes(node)) return true;
    return std::none_of(node.aggregates.begin(), node.aggregates.end(),
                        [&](auto& c) { return c.distinct && !repeats_values(node, c); });
  }
  // The same of parts of rows, which are fewer than those of scans: only where little comes of each part. Tables of groups
  // and lists would be filled by each worker, and again when they are put together.
  static bool mergeable_parts(const plan::PhysicalNode& node) {
    constexpr double kRowsPerGroup = 20;
    const bool few = node.expressions.empty() || node.estimated_rows * kRowsPerGroup <= node.left->estimated_rows;
    return few && mergeable(node) &&
           std::none_of(node.aggregates.begin(), node.aggregates.end(),
                        [](const plan::AggregateCall& c) { return c.def->kind == AggregateKind::kCollect; });
  }

 private:
  // Whether merging costs little beside finding: of entities and numbers it does, unless nearly all groups are one worker's
  // alone, as those of entities are. Of the others workers must be likely to see the same pairs of group and value.
  static bool repeats_values(const plan::PhysicalNode& node, const plan::AggregateCall& c) {
    auto entity = [](const plan::BoundPtr& e) {
      return e->type.type == Type::kNode || e->type.type == Type::kRelationship || e->type.type == Type::kPath;
    };
    const bool path = c.arg && c.arg->type.type == Type::kPath;
    return c.arg && !c.arg2 && !path && std::none_of(node.expressions.begin(), node.expressions.end(), entity);
  }
  // count(DISTINCT n) of nodes alone: they go straight into a set.
  static bool is_distinct_nodes(const plan::PhysicalNode& node) {
    if (!node.expressions.empty() || node.aggregates.size() != 1 || !node.left) return false;
    const plan::AggregateCall& c = node.aggregates[0];
    return c.distinct && c.def->kind == AggregateKind::kCount && c.arg && c.arg->kind == plan::BoundKind::kSlot &&
           c.arg->type.type == Type::kNode;
  }
  void find_distinct_nodes() {
    distinct_nodes_ = is_distinct_nodes(node_);
    if (distinct_nodes_) slot_ = node_.aggregates[0].arg->slot;
  }

  Step step_counts() {
    uint64_t rows = 0;
    Step s = child_->next_count(rows);
    if (s == Step::kBatch) rows_ = plus(rows_, rows);
    return s;
  }
  Step step_distinct_nodes() {
    nodes_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
    Step s = child_->next_nodes(slot_, nodes_);
    if (s == Step::kBatch) memory_.set(nodes_.bytes());
    return s;
  }

  const plan::PhysicalNode& node_;
  State& state_;
  OperatorPtr child_;
  GroupInputs inputs_;
  Groups groups_;
  MemoryAccount memory_;
  bool weighable_ = false;
  bool only_counts_ = false;
  bool distinct_nodes_ = false;
  plan::Slot slot_ = plan::kNoSlot;
  uint64_t rows_ = 0;
  bool empty_ = true;  // nothing was entered or merged into it yet
  NodeSet nodes_;
};

// GROUP BY expressions with aggregates. Without keys there is exactly one row.
class Aggregate : public Operator {
 public:
  Aggregate(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        splits_(!build.argument && Grouping::mergeable(node) && can_split(*node.left, state_)),
        splitter_(*node.left, build, !splits_ && Grouping::mergeable_parts(node)),
        grouping_(node, splitter_.build()),
        columns_(node.slots.size() + node.aggregates.size()) {
    for (auto& c : columns_) c = std::make_unique<Vector>();
  }

  void rewind() override {
    splitter_.restart();
    grouping_.restart();
    begun_ = ready_ = false;
    next_ = 0;
  }

  // Source
 protected:
  Step produce(const Batch*& out) override {
    ParameterSets* sets = state_.context.sets;
    if (sets && sets->aggregate == &node_) [[unlikely]]
      return produce_shared(*sets, out);
    if (!ready_) {
      Step s = take_input();
      if (s != Step::kDone) return s;
      ready_ = true;
    }
    uint32_t groups = grouping_.groups();
    if (next_ >= groups) return Step::kDone;
    uint32_t n = std::min(groups - next_, Vector::kCapacity);
    clear(out_);
    for (size_t c = 0; c < columns_.size(); c++) write_column(c, n);
    out_.count = n;
    next_ += n;
    return out = &out_, Step::kBatch;
  }

 private:
  Step take_input() {
    if (splits_) return state_.context.may_parallel ? run_parallel() : run_alone();
    if (Step s = splitter_.prepare(); s != Step::kDone) return s;
    return splitter_.in_parts() ? run_parts() : run_alone();
  }
  void write_column(size_t c, uint32_t n) {
    size_t keys = node_.slots.size();
    ColumnWriter writer(*columns_[c]);
    for (uint32_t i = 0; i < n; i++)
      writer.put(i, c < keys ? grouping_.key(next_ + i, uint32_t(c)) : grouping_.result(next_ + i, uint32_t(c - keys)));
    writer.finish();
    plan::Slot slot = c < keys ? node_.slots[c] : node_.aggregates[c - keys].slot;
    out_.columns[slot] = columns_[c].get();
  }

  // One row for the current set, after one pass for all of them.
  Step produce_shared(ParameterSets& sets, const Batch*& out) {
    if (!sets.passed) {
      Step s = splits_ && state_.context.may_parallel ? pass_parallel(sets) : pass_alone(sets);
      if (s != Step::kDone) return s;
      shared_->finish();
      sets.passed = true;
    }
    if (next_ > 0) return Step::kDone;
    next_ = 1;
    clear(out_);
    for (size_t c = 0; c < columns_.size(); c++) {
      columns_[c]->set_constant(shared_->result(sets.current, uint32_t(c)));
      out_.columns[node_.aggregates[c].slot] = columns_[c].get();
    }
    out_.count = 1;
    return out = &out_, Step::kBatch;
  }

  std::unique_ptr<SharedAggregation> make_shared_part(BuildContext& build, const ParameterSets& sets) {
    if (shared_) build.lent_joins = &shared_joins_;
    auto part = std::make_unique<SharedAggregation>(node_, build);
    part->restart(sets);
    return part;
  }
  void start_pass(const ParameterSets& sets) {
    BuildContext build{state_, nullptr, {}};
    build.joins = &shared_joins_;
    if (shared_)
      shared_->restart(sets);
    else
      shared_ = make_shared_part(build, sets);
  }
  Step pass_alone(const ParameterSets& sets) {
    if (!begun_) start_pass(sets);
    begun_ = true;
    return shared_->run();
  }
  Step pass_parallel(const ParameterSets& sets) {
    start_pass(sets);
    begun_ = false;
    if (Step s = shared_joins_.fill_all(state_, *node_.left); s != Step::kDone) return s;
    ParallelPipeline<SharedAggregation> pipeline(state_);
    pipeline.share_morsels(*shared_, *node_.left, false,
                           [&](BuildContext& build, uint32_t) { return make_shared_part(build, sets); });
    pipeline.for_each([&](SharedAggregation& part) { shared_->merge(part); });
    return Step::kDone;
  }

  Step run_alone() {
    begun_ = true;
    return grouping_.run();
  }

  // A run that began alone, on an I/O thread, and had to leave goes on here with others.
  Step run_parallel() {
    if (Step s = splitter_.prepare_copies(); s != Step::kDone) return s;
    ParallelPipeline<Grouping> pipeline(state_);
    pipeline.share_morsels(grouping_, *node_.left, begun_, [&](BuildContext& build, uint32_t) { return make_part(build); });
    pipeline.for_each([&](Grouping& part) { grouping_.merge(part); });
    return Step::kDone;
  }
  Step run_parts() {
    if (Step s = splitter_.prepare_copies(); s != Step::kDone) return s;
    const uint32_t parts = splitter_.parts();
    ParallelPipeline<Grouping> pipeline(state_);
    pipeline.share_parts(parts, [&](BuildContext& build, uint32_t i) {
      RowSplit split = splitter_.part(i, parts);
      build.split = &split;
      return make_part(build);
    });
    pipeline.for_each([&](Grouping& part) { grouping_.merge(part); });
    return Step::kDone;
  }
  std::unique_ptr<Grouping> make_part(BuildContext& build) {
    splitter_.lend(build);
    auto part = std::make_unique<Grouping>(node_, build);
    part->restart();
    return part;
  }

  bool splits_;
  RowSplitter splitter_;
  Grouping grouping_;
  JoinBuilds shared_joins_;
  std::unique_ptr<SharedAggregation> shared_;  // made when it is first asked for
  std::vector<std::unique_ptr<Vector>> columns_;
  bool begun_ = false;
  bool ready_ = false;
  uint32_t next_ = 0;
  Batch out_;
};

}  // namespace

OperatorPtr make_run_aggregate(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_node_aggregate(const plan::PhysicalNode&, BuildContext&);

OperatorPtr make_aggregate(const plan::PhysicalNode& node, BuildContext& build) {
  if (runs_for_many(build))
    return node.expressions.empty() ? make_row_aggregate(node, build) : make_row_groups(node, build);
  if (node.index_ordered) return make_run_aggregate(node, build);
  if (node.by_node) return make_node_aggregate(node, build);
  return std::make_unique<Aggregate>(node, build);
}

}  // namespace elegraph::query::exec
