// SPDX-License-Identifier: Apache-2.0
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "bench/client/commands.h"

namespace bench {
namespace {

double median(std::vector<double> values) {
  auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

uint64_t own_nanoseconds() {
  timespec used;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return uint64_t(used.tv_sec) * 1'000'000'000 + uint64_t(used.tv_nsec);
}

class Connections {
 public:
  explicit Connections(const Options& options) : texts_(options.texts), alone_(options.target), poll_(::epoll_create1(0)) {
    for (const std::string& text : options.sequential_setup) alone_.run(text);
    alone_.run(text(0));
    for (int i = 0; i < options.clients; i++) wires_.emplace_back(options.target);
    for (size_t i = 0; i < wires_.size(); i++) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(poll_, EPOLL_CTL_ADD, wires_[i].fd(), &event);
      for (const std::string& text : options.setup) wires_[i].run(text);
      wires_[i].run(text(i));
    }
  }
  ~Connections() { ::close(poll_); }

  double sequential() {
    auto begun = Clock::now();
    for (size_t i = 0; i < wires_.size(); i++) alone_.run(text(i));
    return seconds_since(begun);
  }

  double at_once() {
    auto begun = Clock::now();
    for (size_t i = 0; i < wires_.size(); i++) wires_[i].send_query(text(i));
    std::array<epoll_event, 64> events;
    for (size_t left = wires_.size(); left > 0;) {
      int n = ::epoll_wait(poll_, events.data(), int(events.size()), -1);
      for (int i = 0; i < n; i++) left -= wires_[events[size_t(i)].data.u64].receive();
    }
    return seconds_since(begun);
  }

 private:
  const std::string& text(size_t i) const { return texts_[i % texts_.size()]; }

  const std::vector<std::string>& texts_;
  Wire alone_;
  std::vector<Wire> wires_;
  int poll_;
};

// Seconds that one call takes, from as many as take `at_least` seconds together.
template <class Call>
double mean_time(double at_least, Call call) {
  double took = 0;
  int calls = 0;
  for (; took < at_least; calls++) took += call();
  return took / calls;
}

}  // namespace

// As many queries as there are clients: one after the other on a connection of its own, and one on each of
// the others at once. Each round has them one by one before and after those at once, for as long, so that
// what else the machine does falls on both; the median round counts. The cores in use are the server's and
// ours while they run at once.
void sequential_and_at_once(const Options& options) {
  constexpr double kLongEnough = 0.02;  // for the accounting of time: a round at once may be much shorter
  Connections connections(options);
  auto one_by_one = [&] { return mean_time(kLongEnough / 2, [&] { return connections.sequential(); }); };
  std::vector<double> sequential, at_once, speedup;
  double seconds = 0;
  uint64_t cpu = 0;
  for (int round = 0; round < options.rounds; round++) {
    const double first = one_by_one();
    const uint64_t before = cpu_nanoseconds(options.server_pid) + own_nanoseconds();
    at_once.push_back(mean_time(kLongEnough, [&] {
      const double took = connections.at_once();
      seconds += took;
      return took;
    }));
    cpu += cpu_nanoseconds(options.server_pid) + own_nanoseconds() - before;
    sequential.push_back((first + one_by_one()) / 2);
    speedup.push_back(sequential.back() / at_once.back());
  }
  std::printf("{\"sequential_ms\": %.4f, \"at_once_ms\": %.4f, \"speedup\": %.3f, \"cores_used\": %.3f}\n",
              median(sequential) * 1e3, median(at_once) * 1e3, median(speedup), double(cpu) * 1e-9 / seconds);
}

}  // namespace bench
