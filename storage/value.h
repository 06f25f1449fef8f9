// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/ids.h"

namespace elegraph {

// The kinds of Cypher values. The numbers are part of the on-disk format: append, never renumber.
enum class Type : uint8_t {
  kNull = 0,
  kBool = 1,
  kInt = 2,
  kFloat = 3,
  kString = 4,
  kBytes = 5,
  kDate = 6,           // days since 1970-01-01
  kLocalTime = 7,      // nanoseconds of the day
  kTime = 8,           // nanoseconds of the (local) day; offset in seconds east
  kLocalDateTime = 9,  // seconds since 1970-01-01T00:00 without zone, and nanoseconds
  kDateTime = 10,      // seconds since 1970-01-01T00:00Z, nanoseconds, zone (see storage/zones.h)
  kDuration = 11,      // months, days, seconds, nanoseconds
  kList = 12,
  kMap = 13,
  kNode = 14,
  kRelationship = 15,
  kPath = 16,
  kPoint = 17,
  kNumeric = 18,  // Postgres' numeric, kept as its text: passes through, casts to and from the others
  kUuid = 19,     // as its canonical text
  kAny = 255,     // only as the type of a vector or an expression: each value says its own type
};

class Value;

// Heap parts of values: immutable once shared, counted by reference from any thread.
struct Object {
  std::atomic<uint32_t> references{1};
};
struct StringObject : Object {  // kString, kBytes, kNumeric, kUuid
  uint32_t size;
  char data[1];  // `size` bytes follow
};
struct DurationObject : Object {
  int64_t months, days, seconds;
  int32_t nanos;  // 0 .. 999,999,999; seconds carry the sign
};
struct ListObject;
struct MapObject;
struct PathObject;
struct PointObject;

// One Cypher value in 16 bytes: type, up to 48 bits beside, and 64 bits of payload or a counted pointer.
// Thread-safety as of int: const use of one Value from several threads is safe; copies share the heap part.
class Value {
 public:
  Value() : payload_(0) {}
  Value(const Value& o) : Value(o, Raw{}) { retain(); }
  Value(Value&& o) noexcept : Value(o, Raw{}) { o.type_ = Type::kNull; }
  Value& operator=(const Value& o) {
    Value copy(o);
    swap(copy);
    return *this;
  }
  Value& operator=(Value&& o) noexcept {
    swap(o);
    return *this;
  }
  ~Value() {
    if (counted()) release();
  }
  void swap(Value& o) noexcept {
    std::swap(type_, o.type_);
    std::swap(small_, o.small_);
    std::swap(aux_, o.aux_);
    std::swap(payload_, o.payload_);
  }

  static Value boolean(bool v) { return Value(Type::kBool, v); }
  static Value integer(int64_t v) { return Value(Type::kInt, v); }
  static Value floating(double v) {
    int64_t bits;
    std::memcpy(&bits, &v, 8);
    return Value(Type::kFloat, bits);
  }
  static Value string(std::string_view v) { return text(Type::kString, v); }
  static Value bytes(std::string_view v) { return text(Type::kBytes, v); }
  static Value text(Type type, std::string_view v);  // kString, kBytes, kNumeric, kUuid
  static Value date(int64_t days) { return Value(Type::kDate, days); }
  static Value local_time(int64_t nanos) { return Value(Type::kLocalTime, nanos); }
  static Value time(int64_t nanos, int32_t offset_seconds) { return Value(Type::kTime, nanos, offset_seconds); }
  static Value local_datetime(int64_t seconds, int32_t nanos) { return Value(Type::kLocalDateTime, seconds, nanos); }
  static Value datetime(int64_t utc_seconds, int32_t nanos, uint16_t zone) {
    return Value(Type::kDateTime, utc_seconds, nanos, zone);
  }
  static Value duration(int64_t months, int64_t days, int64_t seconds, int32_t nanos);
  // Lists and maps nest so deep and no deeper (54001): they are freed, compared and printed by recursion.
  static constexpr int32_t kMaxNesting = 2000;
  static Value list(std::vector<Value> items);
  static Value map(std::vector<std::pair<std::string, Value>> entries);  // keys are distinct
  static Value node(NodeId id) { return Value(Type::kNode, id.value); }
  static Value relationship(RelId id) { return Value(Type::kRelationship, id.value); }
  static Value path(std::vector<NodeId> nodes, std::vector<RelId> relationships);
  static Value point(int32_t srid, double x, double y, double z);

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::kNull; }
  bool is_number() const { return type_ == Type::kInt || type_ == Type::kFloat; }

