// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/count_memo.h"
#include "query/exec/input_rows.h"
#include "query/exec/intersection_leg.h"
#include "query/exec/operators/factories.h"
#include "query/exec/output_rows.h"
#include "query/exec/weights.h"

namespace elegraph::query::exec {

namespace {

constexpr uint32_t kHeaderAhead = 8;
constexpr uint32_t kListAhead = 4;
// What a search in a list costs beside a look at a mark.
constexpr uint64_t kSearch = 24;

// Whether the rows below may have the same two ends more than once: not where they are the ends of one relationship
// each (but for parallel ones).
bool repeats_pairs(const plan::PhysicalNode& node) {
  if (node.legs.size() != 2) return false;
  const plan::PhysicalNode* below = node.left.get();
  while (below && below->kind == plan::NodeKind::kFilter) below = below->left.get();
  if (!below || below->kind != plan::NodeKind::kExpand) return true;
  const plan::PhysicalNode* scan = below->left.get();
  while (scan && scan->kind == plan::NodeKind::kFilter) scan = scan->left.get();
  return !scan || scan->left;
}

// Binds a node that each of several bound nodes (the legs' ends) has a relationship to: the step of a worst-case
// optimal join (Ngo, Ré and Rudra, SIGMOD Record 2013). One leg's lists are read, the other legs are asked: by a bitmap
// where the leg's node stays the same over several rows, else by galloping search.
//
// Relationships of one pattern differ. Two of them can only be the same where their ends are, so all the nodes
// found count for the product of their relationships, and just the row's own nodes (`ends`) are looked at one by one.
class Intersect : public Operator {
 public:
  Intersect(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        child_(make_operator(*node.left, build)),
        labels_(state_, node.target_labels),
        held_(input_slots()),
        memory_(state_),
        leg_ids_(node.legs.size()),
        pairs_repeat_(repeats_pairs(node)) {
    for (const plan::IntersectLeg& l : node.legs) {
      legs_.push_back(std::make_unique<IntersectionLeg>(state_, l));
      rels_.push_back(is_live(l.rel) ? std::make_unique<Vector>() : nullptr);
    }
    excluded_.resize(legs_.size()), choices_.resize(legs_.size()), chosen_.resize(legs_.size());
    found_rels_.resize(legs_.size());
    any_rel_ = std::any_of(rels_.begin(), rels_.end(), [](auto& r) { return r != nullptr; });
    differ_ = std::any_of(node.legs.begin(), node.legs.end(),
                          [](auto& l) { return !l.distinct_from.empty() || !l.distinct_legs.empty(); });
  }

  void rewind() override {
    child_->restart();
    input_.restart();
    labels_.restart();
    clear_found();
    searched_ = false;
    memo_.forget();
  }

  // Operator
 protected:
  Step produce(const Batch*& out) override { return produce_rows(out, nullptr); }
  Step produce_count(uint64_t& rows) override;
  Step produce_weighted(const Batch*& out, const uint64_t*& weights) override;

 private:
  Step produce_rows(const Batch*& out, const uint64_t** weights);
  Step fill(bool weighted);
  void forget();
  NodeId leg_node(size_t leg, uint32_t number) const;
  bool enter_row();
  bool stays(size_t leg) const;
  void prefetch() const;
  void choose_driver();
  bool by_marks() const;

  uint64_t count_row();
  uint64_t count_pairs();
  uint64_t count_marks() const;
  void find_nodes();
  uint64_t product(NodeId to) const;

  void read_exclusions();
  void combinations(NodeId to, size_t leg);
  uint64_t count_differing(NodeId to);
  bool is_end(NodeId to) const { return std::find(ends_.begin(), ends_.end(), to) != ends_.end(); }
  bool all_reach(NodeId to);

  void search();
  void clear_found();
  void emit();

  OperatorPtr child_;
  LabelFilter labels_;
  std::vector<plan::Slot> held_;
  MemoryAccount memory_;
  std::vector<std::unique_ptr<IntersectionLeg>> legs_;
  std::vector<const NodeId*> leg_ids_;  // of the input batch; null where it is no plain column
  bool any_rel_ = false;                // a relationship is wanted, not only how many there are
  bool differ_ = false;                 // relationships must differ from others
  InputRows input_;
  OutputRows output_;

  // The current row.
  size_t driver_ = 0;
  bool each_differs_ = false;  // every node is looked at one by one
  std::vector<NodeId> ends_;
  std::vector<std::vector<RelId>> excluded_, choices_;  // by leg
  std::vector<RelId> chosen_;                           // by leg, while combinations are tried
  uint64_t combinations_ = 0;
  bool keep_combinations_ = false;
  std::vector<NodeId> nodes_;

  bool pairs_repeat_;  // the same two ends may come in several rows
  CountMemo memo_;

  // produce(): what was found for the current row; from next_ on it is still to be handed on.
  std::vector<NodeId> found_;
  std::vector<std::vector<RelId>> found_rels_;
  size_t next_ = 0;
  bool searched_ = false;
  Vector targets_;
  std::vector<std::unique_ptr<Vector>> rels_;  // by leg; null where nobody reads it

  // produce_weighted()
  uint64_t weights_[Vector::kCapacity];
  uint16_t kept_[Vector::kCapacity];
  Batch weighted_;
};

Step Intersect::fill(bool weighted) {
  bool fresh = !input_.has_row();
  Step s = input_.fill(*child_, weighted);
  if (s != Step::kBatch) return s;
  state_.check_interrupt();
  if (!fresh) return s;
  forget();
  return s;
}

// Nothing that refers to the store or to the input batch outlives a call.
void Intersect::forget() {
  if (state_.wrote) memo_.forget();
  for (auto& l : legs_) l->forget();
  if (!input_.has_row()) return;
  for (size_t i = 0; i < legs_.size(); i++) {
    const Vector& column = input_.batch().column(node_.legs[i].slot);
    bool plain = column.type() == Type::kNode && column.all_valid() && !column.constant();
    leg_ids_[i] = plain ? column.data<NodeId>() : nullptr;
  }
}

NodeId Intersect::leg_node(size_t leg, uint32_t number) const {
  const Batch& in = input_.batch();
  uint32_t row = in.row(number);
  return leg_ids_[leg] ? leg_ids_[leg][row] : node_at(in.column(node_.legs[leg].slot), row);
}

// Whether the leg's node is that of the next row as well.
bool Intersect::stays(size_t leg) const {
  uint32_t next = input_.number() + 1;
  return next < input_.batch().count && leg_node(leg, next) == legs_[leg]->node();
}

void Intersect::prefetch() const {
  uint32_t n = input_.number(), count = input_.batch().count;
  for (size_t i = 0; i < legs_.size(); i++) {
    NodeId header = n + kHeaderAhead < count ? leg_node(i, n + kHeaderAhead) : NodeId();
    NodeId list = n + kListAhead < count ? leg_node(i, n + kListAhead) : NodeId();
    if (header.valid() && header != legs_[i]->node()) legs_[i]->prefetch_header(header);
    if (list.valid() && list != legs_[i]->node()) legs_[i]->prefetch_list(list);
  }
}

// False: the row has no result.
bool Intersect::enter_row() {
  uint32_t number = input_.number();
  for (size_t i = 0; i < legs_.size(); i++)
    if (!leg_node(i, number).valid()) return false;
  prefetch();
  for (size_t i = 0; i < legs_.size(); i++) {
    IntersectionLeg& leg = *legs_[i];
    NodeId node = leg_node(i, number);
    bool again = leg.node() == node;
    leg.move_to(node);
    if (leg.size() == 0) return false;
    if (!leg.marked() && (again || stays(i))) leg.mark(labels_), state_.touch(leg.size());
  }
  choose_driver();
  if (!differ_) return true;
  ends_.clear();
  const Batch& in = input_.batch();
  for (plan::Slot s : node_.ends)
    if (NodeId end = node_at(in.column(s), in.row(number)); end.valid() && !is_end(end)) ends_.push_back(end);
  each_differs_ = node_.ends_unknown;
  for (size_t i = 0; i < legs_.size(); i++)
    for (uint32_t j : node_.legs[i].distinct_legs) each_differs_ |= legs_[i]->node() == legs_[j]->node();
  return true;
}

// The leg whose lists are read: that with the least work.
void Intersect::choose_driver() {
  uint64_t best = 0;
  for (size_t d = 0; d < legs_.size(); d++) {
    uint64_t each = 1;
    for (size_t i = 0; i < legs_.size(); i++)
      if (i != d) each += legs_[i]->marked() ? 0 : kSearch;
    uint64_t work = legs_[d]->size() * each;
    if (d == 0 || work < best) best = work, driver_ = d;
  }
  state_.touch(best / 4 + 1);
}

// ---- what is found for one row

// The nodes that all legs reach, each once.
void Intersect::find_nodes() {
  nodes_.clear();
  legs_[driver_]->for_each_list([&](const NodeId* list, uint32_t count, NodeId left_out) {
    for (uint32_t i = 0; i < count; i++) {
      NodeId to = list[i];
      if (to == left_out || (i && to == list[i - 1])) continue;
      bool all = true;
      for (size_t l = 0; l < legs_.size() && all; l++) all = l == driver_ || legs_[l]->reaches(to);
      if (all && (labels_.trivial() || labels_.matches(to))) nodes_.push_back(to);
    }
  });
  if (std::adjacent_find(nodes_.begin(), nodes_.end(), std::greater_equal<>()) == nodes_.end()) return;
  std::sort(nodes_.begin(), nodes_.end());
  nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
}

uint64_t Intersect::product(NodeId to) const {
  uint64_t n = 1;
  for (auto& l : legs_) n *= l->count(to);
  return n;
}

// Asks marks first: they mostly say no.
bool Intersect::all_reach(NodeId to) {
  for (auto& l : legs_)
    if (l->marked() && !l->has_mark(to)) return false;
  for (auto& l : legs_)
    if (!l->marked() && !l->reaches(to)) return false;
  return labels_.trivial() || labels_.matches(to);
}

void Intersect::read_exclusions() {
  const Batch& in = input_.batch();
  for (size_t i = 0; i < legs_.size(); i++) {
    excluded_[i].clear();
    for (plan::Slot s : node_.legs[i].distinct_from) add_relationships_at(in.column(s), input_.row(), excluded_[i]);
  }
}

// Every choice of one relationship to `to` from each leg, from `leg` on, such that they differ where they must.
void Intersect::combinations(NodeId to, size_t leg) {
  if (leg == legs_.size()) {
    combinations_++;
    if (!keep_combinations_) return;
    found_.push_back(to);
    for (size_t i = 0; i < legs_.size(); i++)
      if (rels_[i]) found_rels_[i].push_back(chosen_[i]);
    return;
  }
  auto has = [](const std::vector<RelId>& list, RelId r) { return std::find(list.begin(), list.end(), r) != list.end(); };
  for (RelId r : choices_[leg]) {
    const auto& others = node_.legs[leg].distinct_legs;
    if (has(excluded_[leg], r) || std::any_of(others.begin(), others.end(), [&](uint32_t o) { return chosen_[o] == r; }))
      continue;
    chosen_[leg] = r;
    combinations(to, leg + 1);
  }
}

uint64_t Intersect::count_differing(NodeId to) {
  for (size_t i = 0; i < legs_.size(); i++) choices_[i].clear(), legs_[i]->relationships(to, choices_[i]);
  combinations_ = 0;
  combinations(to, 0);
  return combinations_;
}

// ---- counting

bool Intersect::by_marks() const {
  if (legs_.size() != 2) return false;
  const IntersectionLeg& other = *legs_[1 - driver_];
  return other.marks_count();
}

uint64_t Intersect::count_marks() const {
  const IntersectionLeg& other = *legs_[1 - driver_];
  uint64_t n = 0;
  legs_[driver_]->for_each_list([&](const NodeId* list, uint32_t count, NodeId left_out) {
    if (other.marks_are_single())
      for (uint32_t i = 0; i < count; i++) n += uint64_t(other.has_mark(list[i])) & uint64_t(list[i] != left_out);
    else
      for (uint32_t i = 0; i < count; i++) n += other.marks(list[i]) * uint64_t(list[i] != left_out);
  });
  return n;
}

// The number of pairs of relationships, whether they differ or not.
uint64_t Intersect::count_pairs() {
  uint64_t n = 0;
  if (by_marks()) {
    if (!pairs_repeat_) return count_marks();
    NodeId moving = legs_[driver_]->node();
    memo_.stay_at(1 - driver_, legs_[1 - driver_]->node());
    if (memo_.find(moving, n)) return n;
    memo_.put(moving, n = count_marks());
    memory_.set(memo_.bytes());
    return n;
  }
  find_nodes();
  for (NodeId to : nodes_) n += product(to);
  return n;
}

uint64_t Intersect::count_row() {
  if (!enter_row()) return 0;
  if (differ_ && each_differs_) {
    read_exclusions();
    find_nodes();
    uint64_t n = 0;
    for (NodeId to : nodes_) n += count_differing(to);
    return n;
  }
  uint64_t n = count_pairs();
  if (!differ_) return n;
  bool read = false;
  for (NodeId end : ends_) {
    if (!all_reach(end)) continue;
    if (!read) read_exclusions();
    read = true;
    n += count_differing(end) - product(end);
  }
  return n;
}

Step Intersect::produce_count(uint64_t& rows) {
  if (searched_) return Operator::produce_count(rows);  // in the middle of a row
  if (state_.out_of_budget()) return Step::kYield;
  forget();
  Step s = fill(true);
  if (s != Step::kBatch) return s;
  keep_combinations_ = false;
  rows = 0;
  for (; input_.has_row() && !state_.out_of_budget(); input_.advance()) {
    rows = plus(rows, times(count_row(), input_.weight()));
    if (input_.number() % 64 == 0) state_.check_interrupt();
  }
  input_.keep_rest(held_);
  return Step::kBatch;
}

// The input's rows with how many each would become, where nobody reads what they differ in.
Step Intersect::produce_weighted(const Batch*& out, const uint64_t*& weights) {
  if (searched_ || any_rel_ || is_live(node_.slot2)) return produce_rows(out, &weights);
  if (state_.out_of_budget()) return Step::kYield;
  forget();
  Step s = fill(true);
  if (s != Step::kBatch) return s;
  keep_combinations_ = false;
  weighted_ = input_.batch();
  uint32_t n = 0;
  for (; input_.has_row(); input_.advance()) {
    const auto row = uint16_t(input_.row());
    weights_[row] = times(count_row(), input_.weight());
    kept_[n] = row;
    n += weights_[row] > 0;
    if (input_.number() % 64 == 0) state_.check_interrupt();
  }
  input_.restart();
  weighted_.selection = kept_, weighted_.count = n;
  weights = weights_;
  return out = &weighted_, Step::kBatch;
}

// ---- rows

void Intersect::clear_found() {
  found_.clear();
  for (auto& r : found_rels_) r.clear();
  next_ = 0;
}

void Intersect::search() {
  clear_found();
  searched_ = true;
  if (!enter_row()) return;
  find_nodes();
  if (differ_) read_exclusions();
  for (NodeId to : nodes_) {
    if (any_rel_ || (differ_ && (each_differs_ || is_end(to))))
      count_differing(to);
    else
      found_.insert(found_.end(), product(to), to);
  }
}

// Takes what is left of the current row's results into the output, as far as it goes.
void Intersect::emit() {
  uint32_t n = uint32_t(std::min<size_t>(found_.size() - next_, output_.room())), at = output_.count();
  std::copy_n(found_.data() + next_, n, targets_.mutable_data<NodeId>() + at);
  for (size_t i = 0; i < legs_.size(); i++)
    if (rels_[i]) std::copy_n(found_rels_[i].data() + next_, n, rels_[i]->mutable_data<RelId>() + at);
  output_.add(input_.row(), n);
  next_ += n;
}

// `weights`: null where each row comes for itself.
Step Intersect::produce_rows(const Batch*& out, const uint64_t** weights) {
  if (state_.out_of_budget()) return Step::kYield;
  output_.clear();
  targets_.reset(Type::kNode);
  for (auto& r : rels_)
    if (r) r->reset(Type::kRelationship);
  forget();
  keep_combinations_ = true;
  while (output_.count() == 0) {
    Step s = fill(weights != nullptr);
    if (s != Step::kBatch) return s;
    while (input_.has_row()) {
      if (!searched_) search();
      emit();
      if (next_ < found_.size()) break;
      searched_ = false;
      input_.advance();
      if (input_.number() % 64 == 0) state_.check_interrupt();
      if (state_.out_of_budget()) break;
    }
    if (output_.count() == 0 && state_.out_of_budget()) {
      input_.keep_rest(held_);
      return Step::kYield;
    }
  }
  Batch& batch = output_.finish(input_.batch(), live(), state_.columns);
  batch.columns[node_.slot2] = &targets_;
  for (size_t i = 0; i < legs_.size(); i++)
    if (rels_[i]) batch.columns[node_.legs[i].rel] = rels_[i].get();
  if (weights) *weights = output_.weights(input_.weights());
  input_.keep_rest(held_);
  return out = &batch, Step::kBatch;
}

}  // namespace

OperatorPtr make_intersect(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<Intersect>(node, build);
}

}  // namespace elegraph::query::exec
