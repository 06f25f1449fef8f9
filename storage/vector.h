// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/value.h"

namespace elegraph {

// A string inside a vector in 16 bytes: up to 12 bytes inline, else a prefix and a pointer (the scheme of
// Umbra, CIDR 2020). The pointer's target lives as long as the snapshot (strings of the store) or as the
// vector's heap (computed strings): an operator that keeps strings past its child's next batch copies them.
struct StringRef {
  static constexpr uint32_t kInline = 12;

  StringRef() : size(0), prefix{}, tail{} {}
  // In two whole words: a load of all 16 bytes would wait for narrower stores.
  StringRef(const char* data, uint32_t length) {
    uint64_t head = length, rest = 0;
    if (length > kInline) {
      head |= front<4>(data) << 32;
      rest = reinterpret_cast<uintptr_t>(data);
    } else if (length >= 8) {
      const uint64_t first = front<8>(data);
      head |= first << 32;
      rest = first >> 32 | front<4>(data + length - 4) >> 8 * (kInline - length) << 32;
    } else if (length >= 4) {
      head |= front<4>(data) << 32;
      rest = front<4>(data + length - 4) >> 8 * (8 - length);
    } else {
      for (uint32_t i = 0; i < length; i++) head |= uint64_t{uint8_t(data[i])} << (32 + 8 * i);
    }
    *this = StringRef(head, rest);
  }
  // `bytes` has the first of up to 7 in its lowest byte, and zeros behind the last.
  static StringRef of_word(uint32_t length, uint64_t bytes) { return StringRef(length | bytes << 32, bytes >> 32); }
  // All 16 bytes. Strings of up to kInline bytes are equal where both words are.
  std::array<uint64_t, 2> words() const { return std::bit_cast<std::array<uint64_t, 2>>(*this); }
  bool is_inline() const { return size <= kInline; }
  const char* data() const {
    if (is_inline()) return prefix;
    const char* p;
    std::memcpy(&p, tail, 8);
    return p;
  }
  // Valid as long as *this for inline strings, so never of a temporary.
  std::string_view view() const& { return {data(), size}; }
  std::string_view view() const&& = delete;

  uint32_t size;
  char prefix[4];
  char tail[8];

 private:
  StringRef(uint64_t head, uint64_t rest) {
    std::memcpy(&size, &head, sizeof size);
    std::memcpy(prefix, reinterpret_cast<const char*>(&head) + 4, sizeof prefix);
    std::memcpy(tail, &rest, sizeof tail);
  }
  template <size_t kBytes>
  static uint64_t front(const char* data) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, data, kBytes);
    return bytes;
  }
};
static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(StringRef) == 16);

inline bool operator==(const StringRef& a, const StringRef& b) {
  if (std::memcmp(&a, &b, 8) != 0) return false;  // size and prefix
  return a.is_inline() ? std::memcmp(a.tail, b.tail, 8) == 0 : std::memcmp(a.data(), b.data(), a.size) == 0;
}

// Bump memory for computed strings; reset keeps the first block.
class StringHeap {
 public:
  StringRef add(std::string_view s) {
    if (s.size() <= StringRef::kInline) return {s.data(), uint32_t(s.size())};
    char* p = allocate(s.size());
    std::memcpy(p, s.data(), s.size());
    return {p, uint32_t(s.size())};
  }
  char* allocate(size_t bytes);
  void reset();
  size_t bytes() const { return total_; }

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t size = 0, used = 0;
  };
  std::vector<Block> blocks_;
  size_t total_ = 0;
};

// A typed column of up to 2048 values: what storage hands to operators, what operators hand on and what the
// wire encodes. Not thread-safe.
//
// Layout by type(): kBool uint8_t; kInt, kDate, kLocalTime int64_t; kLocalDateTime and kDateTime int64_t, their
// Value::microseconds(), where all rows have those; kFloat double; kNode, kRelationship uint32_t; kString
// and kBytes StringRef; kNull no data (every row is null); kAny Value (any other value is held as such, with
// type() kAny). The type is a property of the batch, not of the query: one column may be kInt in one batch and
// kAny in the next, since no schema is declared.
//
// constant(): one value, in row 0, stands for every row. valid(row) tells nulls; for kAny a null is a null Value
// and the validity mask agrees with it.
//
// A vector owns its memory or refers to memory of the store (reference()), which stays readable while the
// snapshot and the current RCU read section do: an operator that returns to its caller with a referring vector
// must be inside the caller's section (the executor holds one section per batch).
class Vector {
 public:
  static constexpr uint32_t kCapacity = kChunkRows;
  static constexpr uint32_t kWords = kCapacity / 64;

