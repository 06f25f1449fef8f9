// SPDX-License-Identifier: Apache-2.0
#include "query/plan/index_order.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "query/plan/cost_model.h"
#include "query/plan/expression_tools.h"

namespace elegraph::query::plan {
namespace {

using NodePtr = std::shared_ptr<PhysicalNode>;

// Rows that come of one input row come together, and in the order of the input's.
bool keeps_order(NodeKind kind) {
  return kind == NodeKind::kFilter || kind == NodeKind::kProject || kind == NodeKind::kSemiApply ||
         kind == NodeKind::kNodeSemiJoin || kind == NodeKind::kHashSemiJoin || kind == NodeKind::kHashCount ||
         kind == NodeKind::kExpand;
}

bool gives_each_node_once(NodeKind kind) { return is_node_scan(kind) || kind == NodeKind::kNodeIndexSeek; }

bool is_seek(NodeKind kind) { return kind == NodeKind::kNodeIndexSeek || kind == NodeKind::kRelationshipIndexSeek; }

bool is_of_relationships(NodeKind kind) {
  return kind == NodeKind::kRelationshipScan || kind == NodeKind::kRelationshipIndexSeek;
}

bool is_slot(const BoundExpression& e, Slot slot) { return e.kind == BoundKind::kSlot && e.slot == slot; }

bool is_property_of(const BoundExpression& e, Slot slot, KeyId key) {
  return e.kind == BoundKind::kProperty && e.key_id == key && e.args[0]->kind == BoundKind::kSlot &&
         e.args[0]->slot == slot;
}

class IndexOrder {
 public:
  IndexOrder(const StatementContext& context, const PhysicalPtr& input, std::optional<double> limit)
      : context_(context),
        indexes_(*context.planning.indexes),
        catalog_(*context.planning.catalog),
        input_(*input),
        limit_(limit) {
    leaf_ = input;
    for (; goes_through(*leaf_); leaf_ = leaf_->left) {
      if (leaf_->kind == NodeKind::kAggregate) grouping_ = above_.size();
      above_.push_back(leaf_);
    }
    of_relationships_ = is_of_relationships(leaf_->kind);
    entity_ = of_relationships_ ? leaf_->rel : leaf_->slot;
  }

  NodePtr sorted_by(std::span<const SortKey> keys) {
    find_keys(keys);
    if (keys_.size() < keys.size() || (grouping_ && !(find_run() && pays_alone()))) return nullptr;
    NodePtr source = is_seek(leaf_->kind) ? ordered_seek() : ordered_walk();
    if (!source || (!is_seek(leaf_->kind) && may_read_on(*source))) return nullptr;
    return under_the_others(std::move(source));
  }

  // The top-k above the input where rows come in the order of the first of its keys, or of all of them but perhaps few that
  // conditions let through.
  NodePtr sorted_in_part(const PhysicalPtr& top) {
    find_keys(top->sort);
    if (keys_.empty() || grouping_) return nullptr;
    Presorted best = is_seek(leaf_->kind) ? presorted_seek() : presorted_walk();
    if (!best.source) return nullptr;
    auto sort = std::make_shared<PhysicalNode>(*top);
    sort->presorted = best.keys, sort->most_rows = rows_worth_walking();
    sort->left = under_the_others(std::move(best.source)), sort->right = top;
    sort->estimated_cost = sort->left->estimated_cost + 2 * best.rows;
    return sort;
  }

  // Groups that are complete one after the other, so that the limit is met early.
  NodePtr grouped() {
    if (!grouping_ || !gives_each_node_once(leaf_->kind)) return nullptr;
    if (find_run()) return pays_alone() ? under_the_others(std::make_shared<PhysicalNode>(*leaf_)) : nullptr;
    for (Slot s : above_[*grouping_]->slots) {
      const SortKey key{over_groups(s)};
      if (NodePtr ordered = sorted_by({&key, 1})) return ordered;
    }
    return nullptr;
  }

