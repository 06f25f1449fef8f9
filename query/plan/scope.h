// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/plan/physical.h"
#include "query/plan/planner.h"
#include "query/plan/samples.h"
#include "query/plan/slot_set.h"
#include "query/plan/unknown_names.h"

namespace elegraph::query::plan {

// What is known of a slot for the whole statement: its type, and for entities the labels (all of them hold) or
// relationship types (one of them holds) that patterns gave it.
struct SlotInfo {
  StaticType type;
  std::vector<std::string> labels;
  std::vector<std::string> any_label;  // where no label is known: one of these holds
  std::vector<std::string> types;
  std::string name;             // of the variable; empty: anonymous
  double list_length = 0;       // how long a list is expected to be; 0: unknown
  BoundPtr constant = nullptr;  // what its variable stands for, a value that no row gives; null for what rows have
};

struct Variable {
  std::string name;
  Slot slot = kNoSlot;
};

// The variables that a place in the statement sees. A value.
class Scope {
 public:
  const Variable* find(std::string_view name) const;
  void add(std::string name, Slot slot) { variables_.push_back({std::move(name), slot}); }
  const std::vector<Variable>& variables() const { return variables_; }
  bool empty() const { return variables_.empty(); }
  // The visible name nearest to `name`, if one is near.
  std::optional<std::string> near(std::string_view name) const;
  SlotSet slots() const;

 private:
  std::vector<Variable> variables_;
};

// What the statement's own writes may store in a property, so that columns are described with it in mind.
struct WrittenTypes {
  struct Write {
    std::string key;
    StaticType type;
  };
  std::vector<Write> writes;
  bool any_key = false;  // SET n = map and the like
};

// All nodes for which an EXISTS holds, found without looking at the row: semi_join.h.
struct SemiSide {
  std::shared_ptr<PhysicalNode> plan;  // has the nodes in `slot`, a node possibly often; null: there is no such plan
  Slot slot = kNoSlot;
};

// The state of one plan_query call that all its parts share.
struct StatementContext {
  StatementContext(const PlanningContext& planning, const cypher::Statement& statement);

  // 57014 when the statement has been cancelled or its time is up. Planning asks in each loop of its own.
  void check_interrupt() const {
    if (planning.interrupt) planning.interrupt->check();
  }

  Slot new_slot(StaticType type, std::string name = {});
  Slot copy_of(Slot s);  // another one of which the same is known
  BoundPtr slot_expression(Slot s, uint32_t position = 0) const;
  SlotInfo& info(Slot s) { return slots[s]; }
  const SlotInfo& info(Slot s) const { return slots[s]; }

  // Parameters are typed by what the client declared, then by the first context that knows better.
  uint32_t parameter_number(const cypher::Expression& e) const;
  StaticType parameter_type(uint32_t number) const { return parameters[number].value_or(StaticType{}); }
  void hint_parameter(uint32_t number, StaticType type);

  const PlanningContext& planning;
  mutable std::vector<RangeEstimate> ranges;  // that estimates were made for
  mutable Samples samples{planning};          // that estimates were made with
  std::vector<BoundPtr> ranges_made;          // as Plan's
  const cypher::Statement& statement;
  std::vector<SlotInfo> slots;
  std::vector<std::optional<StaticType>> parameters;
  uint32_t user_parameters = 0;
  std::vector<std::string> implicit_arguments;  // names of parameters that CALL without parentheses made
  WrittenTypes written;
  UnknownNames names;
  bool deterministic = true;   // within the statement
  bool reads_session = false;  // another session may get another result from the same text and values
  std::map<std::shared_ptr<const ExistsPattern>, SemiSide> semi_sides;
  bool creates = false, sets = false, deletes = false, merges = false;
  // How often the subplan that is being planned is likely to run, and an expression of the clause in hand to be evaluated.
  // What a run does not write, and reads nothing of its row, is done once for all of them.
  double runs = 1, evaluations = 1;
};

// The Levenshtein distance of two names, case-insensitive, for "did you mean".
uint32_t edit_distance(std::string_view a, std::string_view b);

}  // namespace elegraph::query::plan
