// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "storage/graph_parts.h"

namespace elegraph::storage {

// For work on many relationships, each of which touches the ends of its two lists: word, tail and newest block lie anywhere
// in memory, one behind the other. Asks for each of them when the one before has come.
//
// REQUIRES a ReadGuard from an ask() to the work on the relationships that it asked for.
class ListsAhead {
 public:
  explicit ListsAhead(const Graph::Parts& parts) : parts_(parts) {}

  // `later(n)`: the relationship n places on, or an invalid one. To be called at each place.
  template <class Later>
  void ask(const Later& later) const {
    with_lists(later(4), [](const Adjacency& lists, NodeId node) { lists.prefetch_newest_block(node); });
    with_lists(later(8), [](const Adjacency& lists, NodeId node) { lists.prefetch_tail(node); });
    with_lists(later(16), [](const Adjacency& lists, NodeId node) { lists.prefetch_word(node); });
    const RelId far = later(32);
    if (!far.valid()) return;
    if (const RelChunk* chunk = parts_.rels.of(far.value)) chunk->prefetch(far.value % kChunkRows);
  }

 private:
  template <class F>
  void with_lists(RelId rel, const F& f) const {
    if (!rel.valid()) return;
    const RelChunk* chunk = parts_.rels.of(rel.value);
    if (!chunk) return;
    const uint32_t row = rel.value % kChunkRows;
    if (const Adjacency* out = parts_.adjacency.find(chunk->type, Direction::kOut)) f(*out, chunk->source[row]);
    if (const Adjacency* in = parts_.adjacency.find(chunk->type, Direction::kIn)) f(*in, chunk->target[row]);
  }

  const Graph::Parts& parts_;
};

// The same for work on all lists of nodes, one after the other. REQUIRES one ReadGuard from here on.
class NodeListsAhead {
 public:
  explicit NodeListsAhead(const Graph::Parts& parts) {
    for (uint32_t type = 0; type < parts.catalog.rel_type_count(); ++type)
      for (Direction d : {Direction::kOut, Direction::kIn})
        if (const Adjacency* lists = parts.adjacency.find(RelTypeId(type), d)) lists_.push_back(lists->blocks());
  }
  // Before the work on nodes[at], for those that come next.
  void ask(std::span<const NodeId> nodes, size_t at) const {
    with_words(nodes, at + 6, prefetch_tails_blocks);
    with_words(nodes, at + 12, prefetch_list);
    with_words(nodes, at + 24, [](const std::atomic<uint64_t>& word) { __builtin_prefetch(&word, 1); });
  }

 private:
  template <class F>
  void with_words(std::span<const NodeId> nodes, size_t at, const F& f) const {
    if (at >= nodes.size()) return;
    const uint32_t node = nodes[at].value;
    for (const Adjacency::Blocks& blocks : lists_)
      if (const Adjacency::Block* b = blocks.at(node / kChunkRows)) f(b->words[node % kChunkRows]);
  }
  static void prefetch_list(const std::atomic<uint64_t>& of) {
    const uint64_t word = of.load(std::memory_order_acquire);
    if (list_word::has_tail(word)) return __builtin_prefetch(list_word::tail(word), 1);
    const auto* run = reinterpret_cast<const char*>(list_word::run(word));
    if (run) __builtin_prefetch(run), __builtin_prefetch(run + 64);
  }
  static void prefetch_tails_blocks(const std::atomic<uint64_t>& of) {
    const uint64_t word = of.load(std::memory_order_acquire);
    if (!list_word::has_tail(word)) return;
    const Tail* t = list_word::tail(word);
    __builtin_prefetch(t->head.load(std::memory_order_acquire), 1);
    __builtin_prefetch(t->run);
  }

  std::vector<Adjacency::Blocks> lists_;
};

}  // namespace elegraph::storage
