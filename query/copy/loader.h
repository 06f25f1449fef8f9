// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "index/index_set.h"
#include "query/copy/columns.h"
#include "query/copy/rows.h"
#include "storage/graph.h"

namespace elegraph::query::copy {

// What all loaders of one COPY share: where rows go. Made once the columns are known.
struct Target {
  std::string name;  // label or relationship type, for messages
  bool relationships = false;
  LabelSetId labels;
  RelTypeId type;
  std::vector<KeyId> keys;  // per column; invalid for the two end columns
  LabelId start_label, end_label;
  KeyId start_key, end_key;
  IndexId start_index, end_index;
};
// Interns names and finds the indexes of the ends. 42704 without an index, with the statement that makes it as hint.
Target make_target(const std::string& name, const Options& options, const std::vector<Column>& columns,
                   storage::Transaction& transaction, const index::IndexSet& indexes);

// Turns rows into nodes or relationships, a batch at a time. One thread each; all loaders of a COPY write for one
// transaction. Errors name line, column and value.
class Loader {
 public:
  Loader(const Target& target, const std::vector<Column>& columns, const Options& options,
         const types::EncodeContext& context, storage::Transaction& transaction, const index::IndexSet& indexes);
  ~Loader();

  void add(const std::vector<Field>& fields, uint64_t line);
  // Loads what add() collected; the text that its fields point into may go after that.
  void flush();
  // Loads the rest. The relationships get their lists by Transaction::link_bulk().
  void finish();
  // Nothing more comes of it: what it loaded gets no lists, and will be rolled back.
  void abandon();
  uint64_t rows() const { return rows_; }

 private:
  void check_width(const std::vector<Field>& fields, uint64_t line);
  void load_nodes();
  void load_relationships();
  void resolve(uint32_t column, IndexId index, LabelId label, KeyId key, std::vector<NodeId>& out);
  bool resolve_integers(const Vector& values, const index::PropertyIndex& index, LabelId label, KeyId key,
                        std::vector<NodeId>& out);
  NodeId resolve_one(const Value& value, const index::PropertyIndex& index, LabelId label, KeyId key);
  [[noreturn]] void missing_end(uint32_t row, uint32_t column);
  std::string where(uint32_t row, uint32_t column, std::string_view text) const;

  const Target& target_;
  const std::vector<Column>& columns_;
  const Options& options_;
  const types::EncodeContext& context_;
  const index::IndexSet& indexes_;
  storage::Reader reader_;
  std::unique_ptr<storage::BulkWriter> writer_;
  std::vector<std::unique_ptr<Vector>> vectors_;
  std::vector<uint64_t> lines_;  // of the batch's rows
  std::vector<NodeId> sources_, targets_;
  std::vector<uint32_t> candidates_;
  std::vector<uint32_t> found_;
  Vector check_;
  uint32_t count_ = 0;
  uint64_t rows_ = 0;
};

}  // namespace elegraph::query::copy
