// SPDX-License-Identifier: Apache-2.0
#include "storage/vector.h"

#include <algorithm>
#include <new>

#include "storage/value_memory.h"

namespace elegraph {

char* StringHeap::allocate(size_t bytes) {
  if (blocks_.empty() || blocks_.back().size - blocks_.back().used < bytes) {
    size_t size = std::max<size_t>(bytes, blocks_.empty() ? 4096 : kLargeValue);
    if (size >= kLargeValue) admit_value(total_ + size);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size, 0});
    total_ += size;
  }
  Block& b = blocks_.back();
  char* p = b.data.get() + b.used;
  b.used += bytes;
  return p;
}

void StringHeap::reset() {
  constexpr size_t kMostKept = 1 << 20;
  if (!blocks_.empty() && blocks_.front().size > kMostKept) blocks_.clear();
  if (blocks_.size() > 1) blocks_.erase(blocks_.begin() + 1, blocks_.end());
  total_ = blocks_.empty() ? 0 : blocks_.front().size;
  if (!blocks_.empty()) blocks_.front().used = 0;
}

Vector::~Vector() { ::operator delete(own_); }

Type Vector::layout(const Value& v) {
  if (is_instant(v.type())) return v.microseconds() ? v.type() : Type::kAny;
  return typed(v.type());
}

// Types without a layout of their own are held as values.
Type Vector::typed(Type type) {
  switch (type) {
    case Type::kNull:
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat:
    case Type::kString:
    case Type::kBytes:
    case Type::kDate:
    case Type::kLocalTime:
    case Type::kLocalDateTime:
    case Type::kDateTime:
    case Type::kNode:
    case Type::kRelationship: return type;
    default: return Type::kAny;
  }
}

uint32_t Vector::width(Type layout) {
  switch (layout) {
    case Type::kNull: return 0;
    case Type::kBool: return 1;
    case Type::kNode:
    case Type::kRelationship: return 4;
    case Type::kString:
    case Type::kBytes:
    case Type::kAny: return 16;
    default: return 8;
  }
}

void Vector::ensure(size_t bytes) {
  if (own_bytes_ >= bytes) return;
  ::operator delete(own_);
  own_ = nullptr, own_bytes_ = 0;
  own_ = ::operator new(bytes);
  own_bytes_ = bytes;
}

void Vector::ensure_values(uint32_t rows) {
  if (values_room_ >= rows) return;
  values_ = std::make_unique<Value[]>(rows);
  values_room_ = rows;
}

// Vectors of one row are reset for each row of an outer batch: so only what was used.
void Vector::clear_values() {
  std::fill_n(values_.get(), values_used_, Value());
  values_used_ = 0;
}

void Vector::reset(Type type) { reset(type, kCapacity); }

void Vector::reset(Type type, uint32_t rows) {
  type = typed(type);
  constant_ = false;
  all_valid_ = true;
  heap_.reset();
  if (type == Type::kAny) {
    clear_values();
    ensure_values(rows);
    view_ = values_.get();
    type_ = type;
    mutable_mask();
    own_mask_->fill(0);  // every value is null until it is set
    return;
  }
  clear_values();
  type_ = type;
  ensure(size_t(width(type)) * rows);
  view_ = own_;
}

uint64_t* Vector::mutable_mask() {
  if (!own_mask_) own_mask_ = std::make_unique<std::array<uint64_t, kWords>>();
  if (all_valid_)
    own_mask_->fill(~0ull);
  else if (mask_ != own_mask_->data() && mask_)
    std::memcpy(own_mask_->data(), mask_, sizeof(*own_mask_));
  all_valid_ = false;
  mask_ = own_mask_->data();
  return own_mask_->data();
}

void Vector::set_null(uint32_t row) {
  mutable_mask()[row / 64] &= ~(1ull << (row % 64));
  if (type_ == Type::kAny) values_[row] = Value();
}

void Vector::set_constant(const Value& v) {
  if (v.is_null()) return reset_null();
  reset(layout(v), 1);  // a long list of literals has a vector for each of them
  set(0, v);
  constant_ = true;
}

void Vector::reference(Type type, const void* cells, const uint64_t* validity) {
  type_ = typed(type);
  constant_ = false;
  view_ = cells;
  all_valid_ = validity == nullptr;
  mask_ = validity;
}

void Vector::reference(const Vector& other) {
  type_ = other.type_;
  constant_ = other.constant_;
  view_ = other.view_;
  all_valid_ = other.all_valid_;
  mask_ = other.mask_;
}

