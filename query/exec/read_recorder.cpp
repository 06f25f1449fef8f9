// SPDX-License-Identifier: Apache-2.0
#include "query/exec/read_recorder.h"

#include "query/exec/rows.h"

namespace elegraph::query::exec {

namespace {

class PlanRecorder {
 public:
  PlanRecorder(storage::Catalog& catalog, storage::ReadSet& reads) : catalog_(catalog), reads_(reads) {}

  void visit(const plan::PhysicalNode* node) {
    if (!node) return;
    access(*node);
    expressions(*node);
    visit(node->left.get());
    visit(node->right.get());
  }

 private:
  void access(const plan::PhysicalNode& node) {
    using enum plan::NodeKind;
    switch (node.kind) {
      case kAllNodesScan: return reads_.all_nodes();
      case kLabelScan:
        if (node.labels.empty()) return reads_.all_nodes();
        return reads_.label(catalog_.intern_label(node.labels[0]));
      case kAnyLabelScan:
        for (const std::string& label : node.labels) reads_.label(catalog_.intern_label(label));
        return;
      case kExpand:  // nodes without the labels are in no row
        if (!node.target_labels.empty()) reads_.relabels();
        return;
      case kNodeIndexSeek:
      case kArgument:
      case kFilter:
      case kProject:
      case kUnwind:
      case kAggregate:
      case kDistinct:
      case kSort:
      case kSkip:
      case kLimit:
      case kApply:
      case kOptional:
      case kSemiApply:
      case kNodeSemiJoin:
      case kHashJoin:
      case kHashLeftJoin:
      case kHashSemiJoin:
      case kHashCount:
      case kUnion:
      case kEager:
      case kCreate:
      case kMerge:
      case kSet:
      case kDelete:
      case kForeach:
      case kEmptyResult: return;
      case kRelationshipScan:
      case kRelationshipIndexSeek:
      case kNodeById:
      case kIntersect:
      case kVarExpand:
      case kShortestPath:
      case kProcedure:
      case kVirtualTable: break;
    }
    reads_.everything();
  }

  void expressions(const plan::PhysicalNode& node) {
    for (auto* list : {&node.expressions, &node.expressions2, &node.residual, &node.equal})
      for (auto& e : *list) visit(e);
    for (auto* bound : {&node.lower, &node.upper})
      if (*bound) visit((*bound)->value);
    for (auto* e : {&node.in_list, &node.prefix, &node.limit}) visit(*e);
    for (auto& a : node.aggregates) visit(a.arg), visit(a.arg2);
    for (auto& k : node.sort) visit(k.expression);
    for (auto* list : {&node.sets, &node.on_create, &node.on_match})
      for (auto& operation : *list) visit(operation.target), visit(operation.value);
    for (auto& item : node.creates) visit(item.properties);
  }

  void visit(const plan::BoundPtr& e) {
    if (!e) return;
    // The nodes that these give need not be in any row.
    if (e->function && (e->function->name == "startnode" || e->function->name == "endnode")) reads_.everything();
    for (auto& a : e->args) visit(a);
    visit(e->subplan.get());
  }

  storage::Catalog& catalog_;
  storage::ReadSet& reads_;
};

void record(const Vector& column, uint32_t row, storage::ReadSet& reads) {
  if (!column.valid(row)) return;
  switch (column.type()) {
    case Type::kNode: return reads.node(column.data<NodeId>()[column.at(row)]);
    case Type::kRelationship: return reads.relationship(column.data<RelId>()[column.at(row)]);
    case Type::kAny: break;
    default: return;
  }
  const Value value = column.value(row);
  if (value.type() == Type::kNode) reads.node(value.as_node());
  if (value.type() == Type::kRelationship) reads.relationship(value.as_relationship());
}

}  // namespace

void record_plan(const plan::PhysicalNode& root, storage::Catalog& catalog, storage::ReadSet& reads) {
  PlanRecorder(catalog, reads).visit(&root);
}

void record_rows(const Batch& batch, storage::ReadSet& reads) {
  for (const Vector* column : batch.columns) {
    if (!column) continue;
    if (column->type() != Type::kNode && column->type() != Type::kRelationship && column->type() != Type::kAny) continue;
    for_rows(Rows::of(batch), [&](uint32_t row) { record(*column, row, reads); });
  }
}

}  // namespace elegraph::query::exec
