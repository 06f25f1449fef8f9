// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "query/plan/explain_expression.h"
#include "query/plan/planner.h"

namespace elegraph::query::plan {

namespace {

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& p : parts) out += (out.empty() ? "" : std::string(separator)) + p;
  return out;
}

// Without keys every row of the right side joins.
bool is_product(const PhysicalNode& n) { return n.kind == NodeKind::kHashJoin && n.expressions.empty(); }

std::string types_and_hops(const PhysicalNode& n) {
  std::string out;
  if (!n.types.empty()) out = ":" + join(n.types, "|");
  if (n.kind != NodeKind::kVarExpand && n.kind != NodeKind::kShortestPath) return out;
  if (n.min_hops == 1 && n.max_hops == 1) return out;
  out += "*";
  if (n.min_hops != 1 || n.max_hops >= 0) out += std::to_string(n.min_hops) + "..";
  if (n.max_hops >= 0) out += std::to_string(n.max_hops);
  return out;
}

std::string arrow(const std::string& inner, Direction direction) {
  switch (direction) {
    case Direction::kOut: return "-[" + inner + "]->";
    case Direction::kIn: return "<-[" + inner + "]-";
    default: return "-[" + inner + "]-";
  }
}

std::string arrow(const PhysicalNode& n) { return arrow(types_and_hops(n), n.direction); }

std::string leg_arrows(const PhysicalNode& n) {
  std::vector<std::string> arrows;
  for (const IntersectLeg& l : n.legs)
    arrows.push_back(arrow(l.types.empty() ? "" : ":" + join(l.types, "|"), l.direction));
  return join(arrows, " and ");
}

std::string labels(const PhysicalNode& n) { return n.labels.empty() ? "" : " on " + join(n.labels, ":"); }

std::string index_title(const PhysicalNode& n, std::string_view what, const index::IndexSet& indexes) {
  const index::PropertyIndex* i = indexes.get(n.index);
  if (!i) return fmt::format("{} Index Seek", what);
  const index::IndexDefinition& d = i->definition();
  const bool whole = n.equal.empty() && !n.lower && !n.upper && !n.in_list && !n.prefix;
  return fmt::format("{} Index {} on {}({}) using {}", what, whole ? "Scan" : "Seek", d.label, join(d.keys, ", "), d.name);
}

std::string set_title(const PhysicalNode& n) {
  bool sets = false, removes = false;
  for (const SetOperation& s : n.sets) {
    bool r = s.kind == SetOperation::Kind::kRemoveLabels || s.kind == SetOperation::Kind::kRemoveProperty;
    (r ? removes : sets) = true;
  }
  return removes && !sets ? "Remove" : "Set";
}

