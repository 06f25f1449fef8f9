// SPDX-License-Identifier: Apache-2.0
#include "query/exec/whole_lists.h"

#include <algorithm>
#include <array>

#include "query/exec/copy_ids.h"

namespace elegraph::query::exec {

namespace {

// Rows ahead for which the store is asked to fetch the adjacency header, and then the list.
constexpr uint32_t kHeaderAhead = 32;
constexpr uint32_t kListAhead = 16;
// Fewer rows than this are expanded again sooner than it is found out that they were before.
constexpr uint64_t kFewRows = 128;

// Headers of nodes with ids in a row lie in a row themselves, eight in a cache line: one of them is enough.
bool shares_line(NodeId now, NodeId ahead) { return ahead.value == now.value + kHeaderAhead && ahead.value % 8; }

}  // namespace

// f(cursors) with one for each list of a node. A single one is a copy that nothing else refers to, so that what it knows
// stays in registers.
template <class F>
void WholeLists::with_cursors(F&& f) {
  cursors_.clear();
  for (uint32_t i = 0; i < lists_.lists(); i++)
    cursors_.emplace_back(state_.reader, lists_.direction_of(i), lists_.type_of(i));
  if (cursors_.size() == 1)
    f(std::array<storage::ListCursor, 1>{cursors_[0]});
  else
    f(std::span<const storage::ListCursor>(cursors_));
}

// f(node, row) for the input's rows from the current one on, until it is false. `bytes_each` of each relationship are
// read, which may be none.
template <class Cursors, class F>
void WholeLists::for_rows_ahead(const Cursors& cursors, InputRows& input, uint32_t bytes_each, F&& f) {
  const Batch& in = input.batch();
  const auto from = input_.from();
  const uint32_t count = in.count;
  const uint16_t* selection = in.selection;
  auto row = [&](uint32_t number) { return selection ? selection[number] : number; };
  auto node = [&](uint32_t number) { return from[row(number)]; };
  auto header = [&](uint32_t number) {
    for (const storage::ListCursor& c : cursors) c.prefetch_header(node(number));
  };
  auto list = [&](uint32_t number) {
    for (const storage::ListCursor& c : cursors)
      if (bytes_each) c.prefetch_list(node(number), bytes_each);
  };
  uint32_t n = input.number();
  if (n == 0) {
    for (uint32_t i = 1; i < std::min(kHeaderAhead, count); i++) header(i);
    for (uint32_t i = 1; i < std::min(kListAhead, count); i++) list(i);
  }
  for (; n < count; n++, input.advance()) {
    if (n + kHeaderAhead < count && !shares_line(node(n), node(n + kHeaderAhead))) header(n + kHeaderAhead);
    if (n + kListAhead < count) list(n + kListAhead);
    if (!f(node(n), row(n))) return;
  }
}

void WholeLists::expand(InputRows& in, OutputRows& out, NodeId* nodes, RelId* rels, bool wants_rel) {
  const Output to{out, nodes, rels, wants_rel || input_.has_others()};
  const uint32_t before = out.count();
  with_cursors([&](const auto& cursors) {
    for_rows_ahead(cursors, in, to.copies_rels ? 8 : 4, [&](NodeId from, uint32_t row) {
      const uint32_t start = out.count();
      if (expand_row(cursors, from, row, to)) return true;
      out.drop_from(start);
      return false;
    });
  });
  state_.touch(out.count() - before);
}

// False where it does not fit; then part of it may be there.
template <class Cursors>
bool WholeLists::expand_row(const Cursors& cursors, NodeId from, uint32_t row, const Output& out) {
  if (input_.has_others()) input_.excluded(row, from, excluded_);
  for (uint32_t l = 0; l < cursors.size(); l++) {
    const storage::Neighbors list = cursors[l].read(from, scratch_);
    if (list.count > out.rows.room()) return false;
    const uint32_t at = out.rows.count();
    copy_ids(out.nodes + at, list.nodes, list.count);
    if (out.copies_rels) copy_ids(out.rels + at, list.rels, list.count);
    uint32_t kept = list.count;
    if (!excluded_.empty()) kept = drop_excluded(out.nodes + at, out.rels + at, kept);
    if (second_direction(l)) kept = drop_loops(out.nodes + at, out.copies_rels ? out.rels + at : nullptr, kept, from);
    out.rows.add(row, kept);
  }
  return true;
}

namespace {

// Moves those of the entries forward for which wanted(i) is true; without a branch on it. -> how many
template <class F>
uint32_t keep_entries(NodeId* nodes, RelId* rels, uint32_t count, F&& wanted) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t keep = wanted(i);
    nodes[n] = nodes[i], rels[n] = rels[i];
    n += keep;
  }
  return n;
}

