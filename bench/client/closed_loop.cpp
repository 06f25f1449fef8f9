// SPDX-License-Identifier: Apache-2.0
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <thread>

#include "bench/client/commands.h"

namespace bench {
namespace {

// What one thread's clients have seen; latencies in nanoseconds.
struct Seen {
  std::vector<uint32_t> latencies;
  double seconds = 0;
};

class Client {
 public:
  Client(const Options& options, uint32_t seed) : options_(options), wire_(options.target), random_(seed) {
    for (const std::string& text : options.setup) wire_.run(text);
    wire_.prepare(options.text);
    parameters_.resize(options.random.size());
  }

  int fd() const { return wire_.fd(); }

  void send() {
    for (size_t i = 0; i < parameters_.size(); i++)
      parameters_[i] = std::to_string(1 + int64_t(random_() % uint64_t(options_.random[i])));
    sent_ = Clock::now();
    wire_.send_execute(parameters_);
  }

  // True when the answer is complete.
  bool receive(std::vector<uint32_t>& latencies) {
    if (!wire_.receive()) return false;
    auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - sent_).count();
    latencies.push_back(uint32_t(std::min<int64_t>(took, UINT32_MAX)));
    return true;
  }

 private:
  const Options& options_;
  Wire wire_;
  std::mt19937_64 random_;
  std::vector<std::string> parameters_;
  Clock::time_point sent_;
};

void run_thread(const Options& options, std::vector<std::unique_ptr<Client>>& clients, Seen& seen) {
  int poll = ::epoll_create1(0);
  for (auto& client : clients) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = client.get();
    ::epoll_ctl(poll, EPOLL_CTL_ADD, client->fd(), &event);
  }
  auto begun = Clock::now();
  for (auto& client : clients) client->send();
  std::array<epoll_event, 256> events;
  for (size_t busy = clients.size(); busy > 0;) {
    int n = ::epoll_wait(poll, events.data(), int(events.size()), -1);
    bool over = seconds_since(begun) >= options.seconds;
    for (int i = 0; i < n; i++) {
      auto* client = static_cast<Client*>(events[size_t(i)].data.ptr);
      if (!client->receive(seen.latencies)) continue;
      if (over)
        busy--;
      else
        client->send();
    }
  }
  seen.seconds = seconds_since(begun);
  ::close(poll);
}

}  // namespace

void closed_loop(const Options& options) {
  auto threads = size_t(std::clamp(options.threads, 1, options.clients));
  std::vector<std::vector<std::unique_ptr<Client>>> clients(threads);
  for (int i = 0; i < options.clients; i++)
    clients[size_t(i) % threads].push_back(std::make_unique<Client>(options, uint32_t(i) + 1));
  uint64_t cpu = cpu_nanoseconds(options.server_pid);
  std::vector<Seen> seen(threads);
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads; t++) running.emplace_back([&, t] { run_thread(options, clients[t], seen[t]); });
  for (auto& thread : running) thread.join();
  cpu = cpu_nanoseconds(options.server_pid) - cpu;

  std::vector<uint32_t> all;
  double seconds = 0;
  for (Seen& s : seen)
    all.insert(all.end(), s.latencies.begin(), s.latencies.end()), seconds = std::max(seconds, s.seconds);
  std::sort(all.begin(), all.end());
  auto percentile = [&all](double p) { return all[std::min(all.size() - 1, size_t(double(all.size()) * p))] * 1e-3; };
  std::printf("{\"rate\": %.1f, \"cpu_us\": %.3f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
              double(all.size()) / seconds, double(cpu) * 1e-3 / double(all.size()), percentile(0.5), percentile(0.99),
              percentile(1));
}

}  // namespace bench