std::string title(const PhysicalNode& n, const index::IndexSet& indexes) {
  switch (n.kind) {
    case NodeKind::kArgument: return "Argument";
    case NodeKind::kAllNodesScan: return "All Nodes Scan";
    case NodeKind::kLabelScan: return "Label Scan" + labels(n);
    case NodeKind::kAnyLabelScan: return "Label Scan on " + join(n.labels, "|");
    case NodeKind::kRelationshipScan: return "Relationship Scan " + arrow(n);
    case NodeKind::kNodeIndexSeek: return index_title(n, "Node", indexes);
    case NodeKind::kRelationshipIndexSeek: return index_title(n, "Relationship", indexes);
    case NodeKind::kNodeById: return "Node By Id";
    case NodeKind::kFilter: return "Filter";
    case NodeKind::kExpand: return (n.into ? "Expand Into " : "Expand ") + arrow(n);
    case NodeKind::kIntersect: return "Intersect " + leg_arrows(n);
    case NodeKind::kVarExpand: return (n.into ? "Var-Length Expand Into " : "Var-Length Expand ") + arrow(n);
    case NodeKind::kShortestPath: return (n.all_paths ? "All Shortest Paths " : "Shortest Path ") + arrow(n);
    case NodeKind::kProject: return "Project";
    case NodeKind::kUnwind: return "Unwind";
    case NodeKind::kAggregate:
      return n.slots.empty() ? "Aggregate" : n.index_ordered || n.by_node ? "Group Aggregate" : "Hash Aggregate";
    case NodeKind::kDistinct: return "Distinct";
    case NodeKind::kSort: return n.presorted ? "Incremental Sort" : n.limit ? "Top-N Sort" : "Sort";
    case NodeKind::kSkip: return "Skip";
    case NodeKind::kLimit: return "Limit";
    case NodeKind::kApply: return "Apply";
    case NodeKind::kOptional: return "Optional";
    case NodeKind::kSemiApply: return n.anti ? "Anti Semi Apply" : "Semi Apply";
    case NodeKind::kNodeSemiJoin:
      if (n.slot2 != kNoSlot) return "Mark Join";
      return n.anti ? "Anti Semi Join" : "Semi Join";
    case NodeKind::kHashJoin: return is_product(n) ? "Product" : "Hash Join";
    case NodeKind::kHashLeftJoin: return "Hash Left Join";
    case NodeKind::kHashSemiJoin:
      if (n.slot2 != kNoSlot) return "Hash Mark Join";
      return n.anti ? "Hash Anti Semi Join" : "Hash Semi Join";
    case NodeKind::kHashCount: return "Hash Count Join";
    case NodeKind::kUnion: return "Append";
    case NodeKind::kEager: return "Eager";
    case NodeKind::kCreate: return "Create";
    case NodeKind::kMerge: return "Merge";
    case NodeKind::kSet: return set_title(n);
    case NodeKind::kDelete: return n.detach ? "Detach Delete" : "Delete";
    case NodeKind::kForeach: return "Foreach";
    case NodeKind::kProcedure: return "Procedure Call " + n.procedure;
    case NodeKind::kEmptyResult: return "Empty Result";
    case NodeKind::kVirtualTable: return "Table Scan on " + n.procedure;
  }
  return "?";
}

std::string count(double v) { return fmt::format("{:.0f}", std::isfinite(v) ? v : 0.0); }

class Writer {
 public:
  Writer(const OperatorProfile* actual, const index::IndexSet& indexes) : actual_(actual), indexes_(indexes) {}

  void node(const PhysicalNode& n, int depth) {
    std::string pad(depth == 0 ? 0 : size_t(depth) * 6 - 4, ' ');
    out_ += pad + (depth ? "->  " : "") + title(n, indexes_);
    out_ += fmt::format("  (rows={} cost={})", count(std::ceil(n.estimated_rows)), count(std::ceil(n.estimated_cost)));
    if (actual_) {
      const OperatorProfile& p = actual_[n.id];
      out_ += fmt::format(" (actual rows={} time={:.3f} ms)", p.rows, double(p.nanoseconds) / 1e6);
    }
    out_ += '\n';
    details(n, depth);
    if (n.left) node(*n.left, depth + 1);
    if (n.right) node(*n.right, depth + 1);
  }
  std::string take() { return std::move(out_); }

