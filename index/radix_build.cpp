// SPDX-License-Identifier: Apache-2.0
#include "index/radix_build.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "index/radix_tree.h"
#include "storage/slab.h"

namespace elegraph::index {

using namespace radix;

namespace {

using Entry = RadixEntries::Entry;
constexpr uint32_t kUsualKey = 16;  // bytes, for integers

// Builds a tree from the top: entries are dealt out by the first byte in which they differ, which makes a node, and then
// each of its children in turn. That is a sort by the most significant byte first; few entries are sorted by comparison.
class Builder {
 public:
  Builder(RadixEntries& entries, size_t& bytes) : entries_(entries), bytes_(bytes) {}

  void run(std::atomic<Ref>& root) {
    if (entries_.size() == 0) return;
    todo_.push_back({entries_.entries(), {}, 0, &root, false});
    while (!todo_.empty()) {
      Task task = todo_.back();
      todo_.pop_back();
      build(task);
    }
  }
  uint64_t built() const { return built_; }
  uint64_t distinct() const { return distinct_; }

 private:
  static constexpr size_t kFew = 48;
  struct Task {
    std::span<Entry> entries, other;  // `other`: room for as many, once some were dealt out
    uint32_t depth;                   // bytes of the keys that lie above
    std::atomic<Ref>* slot;
    bool sorted;
  };

  void build(Task& task) {
    const auto less = [this, depth = task.depth](const Entry& a, const Entry& b) { return below(a, b, depth); };
    // Keys that were given out in order, as most are, need not be dealt out; of others this mostly looks at a few.
    if (!task.sorted) task.sorted = std::is_sorted(task.entries.begin(), task.entries.end(), less);
    if (!task.sorted && task.entries.size() <= kFew) {
      std::sort(task.entries.begin(), task.entries.end(), less);
      task.sorted = true;
    }
    const Entry& first = task.entries.front();
    const uint32_t branch = task.entries.size() == 1 ? key_size(first) : task.depth + common(task);
    if (branch == key_size(first)) return put_leaf(*task.slot, first, task.depth);  // the others are the same again
    if (!task.sorted) deal_out(task, branch);
    make_children(task, branch);
  }

  static uint32_t key_size(const Entry& e) { return e.value_size + kIdBytes; }
  std::string_view rest(const Entry& e, uint32_t depth) const {
    return {reinterpret_cast<const char*>(entries_.key(e)) + depth, key_size(e) - depth};
  }
  bool below(const Entry& a, const Entry& b, uint32_t depth) const { return rest(a, depth) < rest(b, depth); }

  // Bytes after those above that all have in common.
  uint32_t common(const Task& task) const {
    const std::string_view first = rest(task.entries.front(), task.depth);
    size_t size = first.size();
    const auto shorten = [&](const Entry& e) {
      const std::string_view other = rest(e, task.depth);
      size = std::min(size, other.size());
      size = size_t(std::mismatch(first.begin(), first.begin() + ptrdiff_t(size), other.begin()).first - first.begin());
    };
    if (task.sorted) return shorten(task.entries.back()), uint32_t(size);
    for (const Entry& e : task.entries) {
      shorten(e);
      if (size == 0) break;
    }
    return uint32_t(size);
  }

  // Into `other`, by one byte; they change places then.
  void deal_out(Task& task, uint32_t branch) {
    if (task.other.empty()) {  // still where they came
      if (other_.size() == 0) other_ = storage::PageArray<Entry>(entries_.size());
      const auto at = size_t(task.entries.data() - entries_.entries().data());
      task.other = other_.span().subspan(at, task.entries.size());
    }
    std::array<size_t, 257> begins{};
    for (const Entry& e : task.entries) ++begins[entries_.key(e)[branch] + 1u];
    for (size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    for (const Entry& e : task.entries) task.other[begins[entries_.key(e)[branch]]++] = e;
    std::swap(task.entries, task.other);
  }

  // `entries` are in order as far as the byte at `branch`.
  void make_children(const Task& task, uint32_t branch) {
    const Entry* const data = task.entries.data();
    const size_t size = task.entries.size();
    std::array<size_t, 257> ends;  // of the children, after 0
    uint32_t children = 0;
    ends[0] = 0;
    for (size_t i = 0; i < size; ++i) {
      if (i + 1 < size && entries_.key(data[i])[branch] == entries_.key(data[i + 1])[branch]) continue;
      ends[++children] = i + 1;
    }
    const uint8_t* key = entries_.key(data[0]);
    Node* node = make_node(kind_for(children), key + task.depth, branch - task.depth, bytes_);
    for (uint32_t c = 0; c < children; ++c) {
      const size_t begin = ends[c], count = ends[c + 1] - begin;
      const uint8_t byte = entries_.key(data[begin])[branch];
      add_child(node, byte, 0);
      std::atomic<Ref>* slot = find_child(node, byte);
      if (count == 1) {
        put_leaf(*slot, data[begin], branch + 1);
      } else {
        const auto other = task.other.empty() ? task.other : task.other.subspan(begin, count);
        todo_.push_back({task.entries.subspan(begin, count), other, branch + 1, slot, task.sorted});
      }
    }
    if (branch < data[0].value_size) distinct_ += children - 1;
    task.slot->store(reinterpret_cast<Ref>(node), std::memory_order_release);
  }

  void put_leaf(std::atomic<Ref>& slot, const Entry& e, uint32_t depth) {
    const bool in_id = depth >= e.value_size;
    const std::string_view suffix = in_id ? std::string_view() : rest(e, depth).substr(0, e.value_size - depth);
    slot.store(make_leaf(suffix, e.id, in_id ? depth - e.value_size : 0, bytes_), std::memory_order_release);
    if (built_++ == 0) ++distinct_;
  }

  RadixEntries& entries_;
  storage::PageArray<Entry> other_;
  size_t& bytes_;
  std::vector<Task> todo_;
  uint64_t built_ = 0, distinct_ = 0;
};

}  // namespace

void RadixEntries::reserve(size_t entries) {
  entries_.reserve(entries);
  grow(entries * kUsualKey);
}

void RadixEntries::grow(size_t bytes) {
  if (bytes <= keys_.size()) return;
  storage::PageArray<char> larger(std::max(bytes, 2 * keys_.size()));
  if (bytes_ != 0) std::memcpy(larger.data(), keys_.data(), bytes_);
  keys_ = std::move(larger);
}

void RadixEntries::add(std::string_view value, uint32_t id) {
  entries_.push_back({bytes_, uint32_t(value.size()), id});
  grow(bytes_ + value.size() + kIdBytes);
  char* const key = keys_.data() + bytes_;
  std::memcpy(key, value.data(), value.size());
  const std::array<char, kIdBytes> rest{char(id >> 24), char(id >> 16), char(id >> 8), char(id)};
  std::memcpy(key + value.size(), rest.data(), kIdBytes);
  bytes_ += value.size() + kIdBytes;
}

void RadixTree::build(RadixEntries& entries) {
  const storage::ValueStretch stretch;
  size_t bytes = 0;
  Builder builder(entries, bytes);
  builder.run(root_);
  bytes_.store(bytes, std::memory_order_relaxed);
  count(int64_t(builder.built()), int64_t(builder.distinct()));
}

}  // namespace elegraph::index