 private:
  // A grouping may be above it once, under a limit, and with no condition on the groups: how many are taken until enough
  // fulfil it, nobody knows.
  bool goes_through(const PhysicalNode& n) const {
    if (!n.left) return false;
    if (n.kind == NodeKind::kAggregate)
      return limit_ && !grouping_ && !n.slots.empty() &&
             std::ranges::all_of(above_, [](const PhysicalPtr& a) { return a->kind == NodeKind::kProject; });
    return keeps_order(n.kind);
  }

  // A group's key as an expression over what comes from the grouping.
  BoundPtr over_groups(Slot s) const {
    const PhysicalNode& n = *above_[*grouping_];
    const auto at = std::ranges::find(n.slots, s) - n.slots.begin();
    return make_slot(s, n.expressions[size_t(at)]->type, n.expressions[size_t(at)]->position);
  }

  // The key whose rows come together: the leaf's node itself, or what is sorted by first.
  bool find_run() {
    const PhysicalNode& n = *above_[*grouping_];
    for (size_t i = 0; i < n.expressions.size(); ++i) {
      const BoundPtr e = over_leaf(n.expressions[i], *grouping_ + 1);
      if (is_slot(*e, entity_) || (!keys_.empty() && same_expression(*e, *keys_[0])))
        return run_ = e, run_number_ = i, true;
    }
    return false;
  }

  // All workers find groups together, these are found by one.
  bool pays_alone() const {
    constexpr double kShare = 0.1;
    return rows_taken() <= leaf_->estimated_rows * kShare;
  }

  // The properties of the leaf's node, or relationship, that are sorted by first, with nulls where Cypher has them.
  void find_keys(std::span<const SortKey> keys) {
    sorted_by_ = keys.size();
    keys_.clear(), descending_.clear();
    for (const SortKey& k : keys) {
      const BoundPtr e = over_leaf(k.expression);
      if (k.nulls_first != k.descending || e->kind != BoundKind::kProperty || !is_property_of(*e, entity_, e->key_id) ||
          !e->key_id.valid())
        return;
      keys_.push_back(e), descending_.push_back(k.descending);
    }
  }

  // What a projection or a grouping in between computes, in terms of the rows below it.
  BoundPtr over_leaf(BoundPtr e, size_t from = 0) const {
    for (const PhysicalPtr& n : std::span(above_).subspan(from)) {
      const bool computes = n->kind == NodeKind::kProject || n->kind == NodeKind::kAggregate;
      if (!computes || e->kind != BoundKind::kSlot) continue;
      const auto at = std::ranges::find(n->slots, e->slot);
      if (at != n->slots.end()) e = n->expressions[size_t(at - n->slots.begin())];
    }
    return e;
  }

  // Of what is sorted by, the first keys that the index has the order of, how many of its components are theirs, and which
  // way to go through these. Components that are bound to one value have no say; the others must be the index's next ones.
  struct Given {
    size_t keys = 0, components = 0;
    std::vector<SortKey> order;  // of the components, in one direction or not
    bool descending() const { return !order.empty() && order[0].descending; }
  };
  Given given_by(const index::PropertyIndex& index, const PhysicalNode& walk) const {
    Given out;
    const size_t equal = walk.equal.size();
    const auto bound = index.keys().first(equal), next = index.keys().subspan(equal);
    for (; out.keys < keys_.size(); ++out.keys) {
      const KeyId key = keys_[out.keys]->key_id;
      if (std::ranges::find(bound, key) != bound.end()) continue;
      if (out.components == next.size() || next[out.components] != key) break;
      const bool descending = descending_[out.keys];
      if (!out.order.empty() && out.order.back().descending != descending && !may_turn(index, walk)) break;
      out.order.push_back({keys_[out.keys], descending, descending});
      ++out.components;
    }
    return out;
  }
  // Each turn is a descent more for every value before it, which pays for few rows. What has no entry is not a first or
  // last row of all then, and prefixes are walked upwards only.
  bool may_turn(const index::PropertyIndex& index, const PhysicalNode& walk) const {
    return limit_ && !walk.prefix && !(is_scan() && misses_nodes(index, walk));
  }
  static void set_order(PhysicalNode& walk, const Given& given) {
    walk.index_ordered = true, walk.descending = given.descending(), walk.sort = given.order;
  }