 private:
  void detail(int depth, std::string_view name, const std::string& text) {
    if (!text.empty()) out_ += std::string(size_t(depth) * 6 + 2, ' ') + std::string(name) + ": " + text + '\n';
  }
  static std::string list(const std::vector<BoundPtr>& expressions, std::string_view separator) {
    std::vector<std::string> parts;
    for (const BoundPtr& e : expressions)
      if (e) parts.push_back(expression_text(*e));
    return join(parts, separator);
  }
  void details(const PhysicalNode& n, int depth) {
    switch (n.kind) {
      case NodeKind::kFilter: return detail(depth, "Condition", list(n.expressions, " AND "));
      case NodeKind::kHashJoin:
      case NodeKind::kHashLeftJoin:
      case NodeKind::kHashSemiJoin:
      case NodeKind::kHashCount:
        if (!is_product(n)) detail(depth, "Condition", list(n.expressions, ", ") + " = " + list(n.expressions2, ", "));
        return detail(depth, "And", list(n.residual, " AND "));
      case NodeKind::kUnwind: return detail(depth, "List", list(n.expressions, ", "));
      case NodeKind::kAggregate: return detail(depth, "Group Key", list(n.expressions, ", "));
      case NodeKind::kSkip:
      case NodeKind::kLimit: return detail(depth, "Count", list(n.expressions, ", "));
      case NodeKind::kNodeIndexSeek:
      case NodeKind::kRelationshipIndexSeek: return seek(n, depth);
      case NodeKind::kSort: return sort(n, depth);
      case NodeKind::kExpand:
      case NodeKind::kIntersect:
      case NodeKind::kVarExpand:
        if (!n.target_labels.empty()) detail(depth, "To", ":" + join(n.target_labels, ":"));
        if (n.ends_once) detail(depth, "Ends", "each once");
        if (n.elsewhere) detail(depth, "Condition", expression_text(*n.elsewhere));
        for (const KnownEnds& k : n.known_ends) known_ends(k, depth);
        if (n.kind == NodeKind::kVarExpand) walks(n, depth);
        return;
      case NodeKind::kShortestPath: return walks(n, depth);
      default: return;
    }
  }
  void walks(const PhysicalNode& n, int depth) {
    if (!n.expressions.empty()) detail(depth, "Each Relationship", list(n.expressions, " AND "));
    if (!n.expressions2.empty()) detail(depth, "Each Node", list(n.expressions2, " AND "));
    if (!n.residual.empty()) detail(depth, "Each Two", list(n.residual, " AND "));
  }
  void known_ends(const KnownEnds& k, int depth) {
    const std::string types = k.types.empty() ? "" : ":" + join(k.types, "|");
    detail(depth, "Towards", (k.adjacent ? arrow(types, k.direction) + " " : "") + list(k.nodes, ", "));
  }
  static std::string order_text(const PhysicalNode& n) {
    auto direction = [](bool descending) { return descending ? "descending" : "ascending"; };
    std::string out = direction(n.descending);
    for (size_t i = 1; i < n.sort.size(); ++i)
      if (n.sort[i].descending != n.sort[i - 1].descending) out += std::string(", ") + direction(n.sort[i].descending);
    return out;
  }
  void seek(const PhysicalNode& n, int depth) {
    detail(depth, "Equals", list(n.equal, ", "));
    if (n.lower) detail(depth, n.lower->inclusive ? "From" : "Above", expression_text(*n.lower->value));
    if (n.upper) detail(depth, n.upper->inclusive ? "To" : "Below", expression_text(*n.upper->value));
    if (n.in_list) detail(depth, "In", expression_text(*n.in_list));
    if (n.prefix) detail(depth, "Starts With", expression_text(*n.prefix));
    if (n.index_ordered) detail(depth, "Order", order_text(n));
  }
  void sort(const PhysicalNode& n, int depth) {
    std::vector<std::string> keys;
    for (const SortKey& k : n.sort) keys.push_back(expression_text(*k.expression) + (k.descending ? " DESC" : ""));
    detail(depth, "Sort Key", join(keys, ", "));
    if (!n.presorted) return;
    detail(depth, "Presorted Key", join({keys.begin(), keys.begin() + n.presorted}, ", "));
    detail(depth, "Without Index After", std::to_string(n.most_rows) + " rows");
  }

  const OperatorProfile* actual_;
  const index::IndexSet& indexes_;
  std::string out_;
};

}  // namespace

std::string explain_text(const Plan& plan, const OperatorProfile* actual, const index::IndexSet& indexes) {
  Writer writer(actual, indexes);
  writer.node(*plan.root, 0);
  return writer.take();
}

}  // namespace elegraph::query::plan
