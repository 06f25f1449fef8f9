// SPDX-License-Identifier: Apache-2.0
#include "index/label_index.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace elegraph::index {
namespace {

// A growing list of ascending chunk ids: appended to in place, copied where it is full or an id goes between.
class ChunkList {
 public:
  explicit ChunkList(uint32_t capacity) : ids_(capacity) {}

  std::span<const ChunkId> view() const { return {ids_.data(), count_.load(std::memory_order_acquire)}; }
  bool contains(ChunkId id) const { return std::ranges::binary_search(view(), id); }
  bool append(ChunkId id) {
    uint32_t count = count_.load(std::memory_order_relaxed);
    if (count == ids_.size() || (count != 0 && ids_[count - 1] > id)) return false;
    ids_[count] = id;
    count_.store(count + 1, std::memory_order_release);  // pairs with view()
    return true;
  }
  std::shared_ptr<ChunkList> copy_with(ChunkId id) const {
    auto old = view();
    auto next = std::make_shared<ChunkList>(uint32_t(old.size() * 2 + 4));
    auto at = std::ranges::lower_bound(old, id);
    for (auto i = old.begin(); i != at; ++i) next->append(*i);
    next->append(id);
    for (auto i = at; i != old.end(); ++i) next->append(*i);
    return next;
  }

 private:
  std::vector<ChunkId> ids_;  // never resized
  std::atomic<uint32_t> count_{0};
};

// The lists by label or type id. The directory is copied when a list is replaced: O(log n) times in a list's
// life.
using Lists = std::vector<std::shared_ptr<ChunkList>>;

class Directory {
 public:
  std::span<const ChunkId> chunks(uint32_t id) const {
    const Lists* lists = lists_.get();
    return lists && id < lists->size() && (*lists)[id] ? (*lists)[id]->view() : std::span<const ChunkId>();
  }
  // REQUIRES: the writers' mutex.
  void add(uint32_t id, ChunkId chunk) {
    rcu::ReadGuard guard;
    const Lists* lists = lists_.get();
    const ChunkList* list = lists && id < lists->size() ? (*lists)[id].get() : nullptr;
    if (list && (list->contains(chunk) || (*lists)[id]->append(chunk))) return;
    auto next = lists ? std::make_unique<Lists>(*lists) : std::make_unique<Lists>();
    if (next->size() <= id) next->resize(id + 1);
    (*next)[id] = list ? list->copy_with(chunk) : ChunkList(0).copy_with(chunk);
    lists_.publish(std::move(next));
  }

 private:
  rcu::Pointer<Lists> lists_;
};

}  // namespace

struct LabelIndex::State {
  std::mutex mutex;
  const storage::Graph* graph = nullptr;
  std::vector<std::pair<ChunkId, LabelSetId>> before_attach;  // recovery may come first
  Directory nodes, relationships;

  void add(ChunkId chunk, LabelSetId set) {
    for (LabelId label : graph->catalog().labels(set)) nodes.add(label.value, chunk);
  }
};

LabelIndex::LabelIndex() : state_(std::make_unique<State>()) {}
LabelIndex::~LabelIndex() = default;

std::span<const ChunkId> LabelIndex::node_chunks(LabelId label) const { return state_->nodes.chunks(label.value); }
std::span<const ChunkId> LabelIndex::relationship_chunks(RelTypeId type) const {
  return state_->relationships.chunks(type.value);
}

void LabelIndex::attach(const storage::Graph& graph) {
  std::lock_guard lock(state_->mutex);
  state_->graph = &graph;
  for (auto& [chunk, set] : std::exchange(state_->before_attach, {})) state_->add(chunk, set);
}

void LabelIndex::node_chunk_opened(ChunkId chunk, LabelSetId set) {
  std::lock_guard lock(state_->mutex);
  if (state_->graph) {
    state_->add(chunk, set);
  } else {
    state_->before_attach.emplace_back(chunk, set);
  }
}

void LabelIndex::relationship_chunk_opened(ChunkId chunk, RelTypeId type) {
  std::lock_guard lock(state_->mutex);
  state_->relationships.add(type.value, chunk);
}

}  // namespace elegraph::index
