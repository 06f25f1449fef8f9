// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/value.h"
#include "storage/vector.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ELEGRAPH_TSAN_CELLS 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define ELEGRAPH_TSAN_CELLS 1
#endif

namespace elegraph::storage {

// How a column keeps its values. Part of the checkpoint format: append, never renumber.
enum class CellType : uint8_t {
  kNone = 0,  // no value
  kBool = 1,
  kInt = 2,
  kFloat = 3,
  kDate = 4,
  kLocalTime = 5,
  kString = 6,
  kBoxed = 7,          // anything, also a mixture: pointer to a Blob with the encoded value
  kLocalDateTime = 8,  // these two: Value::microseconds(), where there are such
  kDateTime = 9,
};
inline constexpr CellType kLastCellType = CellType::kDateTime;

// Whether cells may refer to memory of their own.
inline bool has_blobs(CellType type) { return type == CellType::kString || type == CellType::kBoxed; }

// Immutable bytes behind a cell.
struct Blob {
  uint32_t size;
  char data[4];  // the first of `size` bytes

  std::string_view view() const { return {data, size}; }
  size_t allocated() const { return offsetof(Blob, data) + size; }
  static Blob* make(std::string_view bytes);
  static void free(Blob* blob);
};

// A value as columns and undo records hold it. Owns nothing by itself: whoever takes a cell out of its column
// frees it (free_cell) when no snapshot can read it any more.
//
// Bits of a string: up to 7 bytes inline (lowest byte: size * 2 + 1, then the bytes), else the Blob's address, which is
// even. kBoxed: the Blob's address.
struct Cell {
  CellType type = CellType::kNone;
  uint64_t bits = 0;
};

CellType cell_type_of(Type layout);  // of a vector
Type value_type_of(CellType type);   // kAny for kBoxed
inline uint32_t cell_width(CellType type) { return type == CellType::kBool ? 1 : 8; }
inline Blob* cell_blob(CellType type, uint64_t bits) {
  if (!has_blobs(type) || (type == CellType::kString && (bits & 1))) return nullptr;
  return reinterpret_cast<Blob*>(uintptr_t(bits));
}

// Errors: 22023 not storable, 54000 larger than 256 MiB.
Cell make_cell(const Value& v);
Cell make_cell(const Vector& column, uint32_t row);
uint64_t make_string_bits(std::string_view s);
Cell box(const Cell& cell);  // a copy of the value as kBoxed
Cell copy_cell(const Cell& cell);
Value cell_value(const Cell& cell);
void free_cell(const Cell& cell);

inline StringRef inline_string(uint64_t bits) { return StringRef::of_word(uint32_t(bits & 0xff) >> 1, bits >> 8); }
inline StringRef string_of(uint64_t bits) {
  if (bits & 1) return inline_string(bits);
  const Blob* b = reinterpret_cast<const Blob*>(uintptr_t(bits));
  return {b->data, b->size};
}

// The one place that loads cells in bulk while a writer may store them.
//
// The protocol: a writer first publishes the undo record, then stores the cell (release); a reader first loads the
// cells, then looks for undo records, so that it never keeps a value whose undo record it missed. Cells are aligned
// 8-byte (or 1-byte) words, which x86 and ARM load without tearing also in vector registers (each lane is single-copy
// atomic), and a load is not moved after a later one: on x86 by TSO, on ARM by the acquire fence at the end
// (dmb ishld orders all earlier loads before all later ones). The compiler is kept from caching or moving them by the
// same fence. ThreadSanitizer knows neither, so under it every cell is an acquire load.
inline void copy_cells(void* to, const void* from, uint32_t bytes) {
#ifdef ELEGRAPH_TSAN_CELLS
  auto* source = static_cast<uint8_t*>(const_cast<void*>(from));
  auto* target = static_cast<uint8_t*>(to);
  uint32_t i = 0;
  if (reinterpret_cast<uintptr_t>(source) % 8 == 0)
    for (; i + 8 <= bytes; i += 8) {
      uint64_t v = std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(source + i)).load(std::memory_order_acquire);
      std::memcpy(target + i, &v, 8);
    }
  for (; i < bytes; ++i) target[i] = std::atomic_ref<uint8_t>(source[i]).load(std::memory_order_acquire);
#else
  std::memcpy(to, from, bytes);
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
}

}  // namespace elegraph::storage
