// SPDX-License-Identifier: Apache-2.0
#include "query/exec/known_ends.h"

#include <algorithm>

namespace elegraph::query::exec {

namespace {

// Known nodes of one batch past which they are taken to differ from row to row.
constexpr size_t kMostNodes = 4096;
// An end in a list is put into the set in a fraction of the time that a row takes which is made and dropped later.
constexpr uint64_t kMarksPerRow = 8;

}  // namespace

KnownEndsFilter::KnownEndsFilter(State& state, const plan::KnownEnds& known)
    : state_(state), known_(known), lists_(state, known.types, reverse(known.direction)), memory_(state) {}

void KnownEndsFilter::restart() {
  nodes_.clear();
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
  hopeless_ = !find_nodes(in);
  const bool same = usable_ && found_ == nodes_;
  usable_ = !hopeless_;
  if (hopeless_ || same) return;
  nodes_.swap(found_);
  ready_ = false;
  asked_ = 0;
  work_ = known_.adjacent ? count_neighbors() : nodes_.size();
}

bool KnownEndsFilter::find_nodes(const Batch& in) {
  found_.clear();
  for (const plan::BoundPtr& e : known_.nodes)
    if (!add_column(in.column(e->slot), Rows::of(in))) return false;
  std::ranges::sort(found_);
  found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
  return true;
}

// Rows that follow each other have the same node, or list, as a rule.
bool KnownEndsFilter::add_column(const Vector& column, Rows rows) {
  if (rows.count == 0) return true;
  if (column.constant()) return add_value(column.value(rows[0]));
  if (column.type() == Type::kNode) {
    NodeId before;
    for_rows(rows, [&](uint32_t row) {
      const NodeId node = column.valid(row) ? column.data<NodeId>()[row] : NodeId();
      if (node.valid() && node != before) found_.push_back(node);
      before = node;
    });
    return found_.size() <= kMostNodes;
  }
  const Value* before = nullptr;
  for (uint32_t i = 0; i < rows.count; i++) {
    if (column.type() != Type::kAny) return true;  // of other types: no node is equal to them
    if (!column.valid(rows[i])) continue;
    const Value& value = column.data<Value>()[rows[i]];
    const bool same =
        before && before->type() == Type::kList && value.type() == Type::kList && &before->as_list() == &value.as_list();
    if (!same && !add_value(value)) return false;
    before = &value;
  }
  return true;
}

bool KnownEndsFilter::add_value(const Value& value) {
  if (value.type() == Type::kNode) found_.push_back(value.as_node());
  if (value.type() == Type::kList)
    for (const Value& item : value.as_list())
      if (item.type() == Type::kNode) found_.push_back(item.as_node());
  return found_.size() <= kMostNodes;
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
