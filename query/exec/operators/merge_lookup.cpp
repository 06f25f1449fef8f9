// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/merge_lookup.h"

#include <algorithm>
#include <optional>

#include "query/exec/expressions/referenced.h"
#include "query/exec/operators/stored_rows.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

using plan::BoundKind;

// Rows from which on more of them are expected. To enter a node in the table takes as long as to scan some thirty.
constexpr uint32_t kMany = 64;

bool reads(const plan::BoundExpression& e, plan::Slot slot) {
  std::vector<plan::Slot> slots;
  referenced_slots(e, slots);
  return std::ranges::find(slots, slot) != slots.end();
}

bool is_plain(const plan::BoundExpression& e) {
  if (e.subplan || (e.function && !e.function->deterministic)) return false;
  return std::ranges::all_of(e.args, [](const plan::BoundPtr& a) { return !a || is_plain(*a); });
}

bool is_property_of(const plan::BoundExpression& e, plan::Slot slot) {
  return e.kind == BoundKind::kProperty && e.args[0]->kind == BoundKind::kSlot && e.args[0]->slot == slot;
}

bool reads_key(const plan::BoundExpression& e, const std::string& key) {
  if (e.kind == BoundKind::kProperty && e.name == key) return true;
  return std::ranges::any_of(e.args, [&](const plan::BoundPtr& a) { return a && reads_key(*a, key); });
}

// Equal values have equal hashes; nothing where one of them does not equal anything.
std::optional<uint64_t> hash_of(const std::vector<const Vector*>& keys, uint32_t row) {
  uint64_t out = 0;
  for (const Vector* key : keys) {
    const Value v = key->value(row);
    if (v.is_null()) return std::nullopt;
    out = out * 0x9e3779b97f4a7c15 + hash(v);
  }
  return out;
}

std::vector<const Vector*> evaluate_all(const std::vector<EvaluatorPtr>& keys, const Batch& batch, Rows rows) {
  std::vector<const Vector*> out;
  for (const EvaluatorPtr& k : keys) out.push_back(&k->evaluate(batch, rows));
  return out;
}

}  // namespace

void MergeLookup::add_condition(const plan::BoundPtr& e, Pattern& out) {
  out.conditions.push_back(e);
  if (e->kind != BoundKind::kEqual) return;
  for (const bool mirrored : {false, true}) {
    const plan::BoundPtr &of_node = e->args[mirrored ? 1 : 0], &of_row = e->args[mirrored ? 0 : 1];
    if (!is_property_of(*of_node, out.scan->slot) || reads(*of_row, out.scan->slot)) continue;
    out.of_node.push_back(of_node), out.of_row.push_back(of_row);
    return;
  }
}

// Whether what is set may change keys and labels of the merged node at most.
bool MergeLookup::keeps_others(const std::vector<plan::SetOperation>& sets, plan::Slot node, const Pattern& pattern) {
  using Kind = plan::SetOperation::Kind;
  const auto is_key = [&](const std::string& key) {
    return std::ranges::any_of(pattern.conditions, [&](const plan::BoundPtr& e) { return reads_key(*e, key); });
  };
  return std::ranges::all_of(sets, [&](const plan::SetOperation& s) {
    if (s.target->kind == BoundKind::kSlot && s.target->slot == node) return s.kind != Kind::kRemoveLabels;
    return (s.kind == Kind::kProperty || s.kind == Kind::kRemoveProperty) && !is_key(s.key);
  });
}

bool MergeLookup::is_pattern(const plan::PhysicalNode& merge, Pattern& out) {
  const plan::PhysicalNode* scan = merge.right.get();
  while (scan->kind == plan::NodeKind::kFilter) scan = scan->left.get();
  if (scan->kind != plan::NodeKind::kLabelScan && scan->kind != plan::NodeKind::kAllNodesScan) return false;
  out.scan = scan;
  for (const plan::PhysicalNode* n = merge.right.get(); n != scan; n = n->left.get())
    for (const plan::BoundPtr& e : n->expressions) {
      if (!is_plain(*e)) return false;
      add_condition(e, out);
    }
  const bool one_node = merge.creates.size() == 1 && merge.creates[0].slot == scan->slot;
  return one_node && !out.of_node.empty() && keeps_others(merge.on_create, scan->slot, out) &&
         keeps_others(merge.on_match, scan->slot, out);
}

