// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "query/exec/columns.h"
#include "query/exec/expressions/factories.h"
#include "query/exec/expressions/kernels.h"
#include "query/exec/expressions/row_wise.h"
#include "query/exec/expressions/string_cells.h"
#include "query/exec/word_list.h"
#include "query/functions/value_ops.h"
#include "storage/list_search.h"

namespace elegraph::query::exec {

namespace {

uint64_t word_of(const Value& v) {
  switch (v.type()) {
    case Type::kNode: return v.as_node().value;
    case Type::kRelationship: return v.as_relationship().value;
    default: return uint64_t(v.as_int());
  }
}

bool is_word(Type t) { return t == Type::kInt || t == Type::kDate || t == Type::kNode || t == Type::kRelationship; }

// x IN list. Columns of nodes, relationships, integers and dates are looked up as words, where a list holds nothing else,
// strings in one list of strings. Rows that follow each other with the same list share what is made of it.
class Membership : public RowWise {
 public:
  Membership(const plan::BoundExpression& bound, BuildContext& build)
      : RowWise(bound, build), in_store_(is_stored(*bound.args[1]) && is_constant(*bound.args[0])) {
    if (in_store_) entity_ = make_evaluator(*bound.args[1]->args[0], build);
  }

  void restart() override {
    RowWise::restart();
    if (entity_) entity_->restart();
    prepared_ = seen_ = Value();
  }

  const Vector& evaluate(const Batch& batch, Rows rows) override {
    return in_store_ && find_in_store(batch, rows) ? out_ : RowWise::evaluate(batch, rows);
  }

 protected:
  Value compute(std::span<const Value> v) override {
    if (v[1].type() != Type::kList || v[1].as_list().size() < kWorthHashing || v[0].is_null()) return in_list(v[0], v[1]);
    if (!hash_list(v[1])) return in_list(v[0], v[1]);
    return Value::boolean(set_.contains(v[0]));
  }

  bool kernel(std::span<const Vector* const> in, Rows rows) override {
    const Vector &needles = *in[0], &list = *in[1];
    if (needles.constant() && list.type() == Type::kAny && !list.constant())
      return find_one(needles.value(0), list, rows), true;
    if (is_word(needles.type())) return find_words(needles, list, rows);
    if (needles.type() != Type::kString || list.type() != Type::kAny || !list.constant() || is_null_constant(list))
      return false;
    if (!prepare_strings(list.data<Value>()[0])) return false;
    out_.reset(Type::kBool);
    find_strings(needles, rows, out_.mutable_data<uint8_t>());
    intersect_nulls(out_, needles, list, rows);
    return true;
  }

 private:
  static constexpr size_t kWorthHashing = 8;

  static bool is_stored(const plan::BoundExpression& e) {
    return e.kind == plan::BoundKind::kProperty && e.args[0]->kind == plan::BoundKind::kSlot && e.key_id.valid();
  }
  static bool is_constant(const plan::BoundExpression& e) {
    return e.kind == plan::BoundKind::kLiteral || e.kind == plan::BoundKind::kParameter;
  }

  // One value in lists that are read where they are stored. False where that is not how to look for it.
  bool find_in_store(const Batch& batch, Rows rows) {
    if (rows.count == 0 || state_.deleted) return false;
    const Value wanted = args_[0]->evaluate(batch, rows).value(0);
    if (!storage::ListSearch::can_find(wanted.type())) return false;
    if (batch.chunk_slot == bound_.args[1]->args[0]->slot) {
      const uint32_t first = batch.chunk.value * kChunkRows;
      auto id = [&](uint32_t row) { return first + row; };
      batch.relationship_chunk ? find_in_store<RelId>(wanted, rows, id) : find_in_store<NodeId>(wanted, rows, id);
      return true;
    }
    const Vector& in = entity_->evaluate(batch, rows);
    if (in.constant() || !in.all_valid()) return false;
    auto id = [&](uint32_t row) { return in.data<uint32_t>()[row]; };
    if (in.type() == Type::kNode) return find_in_store<NodeId>(wanted, rows, id), true;
    if (in.type() == Type::kRelationship) return find_in_store<RelId>(wanted, rows, id), true;
    return false;
  }

