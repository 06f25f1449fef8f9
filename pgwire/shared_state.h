// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "pgwire/cancel_registry.h"
#include "pgwire/metrics.h"
#include "pgwire/scram.h"
#include "pgwire/server.h"
#include "pgwire/turns.h"
#include "storage/disk_wait.h"
#include "storage/wake_batch.h"

namespace elegraph::pgwire {

class Connection;

// What a wake() of any thread resumes on its I/O thread; a link of IoThread's list.
class Resumable {
 public:
  virtual void resume() = 0;

 protected:
  ~Resumable() = default;

 private:
  friend struct IoThread;
  Resumable* next_ = nullptr;
  std::atomic<bool> queued_{false};
};

// One I/O thread: its event loop, its connections and its output buffers. All but `counters`, `home`, try_assign() and
// assigned() belongs to that thread.
//
// A thread with a single connection may wait for the disk for it (DiskWait), as then nobody else waits: a new
// connection goes to another thread meanwhile. Who assigns first counts the connection and then looks for a
// wait, and the thread first announces its wait and then looks at the count, both sequentially consistent, so
// one of them sees the other. The log lets one thread write at a time, so with two I/O threads or more there
// is always one to take new connections.
struct IoThread final : storage::DiskWait, storage::Wakeable {
  // Sockets, timers and coroutines of a connection name the loop's own executor: Asio's default is type-erased, and is
  // copied through virtual calls several times a wait.
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  using Threads = std::vector<std::unique_ptr<IoThread>>;

  // `all`: those of the server, itself among them at `index`, once they run.
  IoThread(const Threads& all, size_t index, bool may_wait)
      : io(1), work(io.get_executor()), all(all), index(index), may_wait_(may_wait) {}

  // False while it waits for the disk: another thread must take the connection. Any thread.
  bool try_assign() {
    assigned_.fetch_add(1, std::memory_order_seq_cst);
    if (!waiting_.load(std::memory_order_seq_cst)) return true;
    unassign();
    return false;
  }
  void unassign() { assigned_.fetch_sub(1, std::memory_order_relaxed); }
  // Connections that it was given and that have not ended. Any thread.
  uint32_t assigned() const { return assigned_.load(std::memory_order_relaxed); }

  bool begin() override {
    if (!may_wait_ || assigned_.load(std::memory_order_relaxed) != 1) return false;
    waiting_.store(true, std::memory_order_seq_cst);
    if (assigned_.load(std::memory_order_seq_cst) == 1) return true;
    end();
    return false;
  }
  void end() override { waiting_.store(false, std::memory_order_release); }

  // A turn ends when those who run together have run, or when the event loop has come round.
  bool at_end_of_turn(storage::TurnObserver& observer) override {
    if (std::find(observers_.begin(), observers_.end(), &observer) != observers_.end()) return true;
    try {
      observers_.push_back(&observer);
      if (observers_.size() > 1) return true;
      boost::asio::post(io, [this] { end_turn(); });
      return true;
    } catch (const std::bad_alloc&) {  // what was submitted is in the log's queue: the caller must not fail
      if (!observers_.empty() && observers_.back() == &observer) observers_.pop_back();
      return false;
    }
  }
  void end_turn() {
    for (storage::TurnObserver* observer : observers_) observer->turn_ended();
    observers_.clear();
  }

  // Has the thread resume `it`, which must live until then. From any thread. All that is queued until the
  // thread comes to it costs one post, and so does all that a WakeBatch queues.
  void queue(Resumable& it) {
    if (it.queued_.exchange(true, std::memory_order_acq_rel)) return;
    Resumable* head = resumable_.load(std::memory_order_relaxed);
    do {
      it.next_ = head;
    } while (!resumable_.compare_exchange_weak(head, &it, std::memory_order_release, std::memory_order_relaxed));
    if (!head) storage::WakeBatch::wake(*this);
  }
  void wake_up() override {
    boost::asio::post(io, [this] { resume_all(); });
  }

  // Output buffers of connections that have nothing to write; one that has keeps its own.
  void borrow(std::string& buffer) {
    if (!buffer.empty() || buffer.capacity() > kSmall || spare.empty()) return;
    buffer = std::move(spare.back());
    spare.pop_back();
  }
  void give_back(std::string& buffer) {
    if (buffer.capacity() <= kSmall) return;
    buffer.clear();
    if (buffer.capacity() <= kLargest && spare.size() < kSpares) spare.push_back(std::move(buffer));
    buffer = std::string();
  }

  // Of those looked at in the last period (Turns), the sessions whose clients are on its core. Any thread.
  std::atomic<uint32_t> clients_at_home{0};

  boost::asio::io_context io;
  boost::asio::executor_work_guard<Executor> work;
  const Threads& all;
  const size_t index;
  ThreadCounters counters;
  Turns turns{*this};
  std::unordered_set<Connection*> connections;
  std::vector<std::string> spare;

 private:
  // In the order in which they were queued.
  void resume_all() {
    Resumable* first = nullptr;
    for (Resumable* it = resumable_.exchange(nullptr, std::memory_order_acquire); it;) {
      Resumable* next = std::exchange(it->next_, first);
      first = std::exchange(it, next);
    }
    while (first) {
      Resumable* it = std::exchange(first, first->next_);
      it->queued_.exchange(false, std::memory_order_acq_rel);  // sees what a wake that came too late to queue it wrote
      it->resume();
    }
    turns.round();
  }

  static constexpr size_t kSmall = 64, kLargest = 256 << 10, kSpares = 16;

  std::vector<storage::TurnObserver*> observers_;  // of the turn of now
  const bool may_wait_;                            // there are other threads to take connections
  std::atomic<uint32_t> assigned_{0};
  std::atomic<bool> waiting_{false};
  std::atomic<Resumable*> resumable_{nullptr};
};

// What all connections of a server share. Thread-safe: constant after start, or atomic.
struct SharedState {
  SharedState(query::Engine& e, ServerOptions o) : engine(e), options(std::move(o)) {}

  query::Engine& engine;
  const ServerOptions options;
  CancelRegistry cancels;
  std::unique_ptr<boost::asio::ssl::context> tls;
  std::string certificate_hash;
  const Digest mock_secret = random_digest();  // for users that do not exist
  std::atomic<uint32_t> open{0};
  std::atomic<uint64_t> rejected{0}, cancel_requests{0};
  std::atomic<bool> stopping{false};
  std::vector<std::unique_ptr<IoThread>> threads;  // as many from the start on
};

}  // namespace elegraph::pgwire
