// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace elegraph::storage