  template <class Id, class IdOfRow>
  void find_in_store(const Value& wanted, Rows rows, IdOfRow id) {
    using Found = storage::ListSearch::Found;
    Id ids[Vector::kCapacity];
    Found found[Vector::kCapacity];
    uint32_t n = 0;
    for_rows(rows, [&](uint32_t row) { ids[n++] = Id(id(row)); });
    const KeyId key = bound_.args[1]->key_id;
    storage::ListSearch(wanted).find(state_.reader, std::span<const Id>(ids, n), key, std::span(found, n));
    if (std::find(found, found + n, Found::kAsk) == found + n) {
      out_.reset(Type::kBool);
      uint8_t* out = out_.mutable_data<uint8_t>();
      n = 0;
      for_rows(rows, [&](uint32_t row) { out[row] = found[n++] == Found::kYes; });
      return;
    }
    ColumnWriter writer(out_);
    n = 0;
    for_rows(rows, [&](uint32_t row) {
      const bool ask = found[n] == Found::kAsk;
      writer.put(row,
                 ask ? look_into(wanted, state_.reader.property(ids[n], key)) : Value::boolean(found[n] == Found::kYes));
      n++;
    });
    writer.finish();
  }
  Value look_into(const Value& wanted, const Value& list) const {
    return at_position(bound_.position, [&] { return in_list(wanted, list); });
  }
  struct Hash {
    size_t operator()(const Value& v) const { return query::hash(v); }
  };
  struct Same {
    bool operator()(const Value& a, const Value& b) const { return equivalent(a, b); }
  };

  // Whether set_ holds the list. It is made when the same list comes a second time, of values for which = and
  // equivalence agree.
  bool hash_list(const Value& list) {
    const auto& items = list.as_list();
    if (seen_.type() != Type::kList || &seen_.as_list() != &items) {
      seen_ = list;
      hashed_ = simple_ = false;
      return false;
    }
    if (hashed_) return simple_;
    hashed_ = true;
    simple_ = std::all_of(items.begin(), items.end(), [](const Value& v) {
      return v.type() == Type::kInt || v.type() == Type::kString || v.type() == Type::kNode ||
             v.type() == Type::kRelationship || v.type() == Type::kDate;
    });
    set_.clear();
    if (simple_) set_.insert(items.begin(), items.end());
    return simple_;
  }

  // One value in the rows' own lists, which stay where they are.
  void find_one(const Value& needle, const Vector& list, Rows rows) {
    const auto* lists = list.data<Value>();
    ColumnWriter writer(out_);
    for_rows(rows, [&](uint32_t row) { writer.put(row, in_list(needle, list.valid(row) ? lists[row] : Value())); });
    writer.finish();
  }

  // False where a list has other values than the needles', or none: then rules beyond those of = may count.
  bool find_words(const Vector& needles, const Vector& list, Rows rows) {
    if (list.type() != Type::kAny) return false;
    out_.reset(Type::kBool);
    uint8_t* out = out_.mutable_data<uint8_t>();
    const auto* lists = list.data<Value>();
    for (uint32_t i = 0; i < rows.count;) {
      const Value& first = lists[list.at(rows[i])];
      if (first.type() != Type::kList) return false;
      uint32_t end = list.constant() ? rows.count : i + 1;
      while (end < rows.count && same_list(lists[rows[end]], first)) end++;
      if (!prepare_words(first, needles.type(), end - i)) return false;
      if (Vector::width(needles.type()) == sizeof(uint32_t))
        look_up(needles, needles.data<uint32_t>(), rows, i, end, out);
      else
        look_up(needles, needles.data<int64_t>(), rows, i, end, out);
      i = end;
    }
    intersect_nulls(out_, needles, needles, rows);
    return true;
  }

