// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "index/index_directory.h"
#include "storage/error.h"

// Creating and dropping indexes and constraints.
namespace elegraph::index {
namespace {

bool is_constraint(const IndexDefinition& d) { return d.constraint != ConstraintKind::kNone; }
const char* kind_name(bool constraint) { return constraint ? "constraint" : "index"; }

std::string_view suffix(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::kNone: return "index";
    case ConstraintKind::kExists: return "not_null";
    case ConstraintKind::kUnique:
    case ConstraintKind::kKey: break;
  }
  return "key";
}

// person_id_index, person_id_key1, ...: as PostgreSQL names them.
std::string made_up_name(const IndexDefinition& d, const IndexDirectory& directory) {
  std::string base = d.label;
  for (auto& key : d.keys) base += "_" + key;
  base += fmt::format("_{}", suffix(d.constraint));
  for (char& c : base)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  std::string name = base;
  for (int n = 1; directory.named(name); ++n) name = base + std::to_string(n);
  return name;
}

bool equal_but_for_name(const IndexDefinition& a, const IndexDefinition& b) {
  return a.entity == b.entity && a.label == b.label && a.keys == b.keys && a.constraint == b.constraint;
}

void check_keys(const IndexDefinition& d) {
  if (d.keys.empty()) throw Error(sqlstate::kSyntaxError, "an index needs at least one property");
  for (size_t i = 0; i < d.keys.size(); ++i)
    if (std::find(d.keys.begin(), d.keys.begin() + ptrdiff_t(i), d.keys[i]) != d.keys.begin() + ptrdiff_t(i))
      throw Error(sqlstate::kDuplicateColumn, fmt::format("property \"{}\" appears twice in index definition", d.keys[i]));
}

// False if there is such an index and the definition says that this is fine.
bool is_new(IndexDefinition& d, const IndexDirectory& directory) {
  for (auto& other : directory.by_name) {
    bool same_name = other->definition().name == d.name;
    if (!same_name && !equal_but_for_name(other->definition(), d)) continue;
    if (d.if_not_exists) return false;
    std::string message = same_name ? fmt::format("relation \"{}\" already exists", d.name)
                                    : fmt::format("an equal {} already exists", kind_name(is_constraint(d)));
    throw Error(sqlstate::kDuplicateObject, std::move(message))
        .with_detail(fmt::format("It is \"{}\" on `{}`.", other->definition().name, other->definition().label));
  }
  if (d.name.empty()) d.name = made_up_name(d, directory);
  return true;
}

}  // namespace

std::shared_ptr<TreeIndex> IndexSet::State::publish_new(const IndexDefinition& d) {
  auto& catalog = graph->catalog();
  uint32_t label =
      d.entity == EntityKind::kNode ? catalog.intern_label(d.label).value : catalog.intern_rel_type(d.label).value;
  std::vector<KeyId> keys;
  for (auto& key : d.keys) keys.push_back(catalog.intern_key(key));
  rcu::ReadGuard guard;
  const IndexDirectory* old = directory.get();
  auto index = std::make_shared<TreeIndex>(IndexId(uint32_t(old->all.size())), d,
                                           Coverage(*graph, d.entity, label, std::move(keys)));
  directory.publish(old->with(index));
  return index;
}

void IndexSet::State::unpublish(IndexId id) {
  {
    rcu::ReadGuard guard;
    directory.publish(directory.get()->without(id));
  }
  graph->catalog().bump_epoch();
}

void IndexSet::State::log(DefinitionRecord::Operation operation, const IndexDefinition& d,
                          storage::Graph::SnapshotSlot* slot) {
  auto t = graph->begin(slot);
  if (d.entity == EntityKind::kNode) {
    t->label(d.label);
  } else {
    t->rel_type(d.label);
  }
  for (auto& key : d.keys) t->key(key);
  t->log_definition(encode_definition(operation, d));
  auto done = std::make_shared<std::promise<void>>();
  auto ended = done->get_future();
  t->commit(storage::Durability::kOn, [done](std::exception_ptr error) {
    if (error) {
      done->set_exception(error);
    } else {
      done->set_value();
    }
  });
  ended.get();
}

bool IndexSet::create(IndexDefinition definition, storage::Graph::SnapshotSlot* slot,
                      const std::function<bool()>& cancelled) {
  check_keys(definition);
  std::unique_lock lock(state_->ddl, std::try_to_lock);
  while (!lock.owns_lock()) {  // another definition, which may wait for long
    if (cancelled && cancelled()) throw Error(sqlstate::kQueryCanceled, "canceling statement due to user request");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.try_lock();
  }
  {
    rcu::ReadGuard guard;
    if (!is_new(definition, *state_->directory.get())) return false;
  }
  auto index = state_->publish_new(definition);
  try {
    build_online(*state_, *index, slot, cancelled);
    index->set_listed(true);
    state_->log(DefinitionRecord::Operation::kCreate, definition, slot);
  } catch (...) {
    state_->unpublish(index->id());
    throw;
  }
  index->set_online(true);
  state_->graph->catalog().bump_epoch();
  return true;
}

bool IndexSet::drop(std::string_view name, bool constraint, bool if_exists, storage::Graph::SnapshotSlot* slot) {
  std::lock_guard lock(state_->ddl);
  std::shared_ptr<TreeIndex> index;
  {
    rcu::ReadGuard guard;
    index = state_->directory.get()->named(name);
  }
  if (!index && if_exists) return false;
  if (!index) throw Error(sqlstate::kUndefinedObject, fmt::format("{} \"{}\" does not exist", kind_name(constraint), name));
  if (is_constraint(index->definition()) != constraint)
    throw Error(sqlstate::kWrongObjectType,
                fmt::format("\"{}\" is {} {}", name, constraint ? "an" : "a", kind_name(!constraint)))
        .with_hint(fmt::format("Use DROP {} to remove it.", constraint ? "INDEX" : "CONSTRAINT"));
  index->set_listed(false);
  try {
    state_->log(DefinitionRecord::Operation::kDrop, index->definition(), slot);
  } catch (...) {
    index->set_listed(true);
    throw;
  }
  // While changes are still entered: a statement whose snapshot has one that was not also sees that its plan is too old.
  index->set_online(false);
  state_->graph->catalog().bump_epoch();
  state_->unpublish(index->id());
  return true;
}

}  // namespace elegraph::index
