// SPDX-License-Identifier: Apache-2.0
#include "query/functions/random.h"

#include <random>

namespace elegraph::query {
namespace {

constexpr uint64_t rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }

struct ThreadState {
  uint64_t words[4];
  ThreadState() {
    std::random_device device;
    for (auto& w : words) w = uint64_t(device()) << 32 | device();
  }
};

}  // namespace

uint64_t random_bits(const FunctionContext& context) {
  thread_local ThreadState own;
  uint64_t* s = context.random_state ? context.random_state : own.words;
  uint64_t result = rotate(s[1] * 5, 7) * 9;
  uint64_t t = s[1] << 17;
  s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate(s[3], 45);
  return result;
}

double random_double(const FunctionContext& context) { return double(random_bits(context) >> 11) * 0x1.0p-53; }

}  // namespace elegraph::query
