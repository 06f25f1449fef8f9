// SPDX-License-Identifier: Apache-2.0
#include "query/exec/known_ends.h"

#include <algorithm>
#include <utility>

namespace elegraph::query::exec {

namespace {

// Of one batch: past so many nodes or lists they are taken to differ from row to row.
constexpr size_t kMostValues = 64;
constexpr size_t kMostNodes = 1 << 16;
// An end in a list is put into the set in a fraction of the time that a row takes which is made and dropped later.
constexpr uint64_t kMarksPerRow = 8;

// Lists only where they are one in memory.
bool is_same(const Value& a, const Value& b) {
  if (a.type() != b.type()) return false;
  return a.type() == Type::kNode ? a.as_node() == b.as_node() : &a.as_list() == &b.as_list();
}

}  // namespace

KnownEndsFilter::KnownEndsFilter(State& state, const plan::KnownEnds& known)
    : state_(state), known_(known), lists_(state, known.types, reverse(known.direction)), memory_(state) {}

void KnownEndsFilter::restart() {
  values_.clear();
  usable_ = ready_ = hopeless_ = false;
  ends_.clear();
  memory_.release();
}

// A transaction that records its reads must see the rows that others could make fit; a statement that has written may have
// changed the lists.
void KnownEndsFilter::take(const Batch& in) {
  if (hopeless_ || state_.context.reads || state_.wrote) {
    usable_ = false;
    return;
  }
  hopeless_ = !find_values(in);
  // More may pass than this batch's rows have use for.
  const bool same = usable_ && std::ranges::all_of(found_, [&](const Value& v) { return knows(v); });
  usable_ = !hopeless_;
  if (hopeless_ || same) return;
  values_.swap(found_);
  take_nodes();
}

bool KnownEndsFilter::find_values(const Batch& in) {
  found_.clear();
  return std::ranges::all_of(known_.nodes,
                             [&](const plan::BoundPtr& e) { return add_column(in.column(e->slot), Rows::of(in)); });
}

// Rows that follow each other have the same node, or list, as a rule.
bool KnownEndsFilter::add_column(const Vector& column, Rows rows) {
  if (rows.count == 0) return true;
  if (column.constant()) return add_value(column.value(rows[0]));
  if (column.type() == Type::kNode) {
    NodeId before;
    for (uint32_t i = 0; i < rows.count; i++) {
      const NodeId node = column.valid(rows[i]) ? column.data<NodeId>()[rows[i]] : NodeId();
      if (node.valid() && node != before && !add_value(Value::node(node))) return false;
      before = node;
    }
    return true;
  }
  if (column.type() != Type::kAny) return true;  // no node is equal to a value of another type
  for (uint32_t i = 0; i < rows.count; i++) {
    if (!column.valid(rows[i])) continue;
    const Value& value = column.data<Value>()[rows[i]];
    const bool fits = value.type() == Type::kNode || value.type() == Type::kList;
    if (fits && (found_.empty() || !is_same(found_.back(), value)) && !add_value(value)) return false;
  }
  return true;
}

bool KnownEndsFilter::add_value(Value value) {
  if (value.type() == Type::kNode || value.type() == Type::kList) found_.push_back(std::move(value));
  return found_.size() <= kMostValues;
}

bool KnownEndsFilter::knows(const Value& value) const {
  return std::ranges::any_of(values_, [&](const Value& v) { return is_same(v, value); });
}

void KnownEndsFilter::take_nodes() {
  ready_ = false;
  asked_ = 0;
  nodes_.clear();
  auto add = [&](const Value& v) {
    if (v.type() == Type::kNode) nodes_.push_back(v.as_node());
  };
  for (const Value& v : values_) {
    if (v.type() == Type::kList) std::ranges::for_each(v.as_list(), add);
    add(v);
  }
  hopeless_ = nodes_.size() > kMostNodes;
  usable_ = !hopeless_;
  work_ = known_.adjacent && usable_ ? count_neighbors() : nodes_.size();
}

uint64_t KnownEndsFilter::count_neighbors() {
  lists_.refresh();
  uint64_t n = nodes_.size();
  for (NodeId node : nodes_)
    for (uint32_t l = 0; l < lists_.lists(); l++) n += lists_.degree(node, l);
  return n;
}

void KnownEndsFilter::make_set() {
  ready_ = true;
  ends_.clear();
  ends_.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
  if (!known_.adjacent) return ends_.add_all(nodes_), memory_.set(ends_.bytes());
  lists_.refresh();
  for (NodeId node : nodes_) {
    state_.check_interrupt();
    for (uint32_t l = 0; l < lists_.lists(); l++) {
      const storage::Neighbors list = lists_.read(node, l).neighbors;
      ends_.add_all({list.nodes, list.count});
    }
  }
  state_.touch(work_ / kMarksPerRow);
  memory_.set(ends_.bytes());
}

uint32_t KnownEndsFilter::select(std::span<const NodeId> ends, uint16_t* kept) {
  const auto all = uint32_t(ends.size());
  if (!usable_) return all;
  if (!ready_) {
    asked_ += all;
    if (asked_ * kMarksPerRow < work_) return all;
    make_set();
  }
  return ends_.select(ends, kept);
}

}  // namespace elegraph::query::exec
