// SPDX-License-Identifier: Apache-2.0
#include "query/procedures/procedure_set.h"

#include <future>

#include "query/plan/scope.h"
#include "storage/error.h"

namespace elegraph::query {

ProcedureSet::ProcedureSet() {
  auto directory = std::make_unique<Directory>();
  for (const ProcedurePtr& p : built_in_procedures()) directory->emplace(p->definition.name, p);
  directory_.publish(std::move(directory));
}

ProcedurePtr ProcedureSet::get(std::string_view name) const {
  const Directory& directory = *directory_.get();
  auto found = directory.find(name);
  return found == directory.end() ? nullptr : found->second;
}

std::shared_ptr<const ProcedureSignature> ProcedureSet::find(std::string_view name) const {
  ProcedurePtr p = get(name);
  return p ? p->signature : nullptr;
}

std::string ProcedureSet::nearest(std::string_view name) const {
  std::string best;
  uint32_t least = uint32_t(name.size()) / 3 + 1;
  for (const auto& [other, procedure] : *directory_.get())
    if (uint32_t d = plan::edit_distance(name, other); d < least) least = d, best = other;
  return best;
}

std::vector<ProcedurePtr> ProcedureSet::all() const {
  rcu::ReadGuard guard;
  std::vector<ProcedurePtr> out;
  for (const auto& [name, procedure] : *directory_.get()) out.push_back(procedure);
  return out;
}

void ProcedureSet::publish(std::string_view name, ProcedurePtr procedure) {
  std::unique_ptr<Directory> next;
  {
    rcu::ReadGuard guard;
    next = std::make_unique<Directory>(*directory_.get());
  }
  if (procedure)
    next->insert_or_assign(std::string(name), std::move(procedure));
  else
    next->erase(std::string(name));
  directory_.publish(std::move(next));
  graph_->catalog().bump_epoch();
}

void ProcedureSet::log(const ProcedureRecord& record, storage::Graph::SnapshotSlot* slot) {
  auto t = graph_->begin(slot);
  t->log_definition(encode_procedure(record));
  auto done = std::make_shared<std::promise<void>>();
  auto ended = done->get_future();
  t->commit(storage::Durability::kOn, [done](std::exception_ptr error) {
    if (error)
      done->set_exception(error);
    else
      done->set_value();
  });
  ended.get();
}

void ProcedureSet::create(ProcedurePtr procedure, bool or_replace, storage::Graph::SnapshotSlot* slot) {
  std::lock_guard lock(ddl_);
  const std::string& name = procedure->definition.name;
  ProcedurePtr before;
  {
    rcu::ReadGuard guard;
    before = get(name);
  }
  if (before && (before->built_in || !or_replace))
    throw Error(sqlstate::kDuplicateObject, "procedure " + name + " already exists");
  log({false, procedure->definition}, slot);
  publish(name, procedure);
}

bool ProcedureSet::drop(std::string_view name, bool if_exists, storage::Graph::SnapshotSlot* slot) {
  std::lock_guard lock(ddl_);
  ProcedurePtr before;
  {
    rcu::ReadGuard guard;
    before = get(name);
  }
  if (!before && if_exists) return false;
  if (!before) throw Error(sqlstate::kUndefinedFunction, "procedure " + std::string(name) + " does not exist");
  if (before->built_in)
    throw Error(sqlstate::kWrongObjectType, "procedure " + std::string(name) + " is built in and cannot be dropped");
  log({true, before->definition}, slot);
  publish(name, nullptr);
  return true;
}

void ProcedureSet::recovered_definition(std::string_view payload) {
  if (!is_procedure_record(payload)) return;
  ProcedureRecord record = decode_procedure(payload);
  std::string name = record.definition.name;
  publish(name, record.drop ? nullptr : std::make_shared<Procedure>(std::move(record.definition)));
}

std::vector<std::string> ProcedureSet::definitions() {
  std::vector<std::string> out;
  for (const ProcedurePtr& p : all())
    if (!p->built_in) out.push_back(encode_procedure({false, p->definition}));
  return out;
}

}  // namespace elegraph::query