std::unique_ptr<MergeLookup> MergeLookup::make(const plan::PhysicalNode& merge, BuildContext& inner,
                                               const std::vector<plan::Slot>& outer) {
  Pattern pattern;
  if (!is_pattern(merge, pattern)) return nullptr;
  return std::unique_ptr<MergeLookup>(new MergeLookup(pattern, inner, outer));
}

MergeLookup::MergeLookup(const Pattern& pattern, BuildContext& inner, const std::vector<plan::Slot>& outer)
    : state_(inner.state),
      slot_(pattern.scan->slot),
      scan_(make_operator(*pattern.scan, inner)),
      row_(outer, plan::kNoSlot, state_),
      candidates_(outer, slot_, state_),
      memory_(state_) {
  conditions_ = make_evaluators(pattern.conditions, inner);
  of_node_ = make_evaluators(pattern.of_node, inner);
  of_row_ = make_evaluators(pattern.of_row, inner);
}

void MergeLookup::restart() {
  for (auto* evaluators : {&conditions_, &of_node_, &of_row_}) restart_all(*evaluators);
  nodes_.clear();
  memory_.release();
  scanned_ = 0;
  built_ = false;
}

void MergeLookup::build() {
  scan_->restart();
  const Batch* batch = nullptr;
  while (scan_->next(batch) == Step::kBatch) {
    state_.check_interrupt();
    add(*batch);
  }
  built_ = true;
}

void MergeLookup::add(const Batch& rows) {
  const auto keys = evaluate_all(of_node_, rows, Rows::of(rows));
  const Vector& nodes = *rows.columns[slot_];
  for_rows(Rows::of(rows), [&](uint32_t row) {
    if (const auto h = hash_of(keys, row)) nodes_.emplace(*h, nodes.value(row).as_node());
  });
  account();
}

void MergeLookup::account() {
  constexpr uint64_t kEntry = 48;
  memory_.set(nodes_.size() * kEntry);
}

void MergeLookup::note(const Batch& rows) {
  if (!built_ || !rows.columns[slot_]) return;
  const auto keys = evaluate_all(of_node_, rows, Rows::of(rows));
  const Vector& nodes = *rows.columns[slot_];
  for_rows(Rows::of(rows), [&](uint32_t row) {
    const auto h = hash_of(keys, row);
    if (!h) return;
    const NodeId node = nodes.value(row).as_node();
    const auto [first, last] = nodes_.equal_range(*h);
    if (std::none_of(first, last, [&](const auto& e) { return e.second == node; })) nodes_.emplace(*h, node);
  });
  account();
}

bool MergeLookup::find(const Batch& outer, uint32_t row, StoredRows& out) {
  if (!built_ && (++scanned_ <= kMany || state_.context.reads)) return false;
  if (!built_) build();
  row_.set_outer(outer, row);
  const auto h = hash_of(evaluate_all(of_row_, row_.batch(), row_.rows()), 0);
  if (!h) return true;
  found_.clear();
  for (auto [at, last] = nodes_.equal_range(*h); at != last; ++at) found_.push_back(Value::node(at->second));
  candidates_.set_outer(outer, row);
  uint16_t kept[Vector::kCapacity];
  for (size_t done = 0; done < found_.size();) {
    done += candidates_.set_elements(found_, done);
    Rows rows = candidates_.rows();
    for (size_t c = 0; c < conditions_.size() && rows.count; c++)
      rows = {kept, conditions_[c]->select(candidates_.batch(), rows, kept)};
    if (!rows.count) continue;
    Batch matches = candidates_.batch();
    matches.selection = rows.rows, matches.count = rows.count;
    out.append(matches);
  }
  return true;
}

}  // namespace elegraph::query::exec