// In parts of no more than a batch.
template <class F>
void for_parts(std::span<const NodeId> nodes, F&& f) {
  while (!nodes.empty()) {
    const auto part = nodes.first(std::min<size_t>(nodes.size(), Vector::kCapacity));
    f(part);
    nodes = nodes.subspan(part.size());
  }
}

bool contains(const std::vector<RelId>& rels, RelId rel) { return std::find(rels.begin(), rels.end(), rel) != rels.end(); }

}  // namespace

uint32_t WholeLists::drop_excluded(NodeId* nodes, RelId* rels, uint32_t count) const {
  if (excluded_.size() == 1)
    return keep_entries(nodes, rels, count, [rels, other = excluded_[0]](uint32_t i) { return rels[i] != other; });
  return keep_entries(nodes, rels, count, [&](uint32_t i) { return !contains(excluded_, rels[i]); });
}

// A loop is in the lists of both directions, but is taken once.
uint32_t WholeLists::drop_loops(NodeId* nodes, RelId* rels, uint32_t count, NodeId from) {
  if (rels) return keep_entries(nodes, rels, count, [nodes, from](uint32_t i) { return nodes[i] != from; });
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    const NodeId node = nodes[i];
    nodes[n] = node;
    n += node != from;
  }
  return n;
}

void WholeLists::add_ends(InputRows& in, LabelFilter& labels, NodeSet& ends, NodeSet& expanded) {
  uint64_t taken = 0;
  with_cursors([&](const auto& cursors) {
    for_rows_ahead(cursors, in, input_.has_others() ? 8 : 4, [&](NodeId from, uint32_t row) {
      if (input_.has_others()) input_.excluded(row, from, excluded_);
      if (was_expanded(from, in.number(), expanded)) return true;
      for (const storage::ListCursor& lists : cursors) {
        const storage::Neighbors list = lists.read(from, scratch_);
        taken += list.count;
        add_list(list, labels, ends);
      }
      return true;
    });
  });
  state_.touch(taken);
}

// Rows at the same node add the same ends, but for relationships that one of them must not take again. The first rows
// are not looked up: the set would cost a short statement more than it saves.
bool WholeLists::was_expanded(NodeId from, uint32_t number, NodeSet& expanded) const {
  if (number < kFewRows && expanded.size() == 0) return false;
  if (expanded.size() == 0) expanded.set_universe(uint64_t(state_.reader.node_chunks()) * kChunkRows);
  if (expanded.contains(from.value)) return true;
  if (excluded_.empty()) expanded.add(from.value);
  return false;
}

// Loops need no care: the list of the other direction adds the same node.
void WholeLists::add_list(const storage::Neighbors& list, LabelFilter& labels, NodeSet& ends) const {
  if (excluded_.empty()) return add_nodes({list.nodes, list.count}, labels, ends);
  uint32_t from = 0;
  for (uint32_t i = 0; i < list.count; i++)
    if (contains(excluded_, list.rels[i])) {
      add_nodes({list.nodes + from, i - from}, labels, ends);
      from = i + 1;
    }
  add_nodes({list.nodes + from, list.count - from}, labels, ends);
}

