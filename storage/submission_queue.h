// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace elegraph::storage {

// Many threads push, one takes everything there is, in order of arrival. Lock-free: a push is one compare-and-swap
// on a stack's head (Treiber), a take is one exchange and a reversal. No ABA: nodes are only ever taken all at once.
template <class T>
class SubmissionQueue {
 public:
  struct Node {
    T item;
    Node* next = nullptr;
  };

  SubmissionQueue() = default;
  ~SubmissionQueue() { free(take_all()); }
  SubmissionQueue(const SubmissionQueue&) = delete;
  SubmissionQueue& operator=(const SubmissionQueue&) = delete;

  // Sequentially consistent, so that a consumer that announces its sleep and then finds empty() has not missed a push
  // whose thread looks for the announcement afterwards.
  void push(T item) {
    auto node = std::make_unique<Node>(Node{std::move(item)});
    node->next = head_.load(std::memory_order_relaxed);
    while (!head_.compare_exchange_weak(node->next, node.get(), std::memory_order_seq_cst, std::memory_order_relaxed)) {}
    node.release();
  }
  bool empty() const { return head_.load(std::memory_order_seq_cst) == nullptr; }

  // The caller frees the list.
  Node* take_all() {
    Node* node = head_.exchange(nullptr, std::memory_order_acquire);
    Node* first = nullptr;
    while (node) std::swap(node->next, first), std::swap(node, first);
    return first;
  }
  static void free(Node* first) {
    while (first) delete std::exchange(first, first->next);
  }

 private:
  alignas(64) std::atomic<Node*> head_{nullptr};
};

}  // namespace elegraph::storage
