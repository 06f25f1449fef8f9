// SPDX-License-Identifier: Apache-2.0
#include "query/plan/samples.h"

#include <algorithm>
#include <span>

#include "index/index_set.h"
#include "query/plan/planner.h"
#include "query/plan/scope.h"
#include "storage/graph.h"

namespace elegraph::query::plan {

namespace {

constexpr uint64_t kFewest = 100;     // of less than so many no sample is taken
constexpr uint32_t kChunks = 16;      // that are looked into
constexpr uint32_t kRows = 8;         // of each of them
constexpr uint32_t kMostLooks = 512;  // at chunks of relationships, for those of the type
constexpr uint32_t kMaxLabels = 64;
constexpr uint32_t kEnds = 4;            // of each node's relationships
constexpr uint32_t kLongList = 1 << 12;  // nodes with more of them are passed over: merging a list takes its time

// Calls f(slot) for some of the selected rows, one of each part. Not at equal distances: who makes data by a counter often
// has something that every second row is.
template <class F>
void some_of(const storage::Selection& rows, ChunkId chunk, uint32_t wanted, F&& f) {
  const uint32_t n = std::min(rows.count, wanted);
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t begin = i * rows.count / n, size = (i + 1) * rows.count / n - begin;
    const uint32_t scattered = ((chunk.value * wanted + i) * 0x9E3779B1u) >> 16;
    f(rows.slots[begin + scattered % size]);
  }
}

// Calls f(chunk) for kChunks of them at most, at equal distances.
template <class F>
void for_some(std::span<const ChunkId> chunks, F&& f) {
  const size_t n = std::min<size_t>(chunks.size(), kChunks);
  for (size_t i = 0; i < n; ++i) f(chunks[i * chunks.size() / n]);
}

storage::Reader newest_reader(const storage::Graph& graph) { return {graph, {graph.last_committed(), nullptr}}; }

}  // namespace

const std::vector<Value>& Samples::of(const SlotInfo& info, KeyId key) {
  static const std::vector<Value> kNothing;
  Kind kind;
  if (!planning_.graph || !key.valid() || !find_kind(info, key, kind)) return kNothing;
  auto [at, is_new] = known_.try_emplace({kind, key.value});
  if (is_new)
    at->second = kind.first ? relationship_values(RelTypeId(kind.second), key) : node_values(LabelId(kind.second), key);
  return at->second;
}

bool Samples::find_kind(const SlotInfo& info, KeyId key, Kind& out) const {
  if (info.type.type == Type::kRelationship) {
    const auto type = info.types.size() == 1 ? planning_.catalog->find_rel_type(info.types[0]) : std::nullopt;
    if (!type || planning_.statistics->relationship_count(*type) < kFewest) return false;
    out = {true, type->value};
    return true;
  }
  if (info.type.type != Type::kNode) return false;
  const bool found = info.labels.empty() ? label_with(info, key, out) : rarest_label(info, out);
  return found && planning_.statistics->node_count(LabelId(out.second)) >= kFewest;
}

bool Samples::rarest_label(const SlotInfo& info, Kind& out) const {
  uint64_t fewest = UINT64_MAX;
  for (const std::string& name : info.labels) {
    const auto label = planning_.catalog->find_label(name);
    const uint64_t nodes = label ? planning_.statistics->node_count(*label) : 0;
    if (!label || nodes >= fewest) continue;
    fewest = nodes, out = {false, label->value};
  }
  return fewest != UINT64_MAX;
}

// A node that may have any label, or any of some, most probably has the commonest one that has such a property.
bool Samples::label_with(const SlotInfo& info, KeyId key, Kind& out) const {
  uint64_t most = 0;
  auto possible = [&](LabelId label) {
    return info.any_label.empty() ||
           std::ranges::find(info.any_label, planning_.catalog->name(label)) != info.any_label.end();
  };
  const uint32_t labels = std::min(planning_.catalog->label_count(), kMaxLabels);
  for (uint32_t i = 0; i < labels; ++i) {
    const LabelId label(i);
    const uint64_t nodes = planning_.statistics->node_count(label);
    if (nodes <= most || !possible(label) || planning_.catalog->node_types(label, key).empty()) continue;
    most = nodes, out = {false, i};
  }
  return most > 0;
}