  // The index of the leaf, which is a seek, if it can be walked.
  const index::PropertyIndex* walkable() const {
    return leaf_->in_list || both_ways() ? nullptr : indexes_.get(leaf_->index);
  }
  static bool can_go(const PhysicalNode& walk, const Given& given) { return !walk.prefix || !given.descending(); }
  // A batch has the relationships first, and behind them the same in the other direction.
  bool both_ways() const { return of_relationships_ && leaf_->direction == Direction::kBoth; }

  NodePtr ordered_seek() const {
    const index::PropertyIndex* index = walkable();
    if (!index) return nullptr;
    const Given given = given_by(*index, *leaf_);
    if (given.keys < keys_.size() || !can_go(*leaf_, given)) return nullptr;
    auto seek = std::make_shared<PhysicalNode>(*leaf_);
    set_order(*seek, given);
    seek->estimated_cost = std::min(seek->estimated_cost, CostModel::kIndexDescent + CostModel::kRangeRow * rows_taken());
    return seek;
  }

  // Whether it reads all of one label, or of one type.
  bool is_scan() const {
    if (of_relationships_) return leaf_->kind == NodeKind::kRelationshipScan && leaf_->types.size() == 1 && !both_ways();
    return leaf_->kind == NodeKind::kLabelScan && leaf_->labels.size() == 1;
  }
  // Those of the scan's label or type.
  std::vector<const index::PropertyIndex*> indexes() const {
    if (of_relationships_) {
      const auto type = catalog_.find_rel_type(leaf_->types[0]);
      return type ? indexes_.on_rel_type(*type) : std::vector<const index::PropertyIndex*>();
    }
    const auto label = catalog_.find_label(leaf_->labels[0]);
    return label ? indexes_.on_label(*label) : std::vector<const index::PropertyIndex*>();
  }
  // Calls f(index) for each that the scan could be exchanged for.
  template <class F>
  void for_each_index(F&& f) const {
    if (!is_scan()) return;
    for (const index::PropertyIndex* i : indexes())
      if (i->online()) f(*i);
  }

  // Instead of a scan: the cheapest walk of an index of its label that is cheaper than scanning and sorting.
  NodePtr ordered_walk() const {
    NodePtr best;
    for_each_index([&](const index::PropertyIndex& i) {
      if (NodePtr walk = walk_of(i); walk && (!best || walk->estimated_cost < best->estimated_cost)) best = std::move(walk);
    });
    return best;
  }

  NodePtr walk_of(const index::PropertyIndex& index) const {
    NodePtr walk = narrowed_walk(index);
    const Given given = given_by(index, *walk);
    if (given.keys < keys_.size() || !can_go(*walk, given)) return nullptr;
    set_order(*walk, given);
    if (!is_narrowed(*walk) && !limit_) return nullptr;
    const double rows = std::min(rows_taken(), walk->estimated_rows);
    walk->estimated_cost = CostModel::kIndexDescent + CostModel::kRangeRow * rows;
    if (walk->estimated_cost >= cost_without_walk()) return nullptr;
    return misses_nodes(index, *walk) ? with_nulls(index, walk) : walk;
  }

  // Whether a limit may be met much later than expected: conditions that the walk does not begin with drop rows, and where
  // those that they let through stand in its order, nobody knows.
  bool may_read_on(const PhysicalNode& walk) const {
    if (!limit_ || grouping_) return false;
    constexpr double kSome = 0.9;
    const PhysicalNode& seek = walk.kind != NodeKind::kUnion ? walk : is_seek(walk.left->kind) ? *walk.left : *walk.right;
    return std::ranges::any_of(above_, [&](const PhysicalPtr& n) {
      if (n->kind == NodeKind::kProject || n->kind == NodeKind::kExpand) return false;
      return n->estimated_rows < kSome * n->left->estimated_rows &&
             !(n->kind == NodeKind::kFilter && is_asked_by(seek, *n));
    });
  }
  // Whether the filter asks nothing but the values that the walk is narrowed down to.
  static bool is_asked_by(const PhysicalNode& walk, const PhysicalNode& filter) {
    std::vector<BoundPtr> values = walk.equal;
    if (walk.lower) values.push_back(walk.lower->value);
    if (walk.upper) values.push_back(walk.upper->value);
    if (walk.prefix) values.push_back(walk.prefix);
    return std::ranges::all_of(filter.expressions, [&](const BoundPtr& e) {
      return std::ranges::any_of(e->args, [&](const BoundPtr& a) { return std::ranges::find(values, a) != values.end(); });
    });
  }

