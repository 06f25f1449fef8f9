// SPDX-License-Identifier: Apache-2.0
#include "storage/redo.h"

#include "storage/value_codec.h"

namespace elegraph::storage::redo {

namespace {

void op(std::string& out, Op o) { out.push_back(char(o)); }

// As encode_value() of each; the most frequent kinds without a Value in between.
void put_values(std::string& out, const Vector& values, uint32_t offset, uint32_t count) {
  const Type type = values.type();
  const bool words = type == Type::kInt || type == Type::kFloat || type == Type::kDate || type == Type::kLocalTime;
  for (uint32_t i = offset; i < offset + count; ++i) {
    if (!values.valid(i) || (!words && type != Type::kString)) {
      encode_value(out, values.value(i));
      continue;
    }
    out.push_back(char(type));
    if (words)
      put_u64(out, values.data<uint64_t>()[values.at(i)]);
    else
      put_string(out, values.strings()[values.at(i)].view());
  }
}

void put_columns(std::string& out, std::span<const BulkWriter::Column> columns, uint32_t offset, uint32_t count) {
  put_varint(out, columns.size());
  for (const BulkWriter::Column& c : columns) {
    put_varint(out, c.key.value);
    put_values(out, *c.values, offset, count);
  }
}

template <class IdT>
void put_ids(std::string& out, std::span<const IdT> ids) {
  out.append(reinterpret_cast<const char*>(ids.data()), ids.size() * 4);
}

}  // namespace

void name(std::string& out, NameKind kind, uint32_t id, std::string_view name) {
  op(out, kind == NameKind::kLabel ? Op::kLabel : kind == NameKind::kRelType ? Op::kRelType : Op::kKey);
  put_varint(out, id);
  put_string(out, name);
}

void label_set(std::string& out, LabelSetId id, std::span<const LabelId> labels) {
  op(out, Op::kLabelSet);
  put_varint(out, id.value);
  put_varint(out, labels.size());
  for (LabelId l : labels) put_varint(out, l.value);
}

void definition(std::string& out, std::string_view payload) {
  op(out, Op::kDefinition);
  put_string(out, payload);
}

void create_node(std::string& out, NodeId node, LabelSetId labels) {
  op(out, Op::kCreateNode);
  put_varint(out, node.value), put_varint(out, labels.value);
}

void create_relationship(std::string& out, RelId rel, RelTypeId type, NodeId source, NodeId target) {
  op(out, Op::kCreateRelationship);
  put_varint(out, rel.value), put_varint(out, type.value);
  put_varint(out, source.value), put_varint(out, target.value);
}

void set_property(std::string& out, NodeId node, KeyId key, const Value& value) {
  op(out, Op::kSetNodeProperty);
  put_varint(out, node.value), put_varint(out, key.value);
  encode_value(out, value);
}

void set_property(std::string& out, RelId rel, KeyId key, const Value& value) {
  op(out, Op::kSetRelProperty);
  put_varint(out, rel.value), put_varint(out, key.value);
  encode_value(out, value);
}

void set_labels(std::string& out, NodeId node, LabelSetId labels) {
  op(out, Op::kSetLabels);
  put_varint(out, node.value), put_varint(out, labels.value);
}

void delete_relationship(std::string& out, RelId rel) {
  op(out, Op::kDeleteRelationship);
  put_varint(out, rel.value);
}

void delete_node(std::string& out, NodeId node) {
  op(out, Op::kDeleteNode);
  put_varint(out, node.value);
}

void bulk_nodes(std::string& out, LabelSetId labels, NodeId first, uint32_t offset, uint32_t count,
                std::span<const BulkWriter::Column> columns) {
  op(out, Op::kBulkNodes);
  put_varint(out, labels.value), put_varint(out, first.value), put_varint(out, count);
  put_columns(out, columns, offset, count);
}

void bulk_relationships(std::string& out, RelTypeId type, RelId first, std::span<const NodeId> sources,
                        std::span<const NodeId> targets, uint32_t offset, std::span<const BulkWriter::Column> columns) {
  op(out, Op::kBulkRelationships);
  put_varint(out, type.value), put_varint(out, first.value), put_varint(out, sources.size());
  put_ids(out, sources), put_ids(out, targets);
  put_columns(out, columns, offset, uint32_t(sources.size()));
}

}  // namespace elegraph::storage::redo
