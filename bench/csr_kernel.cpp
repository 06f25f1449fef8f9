// SPDX-License-Identifier: Apache-2.0
// Hand-written kernels over the generated social network, as compressed sparse rows (CSR) in arrays: what a
// processor can do with nothing around it - no language, no versions, no network. The benchmarks compare with
// it.
//
//   csr_kernel people.csv knows.csv        then, on its standard input, one command a line:
//     rate KERNEL THREADS SECONDS          -> KERNEL runs a second, and CPU microseconds of one
//     answer KERNEL A [B]                  -> the exact answer for the people with these ids
//     bytes                                -> bytes of all properties (8 for a number), people, friendships
//
// Kernels: two_hops, three_hops, shortest_path, triangles, older_friends, filter_count, group_by. The answers
// are those of the Cypher statements in workloads/: a path never uses a relationship twice.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using Id = uint32_t;

// The neighbours of node v are targets[offsets[v]] .. targets[offsets[v + 1]], ascending.
struct Rows {
  std::vector<uint32_t> offsets;
  std::vector<Id> targets;

  Rows(size_t nodes, const std::vector<std::pair<Id, Id>>& pairs, bool reversed)
      : offsets(nodes + 1), targets(pairs.size()) {
    auto ends = [reversed](const std::pair<Id, Id>& p) { return reversed ? std::pair(p.second, p.first) : p; };
    for (auto& p : pairs) offsets[ends(p).first + 1]++;
    for (size_t v = 0; v < nodes; v++) offsets[v + 1] += offsets[v];
    std::vector<uint32_t> next(offsets.begin(), offsets.end() - 1);
    for (auto& p : pairs) targets[next[ends(p).first]++] = ends(p).second;
    for (size_t v = 0; v < nodes; v++) std::sort(targets.begin() + offsets[v], targets.begin() + offsets[v + 1]);
  }
  const Id* begin(Id v) const { return targets.data() + offsets[v]; }
  const Id* end(Id v) const { return targets.data() + offsets[v + 1]; }
};

struct Network {
  Network(const char* people, const char* knows) {
    std::string line;
    std::ifstream in(people);
    std::getline(in, line);
    while (std::getline(in, line)) {
      size_t first = line.find(','), last = line.rfind(',');
      node_of.emplace(std::stoll(line), Id(ages.size()));
      ages.push_back(std::stoi(line.substr(last + 1)));
      name_bytes += last - first - 1;
    }
    std::vector<std::pair<Id, Id>> pairs;
    in = std::ifstream(knows);
    std::getline(in, line);
    while (std::getline(in, line)) {
      size_t comma = line.find(',');
      pairs.emplace_back(node_of.at(std::stoll(line)), node_of.at(std::stoll(line.substr(comma + 1))));
    }
    out = std::make_unique<Rows>(ages.size(), pairs, false);
    in_ = std::make_unique<Rows>(ages.size(), pairs, true);
  }
  std::unordered_map<int64_t, Id> node_of;
  std::vector<int32_t> ages;
  size_t name_bytes = 0;
  std::unique_ptr<Rows> out, in_;
};

// A set of nodes that is emptied by starting a new round.
class Marks {
 public:
  explicit Marks(size_t nodes) : round_of_(nodes) {}
  void clear() { round_++, count_ = 0; }
  bool has(Id v) const { return round_of_[v] == round_; }
  bool insert(Id v) {
    if (has(v)) return false;
    round_of_[v] = round_;
    count_++;
    return true;
  }
  uint32_t count() const { return count_; }

 private:
  std::vector<uint32_t> round_of_;
  uint32_t round_ = 0, count_ = 0;
};

// One thread's work space.
class Kernels {
 public:
  explicit Kernels(const Network& network)
      : out_(*network.out), in_(*network.in_), ages_(network.ages), near_(ages_.size()), far_(ages_.size()) {}

  int64_t two_hops(Id a) {
    near_.clear();
    for (Id b : row(out_, a))
      for (Id c : row(out_, b)) near_.insert(c);
    return near_.count();
  }

  // The third relationship may lead from a again, unless it is the one that the path began with: then a's
  // friend counts only if another friend of a leads back to a.
  int64_t three_hops(Id a) {
    near_.clear();
    far_.clear();
    frontier_.clear();
    Id returning = a;
    uint32_t ways_back = 0;
    for (Id b : row(out_, a))
      for (Id c : row(out_, b)) {
        if (c == a)
          returning = b, ways_back++;
        else if (near_.insert(c))
          frontier_.push_back(c);
      }
    for (Id c : frontier_)
      for (Id d : row(out_, c)) far_.insert(d);
    if (ways_back)
      for (Id d : row(out_, a))
        if (ways_back > 1 || d != returning) far_.insert(d);
    return far_.count();
  }

  // Breadth first from both ends, the smaller frontier first. -1: there is no path.
  int64_t shortest_path(Id a, Id b) {
    if (a == b) return 0;
    near_.clear();
    far_.clear();
    near_.insert(a);
    far_.insert(b);
    frontier_.assign(1, a);
    back_.assign(1, b);
    for (int64_t length = 1; !frontier_.empty() && !back_.empty(); length++) {
      bool forwards = frontier_.size() <= back_.size();
      if (widen(forwards ? out_ : in_, forwards ? frontier_ : back_, forwards ? near_ : far_, forwards ? far_ : near_))
        return length;
    }
    return -1;
  }