  static bool same_list(const Value& v, const Value& list) {
    return v.type() == Type::kList && &v.as_list() == &list.as_list();
  }

  template <class T>
  void look_up(const Vector& needles, const T* x, Rows rows, uint32_t from, uint32_t end, uint8_t* out) const {
    if (rows.dense() && !needles.constant() && from == 0 && end == rows.count)
      return words_.contains(x, rows.extent(), out);
    for (uint32_t i = from; i < end; i++) out[rows[i]] = words_.contains(uint64_t(x[needles.at(rows[i])]));
  }

  // Whether words_ holds the list, which so many needles are looked up in.
  bool prepare_words(const Value& list, Type needles, uint32_t looks) {
    if (prepared_type_ == needles && same_list(prepared_, list)) {
      if (!std::exchange(many_looks_, true)) words_.prepare();
      return true;
    }
    prepared_type_ = Type::kNull;
    words_.clear();
    for (const Value& v : list.as_list()) {
      if (v.type() != needles) return false;
      words_.add(word_of(v));
    }
    if (list.as_list().empty()) return false;
    many_looks_ = looks >= kWorthHashing;
    if (many_looks_) words_.prepare();
    prepared_ = list, prepared_type_ = needles;
    return true;
  }

  // Whether all of the list are strings, and ready to be searched.
  bool prepare_strings(const Value& list) {
    if (list.type() != Type::kList) return false;
    if (same_list(prepared_, list)) return prepared_type_ == Type::kString;
    const auto& items = list.as_list();
    prepared_ = list;
    const bool all =
        !items.empty() && std::all_of(items.begin(), items.end(), [](const Value& v) { return v.type() == Type::kString; });
    prepared_type_ = all ? Type::kString : Type::kNull;
    if (all) keep_strings(items);
    return all;
  }

  void keep_strings(const std::vector<Value>& items) {
    few_strings_.clear(), many_strings_.clear();
    for (const Value& v : items)
      if (items.size() < kWorthHashing)
        few_strings_.push_back({v.as_string().data(), uint32_t(v.as_string().size())});
      else
        many_strings_.insert(v.as_string());
  }

  void find_strings(const Vector& needles, Rows rows, uint8_t* out) const {
    if (many_strings_.empty() && !needles.constant()) return find_few_strings(needles, rows, out);
    const StringRef* x = needles.strings();
    // Cells of nulls hold anything, so no pointer of theirs is followed.
    for_rows(rows, [&](uint32_t row) {
      if (!needles.valid(row)) return;
      const StringRef& s = x[needles.at(row)];
      out[row] = many_strings_.empty() ? std::find(few_strings_.begin(), few_strings_.end(), s) != few_strings_.end()
                                       : many_strings_.contains(s.view());
    });
  }
  void find_few_strings(const Vector& needles, Rows rows, uint8_t* out) const {
    for_rows(rows, [&](uint32_t row) { out[row] = 0; });
    for (const StringRef& wanted : few_strings_)
      with_string_constant(needles, wanted,
                           [&](auto same) { for_rows(rows, [&](uint32_t row) { out[row] |= uint8_t(same(row)); }); });
  }

  bool in_store_;
  EvaluatorPtr entity_;  // whose property the list is; null unless in_store_

  Value seen_;  // the list of the last row
  bool hashed_ = false, simple_ = false;
  std::unordered_set<Value, Hash, Same> set_;

  Value prepared_;  // the list that these were made from, and that owns the strings
  Type prepared_type_ = Type::kNull;
  bool many_looks_ = false;  // words_ are ready for them
  WordList words_;
  std::vector<StringRef> few_strings_;
  std::unordered_set<std::string_view> many_strings_;
};

}  // namespace

EvaluatorPtr make_membership(const plan::BoundExpression& bound, BuildContext& build) {
  return std::make_unique<Membership>(bound, build);
}

}  // namespace elegraph::query::exec
