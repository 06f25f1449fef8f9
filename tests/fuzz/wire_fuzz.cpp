// SPDX-License-Identifier: Apache-2.0
// The bytes of one session, start-up packet included, against a real engine. The first byte: how many come at a time.
#include "tests/fuzz/conversation.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  elegraph::fuzz::Input input(data, size);
  const size_t chunk = input.byte();
  elegraph::fuzz::Conversation().feed(input.rest(), chunk);
  return 0;
}