  // Directed cycles of three, as (a, b, c) for each start.
  int64_t triangles(Id from, Id to) {
    int64_t found = 0;
    for (Id a = from; a < to; a++) {
      near_.clear();
      for (Id c : row(in_, a)) near_.insert(c);
      for (Id b : row(out_, a))
        for (Id c : row(out_, b)) found += near_.has(c);
    }
    return found;
  }

  int64_t older_friends(Id from, Id to) const {
    int64_t found = 0;
    for (Id a = from; a < to; a++)
      for (Id b : row(out_, a)) found += ages_[b] > ages_[a];
    return found;
  }

  int64_t filter_count(int32_t above) const {
    int64_t found = 0;
    for (int32_t age : ages_) found += age > above;
    return found;
  }

  int64_t group_by() {
    std::fill(std::begin(groups_), std::end(groups_), 0);
    for (int32_t age : ages_) groups_[uint8_t(age)]++;
    return std::count_if(std::begin(groups_), std::end(groups_), [](uint32_t n) { return n > 0; });
  }

 private:
  struct Span {
    const Id *first, *last;
    const Id* begin() const { return first; }
    const Id* end() const { return last; }
  };
  static Span row(const Rows& rows, Id v) { return {rows.begin(v), rows.end(v)}; }

  bool widen(const Rows& rows, std::vector<Id>& side, Marks& mine, const Marks& theirs) {
    next_.clear();
    for (Id v : side)
      for (Id w : row(rows, v)) {
        if (theirs.has(w)) return true;
        if (mine.insert(w)) next_.push_back(w);
      }
    side.swap(next_);
    return false;
  }

  const Rows &out_, &in_;
  const std::vector<int32_t>& ages_;
  Marks near_, far_;
  std::vector<Id> frontier_, back_, next_;
  uint32_t groups_[256];
};

double seconds_of(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

class Shell {
 public:
  explicit Shell(const Network& network) : network_(network), people_(Id(network.ages.size())) {}

  void obey(const std::string& line) {
    std::istringstream words(line);
    std::string what, kernel;
    words >> what;
    if (what == "bytes") {
      std::cout << network_.name_bytes + 16 * people_ << ' ' << people_ << ' ' << network_.out->targets.size() << std::endl;
      return;
    }
    words >> kernel;
    if (what == "answer") {
      int64_t a = 0, b = 0;
      words >> a >> b;
      Kernels kernels(network_);
      auto node = [this](int64_t id) { return network_.node_of.count(id) ? network_.node_of.at(id) : 0; };
      std::cout << once(kernels, kernel, node(a), node(b)) << std::endl;
      return;
    }
    unsigned threads = 1;
    double seconds = 1;
    words >> threads >> seconds;
    rate(kernel, threads, seconds);
  }

 private:
  // A whole-graph kernel runs over all people; `a` and `b` are the ends where there are any.
  int64_t once(Kernels& k, const std::string& kernel, Id a, Id b) const {
    if (kernel == "two_hops") return k.two_hops(a);
    if (kernel == "three_hops") return k.three_hops(a);
    if (kernel == "shortest_path") return k.shortest_path(a, b);
    if (kernel == "triangles") return k.triangles(0, people_);
    if (kernel == "older_friends") return k.older_friends(0, people_);
    if (kernel == "filter_count") return k.filter_count(30);
    if (kernel == "group_by") return k.group_by();
    std::cerr << "csr_kernel: there is no kernel " << kernel << std::endl;
    std::exit(2);
  }

  // Each thread runs queries of its own, as a server with as many clients would.
  void rate(const std::string& kernel, unsigned threads, double seconds) {
    std::atomic<uint64_t> runs{0}, keep{0};
    double begun = seconds_of(CLOCK_MONOTONIC), used = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    std::vector<std::thread> running;
    for (unsigned t = 0; t < threads; t++)
      running.emplace_back([&, t] {
        Kernels kernels(network_);
        std::mt19937 random(t + 1);
        uint64_t mine = 0, sum = 0;
        do {
          Id a = random() % people_, b = random() % people_;
          sum += uint64_t(once(kernels, kernel, a, b));
          mine++;
        } while (seconds_of(CLOCK_MONOTONIC) - begun < seconds);
        runs += mine;
        keep += sum;
      });
    for (auto& thread : running) thread.join();
    double took = seconds_of(CLOCK_MONOTONIC) - begun;
    used = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used;
    std::cout << double(runs) / took << ' ' << used * 1e6 / double(runs) << ' ' << keep % 2 << std::endl;
  }

  const Network& network_;
  Id people_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: csr_kernel people.csv knows.csv < commands" << std::endl;
    return 2;
  }
  Network network(argv[1], argv[2]);
  Shell shell(network);
  for (std::string line; std::getline(std::cin, line);) shell.obey(line);
}
