// SPDX-License-Identifier: Apache-2.0
#include "query/copy/loader.h"

#include <fmt/format.h>

#include "query/functions/value_ops.h"
#include "storage/error.h"
#include "storage/rcu.h"

namespace elegraph::query::copy {
namespace {

IndexId end_index(const Options::End& end, const index::IndexSet& indexes) {
  rcu::ReadGuard guard;
  std::vector<std::string> keys{end.key};
  auto* index = indexes.find(index::EntityKind::kNode, end.label, keys);
  if (index && index->online()) return index->id();
  throw Error(sqlstate::kUndefinedObject,
              fmt::format("there is no index on property \"{}\" of label \"{}\"", end.key, end.label))
      .with_detail("COPY of relationships finds their ends by an index.")
      .with_hint(fmt::format("CREATE CONSTRAINT FOR (n:`{}`) REQUIRE n.`{}` IS UNIQUE", end.label, end.key));
}

}  // namespace

Target make_target(const std::string& name, const Options& options, const std::vector<Column>& columns,
                   storage::Transaction& transaction, const index::IndexSet& indexes) {
  Target target;
  target.name = name;
  target.relationships = options.start.has_value();
  if (target.relationships) {
    target.type = transaction.rel_type(name);
    target.start_label = transaction.label(options.start->label);
    target.end_label = transaction.label(options.end->label);
    target.start_key = transaction.key(options.start->key);
    target.end_key = transaction.key(options.end->key);
    target.start_index = end_index(*options.start, indexes);
    target.end_index = end_index(*options.end, indexes);
  } else {
    std::vector<LabelId> labels;
    for (auto& label : options.labels.empty() ? std::vector<std::string>{name} : options.labels)
      labels.push_back(transaction.label(label));
    target.labels = transaction.graph().catalog().intern_label_set(labels);
  }
  for (size_t i = 0; i < columns.size(); i++)
    target.keys.push_back(target.relationships && i < 2 ? KeyId() : transaction.key(columns[i].name));
  return target;
}

Loader::Loader(const Target& target, const std::vector<Column>& columns, const Options& options,
               const types::EncodeContext& context, storage::Transaction& transaction, const index::IndexSet& indexes)
    : target_(target),
      columns_(columns),
      options_(options),
      context_(context),
      indexes_(indexes),
      reader_(transaction.graph(), transaction.snapshot()),
      writer_(transaction.graph().bulk_writer(transaction)) {
  for (size_t i = 0; i < columns.size(); i++) vectors_.push_back(std::make_unique<Vector>());
}

Loader::~Loader() = default;

std::string Loader::where(uint32_t row, uint32_t column, std::string_view text) const {
  return fmt::format("COPY {}, line {}, column {}: \"{}\"", target_.name, lines_[row], columns_[column].name, text);
}

void Loader::check_width(const std::vector<Field>& fields, uint64_t line) {
  if (fields.size() == columns_.size()) return;
  if (fields.size() < columns_.size())
    throw Error(sqlstate::kBadCopyFileFormat, fmt::format("missing data for column \"{}\"", columns_[fields.size()].name))
        .with_detail(
            fmt::format("COPY {}, line {}: {} columns, {} expected", target_.name, line, fields.size(), columns_.size()));
  throw Error(sqlstate::kBadCopyFileFormat, "extra data after last expected column")
      .with_detail(
          fmt::format("COPY {}, line {}: {} columns, {} expected", target_.name, line, fields.size(), columns_.size()));
}

void Loader::add(const std::vector<Field>& fields, uint64_t line) {
  check_width(fields, line);
  if (count_ == 0)
    for (size_t i = 0; i < columns_.size(); i++) vectors_[i]->reset(columns_[i].type.type);
  lines_.push_back(line);
  for (uint32_t i = 0; i < columns_.size(); i++) {
    try {
      convert(fields[i], columns_[i], options_, context_, count_, *vectors_[i]);
    } catch (Error& e) {
      if (e.detail.empty()) e.detail = where(count_, i, fields[i].view().substr(0, 100));
      if (e.sqlstate == sqlstate::kInvalidTextRepresentation && e.hint.empty())
        e.hint = "TYPES '" + columns_[i].name + " text' would take the column as it is.";
      throw;
    }
  }
  if (++count_ == Vector::kCapacity) flush();
}

void Loader::flush() {
  if (count_ == 0) return;
  rcu::ReadGuard guard;
  if (target_.relationships)
    load_relationships();
  else
    load_nodes();
  rows_ += count_;
  count_ = 0;
  lines_.clear();
}

void Loader::load_nodes() {
  std::vector<storage::BulkWriter::Column> columns;
  for (size_t i = 0; i < columns_.size(); i++) columns.push_back({target_.keys[i], vectors_[i].get()});
  try {
    writer_->create_nodes(target_.labels, count_, columns, nullptr);
  } catch (Error& e) {
    e.detail +=
        fmt::format("{}COPY {}, lines {} to {}", e.detail.empty() ? "" : " ", target_.name, lines_.front(), lines_.back());
    throw;
  }
}

void Loader::load_relationships() {
  resolve(0, target_.start_index, target_.start_label, target_.start_key, sources_);
  resolve(1, target_.end_index, target_.end_label, target_.end_key, targets_);
  std::vector<storage::BulkWriter::Column> columns;
  for (size_t i = 2; i < columns_.size(); i++) columns.push_back({target_.keys[i], vectors_[i].get()});
  writer_->create_relationships(target_.type, sources_, targets_, columns);
}

void Loader::missing_end(uint32_t row, uint32_t column) {
  bool start = column == 0;
  Value key = vectors_[column]->value(row);
  auto& end = start ? *options_.start : *options_.end;
  std::string text = key.is_null() ? "null" : to_text(key);
  throw Error(sqlstate::kForeignKeyViolation,
              fmt::format("no node with label \"{}\" has \"{}\" = {}", end.label, end.key, text))
      .with_detail(where(row, column, text));
}

// The ends of a whole batch: candidates from the index, then a check of them all against the snapshot.
bool Loader::resolve_integers(const Vector& values, const index::PropertyIndex& index, LabelId label, KeyId key,
                              std::vector<NodeId>& out) {
  if (values.type() != Type::kInt || !values.all_valid()) return false;
  bool more = false;
  found_.resize(count_);
  index.lookup_integers({values.data<int64_t>(), count_}, found_, more);
  if (more) return false;
  out.resize(count_);
  for (uint32_t i = 0; i < count_; i++) out[i] = NodeId(found_[i]);
  reader_.gather_property(out, key, check_);
  if (check_.type() != Type::kInt) return false;
  const int64_t* wanted = values.data<int64_t>();
  const int64_t* got = check_.data<int64_t>();
  for (uint32_t i = 0; i < count_; i++)
    if (!out[i].valid() || !check_.valid(i) || got[check_.at(i)] != wanted[i] || !reader_.has_label(out[i], label) ||
        !reader_.visible(out[i]))
      return false;
  return true;
}

NodeId Loader::resolve_one(const Value& value, const index::PropertyIndex& index, LabelId label, KeyId key) {
  if (value.is_null()) return {};
  index.lookup({&value, 1}, candidates_);
  for (uint32_t id : candidates_) {
    NodeId node(id);
    if (reader_.visible(node) && reader_.has_label(node, label) &&
        equals(reader_.property(node, key), value).value_or(false))
      return node;
  }
  return {};
}

void Loader::resolve(uint32_t column, IndexId id, LabelId label, KeyId key, std::vector<NodeId>& out) {
  auto* index = indexes_.get(id);
  if (!index) throw Error(sqlstate::kObjectInUse, "an index that COPY needs was dropped meanwhile");
  const Vector& values = *vectors_[column];
  if (resolve_integers(values, *index, label, key, out)) return;
  out.resize(count_);
  for (uint32_t i = 0; i < count_; i++) {
    out[i] = resolve_one(values.value(i), *index, label, key);
    if (!out[i].valid()) missing_end(i, column);
  }
}

void Loader::abandon() { writer_->hand_over(); }

void Loader::finish() {
  flush();
  writer_->hand_over();
}

}  // namespace elegraph::query::copy
