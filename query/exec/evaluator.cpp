// SPDX-License-Identifier: Apache-2.0
#include "query/exec/evaluator.h"

#include <fmt/format.h>

namespace elegraph::query::exec {

namespace {

[[noreturn]] void not_boolean(Type type, uint32_t position) {
  throw Error(sqlstate::kInvalidParameterValue, fmt::format("expected a BOOLEAN, not {}", type_name(type))).at(position);
}

uint32_t select_constant(bool all, Rows rows, uint16_t* out) {
  if (!all) return 0;
  for (uint32_t i = 0; i < rows.count; i++) out[i] = uint16_t(rows[i]);
  return rows.count;
}

uint32_t select_values(const Vector& v, Rows rows, uint16_t* out, uint32_t position) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = rows[i];
    if (!v.valid(row)) continue;
    const Value& value = v.data<Value>()[v.at(row)];
    if (value.type() != Type::kBool) not_boolean(value.type(), position);
    if (value.as_bool()) out[n++] = uint16_t(row);
  }
  return n;
}

}  // namespace

uint32_t Evaluator::select(const Batch& batch, Rows rows, uint16_t* out) {
  if (rows.count == 0) return 0;
  return select_true(evaluate(batch, rows), rows, out);
}

uint32_t Evaluator::select_true(const Vector& v, Rows rows, uint16_t* out) const {
  if (v.type() == Type::kNull) return 0;
  if (v.type() == Type::kAny) return select_values(v, rows, out, bound_.position);
  if (v.type() != Type::kBool) not_boolean(v.type(), bound_.position);
  const uint8_t* data = v.data<uint8_t>();
  if (v.constant()) return select_constant(v.valid(0) && data[0], rows, out);
  uint32_t n = 0;
  if (v.all_valid()) {
    for_rows(rows, [&](uint32_t row) {
      out[n] = uint16_t(row);
      n += data[row] != 0;
    });
    return n;
  }
  const uint64_t* mask = v.mask();
  for_rows(rows, [&](uint32_t row) {
    out[n] = uint16_t(row);
    n += (data[row] != 0) & uint32_t(mask[row / 64] >> (row % 64) & 1);
  });
  return n;
}

uint32_t Evaluator::count(const Batch& batch, Rows rows) {
  uint16_t out[Vector::kCapacity];
  return select(batch, rows, out);
}

std::vector<EvaluatorPtr> make_evaluators(const std::vector<plan::BoundPtr>& bound, BuildContext& build) {
  std::vector<EvaluatorPtr> out;
  for (const plan::BoundPtr& b : bound) out.push_back(b ? make_evaluator(*b, build) : nullptr);
  return out;
}

Value evaluate_one(Evaluator& e, const Batch& batch) {
  Rows first = {batch.selection, 1};
  return e.evaluate(batch, first).value(batch.row(0));
}

Batch empty_row(const State& state) {
  Batch batch;
  batch.columns.assign(state.columns, nullptr);
  batch.count = 1;
  return batch;
}

}  // namespace elegraph::query::exec
