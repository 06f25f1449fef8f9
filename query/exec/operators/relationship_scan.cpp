// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <optional>
#include <span>
#include <vector>

#include "query/exec/adjacency.h"
#include "query/exec/chunk_walk.h"
#include "query/exec/operators/column_reads.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/source.h"
#include "storage/full_columns.h"

namespace elegraph::query::exec {

namespace {

// All relationships of some types with their ends, chunk by chunk, so that their columns can be read in place; in both
// directions each one twice (a loop once). In a parallel pipeline each worker takes the next free chunk of the type that it
// is at.
class RelationshipScan : public SourceOperator {
 public:
  RelationshipScan(const plan::PhysicalNode& node, BuildContext& build)
      : SourceOperator(node, build),
        types_(node.types),
        both_(node.direction == Direction::kBoth),
        wants_ends_(both_ || is_live(node.slot2) || is_live(node.slot3)),
        missing_(missing_keys(state_.plan, node, node.rel)) {}

  // Source
 protected:
  void start() override {
    types_.refresh(state_.context.graph->catalog());
    type_ = 0;
    walk_ = {};
    counter_ = nullptr;
    shared_ = false;
    again_ = false;
  }

  bool more(Batch& out) override {
    if (!again_) {
      auto chunk = next_chunk();
      if (!chunk) return false;
      chunk_ = *chunk;
      if (has_none_without()) return out.count = 0, true;
    }
    state_.reader.visible_relationships(chunk_, selected_);
    fill(again_);
    again_ = both_ && !again_;
    out.columns[node_.rel] = &rels_;
    if (wants_ends_ && node_.slot2 != plan::kNoSlot) out.columns[node_.slot2] = &sources_;
    if (wants_ends_ && node_.slot3 != plan::kNoSlot) out.columns[node_.slot3] = &targets_;
    out.selection = all_ ? nullptr : selected_.slots;
    out.count = count_;
    out.chunk_slot = node_.rel;
    out.chunk = chunk_;
    out.relationship_chunk = true;
    return true;
  }

 private:
  // Whether all of the chunk's relationships have a property that those which are wanted lack.
  bool has_none_without() const {
    return std::ranges::any_of(missing_,
                               [&](KeyId key) { return storage::all_relationships_have(state_.reader, chunk_, key); });
  }
  std::optional<ChunkId> next_chunk() {
    state_.check_interrupt();
    if (state_.morsels && !shared_ && state_.morsels->serves(&node_)) share_parts_before();
    for (; type_ < types_.ids().size(); type_++, walk_ = {}, counter_ = nullptr)
      if (auto chunk = shared_ ? next_shared() : walk_.next(chunks(type_))) return chunk;
    return std::nullopt;
  }
  std::optional<ChunkId> next_shared() {
    if (!counter_) counter_ = &counter(type_, [this](auto list) { return walk_.taken(list); });
    const uint32_t n = counter_->next.fetch_add(1, std::memory_order_relaxed);
    state_.morsel = uint64_t(type_) << 32 | (1 + n);
    return n < counter_->ids.size() ? std::optional(counter_->ids[n]) : std::nullopt;
  }

  std::span<const ChunkId> chunks(size_t type) const {
    return state_.context.indexes->labels().relationship_chunks(types_.ids()[type]);
  }
  // By the type's own number: a copy that began when there was one type more has the others at other places. `taken` is
  // asked of the list that the copies get, which may be a longer one the next time.
  template <class Taken>
  MorselSource::Counter& counter(size_t type, Taken taken) {
    return state_.morsels->counter(node_.id, types_.ids()[type].value, [&]() -> MorselSource::Work {
      const auto list = chunks(type);
      return {.chunks = list.size(), .ids = {list.begin(), list.end()}, .taken = taken(list)};
    });
  }
  // It may have been through some types by itself.
  void share_parts_before() {
    shared_ = true;
    for (size_t type = 0; type < type_; type++) counter(type, [](auto list) { return list.size(); });
  }

  void fill(bool backwards) {
    rels_.reset(Type::kRelationship), sources_.reset(Type::kNode), targets_.reset(Type::kNode);
    auto* rels = rels_.mutable_data<RelId>();
    auto* sources = sources_.mutable_data<NodeId>();
    auto* targets = targets_.mutable_data<NodeId>();
    count_ = 0;
    for (uint32_t i = 0; i < selected_.count; i++) {
      const uint16_t slot = selected_.all ? uint16_t(i) : selected_.slots[i];
      const RelId rel(chunk_.value * kChunkRows + slot);
      rels[slot] = rel;
      selected_.slots[count_] = slot;
      if (wants_ends_) {
        const NodeId source = state_.reader.source(rel), target = state_.reader.target(rel);
        if (backwards && source == target) continue;
        sources[slot] = backwards ? target : source;
        targets[slot] = backwards ? source : target;
      }
      count_++;
    }
    all_ = selected_.all && count_ == selected_.count;
  }

  TypeSet types_;
  bool both_;
  size_t type_ = 0;
  ChunkWalk walk_;  // of the type
  bool wants_ends_;
  std::vector<KeyId> missing_;
  MorselSource::Counter* counter_ = nullptr;  // of the type
  bool shared_ = false;                       // with other copies by now
  bool again_ = false;                        // the chunk's second round, with the ends exchanged
  ChunkId chunk_;
  storage::Selection selected_;
  uint32_t count_ = 0;
  bool all_ = false;  // selected_ is 0 .. count_ - 1
  Vector rels_, sources_, targets_;
};

}  // namespace

OperatorPtr make_relationship_scan(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RelationshipScan>(node, build);
}

}  // namespace elegraph::query::exec
