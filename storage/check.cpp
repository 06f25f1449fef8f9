// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "storage/cores.h"
#include "storage/data_directory.h"
#include "storage/database.h"
#include "storage/rcu.h"
#include "storage/recovery.h"

namespace elegraph::storage {
namespace {

// After so many the rest is of no more use to anybody.
constexpr size_t kMostFindings = 100;

// Compares a recovered graph with itself. Every relationship lies between live nodes and in both of their lists:
// each list entry is checked against the relationship it names, entries of one list are distinct, and there are
// as many entries in all as relationships; so each has exactly one entry on each side.
class GraphCheck {
 public:
  GraphCheck(const Graph& graph, Snapshot snapshot, std::vector<std::string>& findings)
      : graph_(graph), reader_(graph, snapshot), findings_(findings) {}

  void run() {
    const uint32_t nodes = chunk_count(&Reader::node_chunks), rels = chunk_count(&Reader::relationship_chunks);
    for (uint32_t i = 0; i < rels && !full(); ++i) check_relationships(ChunkId(i));
    for (uint32_t i = 0; i < nodes && !full(); ++i) check_nodes(ChunkId(i));
    check_totals();
  }

 private:
  template <class... Args>
  void find(fmt::format_string<Args...> format, Args&&... args) {
    if (!full()) findings_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  bool full() const { return findings_.size() >= kMostFindings; }
  uint32_t chunk_count(uint32_t (Reader::*count)() const) const {
    const rcu::ReadGuard guard;
    return (reader_.*count)();
  }

  void check_relationships(ChunkId chunk) {
    const rcu::ReadGuard guard;
    Selection rows;
    reader_.visible_relationships(chunk, rows);
    relationships_ += rows.count;
    for (uint32_t i = 0; i < rows.count; ++i) {
      const RelId rel(chunk.value * kChunkRows + (rows.all ? i : rows.slots[i]));
      for (const NodeId end : {reader_.source(rel), reader_.target(rel)}) {
        if (!reader_.visible(end)) find("relationship {} ends at node {}, which does not exist", rel.value, end.value);
      }
    }
  }

  void check_nodes(ChunkId chunk) {
    const rcu::ReadGuard guard;
    Selection rows;
    reader_.visible_nodes(chunk, rows);
    nodes_ += rows.count;
    for (uint32_t i = 0; i < rows.count; ++i) {
      const NodeId node(chunk.value * kChunkRows + (rows.all ? i : rows.slots[i]));
      for (uint32_t type = 0; type < graph_.catalog().rel_type_count(); ++type) {
        check_list(node, Direction::kOut, RelTypeId(type));
        check_list(node, Direction::kIn, RelTypeId(type));
      }
    }
  }

  void check_list(NodeId node, Direction direction, RelTypeId type) {
    const bool out = direction == Direction::kOut;
    const Neighbors list = reader_.neighbors(node, direction, type, scratch_);
    entries_[out] += list.count;
    seen_.assign(list.rels, list.rels + list.count);
    for (uint32_t i = 0; i < list.count; ++i) {
      const RelId rel = list.rels[i];
      const bool agrees = reader_.visible(rel) && reader_.type(rel) == type &&
                          (out ? reader_.source(rel) : reader_.target(rel)) == node &&
                          (out ? reader_.target(rel) : reader_.source(rel)) == list.nodes[i];
      if (!agrees) {
        find("node {} lists relationship {} to node {} as {}, which the relationship contradicts", node.value, rel.value,
             list.nodes[i].value, out ? "outgoing" : "incoming");
      }
    }
    std::sort(seen_.begin(), seen_.end());
    if (const auto twice = std::adjacent_find(seen_.begin(), seen_.end()); twice != seen_.end()) {
      find("node {} lists relationship {} twice", node.value, twice->value);
    }
  }

  void check_totals() {
    const auto& statistics = graph_.statistics();
    check_total("relationships in the adjacency of their sources", entries_[1], relationships_);
    check_total("relationships in the adjacency of their targets", entries_[0], relationships_);
    check_total("nodes in the statistics", statistics.node_count(), nodes_);
    check_total("relationships in the statistics", statistics.relationship_count(), relationships_);
  }
  void check_total(std::string_view what, uint64_t found, uint64_t stored) {
    if (found != stored) find("{}: {}, but {} are stored", what, found, stored);
  }

  const Graph& graph_;
  const Reader reader_;
  std::vector<std::string>& findings_;
  uint64_t nodes_ = 0, relationships_ = 0;
  std::array<uint64_t, 2> entries_{};  // incoming, outgoing
  NeighborScratch scratch_;
  std::vector<RelId> seen_;
};

void check_graph(Graph& graph, std::vector<std::string>& findings) {
  auto* slot = graph.open_slot();
  {
    const auto transaction = graph.begin(slot);
    GraphCheck(graph, transaction->snapshot(), findings).run();
    transaction->rollback();
  }
  graph.close_slot(slot);
}

std::string describe(const Error& error) {
  return error.detail.empty() ? error.message : error.message + ": " + error.detail;
}

}  // namespace

std::vector<std::string> check_directory(FileSystem& files, const std::filesystem::path& path,
                                         std::vector<ChangeObserver*> observers) {
  DataDirectory directory(files, path, DataDirectory::Mode::kOpen);
  std::vector<std::string> findings;
  directory.find_strangers(findings);
  if (!files.exists(directory.manifest()) && !files.exists(directory.wal())) return findings;  // killed while it was made
  try {
    if (const auto manifest = read_manifest(directory)) verify_sections(directory, *manifest, findings);
    Graph graph;
    for (auto* observer : observers) {
      graph.observe(observer);
      observer->attached(graph);
    }
    recover(directory, graph, observers, available_cores(), ReadLog::kAll);
    check_graph(graph, findings);
    for (auto* observer : observers) observer->verify(findings);
  } catch (const Error& error) {
    if (error.sqlstate != sqlstate::kDataCorrupted) throw;
    if (std::find(findings.begin(), findings.end(), describe(error)) == findings.end()) {
      findings.push_back(describe(error));
    }
  }
  return findings;
}

std::vector<std::string> check_directory(const std::filesystem::path& path, std::vector<ChangeObserver*> observers) {
  return check_directory(posix_file_system(), path, std::move(observers));
}

}  // namespace elegraph::storage