  // Of the index, as far as conditions narrow it down.
  NodePtr narrowed_walk(const index::PropertyIndex& index) const {
    auto walk = std::make_shared<PhysicalNode>();
    if (of_relationships_)
      *walk = *leaf_, walk->kind = NodeKind::kRelationshipIndexSeek;
    else
      walk->kind = NodeKind::kNodeIndexSeek, walk->slot = leaf_->slot, walk->labels = leaf_->labels;
    walk->index = index.id();
    add_equalities(index, *walk);
    if (walk->equal.size() < index.keys().size()) add_bounds(index.keys()[walk->equal.size()], *walk);
    walk->estimated_rows = is_narrowed(*walk) ? input_.estimated_rows : leaf_->estimated_rows;
    return walk;
  }
  static bool is_narrowed(const PhysicalNode& walk) {
    return walk.lower || walk.upper || walk.prefix || !walk.equal.empty();
  }
  // Whether nodes of the label, or relationships of the type, that may be wanted have no entry.
  bool misses_nodes(const index::PropertyIndex& index, const PhysicalNode& walk) const {
    return !is_narrowed(walk) && !always_there(index) && !excludes_null();
  }

  // A walk in the order of the first `keys` of what is sorted by.
  struct Presorted {
    NodePtr source;
    uint32_t keys = 0;
    double rows = 0;  // of the leaf that it is likely to read
  };

  Presorted presorted_seek() const {
    const index::PropertyIndex* index = walkable();
    return index ? presorted(*index, std::make_shared<PhysicalNode>(*leaf_)) : Presorted();
  }
  Presorted presorted_walk() const {
    Presorted best;
    for_each_index([&](const index::PropertyIndex& i) {
      Presorted p = presorted(i, narrowed_walk(i));
      if (p.source && (!best.source || p.rows < best.rows)) best = std::move(p);
    });
    return best;
  }

  Presorted presorted(const index::PropertyIndex& index, NodePtr walk) const {
    const Given given = given_by(index, *walk);
    if (given.components == 0 || !can_go(*walk, given)) return {};
    set_order(*walk, given);
    const bool all = given.keys == keys_.size() && given.keys == sorted_by_;
    const double rows = std::min(walk->estimated_rows, rows_taken() + (all ? 0 : rows_of_run(index, *walk, given)));
    walk->most_rows = rows_worth_walking();
    if (std::max(rows, *limit_) > walk->most_rows) return {};
    walk->estimated_cost = CostModel::kIndexDescent + CostModel::kRangeRow * rows;
    if (is_scan() && misses_nodes(index, *walk)) walk = with_nulls(index, std::move(walk));
    return {std::move(walk), uint32_t(given.keys), rows};
  }

  // Rows of the walk that are alike in the keys that it gives the order of.
  double rows_of_run(const index::PropertyIndex& index, const PhysicalNode& walk, Given given) const {
    const bool whole = walk.equal.size() + given.components == index.keys().size();
    if (whole && index.distinct_estimate() > 0) return double(index.entries()) / double(index.distinct_estimate());
    double rows = walk.estimated_rows;
    const auto bound = index.keys().first(walk.equal.size());
    for (const BoundPtr& key : std::span(keys_).first(given.keys))
      if (std::ranges::find(bound, key->key_id) == bound.end()) rows *= CostModel(context_).equality(*key);
    return std::max(1.0, rows);
  }

  // A run may be much longer than others. That is noticed when so many rows were walked, at a fraction of what scanning and
  // sorting takes, which follows then.
  uint32_t rows_worth_walking() const {
    constexpr double kShare = 0.2;
    const double above = (input_.estimated_cost - leaf_->estimated_cost) / std::max(1.0, leaf_->estimated_rows);
    const double rows = kShare * (input_.estimated_cost + cost_of_sort()) / (CostModel::kRangeRow + std::max(0.0, above));
    return uint32_t(std::clamp(rows, 1.0, 1e9));
  }

