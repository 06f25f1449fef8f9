// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "index/key_encoding.h"
#include "index/radix_cursor.h"
#include "index/radix_tree.h"
#include "storage/rcu.h"

namespace elegraph::index {
namespace {

std::string key(int64_t v) {
  std::string out;
  append_key(out, v);
  return out;
}

enum class Keys { kDense, kSparse };

int64_t nth(Keys keys, int64_t i) {
  return keys == Keys::kDense ? i : int64_t(uint64_t(i + 1) * 0x9e3779b97f4a7c15ull >> 1);
}

template <Keys kKeys>
void fill(RadixTree& tree, int64_t count) {
  for (int64_t i = 0; i < count; ++i) tree.insert(key(nth(kKeys, i)), uint32_t(i));
}

std::vector<int64_t> shuffled(Keys keys, int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) order[size_t(i)] = nth(keys, i);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  return order;
}

template <Keys kKeys>
void insert(benchmark::State& state) {
  uint64_t bytes = 0;
  for (auto _ : state) {
    RadixTree tree;
    fill<kKeys>(tree, state.range(0));
    bytes = tree.bytes();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes/entry"] = double(bytes) / double(state.range(0));
}

template <Keys kKeys>
void point_lookup(benchmark::State& state) {
  RadixTree tree;
  fill<kKeys>(tree, state.range(0));
  auto order = shuffled(kKeys, state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    rcu::ReadGuard guard;
    uint8_t bytes[kIntegerKeyBytes];
    uint32_t size = integer_key(order[i], bytes);
    benchmark::DoNotOptimize(tree.find({reinterpret_cast<char*>(bytes), size}));
    if (++i == order.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

template <Keys kKeys>
void batch_lookup(benchmark::State& state) {
  RadixTree tree;
  fill<kKeys>(tree, state.range(0));
  auto order = shuffled(kKeys, state.range(0));
  std::vector<uint32_t> out(2048);
  size_t i = 0;
  for (auto _ : state) {
    rcu::ReadGuard guard;
    benchmark::DoNotOptimize(tree.find_integers(std::span(order).subspan(i, 2048), out));
    i = (i + 2048) % (order.size() - 2048);
  }
  state.SetItemsProcessed(state.iterations() * 2048);
}

template <Keys kKeys>
void scan(benchmark::State& state) {
  RadixTree tree;
  fill<kKeys>(tree, state.range(0));
  std::vector<uint32_t> out(2048);
  for (auto _ : state) {
    RadixCursor cursor(tree, "", "", false);
    for (uint32_t n = 1; n != 0;) {
      rcu::ReadGuard guard;
      n = cursor.next(out);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

constexpr int64_t kSmall = 100'000, kLarge = 1'000'000;
BENCHMARK(insert<Keys::kDense>)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(insert<Keys::kSparse>)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(point_lookup<Keys::kDense>)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(point_lookup<Keys::kSparse>)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(batch_lookup<Keys::kDense>)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(batch_lookup<Keys::kSparse>)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(scan<Keys::kDense>)->Arg(kLarge);
BENCHMARK(scan<Keys::kSparse>)->Arg(kLarge);

}  // namespace
}  // namespace elegraph::index
