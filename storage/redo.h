// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "storage/graph.h"

// Logical redo: what a transaction did, by id, so that recovery makes the very same ids again. A transaction's redo is
// a sequence of records, each an operation byte and its operands (v: LEB128 varint; s: v size and bytes; value: see
// storage/value_codec.h):
//
//   0x01 label name      v id, s name        0x10 create node          v node, v label set
//   0x02 type name       v id, s name        0x11 create relationship  v rel, v type, v source, v target
//   0x03 key name        v id, s name        0x12 set node property    v node, v key, value (null removes)
//   0x04 label set       v id, v n, v[n]     0x13 set rel property     v rel, v key, value
//   0x05 definition      s payload           0x14 set label set        v node, v label set
//                                            0x15 delete relationship  v rel
//                                            0x16 delete node          v node
//   0x20 nodes in bulk          v label set, v first node, v n, columns
//   0x21 relationships in bulk  v type, v first rel, v n, u32[n] sources, u32[n] targets, columns
//     columns: v count, then each: v key, value[n]
//
// Names are logged by every transaction that uses one before a transaction that logged it has committed, in id order
// without gaps; applying one twice is harmless.
namespace elegraph::storage::redo {

enum class Op : uint8_t {
  kLabel = 0x01,
  kRelType = 0x02,
  kKey = 0x03,
  kLabelSet = 0x04,
  kDefinition = 0x05,
  kCreateNode = 0x10,
  kCreateRelationship = 0x11,
  kSetNodeProperty = 0x12,
  kSetRelProperty = 0x13,
  kSetLabels = 0x14,
  kDeleteRelationship = 0x15,
  kDeleteNode = 0x16,
  kBulkNodes = 0x20,
  kBulkRelationships = 0x21,
};

void name(std::string& out, NameKind kind, uint32_t id, std::string_view name);
void label_set(std::string& out, LabelSetId id, std::span<const LabelId> labels);
void definition(std::string& out, std::string_view payload);
void create_node(std::string& out, NodeId node, LabelSetId labels);
void create_relationship(std::string& out, RelId rel, RelTypeId type, NodeId source, NodeId target);
void set_property(std::string& out, NodeId node, KeyId key, const Value& value);
void set_property(std::string& out, RelId rel, KeyId key, const Value& value);
void set_labels(std::string& out, NodeId node, LabelSetId labels);
void delete_relationship(std::string& out, RelId rel);
void delete_node(std::string& out, NodeId node);
// Values come from the columns' rows from `offset` on.
void bulk_nodes(std::string& out, LabelSetId labels, NodeId first, uint32_t offset, uint32_t count,
                std::span<const BulkWriter::Column> columns);
void bulk_relationships(std::string& out, RelTypeId type, RelId first, std::span<const NodeId> sources,
                        std::span<const NodeId> targets, uint32_t offset, std::span<const BulkWriter::Column> columns);

// Recovery: makes the changes of one committed transaction in a graph that is not open yet, in commit order, on one
// thread. Calls the observers for opened chunks and definitions only. Throws Error XX001 for redo that does not parse.
void apply(Graph& graph, std::string_view redo, Timestamp at);

}  // namespace elegraph::storage::redo
