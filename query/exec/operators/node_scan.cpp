// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <optional>
#include <span>

#include "query/exec/chunk_walk.h"
#include "query/exec/operators/column_reads.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/source.h"
#include "storage/full_columns.h"

namespace elegraph::query::exec {

namespace {

// All nodes, or those with all or any of some labels: chunk by chunk, with the visible slots as the batch's selection, so
// that the columns of a chunk can be read in place. In a parallel pipeline each copy takes the next free chunk, or slice
// of a chunk where there are few: what is above them costs as much as a scan of many.
class NodeScan : public SourceOperator {
 public:
  NodeScan(const plan::PhysicalNode& node, BuildContext& build)
      : SourceOperator(node, build),
        any_(node.kind == plan::NodeKind::kAnyLabelScan),
        by_label_(any_ || !node.labels.empty()) {
    if (!build.argument) ids_unread_ = only_columns_read(state_.plan, node);
    missing_ = missing_keys(state_.plan, node, node.slot);
    ids_.reset(Type::kNode);
  }

  // Source
 protected:
  void start() override {
    position_ = 0;
    walk_ = {};
    const auto& catalog = state_.context.graph->catalog();
    labels_.clear();
    last_set_ = {};
    for (const std::string& name : node_.labels)
      if (auto label = catalog.find_label(name)) labels_.push_back(*label);
    known_ = any_ ? !labels_.empty() : labels_.size() == node_.labels.size();
    if (any_) unite_lists();
    shared_ = nullptr;
  }

  bool more(Batch& out) override {
    auto chunk = next_chunk();
    if (!chunk) return false;
    select(*chunk);
    if (shared_ && shared_->slices > 1) keep_slice();
    if (selected_.count == 0) return true;
    if (!ids_unread_) write_ids(*chunk);
    out.columns[node_.slot] = &ids_;
    out.selection = selected_.all ? nullptr : selected_.slots;
    out.count = selected_.count;
    out.chunk_slot = node_.slot;
    out.chunk = *chunk;
    return true;
  }

  bool more_count(uint64_t& rows) override {
    auto chunk = next_chunk();
    if (!chunk) return false;
    select(*chunk);
    if (shared_ && shared_->slices > 1) keep_slice();
    rows = selected_.count;
    return true;
  }

 private:
  std::optional<ChunkId> next_chunk() {
    state_.check_interrupt();
    if (!known_) return std::nullopt;
    if (state_.morsels && !shared_ && state_.morsels->serves(&node_)) share(*state_.morsels);
    if (shared_) return next_shared();
    if (by_label_) return walk_.next(listed());
    return position_ < state_.reader.node_chunks() ? std::optional(ChunkId(position_++)) : std::nullopt;
  }

  static constexpr uint64_t kMorselsForEach = 4;
  static constexpr uint32_t kMostSlices = 8;

  void share(MorselSource& morsels) {
    shared_ = &morsels.counter(node_.id, 0, [&] {
      MorselSource::Work work{.chunks = state_.reader.node_chunks(), .ids = {}, .taken = position_};
      if (by_label_) {
        const auto list = listed();
        work = {.chunks = list.size(), .ids = {list.begin(), list.end()}, .taken = walk_.taken(list)};
      }
      work.slices = slices(work.chunks);
      return work;
    });
  }
  uint32_t slices(uint64_t chunks) const {
    const uint64_t wanted = kMorselsForEach * state_.context.arena->workers(), whole = std::max<uint64_t>(chunks, 1);
    return uint32_t(std::clamp<uint64_t>((wanted + whole - 1) / whole, 1, kMostSlices));
  }
  // The chunk's number; slice_ is the part of it.
  std::optional<ChunkId> next_shared() {
    const uint32_t n = shared_->next.fetch_add(1, std::memory_order_relaxed);
    if (n >= shared_->morsels) return std::nullopt;
    state_.morsel = 1 + n;
    slice_ = n % shared_->slices;
    const uint32_t chunk = n / shared_->slices;
    return by_label_ ? shared_->ids[chunk] : ChunkId(chunk);
  }
  std::span<const ChunkId> listed() const {
    return any_ ? std::span<const ChunkId>(united_) : state_.context.indexes->labels().node_chunks(labels_[0]);
  }
  void unite_lists() {
    united_.clear();
    for (LabelId label : labels_)
      std::ranges::copy(state_.context.indexes->labels().node_chunks(label), std::back_inserter(united_));
    std::ranges::sort(united_);
    united_.erase(std::unique(united_.begin(), united_.end()), united_.end());
  }

