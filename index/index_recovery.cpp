// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "index/index_directory.h"
#include "index/key_encoding.h"
#include "index/radix_build.h"
#include "storage/cores.h"
#include "storage/error.h"
#include "storage/parallel.h"

// Indexes are not on disk: recovery makes them again from the recovered graph. The tree is built from all its entries at
// once, as far as they take no more than some memory; the others go in one by one.
namespace elegraph::index {
namespace {

using storage::Reader;
using storage::Selection;

// One index from the columns of its chunks.
class Rebuild {
 public:
  Rebuild(TreeIndex& index, const LabelIndex& labels, Reader reader)
      : index_(index), coverage_(index.coverage()), labels_(labels), reader_(reader), columns_(index.keys().size()) {}

  void run() {
    rcu::ReadGuard guard;
    bool node = coverage_.entity() == EntityKind::kNode;
    auto chunks = node ? labels_.node_chunks(coverage_.label()) : labels_.relationship_chunks(coverage_.type());
    entries_.reserve(std::min(chunks.size() * size_t{kChunkRows}, kTogether));
    for (ChunkId chunk : chunks) {
      node ? load_nodes(chunk) : load_relationships(chunk);
      for (uint32_t i = 0; i < rows_.count; ++i) {
        uint16_t slot = rows_.all ? uint16_t(i) : rows_.slots[i];
        uint32_t id = chunk.value * kChunkRows + slot;
        if (mixed_ && !reader_.has_label(NodeId(id), coverage_.label())) continue;
        if (make_key(slot)) enter(id);
      }
    }
    if (!built_) index_.enter_recovered(entries_);
  }

 private:
  static constexpr size_t kTogether = 4 << 20;         // entries
  static constexpr size_t kBytesTogether = 128 << 20;  // of their keys: several indexes are built at once

  void enter(uint32_t id) {
    if (built_) return index_.enter_recovered(key_, id);
    entries_.add(key_, id);
    if (entries_.size() < kTogether && entries_.bytes() < kBytesTogether) return;
    index_.enter_recovered(entries_);
    entries_ = {};
    built_ = true;
  }
  void load_nodes(ChunkId chunk) {
    reader_.visible_nodes(chunk, rows_);
    mixed_ = !reader_.uniform_label_set(chunk).valid();
    for (size_t k = 0; k < columns_.size(); ++k) reader_.scan_property(chunk, coverage_.keys()[k], columns_[k]);
  }
  void load_relationships(ChunkId chunk) {
    reader_.visible_relationships(chunk, rows_);
    for (size_t k = 0; k < columns_.size(); ++k) reader_.scan_property(chunk, coverage_.keys()[k], columns_[k], RelId());
  }

  // False where all values are null.
  bool make_key(uint16_t row) {
    key_.clear();
    bool any = false;
    for (auto& column : columns_) {
      bool valid = column.valid(row);
      any |= valid;
      if (valid && column.type() == Type::kInt) {
        append_key(key_, column.data<int64_t>()[column.at(row)]);
      } else {
        append_key(key_, valid ? column.value(row) : Value());
      }
    }
    return any;
  }

  TreeIndex& index_;
  const Coverage& coverage_;
  const LabelIndex& labels_;
  Reader reader_;
  std::vector<Vector> columns_;
  Selection rows_;
  bool mixed_ = false;
  std::string key_;
  RadixEntries entries_;
  bool built_ = false;
};

}  // namespace

void IndexSet::recovered_definition(std::string_view payload) {
  if (!is_definition(payload)) return;
  auto record = decode_definition(payload);
  using enum DefinitionRecord::Operation;
  if (record.operation == kBegin) return;
  std::erase_if(state_->recovered, [&](auto& d) { return d.name == record.definition.name; });
  if (record.operation == kCreate) state_->recovered.push_back(std::move(record.definition));
}

void IndexSet::State::fill_recovered(bool relationships) {
  for (auto& definition : recovered) unfilled.push_back(publish_new(definition));
  recovered.clear();
  const auto now = std::partition(unfilled.begin(), unfilled.end(), [&](auto& index) {
    return !relationships && index->coverage().entity() != EntityKind::kNode;
  });
  const Reader reader(*graph, {graph->last_committed(), nullptr});
  storage::run_parallel(storage::available_cores(), size_t(unfilled.end() - now), [&](size_t i) {
    TreeIndex& index = *now[ptrdiff_t(i)];
    if (index.has_entries()) Rebuild(index, labels, reader).run();
    index.set_listed(true);
    index.set_online(true);
  });
  unfilled.erase(now, unfilled.end());
}

void IndexSet::recovered() {
  std::lock_guard lock(state_->ddl);
  state_->fill_recovered(true);
  state_->graph->catalog().bump_epoch();
}

void IndexSet::verify(std::vector<std::string>& findings) {
  rcu::ReadGuard guard;
  for (auto& index : state_->directory.get()->by_name) try {
      if (index->unique()) index->verify_unique();
    } catch (const Error& e) {
      findings.push_back(e.message + ": " + e.detail);
    }
}

}  // namespace elegraph::index
