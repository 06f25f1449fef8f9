// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/factories.h"
#include "query/exec/row_split.h"
#include "query/exec/table_source.h"

namespace elegraph::query::exec {

OperatorPtr make_operator(const plan::PhysicalNode& node, BuildContext& build) {
  if (build.split && build.split->source == &node) return make_row_split(node, build);
  using enum plan::NodeKind;
  switch (node.kind) {
    case kArgument: return make_argument(node, build);
    case kAllNodesScan:
    case kLabelScan:
    case kAnyLabelScan: return make_node_scan(node, build);
    case kRelationshipScan: return make_relationship_scan(node, build);
    case kNodeIndexSeek:
    case kRelationshipIndexSeek: return make_index_seek(node, build);
    case kNodeById: return make_node_by_id(node, build);
    case kFilter: return make_filter(node, build);
    case kExpand: return make_expand(node, build);
    case kIntersect: return make_intersect(node, build);
    case kVarExpand: return make_var_expand(node, build);
    case kShortestPath: return make_shortest_path(node, build);
    case kProject: return make_project(node, build);
    case kUnwind: return make_unwind(node, build);
    case kAggregate: return make_aggregate(node, build);
    case kDistinct: return make_distinct(node, build);
    case kSort: return node.presorted ? make_incremental_sort(node, build) : make_sort(node, build);
    case kSkip:
    case kLimit: return make_limit(node, build);
    case kApply:
    case kOptional:
    case kSemiApply: return make_apply(node, build);
    case kNodeSemiJoin: return make_node_semi_join(node, build);
    case kHashJoin: return make_hash_join(node, build);
    case kHashLeftJoin:
    case kHashSemiJoin:
    case kHashCount: return make_hash_row_join(node, build);
    case kUnion: return make_union(node, build);
    case kEager: return make_eager(node, build);
    case kCreate: return make_create(node, build);
    case kMerge: return make_merge(node, build);
    case kSet: return make_set(node, build);
    case kDelete: return make_delete(node, build);
    case kForeach: return make_foreach(node, build);
    case kEmptyResult: return make_empty_result(node, build);
    case kProcedure:
    case kVirtualTable: return make_table_operator(node, build);
  }
  throw Error(sqlstate::kInternalError, "unknown kind of operator");
}

}  // namespace elegraph::query::exec