void WholeLists::add_nodes(std::span<const NodeId> nodes, LabelFilter& labels, NodeSet& ends) {
  if (labels.trivial()) return ends.add_all(nodes);
  for_parts(nodes, [&](std::span<const NodeId> part) {
    uint16_t kept[Vector::kCapacity];
    const uint32_t n = labels.select(part, kept);
    if (n == part.size()) return ends.add_all(part);
    for (uint32_t i = 0; i < n; i++) ends.add(part[kept[i]].value);
  });
}

void WholeLists::count(InputRows& in, LabelFilter& labels, uint64_t* counts, bool may_stop) {
  const bool reads_ends = !labels.trivial() || lists_.direction() == Direction::kBoth;
  with_cursors([&](const auto& cursors) {
    for_rows_ahead(cursors, in,
                   input_.has_others() ? 8
                   : reads_ends        ? 4
                                       : 0,
                   [&](NodeId from, uint32_t row) {
                     if (may_stop && state_.out_of_budget()) return false;
                     counts[in.number()] = count_row(cursors, from, row, labels);
                     return true;
                   });
  });
}

template <class Cursors>
uint64_t WholeLists::count_row(const Cursors& cursors, NodeId from, uint32_t row, LabelFilter& labels) {
  if (input_.has_others()) input_.excluded(row, from, excluded_);
  uint64_t n = 0;
  for (uint32_t l = 0; l < cursors.size(); l++)
    n += count_list(cursors[l].read(from, scratch_), from, second_direction(l), labels);
  return n;
}

// `no_loops`: relationships of `from` with itself do not count.
uint64_t WholeLists::count_list(const storage::Neighbors& list, NodeId from, bool no_loops, LabelFilter& labels) {
  const bool all = !no_loops && excluded_.empty();
  state_.touch(all && labels.trivial() ? 1 : list.count);
  if (labels.trivial()) return all ? list.count : list.count - count_unwanted(list, from, no_loops);
  uint64_t n = 0;
  if (all) {
    for_parts({list.nodes, list.count}, [&](std::span<const NodeId> part) {
      uint16_t kept[Vector::kCapacity];
      n += labels.select(part, kept);
    });
  } else {
    for (uint32_t i = 0; i < list.count; i++)
      n += !(no_loops && list.nodes[i] == from) && !contains(excluded_, list.rels[i]) && labels.matches(list.nodes[i]);
  }
  return n;
}

// In long lists what is with one node is found by bisection.
uint64_t WholeLists::count_unwanted(const storage::Neighbors& list, NodeId from, bool no_loops) const {
  constexpr uint32_t kLong = 32;
  auto with = [&](NodeId node) -> std::pair<uint32_t, uint32_t> {
    if (!list.sorted || list.count < kLong) return {0, list.count};
    const auto range = std::equal_range(list.nodes, list.nodes + list.count, node);
    return {uint32_t(range.first - list.nodes), uint32_t(range.second - list.nodes)};
  };
  uint32_t n = 0;
  if (no_loops) {
    const auto [begin, end] = with(from);
    for (uint32_t i = begin; i < end; i++) n += list.nodes[i] == from;
  }
  for (RelId other : excluded_) {
    const auto [begin, end] = with(list.count < kLong ? from : other_end(other, from));
    for (uint32_t i = begin; i < end; i++)
      n += uint32_t(list.rels[i] == other) & uint32_t(!no_loops || list.nodes[i] != from);
  }
  return n;
}

// REQUIRES: one of the relationship's ends is `node`, or no list of `node` has it.
NodeId WholeLists::other_end(RelId relationship, NodeId node) const {
  const NodeId source = state_.reader.source(relationship);
  return source == node ? state_.reader.target(relationship) : source;
}

}  // namespace elegraph::query::exec