  // Whether all nodes of the label, or relationships of the type, have the index's properties. That another index says so
  // would not do: it may be dropped, and the plan would not be made again.
  static bool always_there(const index::PropertyIndex& index) {
    return index.definition().constraint == index::ConstraintKind::kKey;
  }

  // Of reading all, less what is done above the leaf in either case. Groups are few beside the rows: sorting them is no
  // matter.
  double cost_without_walk() const {
    if (!grouping_) return leaf_->estimated_cost + cost_of_sort();
    const double above = input_.estimated_cost - leaf_->estimated_cost;
    return input_.estimated_cost + cost_of_texts() - above * rows_taken() / std::max(1.0, leaf_->estimated_rows);
  }

  // Beyond what numbers and entities take, as keys.
  double cost_of_texts() const {
    constexpr double kText = 20;
    const PhysicalNode& n = *above_[*grouping_];
    const bool texts = std::ranges::any_of(n.expressions, [](const BoundPtr& e) { return e->type.type == Type::kString; });
    return texts ? n.left->estimated_rows * kText : 0;
  }

  // A top-k keeps a few thousand rows and sorts them; most of those that come after are not even kept.
  double cost_of_sort() const {
    constexpr double kKept = 4096;
    const double in = input_.estimated_rows;
    return CostModel::kSortRow * (limit_ ? std::min(in, *limit_ + kKept) : in);
  }

  // Calls f(kind, value) for each condition on the way of the form property <kind> constant.
  template <class F>
  void for_each_condition(KeyId key, F&& f) const {
    for (const PhysicalPtr& n : above_) {
      if (n->kind != NodeKind::kFilter) continue;
      for (const BoundPtr& e : n->expressions) {
        if (!is_comparison(e->kind) && e->kind != BoundKind::kStartsWith) continue;
        const BoundPtr &left = e->args[0], &right = e->args[1];
        if (is_property_of(*left, entity_, key) && is_row_independent(*right)) f(e->kind, right);
        if (e->kind != BoundKind::kStartsWith && is_property_of(*right, entity_, key) && is_row_independent(*left))
          f(mirrored(e->kind), left);
      }
    }
  }

  // What conditions say of the index's components; they are checked all the same.
  void add_equalities(const index::PropertyIndex& index, PhysicalNode& walk) const {
    for (KeyId key : index.keys()) {
      BoundPtr value;
      for_each_condition(key, [&](BoundKind kind, const BoundPtr& v) {
        if (kind == BoundKind::kEqual) value = v;
      });
      if (!value) return;
      walk.equal.push_back(value);
    }
  }
  bool goes_down(KeyId key) const {
    for (size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i]->key_id == key) return descending_[i];
    return false;
  }
  void add_bounds(KeyId key, PhysicalNode& walk) const {
    for_each_condition(key, [&](BoundKind kind, const BoundPtr& value) {
      if (kind == BoundKind::kEqual) return;
      if (kind == BoundKind::kStartsWith) {
        if (!walk.lower && !walk.upper && !goes_down(key)) walk.prefix = value;
        return;
      }
      const bool above = kind == BoundKind::kGreater || kind == BoundKind::kGreaterEqual;
      auto& bound = above ? walk.lower : walk.upper;
      if (!bound && !walk.prefix)
        bound = IndexBound{value, kind == BoundKind::kGreaterEqual || kind == BoundKind::kLessEqual};
    });
  }

  // Rows of the leaf until `limit_` of them, or groups of them, have come through what lies above it.
  double rows_taken() const {
    const double all = leaf_->estimated_rows;
    if (!limit_) return all;
    const double through = grouping_ ? above_[*grouping_]->left->estimated_rows : input_.estimated_rows;
    return std::min(all, *limit_ * rows_of_a_group() * std::max(1.0, all / std::max(1.0, through)));
  }
  double rows_of_a_group() const {
    if (!grouping_ || keys_.empty() || is_slot(*run_, entity_)) return 1;
    return std::max(1.0, leaf_->estimated_rows * CostModel(context_).equality(*keys_[0]));
  }

