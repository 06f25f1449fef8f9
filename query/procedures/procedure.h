// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/procedures/declared_type.h"
#include "query/procedures/procedure_catalog.h"

namespace elegraph::query {

struct GraphDatabase;

// What CREATE PROCEDURE says, and what planning the body found out.
struct ProcedureDefinition {
  struct Field {
    std::string name, type;  // the type as written
  };
  std::string name;
  std::vector<Field> inputs, outputs;
  std::string body;                         // Cypher with $input
  bool standard_conforming_strings = true;  // how the body's strings are read: as the session that declared it did
  bool writes = false;
  bool deterministic = false;
};

// As Transaction::log_definition takes it: 'P', the operation ('C' create or replace, 'D' drop), and the definition as
// an encoded value (storage/value_codec.h). Other letters in front are other layers' payloads.
struct ProcedureRecord {
  bool drop = false;
  ProcedureDefinition definition;
};
bool is_procedure_record(std::string_view payload);
std::string encode_procedure(const ProcedureRecord& record);
ProcedureRecord decode_procedure(std::string_view payload);  // XX001

// A procedure that can be called. Immutable.
struct Procedure {
  // The rows of a built-in one; values of each row in the order of the outputs.
  using Rows = std::vector<std::vector<Value>>;
  using BuiltIn = Rows (*)(GraphDatabase& database, std::span<const Value> arguments);

  explicit Procedure(ProcedureDefinition d, BuiltIn function = nullptr);  // 42704, 42701

  const ProcedureDefinition definition;
  const BuiltIn built_in;
  std::vector<DeclaredType> inputs, outputs;
  std::shared_ptr<const ProcedureSignature> signature;
};
using ProcedurePtr = std::shared_ptr<const Procedure>;

// "name(in :: TYPE, ...) :: (out :: TYPE, ...)"
std::string signature_text(const ProcedureDefinition& definition);

std::span<const ProcedurePtr> built_in_procedures();

}  // namespace elegraph::query
