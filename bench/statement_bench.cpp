// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "pgwire/backend.h"
#include "query/cypher/parser.h"
#include "query/engine.h"
#include "query/plan/plan_cache.h"
#include "query/sql/classify.h"
#include "storage/rcu.h"

// The way of a short statement, without sockets: from the bytes of a message to the bytes of its answer, and
// its parts.
namespace elegraph::pgwire {
namespace {

constexpr int64_t kPeople = 100'000;

std::string message(char type, const std::string& body) {
  uint32_t size = htonl(uint32_t(body.size() + 4));
  return type + std::string(reinterpret_cast<char*>(&size), 4) + body;
}

std::string int32(uint32_t v) {
  v = htonl(v);
  return std::string(reinterpret_cast<char*>(&v), 4);
}

// A client's session with an engine in memory that has the people, as a connection would drive it.
class Client final : private Waker {
 public:
  Client()
      : engine_(query::Engine::open({})),
        session_(engine_->connect("elegraph", "bench")),
        backend_(*session_, out_, counters_, *this) {
    query("CREATE CONSTRAINT FOR (p:Person) REQUIRE p.id IS UNIQUE");
    query("UNWIND range(1, " + std::to_string(kPeople) +
          ") AS i CREATE (:Person {id: i, name: 'Ada Amari', age: 18 + i % 63})");
  }

  size_t query(const std::string& text) { return send('Q', text + '\0'); }
  void prepare(const std::string& text) {
    send('P', std::string("s\0", 2) + text + std::string(3, '\0'));
    send('S', "");
  }
  size_t execute(const std::string& parameter) {
    send('B', std::string("\0s\0\0\0\0\1", 7) + int32(uint32_t(parameter.size())) + parameter + std::string(2, '\0'));
    send('D', std::string("P\0", 2));
    send('E', std::string(5, '\0'));
    return send('S', "");
  }

 private:
  // -> bytes of the answer so far
  size_t send(char type, const std::string& body) {
    std::string whole = message(type, body);
    Step step = backend_.handle({type, std::string_view(whole).substr(5)});
    while (step != Step::kNext) {
      if (step == Step::kTask) backend_.run_in_task();
      while ((step == Step::kWait || step == Step::kWriteWait) && !woken_.exchange(false)) {}
      step = backend_.resume();
    }
    size_t bytes = out_.size();
    if (type == 'Q' || type == 'S') out_.clear();
    return bytes;
  }
  void wake() override { woken_ = true; }

  std::unique_ptr<query::Engine> engine_;
  std::unique_ptr<query::Session> session_;
  std::string out_;
  ThreadCounters counters_;
  std::atomic<bool> woken_{false};
  Backend backend_;
};

Client& client() {
  static Client one;
  return one;
}

void point_read_prepared(benchmark::State& state) {
  static bool prepared = (client().prepare("MATCH (n: Person {id: $1}) RETURN n.name, n.age"), true);
  benchmark::DoNotOptimize(prepared);
  int64_t id = 0;
  for (auto _ : state) benchmark::DoNotOptimize(client().execute(std::to_string(1 + id++ * 7919 % kPeople)));
}
BENCHMARK(point_read_prepared);

void point_read_simple(benchmark::State& state) {
  int64_t id = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        client().query("MATCH (n: Person {id: " + std::to_string(1 + id++ * 7919 % kPeople) + "}) RETURN n.name, n.age"));
}
BENCHMARK(point_read_simple);

// 10,000 rows of an integer and a string as DataRow messages.
void write_rows(benchmark::State& state) {
  int64_t bytes = 0;
  for (auto _ : state) bytes += int64_t(client().query("MATCH (n: Person) WHERE n.id <= 10000 RETURN n.age, n.name"));
  state.SetBytesProcessed(bytes);
}
BENCHMARK(write_rows)->Unit(benchmark::kMicrosecond);

void classify(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(query::sql::classify("MATCH (n: Person {id: 77}) RETURN n.name, n.age"));
}
BENCHMARK(classify);

void fingerprint(benchmark::State& state) {
  query::cypher::Fingerprint out;
  for (auto _ : state) {
    query::cypher::fingerprint("MATCH (n: Person {id: 77}) RETURN n.name, n.age", {}, out);
    benchmark::DoNotOptimize(out.hash);
  }
}
BENCHMARK(fingerprint);

void parse(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(query::cypher::parse("MATCH (n: Person {id: 77}) RETURN n.name, n.age", {}));
}
BENCHMARK(parse);

void plan_cache_find(benchmark::State& state) {
  query::plan::PlanCache cache;
  query::cypher::Fingerprint print;
  query::cypher::fingerprint("MATCH (n: Person {id: 77}) RETURN n.name, n.age", {}, print);
  auto planned = std::make_shared<query::plan::PlannedStatement>();
  auto plan = std::make_shared<query::plan::Plan>();
  plan->catalog_epoch = 1;
  planned->plan = plan;
  cache.insert(print.hash, print.key, planned);
  for (auto _ : state) {
    rcu::ReadGuard guard;
    benchmark::DoNotOptimize(cache.find(print.hash, print.key, 1));
  }
}
BENCHMARK(plan_cache_find);

}  // namespace
}  // namespace elegraph::pgwire
