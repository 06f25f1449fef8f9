// SPDX-License-Identifier: Apache-2.0
#include "pgwire/send_batch.h"

#include <liburing.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

namespace elegraph::pgwire {
namespace {

constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

size_t send_now(int socket, std::string_view bytes) {
  ssize_t n;
  do {
    n = ::send(socket, bytes.data(), bytes.size(), kFlags);
  } while (n < 0 && errno == EINTR);
  return n < 0 ? 0 : static_cast<size_t>(n);
}

}  // namespace

// Sends that may not wait are done when submission returns, so that the ring is empty between two calls.
class SendBatch::Ring {
 public:
  // Null: the kernel is older than 6.1, or its administrator or a sandbox forbids rings.
  static std::unique_ptr<Ring> make() {
    io_uring_params options{};
    options.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL;
    io_uring ring;
    if (io_uring_queue_init_params(kMost, &ring, &options) != 0) return nullptr;
    return std::unique_ptr<Ring>(new Ring(ring));
  }
  ~Ring() { io_uring_queue_exit(&ring_); }

  // -> how many were sent, or tried; fewer than all: the ring is of no more use.
  size_t send(std::span<const Send> sends) {
    for (const Send& each : sends) {
      io_uring_sqe* entry = io_uring_get_sqe(&ring_);
      io_uring_prep_send(entry, each.socket, each.bytes.data(), each.bytes.size(), kFlags);
      io_uring_sqe_set_data(entry, each.sent);
    }
    const int submitted = io_uring_submit_and_wait(&ring_, static_cast<unsigned>(sends.size()));
    const size_t count = submitted < 0 ? 0 : static_cast<size_t>(submitted);
    for (size_t i = 0; i < count; i++)
      if (!take_result()) return give_up(sends);
    return count;
  }

 private:
  explicit Ring(const io_uring& ring) : ring_(ring) {}

  // Nobody knows what has been sent, and nothing may be sent twice.
  static size_t give_up(std::span<const Send> sends) {
    for (const Send& each : sends) ::shutdown(each.socket, SHUT_RDWR);
    return 0;
  }

  bool take_result() {
    io_uring_cqe* entry = nullptr;
    int error;
    do {
      error = io_uring_wait_cqe(&ring_, &entry);
    } while (error == -EINTR);
    if (error) return false;
    *static_cast<size_t*>(io_uring_cqe_get_data(entry)) = entry->res < 0 ? 0 : static_cast<size_t>(entry->res);
    io_uring_cqe_seen(&ring_, entry);
    return true;
  }

  io_uring ring_;
};

SendBatch::SendBatch(bool use_ring) : asked_(!use_ring) {}
SendBatch::~SendBatch() = default;

void SendBatch::add(int socket, std::string_view bytes, size_t& sent) {
  if (count_ == kMost) flush();
  sends_[count_++] = {socket, bytes, &sent};
}

void SendBatch::flush() {
  size_t done = 0;
  if (count_ > 1 && !asked_) {
    asked_ = true;
    ring_ = Ring::make();
  }
  if (count_ > 1 && ring_) done = ring_->send({sends_.data(), count_});
  if (count_ > 1 && done < count_) ring_.reset();
  for (; done < count_; done++) *sends_[done].sent = send_now(sends_[done].socket, sends_[done].bytes);
  count_ = 0;
}

}  // namespace elegraph::pgwire
