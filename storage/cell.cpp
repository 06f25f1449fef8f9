// SPDX-License-Identifier: Apache-2.0
#include "storage/cell.h"

#include <new>

#include "storage/error.h"
#include "storage/slab.h"
#include "storage/value_codec.h"

namespace elegraph::storage {

namespace {

constexpr size_t kMaxBytes = size_t{256} << 20;

[[noreturn]] void throw_too_large(size_t size) {
  throw Error(sqlstate::kProgramLimitExceeded,
              "a property value of " + std::to_string(size) + " bytes is larger than 256 MiB");
}

uint64_t blob_bits(std::string_view bytes) {
  if (bytes.size() > kMaxBytes) throw_too_large(bytes.size());
  return uint64_t(reinterpret_cast<uintptr_t>(Blob::make(bytes)));
}

Cell boxed(const Value& v) {
  std::string bytes;
  encode_value(bytes, v);
  return {CellType::kBoxed, blob_bits(bytes)};
}

}  // namespace

Blob* Blob::make(std::string_view bytes) {
  auto* b = new (allocate_value(offsetof(Blob, data) + bytes.size())) Blob;
  b->size = uint32_t(bytes.size());
  if (!bytes.empty()) std::memcpy(b->data, bytes.data(), bytes.size());
  return b;
}

void Blob::free(Blob* blob) { value_memory().free(blob, blob->allocated()); }

CellType cell_type_of(Type type) {
  switch (type) {
    case Type::kNull: return CellType::kNone;
    case Type::kBool: return CellType::kBool;
    case Type::kInt: return CellType::kInt;
    case Type::kFloat: return CellType::kFloat;
    case Type::kDate: return CellType::kDate;
    case Type::kLocalTime: return CellType::kLocalTime;
    case Type::kLocalDateTime: return CellType::kLocalDateTime;
    case Type::kDateTime: return CellType::kDateTime;
    case Type::kString: return CellType::kString;
    default: return CellType::kBoxed;
  }
}

Type value_type_of(CellType type) {
  switch (type) {
    case CellType::kNone: return Type::kNull;
    case CellType::kBool: return Type::kBool;
    case CellType::kInt: return Type::kInt;
    case CellType::kFloat: return Type::kFloat;
    case CellType::kDate: return Type::kDate;
    case CellType::kLocalTime: return Type::kLocalTime;
    case CellType::kLocalDateTime: return Type::kLocalDateTime;
    case CellType::kDateTime: return Type::kDateTime;
    case CellType::kString: return Type::kString;
    case CellType::kBoxed: return Type::kAny;
  }
  return Type::kNull;
}

uint64_t make_string_bits(std::string_view s) {
  if (s.size() > 7) return blob_bits(s);
  char bytes[8] = {char(s.size() * 2 + 1)};
  if (!s.empty()) std::memcpy(bytes + 1, s.data(), s.size());
  uint64_t bits;
  std::memcpy(&bits, bytes, 8);
  return bits;
}

Cell make_cell(const Value& v) {
  CellType type = cell_type_of(Vector::layout(v));
  switch (type) {
    case CellType::kNone: return {};
    case CellType::kString: return {type, make_string_bits(v.as_string())};
    case CellType::kBoxed: return boxed(v);
    case CellType::kFloat: {
      double d = v.as_float();
      uint64_t bits;
      std::memcpy(&bits, &d, 8);
      return {type, bits};
    }
    case CellType::kBool: return {type, uint64_t(v.as_bool())};
    case CellType::kLocalDateTime:
    case CellType::kDateTime: return {type, uint64_t(*v.microseconds())};
    default: return {type, uint64_t(v.temporal())};
  }
}

Cell make_cell(const Vector& column, uint32_t row) {
  if (!column.valid(row)) return {};
  uint32_t at = column.at(row);
  switch (column.type()) {
    case Type::kBool: return {CellType::kBool, column.data<uint8_t>()[at]};
    case Type::kInt:
    case Type::kDate:
    case Type::kLocalTime:
    case Type::kLocalDateTime:
    case Type::kDateTime:
    case Type::kFloat: return {cell_type_of(column.type()), column.data<uint64_t>()[at]};
    case Type::kString: return {CellType::kString, make_string_bits(column.strings()[at].view())};
    default: return make_cell(column.value(row));
  }
}

Value cell_value(const Cell& cell) {
  switch (cell.type) {
    case CellType::kNone: return {};
    case CellType::kBool: return Value::boolean(cell.bits != 0);
    case CellType::kInt: return Value::integer(int64_t(cell.bits));
    case CellType::kFloat: {
      double d;
      std::memcpy(&d, &cell.bits, 8);
      return Value::floating(d);
    }
    case CellType::kDate: return Value::date(int64_t(cell.bits));
    case CellType::kLocalTime: return Value::local_time(int64_t(cell.bits));
    case CellType::kLocalDateTime:
    case CellType::kDateTime: return Value::of_microseconds(value_type_of(cell.type), int64_t(cell.bits));
    case CellType::kString: {
      StringRef s = string_of(cell.bits);
      return Value::string(s.view());
    }
    case CellType::kBoxed: return Decoder(cell_blob(cell.type, cell.bits)->view()).value();
  }
  return {};
}

Cell box(const Cell& cell) {
  if (cell.type == CellType::kNone) return {};
  return boxed(cell_value(cell));
}

Cell copy_cell(const Cell& cell) {
  const Blob* b = cell_blob(cell.type, cell.bits);
  return b ? Cell{cell.type, blob_bits(b->view())} : cell;
}

void free_cell(const Cell& cell) {
  if (Blob* b = cell_blob(cell.type, cell.bits)) Blob::free(b);
}

}  // namespace elegraph::storage
