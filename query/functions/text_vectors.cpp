// SPDX-License-Identifier: Apache-2.0
#include "query/functions/text_vectors.h"

#include <algorithm>
#include <bit>
#include <string>

#include "query/functions/ascii.h"
#include "query/functions/unicode.h"
#include "query/functions/vector_loops.h"

namespace elegraph::query {
namespace {

using Args = std::span<const Vector* const>;

template <bool left, bool right>
bool trim(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  if (args.size() > 1 && !is_constant_text(*args[1])) return false;
  const std::string_view set = args.size() > 1 ? args[1]->strings()[0].view() : std::string_view();
  const bool all = args.size() > 1 && set.empty();
  return for_texts(*args[0], rows, count, out, [&](uint32_t, const StringRef& s) {
    return all ? s : reference_to(trimmed(s.view(), set, left, right));
  });
}

// The 16 bytes of a StringRef that is inline: its size, and in front of the zeros that fill up twelve bytes its text.
struct InlineWords {
  uint64_t size_and_front, back;

  bool is_ascii() const { return ((size_and_front >> 32 | back) & kHighBits) == 0; }
};
static_assert(sizeof(InlineWords) == sizeof(StringRef));

template <char first>
StringRef with_case_flipped(const StringRef& s) {
  constexpr uint64_t kSize = 0xffffffff;
  const auto words = std::bit_cast<InlineWords>(s);
  const uint64_t front = words.size_and_front & ~kSize;
  return std::bit_cast<StringRef>(
      InlineWords{flip_case<first>(front) | (words.size_and_front & kSize), flip_case<first>(words.back)});
}

// Letters from `first` on are mapped; ASCII without a detour over a string.
template <char first, std::string (*map)(std::string_view)>
bool map_case(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  return for_texts(*args[0], rows, count, out, [&](uint32_t, const StringRef& s) {
    if (s.is_inline() && std::bit_cast<InlineWords>(s).is_ascii()) return with_case_flipped<first>(s);
    if (s.is_inline() || !is_ascii(s.view())) return out.heap().add(map(s.view()));
    return filled(out.heap(), s.size, [&](char* to) { flip_case<first>(to, s.view()); });
  });
}

// The text's twelve bytes turned around in a register; then those of the filling are at the front.
StringRef reversed_inline(const StringRef& s) {
  const auto words = std::bit_cast<InlineWords>(s);
  if (s.size == 0) return s;
  const __uint128_t turned = (__uint128_t)__builtin_bswap64(words.size_and_front >> 32 | words.back << 32) << 64 |
                             __builtin_bswap64(words.back >> 32);
  const __uint128_t text = turned >> 8 * (16 - s.size);
  return std::bit_cast<StringRef>(InlineWords{uint64_t(text) << 32 | s.size, uint64_t(text >> 32)});
}

}  // namespace

bool upper_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  return map_case<'a', to_upper>(args, rows, count, out);
}
bool lower_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  return map_case<'A', to_lower>(args, rows, count, out);
}
bool trim_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  return trim<true, true>(args, rows, count, out);
}
bool ltrim_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  return trim<true, false>(args, rows, count, out);
}
bool rtrim_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  return trim<false, true>(args, rows, count, out);
}

bool replace_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  if (!is_constant_text(*args[1]) || !is_constant_text(*args[2])) return false;
  const std::string_view from = args[1]->strings()[0].view(), to = args[2]->strings()[0].view();
  if (from.size() == 1 && to.size() == 1)
    return for_texts(*args[0], rows, count, out, [&](uint32_t, const StringRef& s) {
      return filled(out.heap(), s.size,
                    [&](char* copy) { std::replace_copy(s.data(), s.data() + s.size, copy, from[0], to[0]); });
    });
  std::string replaced;
  return for_texts(*args[0], rows, count, out, [&](uint32_t, const StringRef& text) {
    std::string_view s = text.view();
    size_t at = from.empty() ? std::string_view::npos : s.find(from);
    if (at == std::string_view::npos) return text;
    replaced.clear();
    for (; at != std::string_view::npos; at = s.find(from)) {
      replaced.append(s.substr(0, at)).append(to);
      s.remove_prefix(at + from.size());
    }
    return out.heap().add(replaced.append(s));
  });
}

bool reverse_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  return for_texts(*args[0], rows, count, out, [&](uint32_t, const StringRef& s) {
    if (s.is_inline() && std::bit_cast<InlineWords>(s).is_ascii()) return reversed_inline(s);
    if (!is_ascii(s.view())) return out.heap().add(reversed(s.view()));
    return filled(out.heap(), s.size, [&](char* to) { std::reverse_copy(s.data(), s.data() + s.size, to); });
  });
}

bool char_length_vector(Args args, const uint16_t* rows, uint32_t count, Vector& out) {
  const Vector& in = *args[0];
  if (in.type() != Type::kString || in.constant()) return false;
  out.reset(Type::kInt);
  int64_t* to = out.mutable_data<int64_t>();
  for_valid(in, rows, count, out, [&](uint32_t row) { to[row] = int64_t(count_code_points(in.strings()[row].view())); });
  return true;
}

}  // namespace elegraph::query
