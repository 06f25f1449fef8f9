// SPDX-License-Identifier: Apache-2.0
#include "query/exec/adjacency.h"

#include <fmt/format.h>

namespace elegraph::query::exec {

void TypeSet::refresh(const storage::Catalog& catalog) {
  uint32_t count = catalog.rel_type_count();
  if (count == seen_types_) return;
  if (names_.empty())
    for (uint32_t i = seen_types_; i < count; i++) ids_.push_back(RelTypeId(i));
  seen_types_ = count;
  for (const std::string& name : names_) {
    auto id = catalog.find_rel_type(name);
    if (id && !contains(*id)) ids_.push_back(*id);
  }
}

namespace {

// Looking at a chunk may miss the caches; looking at the chunk of a node, as LabelFilter keeps it, does not.
constexpr uint64_t kNodesPerLook = 16;

}  // namespace

void LabelFilter::restart() {
  chunks_.clear();
  labels_.clear();
  last_set_ = {};
  asked_ = 0;
  all_chunks_ = kUnknown;
}

bool LabelFilter::resolve() {
  if (labels_.size() == names_.size()) return true;
  labels_.clear();
  for (const std::string& name : names_) {
    auto label = state_.context.graph->catalog().find_label(name);
    if (!label) return false;
    labels_.push_back(*label);
  }
  return true;
}

LabelFilter::Chunk LabelFilter::look_up(ChunkId chunk) {
  LabelSetId set = state_.reader.uniform_label_set(chunk);
  if (!set.valid()) return kMixed;
  if (set == last_set_) return last_chunk_;  // chunks of one label set follow each other
  const auto& catalog = state_.context.graph->catalog();
  bool all = std::all_of(labels_.begin(), labels_.end(), [&](LabelId l) { return catalog.has_label(set, l); });
  last_set_ = set;
  return last_chunk_ = all ? kAll : kNone;
}

LabelFilter::Chunk LabelFilter::chunk_of(NodeId node) {
  const uint32_t chunk = node.value / kChunkRows;
  if (chunk >= chunks_.size()) chunks_.resize(chunk + 64, kUnknown);
  if (chunks_[chunk] == kUnknown) chunks_[chunk] = look_up(ChunkId(chunk));
  return chunks_[chunk];
}

// A chunk that was uniform stays so for this snapshot, unless this statement relabels its rows.
bool LabelFilter::matches(NodeId node) {
  if (!resolve()) return false;
  const Chunk known = state_.wrote ? kMixed : chunk_of(node);
  if (known != kMixed) return known == kAll;
  return std::all_of(labels_.begin(), labels_.end(), [&](LabelId l) { return state_.reader.has_label(node, l); });
}

// What the chunks of all of them are.
uint8_t LabelFilter::chunks_of(const NodeId* nodes, Rows rows) {
  uint32_t highest = 0;
  for_rows(rows, [&](uint32_t row) { highest = std::max(highest, nodes[row].value); });
  if (highest / kChunkRows >= chunks_.size()) chunks_.resize(highest / kChunkRows + 64, kUnknown);
  const Chunk* known = chunks_.data();
  uint8_t all = 0;
  for_rows(rows, [&](uint32_t row) { all |= known[nodes[row].value / kChunkRows]; });
  if (!(all & kUnknown)) return all;
  all = 0;
  for_rows(rows, [&](uint32_t row) { all |= chunk_of(nodes[row]); });
  return all;
}

// Looks at all chunks once so many nodes were asked for that this costs less than looking at each.
bool LabelFilter::all_nodes_match(size_t asked) {
  if (state_.wrote) return false;
  if (all_chunks_ != kUnknown) return all_chunks_ == kAll;
  const uint32_t chunks = state_.reader.node_chunks();
  asked_ += asked;
  if (asked_ < kNodesPerLook * chunks) return false;
  uint32_t c = 0;
  while (c < chunks && look_up(ChunkId(c)) == kAll) c++;
  all_chunks_ = c == chunks ? kAll : kMixed;
  return c == chunks;
}

uint32_t LabelFilter::select(const NodeId* nodes, Rows rows, uint16_t* kept) {
  if (rows.count == 0 || !resolve()) return 0;
  if (all_nodes_match(rows.count)) return rows.count;
  const uint8_t chunks = state_.wrote ? uint8_t{kMixed} : chunks_of(nodes, rows);
  if (chunks == kAll) return rows.count;
  if (chunks == kNone) return 0;
  uint32_t n = 0;
  auto keep = [&](auto&& fits) {
    for_rows(rows, [&](uint32_t row) {
      kept[n] = uint16_t(row);
      n += fits(nodes[row]);
    });
  };
  const Chunk* known = chunks_.data();
  if (chunks & kMixed)
    keep([&](NodeId node) { return matches(node); });
  else
    keep([&](NodeId node) { return known[node.value / kChunkRows] == kAll; });
  return n;
}

bool AdjacencyLists::has(NodeId node, RelId rel) const {
  bool out = direction_ != Direction::kIn && state_.reader.source(rel) == node;
  bool in = direction_ != Direction::kOut && state_.reader.target(rel) == node;
  return (out || in) && types_.contains(state_.reader.type(rel)) && state_.reader.visible(rel);
}

namespace {

[[noreturn]] void wrong_type(std::string_view wanted, Type type) {
  throw Error(sqlstate::kInvalidParameterValue, fmt::format("expected a {}, not {}", wanted, type_name(type)));
}

}  // namespace

NodeId node_at(const Vector& column, uint32_t row) {
  if (!column.valid(row)) return {};
  if (column.type() == Type::kNode) return column.data<NodeId>()[column.at(row)];
  Value v = column.value(row);
  if (v.type() != Type::kNode) wrong_type("node", v.type());
  return v.as_node();
}

RelId relationship_at(const Vector& column, uint32_t row) {
  if (!column.valid(row)) return {};
  if (column.type() == Type::kRelationship) return column.data<RelId>()[column.at(row)];
  Value v = column.value(row);
  if (v.type() != Type::kRelationship) wrong_type("relationship", v.type());
  return v.as_relationship();
}

void add_relationships_at(const Vector& column, uint32_t row, std::vector<RelId>& out) {
  if (!column.valid(row)) return;
  if (column.type() == Type::kRelationship) return out.push_back(column.data<RelId>()[column.at(row)]);
  Value v = column.value(row);
  if (v.type() == Type::kRelationship) return out.push_back(v.as_relationship());
  if (v.type() != Type::kList) wrong_type("relationship", v.type());
  for (const Value& r : v.as_list())
    if (r.type() == Type::kRelationship) out.push_back(r.as_relationship());
}

}  // namespace elegraph::query::exec