  // A condition on the way that is never true of null.
  bool excludes_null() const {
    return std::ranges::any_of(above_, [&](const PhysicalPtr& n) {
      return n->kind == NodeKind::kFilter && std::ranges::any_of(n->expressions, [&](const BoundPtr& e) {
               if (e->kind != BoundKind::kIsNotNull && e->kind != BoundKind::kStartsWith && !is_comparison(e->kind))
                 return false;
               return std::ranges::any_of(e->args,
                                          [&](const BoundPtr& a) { return is_property_of(*a, entity_, keys_[0]->key_id); });
             });
    });
  }

  // What has none of the index's properties has no entry.
  NodePtr with_nulls(const index::PropertyIndex& index, NodePtr walk) const {
    auto without = std::make_shared<PhysicalNode>();
    without->kind = NodeKind::kFilter, without->left = std::make_shared<PhysicalNode>(*leaf_);
    for (KeyId key : index.keys()) {
      auto property = std::make_shared<BoundExpression>(*keys_[0]);
      property->key_id = key, property->name = catalog_.name(key);
      without->expressions.push_back(make_call(BoundKind::kIsNull, {Type::kBool}, {std::move(property)}));
    }
    without->estimated_rows = 1;
    // The nodes that have the property are mostly enough when they come first. Behind the others, chunks where no row lacks
    // it are not read.
    without->estimated_cost = walk->descending ? leaf_->estimated_cost / kChunkRows : 0;
    auto both = std::make_shared<PhysicalNode>();
    both->kind = NodeKind::kUnion;
    std::vector<Slot> slots = {entity_};
    if (of_relationships_)
      for (Slot end : {leaf_->slot2, leaf_->slot3})
        if (end != kNoSlot) slots.push_back(end);
    both->slots = both->slots2 = both->slots3 = slots;
    both->estimated_rows = leaf_->estimated_rows;
    both->estimated_cost = walk->estimated_cost + without->estimated_cost;
    both->left = walk->descending ? without : walk, both->right = walk->descending ? walk : without;
    return both;
  }

  // Copies of the operators above the leaf, which now touch the rows that are taken only.
  NodePtr under_the_others(NodePtr source) const {
    const double share = rows_taken() / std::max(1.0, leaf_->estimated_rows);
    for (auto n = above_.rbegin(); n != above_.rend(); ++n) {
      auto copy = std::make_shared<PhysicalNode>(**n);
      copy->estimated_cost = source->estimated_cost + ((*n)->estimated_cost - (*n)->left->estimated_cost) * share;
      copy->left = std::move(source);
      if (copy->kind == NodeKind::kAggregate) group_by_runs(*copy);
      source = std::move(copy);
    }
    return source;
  }

  void group_by_runs(PhysicalNode& n) const {
    n.index_ordered = true;
    std::swap(n.slots[0], n.slots[run_number_]);
    std::swap(n.expressions[0], n.expressions[run_number_]);
  }

  const StatementContext& context_;
  const index::IndexSet& indexes_;
  const storage::Catalog& catalog_;
  const PhysicalNode& input_;
  std::optional<double> limit_;
  PhysicalPtr leaf_;
  bool of_relationships_ = false;   // the leaf is of these
  Slot entity_ = kNoSlot;           // its node or relationship
  std::vector<PhysicalPtr> above_;  // the topmost first
  std::vector<BoundPtr> keys_;      // over the leaf's slot
  std::vector<bool> descending_;    // each of them
  size_t sorted_by_ = 0;            // how many keys there are, with those that are no property
  std::optional<size_t> grouping_;  // which of above_ is a kAggregate
  BoundPtr run_;                    // its key that find_run() found, over the leaf's slot
  size_t run_number_ = 0;
};

}  // namespace

NodePtr in_index_order(const StatementContext& context, const PhysicalPtr& input, std::span<const SortKey> keys,
                       std::optional<double> limit) {
  return IndexOrder(context, input, limit).sorted_by(keys);
}

NodePtr partly_in_index_order(const StatementContext& context, const PhysicalPtr& top, double limit) {
  return IndexOrder(context, top->left, limit).sorted_in_part(top);
}

NodePtr in_groups(const StatementContext& context, const PhysicalPtr& input, double limit) {
  return IndexOrder(context, input, limit).grouped();
}

}  // namespace elegraph::query::plan
