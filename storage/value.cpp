// SPDX-License-Identifier: Apache-2.0
#include "storage/value.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "storage/error.h"
#include "storage/value_memory.h"

namespace elegraph {
namespace {

// What a large value takes, while it is there. It is counted, not refused: values are also made of what is stored, in the
// middle of a change that must not stop there.
class Taken {
 public:
  explicit Taken(uint64_t bytes) noexcept {
    const ValueScope* scope = ValueScope::current();
    if (!scope) return;
    bytes_ = bytes, all_ = scope->taken();
    all_->fetch_add(bytes_, std::memory_order_relaxed);
  }
  ~Taken() {
    if (all_) all_->fetch_sub(bytes_, std::memory_order_relaxed);
  }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;

 private:
  uint64_t bytes_ = 0;
  std::shared_ptr<ValueBytes> all_;
};

template <class Part>
struct Counted : Part {
  explicit Counted(uint64_t bytes) : taken(bytes) { this->counted = true; }
  Taken taken;
};

// The heap part of a list or map, which has `items` then.
template <class Part, class Items>
Part* make_part(Items Part::* member, Items items) {
  const uint64_t bytes = items.capacity() * sizeof(items[0]);
  Part* part = bytes >= kLargeValue ? new Counted<Part>(bytes) : new Part;
  part->*member = std::move(items);
  return part;
}

template <class Part>
void free_part(Part* part) {
  if (part->counted)
    delete static_cast<Counted<Part>*>(part);
  else
    delete part;
}

// Where the bytes of a large text end; what it takes lies there.
size_t end_of_text(size_t size) {
  constexpr size_t kAlign = alignof(Taken);
  return (sizeof(StringObject) + size + kAlign - 1) / kAlign * kAlign;
}
Taken* taken_by(StringObject* s) { return reinterpret_cast<Taken*>(reinterpret_cast<char*>(s) + end_of_text(s->size)); }

void free_text(StringObject* s) {
  if (s->size >= kLargeValue) taken_by(s)->~Taken();
  s->~StringObject();
  ::operator delete(s);
}

}  // namespace

Value Value::text(Type type, std::string_view v) {
  constexpr size_t kMost = size_t{1} << 30;  // as PostgreSQL's
  if (v.size() > kMost) throw Error(sqlstate::kProgramLimitExceeded, "resulting string is too large");
  void* memory =
      ::operator new(v.size() < kLargeValue ? sizeof(StringObject) + v.size() : end_of_text(v.size()) + sizeof(Taken));
  auto* s = new (memory) StringObject;
  s->size = uint32_t(v.size());
  if (!v.empty()) std::memcpy(s->data, v.data(), v.size());
  if (v.size() >= kLargeValue) new (taken_by(s)) Taken(v.size());
  return Value(type, s);
}

namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000, kNanosPerMicro = 1'000;

}  // namespace

std::optional<int64_t> Value::microseconds() const {
  if (type_ != Type::kLocalDateTime && (type_ != Type::kDateTime || zone() != 0)) return std::nullopt;
  int64_t out;
  if (nanos() % kNanosPerMicro != 0 || __builtin_mul_overflow(temporal(), kMicrosPerSecond, &out) ||
      __builtin_add_overflow(out, nanos() / kNanosPerMicro, &out))
    return std::nullopt;
  return out;
}

Value Value::of_microseconds(Type type, int64_t microseconds) {
  int64_t seconds = microseconds / kMicrosPerSecond, rest = microseconds % kMicrosPerSecond;
  if (rest < 0) seconds--, rest += kMicrosPerSecond;
  return Value(type, seconds, int32_t(rest * kNanosPerMicro));
}

Value Value::duration(int64_t months, int64_t days, int64_t seconds, int32_t nanos) {
  auto d = std::make_unique<DurationObject>();
  d->months = months, d->days = days, d->seconds = seconds, d->nanos = nanos;
  return Value(Type::kDuration, d.release());
}

int32_t Value::nesting_above(int32_t deepest) {
  if (deepest < kMaxNesting) return deepest + 1;
  throw Error(sqlstate::kStatementTooComplex,
              "lists and maps can be nested at most " + std::to_string(kMaxNesting) + " levels deep");
}

Value Value::list(std::vector<Value> items) {
  int32_t deepest = 0;
  for (const Value& v : items) deepest = std::max(deepest, v.nesting());
  const int32_t nesting = nesting_above(deepest);
  return Value(Type::kList, make_part(&ListObject::items, std::move(items)), nesting);
}

Value Value::map(std::vector<std::pair<std::string, Value>> entries) {
  int32_t deepest = 0;
  for (const auto& [key, v] : entries) deepest = std::max(deepest, v.nesting());
  const int32_t nesting = nesting_above(deepest);
  return Value(Type::kMap, make_part(&MapObject::entries, std::move(entries)), nesting);
}

Value Value::path(std::vector<NodeId> nodes, std::vector<RelId> relationships) {
  auto p = std::make_unique<PathObject>();
  p->nodes = std::move(nodes), p->relationships = std::move(relationships);
  return Value(Type::kPath, p.release());
}

Value Value::point(int32_t srid, double x, double y, double z) {
  auto p = std::make_unique<PointObject>();
  p->srid = srid, p->x = x, p->y = y, p->z = z;
  return Value(Type::kPoint, p.release());
}

const Value* Value::map_find(std::string_view key) const {
  for (auto& [name, value] : as_map())
    if (name == key) return &value;
  return nullptr;
}

void Value::release() {
  Object* o = object();
  if (o->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  switch (type_) {
    case Type::kDuration: delete static_cast<DurationObject*>(o); break;
    case Type::kList: free_part(static_cast<ListObject*>(o)); break;
    case Type::kMap: free_part(static_cast<MapObject*>(o)); break;
    case Type::kPath: delete static_cast<PathObject*>(o); break;
    case Type::kPoint: delete static_cast<PointObject*>(o); break;
    default: free_text(static_cast<StringObject*>(o));
  }
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kNull: return "NULL";
    case Type::kBool: return "BOOLEAN";
    case Type::kInt: return "INTEGER";
    case Type::kFloat: return "FLOAT";
    case Type::kString: return "STRING";
    case Type::kBytes: return "BYTES";
    case Type::kDate: return "DATE";
    case Type::kLocalTime: return "LOCAL TIME";
    case Type::kTime: return "ZONED TIME";
    case Type::kLocalDateTime: return "LOCAL DATETIME";
    case Type::kDateTime: return "ZONED DATETIME";
    case Type::kDuration: return "DURATION";
    case Type::kList: return "LIST";
    case Type::kMap: return "MAP";
    case Type::kNode: return "NODE";
    case Type::kRelationship: return "RELATIONSHIP";
    case Type::kPath: return "PATH";
    case Type::kPoint: return "POINT";
    case Type::kNumeric: return "NUMERIC";
    case Type::kUuid: return "UUID";
    case Type::kAny: return "ANY";
  }
  return "?";
}

}  // namespace elegraph