Value Vector::value(uint32_t row) const {
  if (!valid(row)) return {};
  row = at(row);
  switch (type_) {
    case Type::kBool: return Value::boolean(data<uint8_t>()[row] != 0);
    case Type::kInt: return Value::integer(data<int64_t>()[row]);
    case Type::kFloat: return Value::floating(data<double>()[row]);
    case Type::kDate: return Value::date(data<int64_t>()[row]);
    case Type::kLocalTime: return Value::local_time(data<int64_t>()[row]);
    case Type::kLocalDateTime:
    case Type::kDateTime: return Value::of_microseconds(type_, data<int64_t>()[row]);
    case Type::kString:
    case Type::kBytes: return Value::text(type_, strings()[row].view());
    case Type::kNode: return Value::node(NodeId(data<uint32_t>()[row]));
    case Type::kRelationship: return Value::relationship(RelId(data<uint32_t>()[row]));
    default: return data<Value>()[row];
  }
}

void Vector::set(uint32_t row, const Value& v) {
  if (v.is_null()) {
    if (type_ == Type::kNull) return;
    return set_null(row);
  }
  if (type_ == Type::kNull) {
    reset(layout(v));
    mutable_mask();
    own_mask_->fill(0);
  }
  if (type_ != Type::kAny && type_ != layout(v)) widen(kCapacity);
  switch (type_) {
    case Type::kBool: mutable_data<uint8_t>()[row] = v.as_bool(); break;
    case Type::kInt:
    case Type::kDate:
    case Type::kLocalTime: mutable_data<int64_t>()[row] = v.as_int(); break;
    case Type::kLocalDateTime:
    case Type::kDateTime: mutable_data<int64_t>()[row] = *v.microseconds(); break;
    case Type::kFloat: mutable_data<double>()[row] = v.as_float(); break;
    case Type::kString:
    case Type::kBytes: mutable_data<StringRef>()[row] = heap_.add(v.as_string()); break;
    case Type::kNode: mutable_data<uint32_t>()[row] = v.as_node().value; break;
    case Type::kRelationship: mutable_data<uint32_t>()[row] = v.as_relationship().value; break;
    default: values_[row] = v; values_used_ = std::max(values_used_, row + 1);
  }
  if (!all_valid_) own_mask_->data()[row / 64] |= 1ull << (row % 64);
}

void Vector::widen(uint32_t rows) {
  if (type_ == Type::kAny && view_ == values_.get()) return;
  clear_values();
  ensure_values(kCapacity);
  for (uint32_t i = 0; i < rows; i++)
    if (valid(i)) values_[i] = value(i);
  bool valid_everywhere = all_valid_;
  if (type_ == Type::kNull) {
    all_valid_ = true;
    mutable_mask();
    own_mask_->fill(0);
  } else if (valid_everywhere) {
    mutable_mask();
  } else {
    mutable_mask();  // own copy of a mask that may be another's
  }
  values_used_ = rows;
  view_ = values_.get();
  type_ = Type::kAny;
  constant_ = false;
}

namespace {

template <class T>
void gather_cells(T* to, const T* from, const uint16_t* rows, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) to[i] = from[rows[i]];
}

}  // namespace

void Vector::gather(const Vector& from, const uint16_t* rows, uint32_t count) {
  if (from.constant_ || from.type_ == Type::kNull) return reference(from);
  reset(from.type_);
  switch (width(type_)) {
    case 1: gather_cells(mutable_data<uint8_t>(), from.data<uint8_t>(), rows, count); break;
    case 4: gather_cells(mutable_data<uint32_t>(), from.data<uint32_t>(), rows, count); break;
    case 8: gather_cells(mutable_data<uint64_t>(), from.data<uint64_t>(), rows, count); break;
    default:
      if (type_ == Type::kAny)
        gather_cells(values_.get(), from.data<Value>(), rows, count), values_used_ = count;
      else
        gather_cells(mutable_data<StringRef>(), from.strings(), rows, count);
  }
  if (from.all_valid_) {
    all_valid_ = true;
    return;
  }
  uint64_t* mask = mutable_mask();
  std::memset(mask, 0, sizeof(uint64_t) * kWords);
  for (uint32_t i = 0; i < count; i++) mask[i / 64] |= uint64_t(from.mask_[rows[i] / 64] >> (rows[i] % 64) & 1) << (i % 64);
}

}  // namespace elegraph
