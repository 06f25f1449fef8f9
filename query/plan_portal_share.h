// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "query/portal.h"
#include "query/share/gathering.h"
#include "query/share/group.h"

namespace elegraph::query {

// What a portal that shares has beside the others.
struct PlanPortal::Share {
  explicit Share(share::Gathering& where) : gathering(where) {}
  ~Share() {
    if (closes) gathering.close_for_all(*member);  // others rely on it
    if (member) member->abandon();
  }

  share::Gathering& gathering;
  std::shared_ptr<share::Member> member;
  uint32_t turns = 0;
  uint64_t joined = 0;                      // of the gathering, at the last turn
  bool closes = false;                      // of a long statement: it does so, the others of its gathering wait
  std::optional<share::ResultReader> rows;  // another one's, or the leader's own once they are all there
  bool goes_on = false;                     // behind `rows` the execution has more

  // Of a leader.
  share::GroupPointer group;
  exec::ParameterSets sets;
  size_t unit = 0;                        // whose rows are being made
  std::shared_ptr<share::Result> result;  // they
  std::vector<plan::Slot> slots;          // of the columns; EXPLAIN ANALYZE answers with another one
  std::shared_ptr<share::Result> own;
  size_t statements = 0, units = 0;  // for EXPLAIN ANALYZE
};

}  // namespace elegraph::query
