// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "query/plan/pattern_graph.h"
#include "query/plan/scope.h"

namespace elegraph::query::plan {

// Estimates of rows and work from the live statistics (docs/decisions/cost-model.md). Costs are in rows touched: one
// row of a sequential scan costs 1. Lives for one plan_query call; reads without locks.
class CostModel {
 public:
  explicit CostModel(const StatementContext& context) : context_(context), planning_(context.planning) {}

  static constexpr double kIndexDescent = 2;       // one root-to-leaf walk
  static constexpr double kIndexRow = 20;          // a candidate, and its check against the snapshot
  static constexpr double kRangeRow = 60;          // the same of a walk over a range or prefix
  static constexpr double kSortRow = 100;          // putting it in order
  static constexpr double kExpandRow = 0.5;        // a neighbour read sequentially
  static constexpr double kRelationshipRow = 0.5;  // of a scan over all relationships of a type
  static constexpr double kExpandList = 1;         // getting at one adjacency list
  static constexpr double kIntoProbe = 1.5;        // binary search for a pair
  static constexpr double kCheck = 0.2;            // one predicate on one row
  static constexpr double kFetchedCheck = 8;       // one on a relationship's property that is read by the relationship's id
  static constexpr double kFetchedNode = 2;        // a node's property, read by a row's node
  static constexpr double kGroup = 160;            // a group, where its rows do not come together
  static constexpr double kHashedRow = 3;          // finding a row's group, where rows of a group do not come together

  static constexpr double kBuildRow = 40;  // entering it into a join's hash table
  static constexpr double kProbeRow = 20;  // looking for it there
  static constexpr double kRestart = 200;  // a subplan's run, whatever it finds

  // A side that costs next to nothing counts as ten rows: there may be any number once the transaction that is planned for
  // has made some, and a join takes the sum of the sides, where running the one for each row of the other takes their
  // product.
  static double likely_rows(double rows, double cost) {
    constexpr double kFewRows = 10, kLittle = 2 * kFewRows;
    return cost <= kLittle ? std::max(rows, kFewRows) : rows;
  }

  double all_nodes() const;
  double nodes(std::span<const std::string> labels) const;  // those of the rarest label
  double relationships(std::span<const std::string> types) const;
  // Average number of relationships of a node with the labels.
  double degree(std::span<const std::string> labels, std::span<const std::string> types, Direction d) const;
  // Nodes that are ends of such relationships, at least; 0: nothing is known.
  double ends(std::span<const std::string> types) const;
  // The share of the relationships' far ends that have the labels.
  double target_fraction(std::span<const std::string> types, Direction d, std::span<const std::string> labels) const;
  // The same of relationships whose near ends have the labels `near`, where that is known: all that people are located in
  // are cities, though most of what is located anywhere is not a person, and is in a country.
  std::optional<double> far_fraction(std::span<const std::string> near, std::span<const std::string> types, Direction d,
                                     std::span<const std::string> far) const;
  double selectivity(const BoundExpression& predicate) const;  // between 0 and 1
  double equality(const BoundExpression& property) const;      // of it with one value
  // An index whose first property is this one, of a label that its node has or of its relationship's type; null for none.
  const index::PropertyIndex* index_of(const BoundExpression& property) const;
  // How many groups so many rows with these keys make.
  double groups(std::span<const BoundPtr> keys, double rows) const;
  // How many elements the list has, as far as one can tell.
  double list_length(const BoundExpression& list) const;
  // The rarest label that every node at this end of such relationships has, by the statistics; empty: none.
  // kOut: their sources, kIn: their targets.
  std::string label_of_ends(std::span<const std::string> types, Direction d) const;
  // Average number of such relationships that lead on from where one of them ended: of a walk's second step, and all
  // behind it.
  double next_degree(std::span<const std::string> types, Direction d) const;
  // Ends over min..max hops of a start row that has `first` relationships, where each of their ends has `next`.
  double path_count(double first, double next, int64_t min_hops, int64_t max_hops) const;

 private:
  double label_relationships(std::span<const std::string> labels, std::span<const std::string> types, Direction d) const;
  double label_relationships(LabelId label, std::span<const std::string> types, Direction d) const;
  // Values that the property has here and there; empty: nothing is known.
  const std::vector<Value>& sample(const BoundExpression& property) const;
  // The share of a sample that fulfils the predicate, a comparison with a value that is known; else `unknown`.
  double comparison(const BoundExpression& predicate, double least, double unknown) const;
  double nulls(const BoundExpression& is_null) const;
  double truth(const BoundExpression& property, bool value) const;  // of it being this one
  double equal(const BoundExpression& predicate) const;
  // How many different values an expression has; none: nothing is known.
  std::optional<double> different(const BoundExpression& e) const;
  std::optional<double> different_values(const BoundExpression& property) const;

  const StatementContext& context_;
  const PlanningContext& planning_;
};

}  // namespace elegraph::query::plan
