// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/ids.h"
#include "storage/value.h"

namespace elegraph::storage {

// Set of value types, one bit a Type; what a (label set, key) or (relationship type, key) has ever held.
struct TypeMask {
  uint32_t bits = 0;
  // The types of the elements of all lists so far; one bit: the lists were homogeneous.
  uint32_t element_bits = 0;
  bool empty() const { return bits == 0; }
  bool contains(TypeMask o) const { return (o.bits & ~bits) == 0 && (o.element_bits & ~element_bits) == 0; }
  void add(TypeMask o) { bits |= o.bits, element_bits |= o.element_bits; }
};
TypeMask type_mask_of(const Value& v);

enum class NameKind : uint8_t { kLabel, kRelType, kKey, kLabelSet };

// Interned names, label sets and observed types of one graph.
//
// Thread-safety: every const member is wait-free and may be called from any thread at any time; interning and
// observing serialise on a mutex but return without it where there is nothing new. Names are never removed
// and ids are dense, so an id read anywhere stays valid. intern_* of a new name is logged by the Transaction that
// uses it (Transaction::label() and so on); the catalog itself writes nothing.
class Catalog {
 public:
  Catalog();
  ~Catalog();

  std::optional<LabelId> find_label(std::string_view name) const;
  std::optional<RelTypeId> find_rel_type(std::string_view name) const;
  std::optional<KeyId> find_key(std::string_view name) const;
  LabelId intern_label(std::string_view name);
  RelTypeId intern_rel_type(std::string_view name);
  KeyId intern_key(std::string_view name);
  std::string_view name(LabelId) const;
  std::string_view name(RelTypeId) const;
  std::string_view name(KeyId) const;
  uint32_t label_count() const;
  uint32_t rel_type_count() const;
  uint32_t key_count() const;

  // Label sets are sorted by LabelId and unique; LabelSetId(0) is the empty set.
  LabelSetId intern_label_set(std::span<const LabelId> labels);
  std::span<const LabelId> labels(LabelSetId) const;
  bool has_label(LabelSetId set, LabelId label) const;
  LabelSetId with_label(LabelSetId set, LabelId label);
  LabelSetId without_label(LabelSetId set, LabelId label);
  uint32_t label_set_count() const;

  // Observed types; the union over the label sets that contain `label` for node_types.
  void observe(LabelSetId set, KeyId key, const Value& v);
  void observe(RelTypeId type, KeyId key, const Value& v);
  void observe(LabelSetId set, KeyId key, TypeMask types);
  void observe(RelTypeId type, KeyId key, TypeMask types);
  TypeMask node_types(LabelId label, KeyId key) const;
  TypeMask node_types(KeyId key) const;  // any label
  TypeMask rel_types(RelTypeId type, KeyId key) const;
  TypeMask rel_types(KeyId key) const;
  std::vector<KeyId> node_keys(LabelId label) const;  // keys ever seen, in order of first appearance
  std::vector<KeyId> rel_keys(RelTypeId type) const;

  TypeMask observed(LabelSetId set, KeyId key) const;
  TypeMask observed(RelTypeId type, KeyId key) const;

  // For the log. Ids below logged() are known to be in the log or a checkpoint; a transaction that uses a higher one
  // logs all from there on. restore() gives a name the id that it had; ids come in order, known ones are skipped.
  uint32_t logged(NameKind kind) const { return logged_[size_t(kind)].load(std::memory_order_acquire); }
  void mark_logged(NameKind kind, uint32_t count);
  void restore(NameKind kind, uint32_t id, std::string_view name);
  void restore(LabelSetId id, std::span<const LabelId> labels);
  // Keys with their observed types, in order of first appearance; for checkpoints.
  std::vector<std::pair<KeyId, TypeMask>> observed(LabelSetId set) const;
  std::vector<std::pair<KeyId, TypeMask>> observed(RelTypeId type) const;

  // Grows whenever a name, an observed type, an index or a constraint appears or goes: plans built under an
  // older epoch are looked at again.
  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  void bump_epoch() { epoch_.fetch_add(1, std::memory_order_acq_rel); }

 private:
  std::atomic<uint64_t> epoch_{1};
  std::atomic<uint32_t> logged_[4] = {};
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace elegraph::storage
