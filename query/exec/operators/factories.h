// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/exec/operator.h"

// One maker for each kind of operator; make_operator() chooses among them.
namespace elegraph::query::exec {

// Whether an operator that is being built belongs to a subplan that runs for many outer rows at once.
inline bool runs_for_many(const BuildContext& build) { return build.argument && build.argument->row_slot != plan::kNoSlot; }
// What takes rows of several together, there: of each outer row by itself.
OperatorPtr make_row_aggregate(const plan::PhysicalNode&, BuildContext&);  // without keys
OperatorPtr make_row_groups(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_row_distinct(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_row_sort(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_row_union(const plan::PhysicalNode&, BuildContext&);

OperatorPtr make_argument(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_node_scan(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_relationship_scan(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_index_seek(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_node_by_id(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_filter(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_project(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_expand(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_intersect(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_var_expand(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_shortest_path(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_unwind(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_aggregate(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_distinct(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_sort(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_incremental_sort(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_limit(const plan::PhysicalNode&, BuildContext&);  // and skip
OperatorPtr make_apply(const plan::PhysicalNode&, BuildContext&);  // and optional, semi-apply
OperatorPtr make_one_row_product(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_node_semi_join(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_hash_join(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_hash_row_join(const plan::PhysicalNode&, BuildContext&);  // left, semi and count joins
OperatorPtr make_union(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_eager(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_create(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_merge(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_set(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_delete(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_foreach(const plan::PhysicalNode&, BuildContext&);
OperatorPtr make_empty_result(const plan::PhysicalNode&, BuildContext&);

}  // namespace elegraph::query::exec
