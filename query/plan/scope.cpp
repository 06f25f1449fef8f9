// SPDX-License-Identifier: Apache-2.0
#include "query/plan/scope.h"

#include <algorithm>
#include <cctype>

#include "storage/error.h"

namespace elegraph::query::plan {

const Variable* Scope::find(std::string_view name) const {
  for (const Variable& v : variables_)
    if (v.name == name) return &v;
  return nullptr;
}

std::optional<std::string> Scope::near(std::string_view name) const {
  std::optional<std::string> best;
  uint32_t best_distance = uint32_t(name.size() + 2) / 3 + 1;
  for (const Variable& v : variables_) {
    uint32_t d = edit_distance(v.name, name);
    if (d < best_distance && d < v.name.size()) best_distance = d, best = v.name;
  }
  return best;
}

SlotSet Scope::slots() const {
  SlotSet out;
  for (const Variable& v : variables_) out.add(v.slot);
  return out;
}

uint32_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<uint32_t> row(b.size() + 1);
  for (uint32_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (uint32_t i = 1; i <= a.size(); ++i) {
    uint32_t diagonal = row[0];
    row[0] = i;
    for (uint32_t j = 1; j <= b.size(); ++j) {
      bool same = std::tolower(uint8_t(a[i - 1])) == std::tolower(uint8_t(b[j - 1]));
      uint32_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (same ? 0u : 1u)});
      diagonal = row[j];
      row[j] = next;
    }
  }
  return row[b.size()];
}

StatementContext::StatementContext(const PlanningContext& p, const cypher::Statement& s) : planning(p), statement(s) {
  user_parameters = uint32_t(s.parameters.size());
  parameters.resize(user_parameters + p.lifted_literals.size());
  for (size_t i = 0; i < p.declared_parameters.size() && i < user_parameters; ++i)
    if (p.declared_parameters[i].type != Type::kNull) parameters[i] = p.declared_parameters[i];
  for (size_t i = 0; i < p.lifted_literals.size(); ++i) parameters[user_parameters + i] = p.lifted_literals[i];
}

Slot StatementContext::new_slot(StaticType type, std::string name) {
  slots.push_back({.type = type, .labels = {}, .any_label = {}, .types = {}, .name = std::move(name)});
  return Slot(slots.size() - 1);
}

Slot StatementContext::copy_of(Slot s) {
  const SlotInfo known = info(s);
  const Slot out = new_slot(known.type);
  info(out) = known;
  return out;
}

BoundPtr StatementContext::slot_expression(Slot s, uint32_t position) const {
  if (slots[s].constant) return slots[s].constant;
  auto e = std::make_shared<BoundExpression>();
  e->kind = BoundKind::kSlot, e->type = slots[s].type, e->slot = s, e->position = position, e->name = slots[s].name;
  return e;
}

uint32_t StatementContext::parameter_number(const cypher::Expression& e) const {
  if (e.index >= parameters.size())
    throw Error(sqlstate::kUndefinedParameter, "there is no parameter $" + e.name).at(e.position);
  return e.index;
}

void StatementContext::hint_parameter(uint32_t number, StaticType type) {
  if (type.type == Type::kNull) return;
  if (!parameters[number]) parameters[number] = type;
}

}  // namespace elegraph::query::plan