  bool as_bool() const { return payload_ != 0; }
  int64_t as_int() const { return payload_; }
  double as_float() const {
    double v;
    std::memcpy(&v, &payload_, 8);
    return v;
  }
  double to_double() const { return type_ == Type::kInt ? double(payload_) : as_float(); }
  std::string_view as_string() const {
    auto* s = static_cast<const StringObject*>(object());
    return {s->data, s->size};
  }
  // kLocalDateTime, and kDateTime in UTC: microseconds since 1970, which order as the values do. Nothing for those with
  // parts of microseconds, in another zone, or further off than some 290,000 years.
  std::optional<int64_t> microseconds() const;
  static Value of_microseconds(Type type, int64_t microseconds);

  // Days, nanoseconds of the day, or seconds, as the type has it.
  int64_t temporal() const { return payload_; }
  int32_t nanos() const { return aux_; }           // kLocalDateTime, kDateTime
  int32_t offset_seconds() const { return aux_; }  // kTime
  uint16_t zone() const { return small_; }         // kDateTime
  const DurationObject& as_duration() const { return *static_cast<const DurationObject*>(object()); }
  const std::vector<Value>& as_list() const;
  const std::vector<std::pair<std::string, Value>>& as_map() const;
  const Value* map_find(std::string_view key) const;  // null where there is no such key
  NodeId as_node() const { return NodeId(uint32_t(payload_)); }
  RelId as_relationship() const { return RelId(uint32_t(payload_)); }
  const PathObject& as_path() const;
  const PointObject& as_point() const;

 private:
  struct Raw {};
  Value(const Value& o, Raw) : type_(o.type_), small_(o.small_), aux_(o.aux_), payload_(o.payload_) {}
  Value(Type type, int64_t payload, int32_t aux = 0, uint16_t small = 0)
      : type_(type), small_(small), aux_(aux), payload_(payload) {}
  Value(Type type, Object* o, int32_t aux = 0)
      : type_(type), aux_(aux), payload_(int64_t(reinterpret_cast<uintptr_t>(o))) {}

  // How many lists and maps lie in each other here; in aux_, so that a list's maker need not look into its items.
  int32_t nesting() const { return type_ == Type::kList || type_ == Type::kMap ? aux_ : 0; }
  static int32_t nesting_above(int32_t deepest);
  bool counted() const { return (0b1111'0011'1000'0011'0000u >> (unsigned(type_) & 31u) & 1u) != 0; }
  Object* object() const { return reinterpret_cast<Object*>(uintptr_t(payload_)); }
  void retain() {
    if (counted()) object()->references.fetch_add(1, std::memory_order_relaxed);
  }
  void release();

  Type type_ = Type::kNull;
  uint16_t small_ = 0;
  int32_t aux_ = 0;
  int64_t payload_;
};
static_assert(sizeof(Value) == 16);

struct ListObject : Object {
  bool counted = false;  // a large one, with what it takes beside it
  std::vector<Value> items;
};
struct MapObject : Object {
  bool counted = false;                                // as above
  std::vector<std::pair<std::string, Value>> entries;  // in the order of writing; keys are distinct
};
struct PathObject : Object {
  std::vector<NodeId> nodes;
  std::vector<RelId> relationships;  // one fewer than nodes
};
struct PointObject : Object {
  int32_t srid;  // 4326, 4979, 7203 or 9157
  double x, y, z;
};

inline const std::vector<Value>& Value::as_list() const { return static_cast<ListObject*>(object())->items; }
inline const std::vector<std::pair<std::string, Value>>& Value::as_map() const {
  return static_cast<MapObject*>(object())->entries;
}
inline const PathObject& Value::as_path() const { return *static_cast<PathObject*>(object()); }
inline const PointObject& Value::as_point() const { return *static_cast<PointObject*>(object()); }

// "INTEGER", "LIST", ... as error messages and SHOW commands name types.
std::string_view type_name(Type type);

}  // namespace elegraph