  Vector() = default;
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;
  ~Vector();

  // The storage type that values of `type` take in a vector: itself or kAny.
  static Type layout(const Value& v);
  static uint32_t width(Type layout);  // bytes of one element
  static bool is_instant(Type type) { return type == Type::kLocalDateTime || type == Type::kDateTime; }

  Type type() const { return type_; }
  bool constant() const { return constant_; }
  uint32_t at(uint32_t row) const { return constant_ ? 0 : row; }

  // Flat, owned, all valid, contents undefined (kAny: nulls). The string heap is emptied.
  void reset(Type type);  // of layout()
  void reset_null() { type_ = Type::kNull, constant_ = true, view_ = nullptr, all_valid_ = false; }
  void set_constant(const Value& v);
  void set_constant_flag(bool constant) { constant_ = constant; }
  // Refers to `cells` of the layout of `type`; `validity` null means all valid.
  void reference(Type type, const void* cells, const uint64_t* validity);
  // Refers to another vector's contents for as long as that one is left alone.
  void reference(const Vector& other);

  template <class T>
  const T* data() const {
    return static_cast<const T*>(view_);
  }
  template <class T>
  T* mutable_data() {
    return static_cast<T*>(own_);
  }
  const StringRef* strings() const { return data<StringRef>(); }

  bool all_valid() const { return all_valid_; }
  bool valid(uint32_t row) const {
    if (type_ == Type::kNull) return false;
    if (all_valid_) return true;
    row = at(row);
    return mask_[row / 64] >> (row % 64) & 1;
  }
  // The mask; only meaningful when !all_valid() and type() != kNull.
  const uint64_t* mask() const { return mask_; }
  uint64_t* mutable_mask();  // owned, made from all-ones when it was all_valid
  // The vector's own mask memory, contents undefined: to be filled and given to reference().
  uint64_t* own_mask() {
    if (!own_mask_) own_mask_ = std::make_unique<std::array<uint64_t, kWords>>();
    return own_mask_->data();
  }
  void set_null(uint32_t row);
  void set_valid_all() { all_valid_ = true; }

  // Row by row, any type: the slow way. set() widens the vector to kAny when the value does not fit type();
  // a kNull vector takes the type of the first value set. Only on owned, flat vectors; rows below `row` that
  // were never set are null.
  Value value(uint32_t row) const;
  void set(uint32_t row, const Value& v);

  // Copies rows[i] of `from` to row i of this, for i in [0, count). Strings are shared, not copied.
  void gather(const Vector& from, const uint16_t* rows, uint32_t count);
  // Rewrites this as kAny with the same values; `rows` of them are alive.
  void widen(uint32_t rows);

  StringHeap& heap() { return heap_; }

 private:
  struct Free {
    void operator()(void* p) const { ::operator delete(p); }
  };
  void ensure(size_t bytes);
  void ensure_values(uint32_t rows);
  void clear_values();
  void reset(Type type, uint32_t rows);
  static Type typed(Type type);

  Type type_ = Type::kNull;
  bool constant_ = true;
  bool all_valid_ = false;
  const void* view_ = nullptr;
  void* own_ = nullptr;  // one buffer, reused over types
  size_t own_bytes_ = 0;
  std::unique_ptr<Value[]> values_;  // for kAny
  uint32_t values_room_ = 0;
  uint32_t values_used_ = 0;  // those from here on are null
  const uint64_t* mask_ = nullptr;
  std::unique_ptr<std::array<uint64_t, kWords>> own_mask_;
  StringHeap heap_;
};

}  // namespace elegraph