  void keep_slice() {
    const uint32_t slices = shared_->slices;
    const uint32_t first = slice_ * kChunkRows / slices, end = (slice_ + 1) * kChunkRows / slices;
    uint32_t n = 0;
    for (uint32_t i = 0; i < selected_.count; i++) {
      const uint16_t slot = selected_.all ? uint16_t(i) : selected_.slots[i];
      selected_.slots[n] = slot;
      n += slot >= first && slot < end;
    }
    selected_.count = n;
    selected_.all = false;
  }

  // The visible rows of the chunk that have the labels.
  void select(ChunkId chunk) {
    selected_.count = 0;
    if (has_none_without(chunk)) return;
    LabelSetId uniform = labels_.empty() ? LabelSetId() : state_.reader.uniform_label_set(chunk);
    if (uniform.valid() && !has_labels(uniform)) return;
    state_.reader.visible_nodes(chunk, selected_);
    if (labels_.empty() || uniform.valid()) return;
    uint32_t n = 0;
    for (uint32_t i = 0; i < selected_.count; i++) {
      uint16_t slot = selected_.all ? uint16_t(i) : selected_.slots[i];
      selected_.slots[n] = slot;
      n += has_labels(state_.reader.label_set(NodeId(chunk.value * kChunkRows + slot)));
    }
    selected_.count = n;
    selected_.all = false;
  }
  // Whether all of the chunk's nodes have a property that those which are wanted lack.
  bool has_none_without(ChunkId chunk) const {
    return std::ranges::any_of(missing_, [&](KeyId key) { return storage::all_nodes_have(state_.reader, chunk, key); });
  }
  // Chunks of one label set follow each other.
  bool has_labels(LabelSetId set) {
    if (set != last_set_) {
      last_set_ = set;
      last_has_ = look_up_labels(set);
    }
    return last_has_;
  }
  bool look_up_labels(LabelSetId set) const {
    const auto& catalog = state_.context.graph->catalog();
    auto has = [&](LabelId l) { return catalog.has_label(set, l); };
    return any_ ? std::ranges::any_of(labels_, has) : std::ranges::all_of(labels_, has);
  }

  void write_ids(ChunkId chunk) {
    uint32_t* ids = ids_.mutable_data<uint32_t>();
    uint32_t first = chunk.value * kChunkRows;
    uint32_t extent = selected_.all ? selected_.count : selected_.slots[selected_.count - 1] + 1u;
    for (uint32_t i = 0; i < extent; i++) ids[i] = first + i;
  }

  bool any_;
  bool by_label_;
  bool ids_unread_ = false;
  bool known_ = true;
  std::vector<LabelId> labels_;
  std::vector<KeyId> missing_;
  LabelSetId last_set_;
  bool last_has_ = false;
  uint32_t position_ = 0;        // of all nodes
  ChunkWalk walk_;               // of a label's
  std::vector<ChunkId> united_;  // any_: the chunks of all labels
  MorselSource::Counter* shared_ = nullptr;
  uint32_t slice_ = 0;
  storage::Selection selected_;
  Vector ids_;
};

}  // namespace

OperatorPtr make_node_scan(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<NodeScan>(node, build);
}

}  // namespace elegraph::query::exec
