// SPDX-License-Identifier: Apache-2.0
#include "index/radix_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "index/key_encoding.h"
#include "index/radix_build.h"
#include "index/radix_cursor.h"
#include "storage/rcu.h"

namespace elegraph::index {
namespace {

using Reference = std::set<std::pair<std::string, uint32_t>>;

std::string integer(int64_t v) {
  std::string key;
  append_key(key, v);
  return key;
}
std::string text(std::string_view v) { return composite_key(std::vector{Value::string(v)}); }

struct Entry {
  std::string value;
  uint32_t id;
};

std::vector<Entry> walk(const RadixTree& tree, std::string low, std::string high, bool descending, uint32_t batch) {
  RadixCursor cursor(tree, std::move(low), std::move(high), descending);
  RadixEntryBatch found;
  for (uint32_t more = 1; more != 0;) {
    rcu::ReadGuard guard;
    more = cursor.next_entries(batch, found);
  }
  std::vector<Entry> all;
  for (size_t i = 0; i < found.size(); ++i) all.push_back({std::string(found.value(i)), found.ids()[i]});
  return all;
}

void expect_equal(const std::vector<Entry>& got, const Reference& want, bool descending) {
  std::vector<std::pair<std::string, uint32_t>> list(want.begin(), want.end());
  if (descending) std::reverse(list.begin(), list.end());
  ASSERT_EQ(got.size(), list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    ASSERT_EQ(got[i].value, list[i].first);
    ASSERT_EQ(got[i].id, list[i].second);
  }
}

size_t distinct(const Reference& reference) {
  std::set<std::string> values;
  for (auto& [value, id] : reference) values.insert(value);
  return values.size();
}

// Ids and values from small ranges collide often; those from large ones make long suffixes.
std::string random_value(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0: return integer(int64_t(random() % 300));
    case 1: return integer(int64_t(random()));
    case 2: return text(std::string(random() % 5, 'a') + char('a' + random() % 3));
    case 3: return text("shared prefix of some length " + std::to_string(random() % 50));
    default: return composite_key(std::vector{Value::list({Value::integer(int64_t(random() % 4)), Value::string("x")})});
  }
}
uint32_t random_id(std::mt19937_64& random) {
  return random() % 2 ? uint32_t(random() % 20) : uint32_t(random()) >> (random() % 32);
}

void check(const RadixTree& tree, const Reference& reference, std::mt19937_64& random) {
  rcu::ReadGuard guard;
  ASSERT_EQ(tree.entries(), reference.size());
  ASSERT_EQ(tree.distinct(), distinct(reference));
  uint32_t batch = 1 + uint32_t(random() % 40);
  expect_equal(walk(tree, "", "", false, batch), reference, false);
  expect_equal(walk(tree, "", "", true, batch), reference, true);
  for (int i = 0; i < 20; ++i) {
    std::string low = random_value(random), high = random_value(random);
    if (high < low) std::swap(low, high);
    if (random() % 2) low.pop_back();
    Reference part(reference.lower_bound({low, 0}), reference.lower_bound({high, 0}));
    expect_equal(walk(tree, low, high, false, batch), part, false);
    expect_equal(walk(tree, low, high, true, batch), part, true);
  }
}

TEST(RadixTree, AgreesWithAnOrderedSetUnderRandomOperations) {
  std::mt19937_64 random(7);
  RadixTree tree;
  Reference reference;
  for (int round = 0; round < 40; ++round) {
    bool grow = round % 4 < 2;
    for (int i = 0; i < 500; ++i) {
      std::string value = random_value(random);
      uint32_t id = random_id(random);
      if (random() % 10 < (grow ? 8u : 2u)) {
        ASSERT_EQ(tree.insert(value, id), reference.insert({value, id}).second);
      } else {
        auto at = reference.lower_bound({value, id});
        if (at != reference.end()) value = at->first, id = at->second;
        ASSERT_EQ(tree.contains(value, id), reference.contains({value, id}));
        ASSERT_EQ(tree.remove(value, id), reference.erase({value, id}) == 1);
      }
    }
    check(tree, reference, random);
  }
  for (auto& [value, id] : Reference(reference)) ASSERT_TRUE(tree.remove(value, id));
  EXPECT_EQ(tree.entries(), 0u);
  EXPECT_EQ(tree.distinct(), 0u);
  EXPECT_EQ(tree.bytes(), 0u);
}

// Built at once, then emptied one by one: its nodes must be such as inserts would have made.
void build_and_empty(const std::vector<std::pair<std::string, uint32_t>>& all, std::mt19937_64& random) {
  RadixTree tree;
  RadixEntries entries;
  for (auto& [value, id] : all) entries.add(value, id);
  tree.build(entries);
  const Reference reference(all.begin(), all.end());
  check(tree, reference, random);
  RadixTree one_by_one;
  for (auto& [value, id] : all) one_by_one.insert(value, id);
  EXPECT_EQ(tree.bytes(), one_by_one.bytes());
  for (auto& [value, id] : reference) ASSERT_TRUE(tree.remove(value, id));
  EXPECT_EQ(tree.entries(), 0u);
  EXPECT_EQ(tree.distinct(), 0u);
  EXPECT_EQ(tree.bytes(), 0u);
}

TEST(RadixTree, BuiltAtOnceIsLikeOneByOne) {
  std::mt19937_64 random(11);
  for (const size_t size : {0u, 1u, 2u, 5u, 48u, 49u, 300u, 5000u, 40'000u}) {
    std::vector<std::pair<std::string, uint32_t>> all;
    for (size_t i = 0; i < size; ++i) all.emplace_back(random_value(random), random_id(random));  // some twice
    build_and_empty(all, random);
  }
  std::vector<std::pair<std::string, uint32_t>> dense, nested;
  for (uint32_t i = 0; i < 20'000; ++i) dense.emplace_back(integer(i), i);
  build_and_empty(dense, random);
  for (uint32_t i = 0; i < 3'000; ++i) nested.emplace_back(text(std::string(i, 'a')), i);  // as deep as there are
  build_and_empty(nested, random);
}

TEST(RadixTree, FindsIntegersInBatches) {
  RadixTree tree;
  for (int64_t v = -1000; v < 20000; v += 2) tree.insert(integer(v * 3), uint32_t(v + 1000));
  std::vector<int64_t> keys;
  for (int64_t v = -3100; v < 61000; ++v) keys.push_back(v);
  std::vector<uint32_t> out(keys.size());
  rcu::ReadGuard guard;
  EXPECT_FALSE(tree.find_integers(keys, out));
  for (size_t i = 0; i < keys.size(); ++i) {
    bool there = keys[i] % 6 == 0 && keys[i] >= -3000 && keys[i] < 60000;
    ASSERT_EQ(out[i], there ? uint32_t(keys[i] / 3 + 1000) : ~0u) << keys[i];
  }
  tree.insert(integer(6), 77777);
  EXPECT_TRUE(tree.find_integers(keys, out));
}

TEST(RadixTree, TellsAboutWhatShareLiesBelow) {
  RadixTree even, skewed;
  for (uint32_t i = 0; i < 20'000; ++i) {
    even.insert(integer(i), i);
    skewed.insert(integer(i < 15'000 ? 7 : i % 100), i);
  }
  rcu::ReadGuard guard;
  for (int64_t v : {100, 2'000, 10'000, 15'000, 19'900})
    EXPECT_NEAR(even.share_below(integer(v)), double(v) / 20'000, 0.2) << v;
  for (const RadixTree* tree : {&even, &skewed}) {
    EXPECT_EQ(tree->share_below(integer(-5)), 0);
    EXPECT_EQ(tree->share_below(text("a")), 0);  // before all numbers
    EXPECT_EQ(tree->share_below(integer(1'000'000)), 1);
    double before = 0;
    for (int64_t v = 0; v < 120; v += 10) {
      const double share = tree->share_below(integer(v));
      EXPECT_GE(share, 0);
      EXPECT_LE(share, 1);
      EXPECT_GE(share, before - 0.2) << v;
      before = share;
    }
  }
  EXPECT_EQ(RadixTree().share_below(integer(1)), 0);
}

TEST(RadixTree, DenseIntegersTakeAtMostSixteenBytesEach) {
  RadixTree tree;
  for (uint32_t i = 0; i < 200'000; ++i) tree.insert(integer(i), i);
  EXPECT_LE(tree.bytes(), 16u * 200'000);
}

// Keys that are multiples of 10 stay for good; the writer adds and removes the others. Every reader must see
// all that stay, in order, and nothing that never was.
TEST(RadixTree, ReadersSeeAllThatStaysBesideAWriter) {
  constexpr int64_t kKeys = 3000;
  RadixTree tree;
  for (int64_t v = 0; v < kKeys; v += 10) tree.insert(integer(v), uint32_t(v));
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> faults{0}, rounds{0};
  auto reader = [&](uint64_t seed) {
    std::mt19937_64 random(seed);
    while (!stop) {
      int64_t v = int64_t(random() % kKeys);
      {
        rcu::ReadGuard guard;
        radix::Ref found = tree.find(integer(v));
        if (v % 10 == 0 && (found == 0 || !radix::is_leaf(found) || radix::leaf_id(found) != v)) ++faults;
      }
      bool descending = random() % 2;
      int64_t low = int64_t(random() % kKeys), high = std::min(kKeys, low + 400);
      int64_t stay = 0;
      std::string last;
      for (auto& e : walk(tree, integer(low), integer(high), descending, 1 + uint32_t(random() % 64))) {
        if (e.value != integer(e.id)) ++faults;
        if (!last.empty() && (descending ? e.value >= last : e.value <= last)) ++faults;
        last = e.value;
        stay += e.id % 10 == 0;
      }
      if (stay != (high + 9) / 10 - (low + 9) / 10) ++faults;
      ++rounds;
    }
  };
  std::vector<std::thread> readers;
  for (uint64_t i = 0; i < 3; ++i) readers.emplace_back(reader, i);
  std::mt19937_64 random(99);
  for (int i = 0; i < 60'000 || (rounds < 30 && i < 5'000'000); ++i) {
    auto v = int64_t(random() % kKeys);
    if (v % 10 == 0) continue;
    if (i / 10'000 % 2 == 0) {
      tree.insert(integer(v), uint32_t(v));
    } else {
      tree.remove(integer(v), uint32_t(v));
    }
  }
  stop = true;
  for (auto& t : readers) t.join();
  EXPECT_EQ(faults, 0u);
  EXPECT_GT(rounds, 0u);
}

}  // namespace
}  // namespace elegraph::index
