// SPDX-License-Identifier: Apache-2.0
#include "query/exec/row_width.h"

namespace elegraph::query::exec {

uint64_t value_bytes(const Value& v) {
  constexpr uint64_t kObject = 32;
  uint64_t bytes = sizeof(Value);
  switch (v.type()) {
    case Type::kString:
    case Type::kBytes:
    case Type::kNumeric:
    case Type::kUuid: return bytes + kObject + v.as_string().size();
    case Type::kList:
      for (auto& item : v.as_list()) bytes += value_bytes(item);
      return bytes + kObject;
    case Type::kMap:
      for (auto& [key, item] : v.as_map()) bytes += kObject + key.size() + value_bytes(item);
      return bytes + kObject;
    case Type::kPath: return bytes + kObject + 2 * sizeof(RelId) * v.as_path().relationships.size();
    default: return bytes;
  }
}

uint64_t long_bytes(const Vector& v, Rows rows) {
  const bool strings = v.type() == Type::kString || v.type() == Type::kBytes;
  if (!strings && v.type() != Type::kAny) return 0;
  if (v.constant() && (rows.count == 0 || !v.valid(0))) return 0;
  if (v.constant()) return rows.count * (strings ? v.strings()[0].size : value_bytes(v.value(0)));
  uint64_t bytes = 0;
  if (strings && v.all_valid())
    for_rows(rows, [&](uint32_t row) { bytes += v.strings()[row].size; });
  else if (strings)
    for_rows(rows, [&](uint32_t row) { bytes += v.valid(row) ? v.strings()[row].size : 0; });
  else
    for_rows(rows, [&](uint32_t row) { bytes += value_bytes(v.data<Value>()[row]); });
  return bytes;
}

bool may_be_long(const plan::BoundExpression& e) {
  using enum plan::BoundKind;
  if (e.kind == kLiteral || e.kind == kParameter || e.kind == kSlot) return false;
  switch (e.type.type) {
    case Type::kString:
    case Type::kBytes:
    case Type::kList:
    case Type::kMap:
    case Type::kPath:
    case Type::kAny: return true;
    default: return false;
  }
}

}  // namespace elegraph::query::exec