std::vector<Value> Samples::node_values(LabelId label, KeyId key) const {
  const storage::Reader reader = newest_reader(*planning_.graph);
  std::vector<Value> out;
  storage::Selection rows;
  for_some(planning_.indexes->labels().node_chunks(label), [&](ChunkId chunk) {
    reader.visible_nodes(chunk, rows);
    some_of(rows, chunk, kRows, [&](uint32_t slot) {
      const NodeId node(chunk.value * kChunkRows + slot);
      if (reader.has_label(node, label)) out.push_back(reader.property(node, key));
    });
  });
  return out;
}

std::vector<Value> Samples::relationship_values(RelTypeId type, KeyId key) const {
  const storage::Reader reader = newest_reader(*planning_.graph);
  const uint32_t all = reader.relationship_chunks();
  const uint32_t looks = std::min(all, kMostLooks);
  std::vector<ChunkId> chunks;
  for (uint32_t i = 0; i < looks; ++i)
    if (const ChunkId chunk(uint32_t(uint64_t{i} * all / looks)); reader.relationship_chunk_type(chunk) == type)
      chunks.push_back(chunk);
  std::vector<Value> out;
  storage::Selection rows;
  for_some(chunks, [&](ChunkId chunk) {
    reader.visible_relationships(chunk, rows);
    some_of(rows, chunk, kRows,
            [&](uint32_t slot) { out.push_back(reader.property(RelId(chunk.value * kChunkRows + slot), key)); });
  });
  return out;
}

std::optional<double> Samples::far_share(LabelId near, RelTypeId type, Direction d, std::span<const LabelId> far) {
  constexpr size_t kTooFew = 16;
  if (!planning_.graph || planning_.statistics->node_count(near) < kFewest) return std::nullopt;
  auto [at, is_new] = ends_.try_emplace({near.value, type.value, d});
  if (is_new) at->second = some_ends(near, type, d);
  if (at->second.size() < kTooFew) return std::nullopt;
  const storage::Reader reader = newest_reader(*planning_.graph);
  const auto fits = std::ranges::count_if(at->second, [&](NodeId end) {
    return std::ranges::all_of(far, [&](LabelId label) { return reader.has_label(end, label); });
  });
  return std::max(double(fits), 0.5) / double(at->second.size());
}

std::vector<NodeId> Samples::some_ends(LabelId near, RelTypeId type, Direction d) const {
  const storage::Reader reader = newest_reader(*planning_.graph);
  std::vector<NodeId> out;
  storage::NeighborScratch scratch;
  storage::Selection rows;
  const std::span<const ChunkId> chunks = planning_.indexes->labels().node_chunks(near);
  const uint32_t of_each = kRows * kChunks / std::clamp<uint32_t>(uint32_t(chunks.size()), 1, kChunks);
  for_some(chunks, [&](ChunkId chunk) {
    reader.visible_nodes(chunk, rows);
    some_of(rows, chunk, of_each, [&](uint32_t slot) {
      const NodeId node(chunk.value * kChunkRows + slot);
      if (!reader.has_label(node, near) || reader.list_size(node, d, type, kLongList) >= kLongList) return;
      const storage::Neighbors ends = reader.neighbors(node, d, type, scratch);
      const uint32_t n = std::min(ends.count, kEnds);
      for (uint32_t i = 0; i < n; ++i) out.push_back(ends.nodes[uint64_t{i} * ends.count / n]);
    });
  });
  return out;
}

}  // namespace elegraph::query::plan
