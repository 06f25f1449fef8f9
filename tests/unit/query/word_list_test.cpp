// SPDX-License-Identifier: Apache-2.0
#include "query/exec/word_list.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace elegraph::query::exec {
namespace {

void expect_same(size_t words, const std::function<uint64_t(uint64_t)>& word) {
  WordList list;
  for (int round = 0; round < 2; round++) {  // it is used again
    list.clear();
    std::set<uint64_t> wanted;
    for (uint64_t i = 0; i < words; i++) list.add(word(i)), wanted.insert(word(i));
    for (const bool many : {false, true}) {
      if (many) list.prepare();
      for (uint64_t i = 0; i < words + 3; i++)
        for (const uint64_t x : {word(i), word(i) + 1, word(i) - 1, i})
          ASSERT_EQ(list.contains(x), wanted.contains(x)) << words << " " << i << " " << x;
    }
    EXPECT_EQ(list.contains(~0ull), wanted.contains(~0ull));
  }
}

TEST(WordList, FindsWhatIsInIt) {
  for (const size_t words : {0, 1, 8, 9, 200}) {
    expect_same(words, [](uint64_t i) { return i; });
    expect_same(words, [](uint64_t i) { return (1ull << 40) - i * 3; });
    expect_same(words, [](uint64_t i) { return i * 0x9E3779B97F4A7C15ull; });
    expect_same(words, [](uint64_t i) { return 0 - i; });  // ~0 among them
    expect_same(words, [](uint64_t i) { return i % 5; });
  }
}

}  // namespace
}  // namespace elegraph::query::exec
