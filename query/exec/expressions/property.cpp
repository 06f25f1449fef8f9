// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/row_wise.h"
#include "query/functions/temporal/components.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {

namespace {

// container.key. Entities' columns are read in bulk: in place where the batch is a chunk as it lies in the store, gathered
// by id otherwise.
class Property : public Evaluator {
 public:
  Property(const plan::BoundExpression& bound, BuildContext& build)
      : Evaluator(bound), state_(build.state), container_(make_evaluator(*bound.args[0], build)), key_(bound.key_id) {
    // Columns of these are mostly read where they are.
    const Type t = bound.type.type;
    if (t == Type::kInt || t == Type::kFloat || t == Type::kDate) many_ = kFew;
  }

  void restart() override { container_->restart(); }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    if (is_chunk_column(batch) && rows.count) return of_chunk(batch, rows), out_;
    const Vector& in = container_->evaluate(batch, rows);
    if (rows.count == 0) return out_.reset_null(), out_;
    switch (in.type()) {
      case Type::kNull: return out_.reset_null(), out_;
      case Type::kNode: of_entities<NodeId>(in, rows); break;
      case Type::kRelationship: of_entities<RelId>(in, rows); break;
      default: of_values(in, rows);
    }
    return out_;
  }

 private:
  // Keys may appear after the plan was made, by this very statement.
  bool find_key() {
    if (key_.valid()) return true;
    if (auto found = state_.context.graph->catalog().find_key(bound_.name)) key_ = *found;
    return key_.valid();
  }

  bool is_chunk_column(const Batch& batch) const {
    return batch.chunk_slot != plan::kNoSlot && bound_.args[0]->kind == plan::BoundKind::kSlot &&
           bound_.args[0]->slot == batch.chunk_slot && !state_.deleted;
  }

  // Rows of a chunk as it lies in the store: the batch need not have their ids.
  void of_chunk(const Batch& batch, Rows rows) {
    if (!find_key()) return out_.reset_null();
    if (batch.relationship_chunk) {
      if (rows.count >= many_) return state_.reader.scan_property(batch.chunk, key_, out_, RelId());
      return of_few<RelId>(batch, rows);
    }
    if (rows.count >= many_) return state_.reader.scan_property(batch.chunk, key_, out_);
    of_few<NodeId>(batch, rows);
  }
  template <class EntityId>
  void of_few(const Batch& batch, Rows rows) {
    const uint32_t first = batch.chunk.value * kChunkRows;
    if (rows.count == 1) return of_one(EntityId(first + rows[0]));
    EntityId wanted[Vector::kCapacity];
    const uint32_t extent = rows.extent();
    if (rows.rows) std::fill_n(wanted, extent, EntityId());
    for_rows(rows, [&](uint32_t row) { wanted[row] = EntityId(first + row); });
    state_.reader.gather_property(std::span<const EntityId>(wanted, extent), key_, out_);
  }

  template <class EntityId>
  void of_entities(const Vector& in, Rows rows) {
    check_deleted<EntityId>(in, rows);
    if (!find_key()) return out_.reset_null();
    const auto* ids = in.data<EntityId>();
    if (in.constant() || rows.count == 1) return of_one(in, rows[0], ids[in.at(rows[0])]);
    constexpr auto kind = std::is_same_v<EntityId, NodeId> ? EntityKind::kNode : EntityKind::kRelationship;
    if (in.all_valid() && of_dense(kind, in.data<uint32_t>(), rows)) return;
    if (!rows.rows && in.all_valid()) return state_.reader.gather_property(std::span(ids, rows.count), key_, out_);
    gather_some(in, rows, ids);
  }

  // Relationships of one type as a rule: of those in the column of the first one's type. Where there are others among
  // them, from one of all types.
  bool of_dense(EntityKind kind, const uint32_t* ids, Rows rows) {
    auto gathered = [&](RelTypeId type, bool& found) {
      const DenseColumn* dense = state_.dense->find(state_, kind, key_, type, rows.count);
      return (found = dense) && dense->gather(ids, rows, out_);
    };
    bool found = true;
    if (kind == EntityKind::kNode) return gathered({}, found);
    const RelTypeId type = state_.reader.relationship_chunk_type(ChunkId(ids[rows[0]] / kChunkRows));
    return gathered(type, found) || (found && gathered({}, found));
  }

  template <class EntityId>
  void of_one(const Vector& in, uint32_t row, EntityId id) {
    if (!in.valid(row)) return out_.reset_null();
    of_one(id);
  }
  template <class EntityId>
  void of_one(EntityId id) {
    state_.reader.gather_property(std::span(&id, 1), key_, out_);
    if (out_.type() != Type::kNull) out_.set_constant_flag(true);  // row 0 stands for the one row
  }

  // Ids that are not wanted become invalid ones, which give null.
  template <class EntityId>
  void gather_some(const Vector& in, Rows rows, const EntityId* ids) {
    EntityId wanted[Vector::kCapacity];
    uint32_t extent = rows.extent();
    if (rows.rows) std::fill_n(wanted, extent, EntityId());
    for_rows(rows, [&](uint32_t row) { wanted[row] = in.valid(row) ? ids[row] : EntityId(); });
    state_.reader.gather_property(std::span<const EntityId>(wanted, extent), key_, out_);
  }

  template <class EntityId>
  void check_deleted(const Vector& in, Rows rows) {
    if (!state_.deleted) return;
    for_rows(rows, [&](uint32_t row) {
      if (in.valid(row) && !state_.reader.visible(in.data<EntityId>()[in.at(row)]))
        throw Error(sqlstate::kInvalidParameterValue, "entity was deleted in this transaction").at(bound_.position);
    });
  }

  void of_values(const Vector& in, Rows rows) {
    at_position(bound_.position, [&] {
      if (in.constant()) return out_.set_constant(of_value(in.value(0)));
      if (temporal::component_vector(in, bound_.name, rows.rows, rows.count, out_)) return;
      const Value* cells =
          in.type() == Type::kAny ? in.data<Value>() : nullptr;  // not copied: counts of references are dear
      ColumnWriter writer(out_);
      for_rows(rows, [&](uint32_t row) {
        writer.put(row, cells && in.valid(row) ? of_value(cells[in.at(row)]) : of_value(in.value(row)));
      });
      writer.finish();
    });
  }

  Value of_value(const Value& v) {
    switch (v.type()) {
      case Type::kNull: return {};
      case Type::kNode: return of_entity(v.as_node());
      case Type::kRelationship: return of_entity(v.as_relationship());
      default: return property_of(v, bound_.name, state_.functions);
    }
  }

  template <class EntityId>
  Value of_entity(EntityId id) {
    if (state_.deleted && !state_.reader.visible(id))
      throw Error(sqlstate::kInvalidParameterValue, "entity was deleted in this transaction").at(bound_.position);
    return find_key() ? state_.reader.property(id, key_) : Value();
  }

  // From so many rows on the whole column is looked at.
  static constexpr uint32_t kMany = 256, kFew = 8;

  uint32_t many_ = kMany;
  State& state_;
  EvaluatorPtr container_;
  KeyId key_;
  Vector out_;
};

}  // namespace

EvaluatorPtr make_property(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Property>(bound, build);
}

}  // namespace elegraph::query::exec
