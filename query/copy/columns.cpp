// SPDX-License-Identifier: Apache-2.0
#include "query/copy/columns.h"

#include <algorithm>
#include <charconv>

#include "query/exec/operators/updates.h"
#include "query/functions/value_ops.h"
#include "query/types/utf8.h"
#include "storage/error.h"

namespace elegraph::query::copy {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

void set_type(Column& column, const std::string& type) {
  column.type = cast_result(type);
  column.oid = types::result_oid(column.type, false);
}

bool reads_as(std::string_view text, StaticType type) {
  try {
    return !parse_postgres_text(text, type, {}).is_null();
  } catch (const Error&) {
    return false;
  }
}

bool is_integer(std::string_view text) {
  int64_t v;
  if (text.size() > 1 && text[0] == '0') return false;  // a code with leading zeros is a text
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_float(std::string_view text) {
  double v;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  return error == std::errc() && end == text.data() + text.size();
}

// 2024-01-02...
bool looks_like_date(std::string_view t) { return t.size() >= 10 && t[4] == '-' && t[7] == '-'; }

// 2024-01-02T03:04..., with a blank for the T, or longer and in another form.
bool looks_like_datetime(std::string_view t) {
  return looks_like_date(t) && (t.size() > 19 || (t.size() >= 16 && t[13] == ':'));
}

StaticType guess(std::string_view text) {
  if (is_integer(text)) return {Type::kInt, Type::kAny};
  if (is_float(text)) return {Type::kFloat, Type::kAny};
  if (text == "true" || text == "false") return {Type::kBool, Type::kAny};
  if (looks_like_date(text) && text.size() == 10 && reads_as(text, {Type::kDate, Type::kAny}))
    return {Type::kDate, Type::kAny};
  // The one without a zone first: it is the stricter one.
  if (looks_like_datetime(text))
    for (Type type : {Type::kLocalDateTime, Type::kDateTime})
      if (reads_as(text, {type, Type::kAny})) return {type, Type::kAny};
  return {Type::kString, Type::kAny};
}

StaticType wider(StaticType a, StaticType b) {
  if (a == b || b.type == Type::kAny) return a;
  if (a.type == Type::kAny) return b;
  bool numbers = (a.type == Type::kInt || a.type == Type::kFloat) && (b.type == Type::kInt || b.type == Type::kFloat);
  return {numbers ? Type::kFloat : Type::kString, Type::kAny};
}

// The one type a mask allows, or kAny.
StaticType only_type(storage::TypeMask mask) {
  for (Type t : {Type::kBool, Type::kInt, Type::kFloat, Type::kString, Type::kBytes, Type::kDate, Type::kLocalTime,
                 Type::kTime, Type::kLocalDateTime, Type::kDateTime, Type::kDuration})
    if (mask.bits == 1u << unsigned(t)) return {t, Type::kAny};
  if (mask.bits == 1u << unsigned(Type::kList))
    for (Type t : {Type::kBool, Type::kInt, Type::kFloat, Type::kString, Type::kDate})
      if (mask.element_bits == 1u << unsigned(t)) return {Type::kList, t};
  return {};
}

Value separated_list(std::string_view text, char separator, StaticType type, const TextStyle& style) {
  std::vector<Value> items;
  while (!text.empty()) {
    size_t end = std::min(text.find(separator), text.size());
    items.push_back(parse_postgres_text(text.substr(0, end), {type.element, Type::kAny}, style));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Value::list(std::move(items));
}

// The same rule as for CREATE and SET.
Value storable(Value v) {
  try {
    exec::check_storable(v, 0);
  } catch (Error& e) {
    e.position.reset();
    throw;
  }
  return v;
}

}  // namespace

std::vector<Column> make_columns(const std::vector<std::string>& names, const Options& options) {
  std::vector<Column> out;
  for (auto& given : names) {
    Column column;
    size_t colon = given.find(':');
    column.name = given.substr(0, colon);
    if (colon != std::string::npos) set_type(column, given.substr(colon + 1));
    for (auto& t : options.types)
      if (t.column == column.name) set_type(column, t.type);
    column.force_null = contains(options.force_null, column.name);
    column.force_not_null = contains(options.force_not_null, column.name);
    for (auto& other : out)
      if (other.name == column.name)
        throw Error(sqlstate::kDuplicateColumn, "column \"" + column.name + "\" specified more than once");
    out.push_back(std::move(column));
  }
  for (auto& t : options.types)
    if (std::ranges::none_of(out, [&](auto& c) { return c.name == t.column; }))
      throw Error(sqlstate::kUndefinedColumn, "column \"" + t.column + "\" of TYPES is not among the columns");
  return out;
}

void types_from_catalog(std::vector<Column>& columns, const storage::Catalog& catalog, const Options& options,
                        const std::string& target) {
  auto node_type = [&](const std::string& label, const std::string& key) -> StaticType {
    auto label_id = catalog.find_label(label);
    auto key_id = catalog.find_key(key);
    return label_id && key_id ? only_type(catalog.node_types(*label_id, *key_id)) : StaticType{};
  };
  for (size_t i = 0; i < columns.size(); i++) {
    Column& c = columns[i];
    if (!c.open()) continue;
    if (options.start && i < 2) {
      auto& end = i == 0 ? *options.start : *options.end;
      c.type = node_type(end.label, end.key);
    } else if (options.start) {
      auto type = catalog.find_rel_type(target);
      auto key = catalog.find_key(c.name);
      if (type && key) c.type = only_type(catalog.rel_types(*type, *key));
    } else {
      c.type = node_type(options.labels.empty() ? target : options.labels.front(), c.name);
    }
    if (c.type.type != Type::kAny) c.oid = types::result_oid(c.type, false);
  }
}

void types_from_sample(std::vector<Column>& columns, std::span<const std::vector<std::string>> rows) {
  for (size_t i = 0; i < columns.size(); i++) {
    if (!columns[i].open()) continue;
    StaticType type;
    for (auto& row : rows)
      if (i < row.size() && !row[i].empty()) type = wider(type, guess(row[i]));
    columns[i].type = type.type == Type::kAny ? StaticType{Type::kString, Type::kAny} : type;
    columns[i].oid = types::result_oid(columns[i].type, false);
  }
}

void convert(const Field& field, const Column& column, const Options& options, const types::EncodeContext& context,
             uint32_t row, Vector& out) {
  bool null = field.null;
  if (options.format == Format::kCsv) {
    if (column.force_null && field.view() == options.null_text) null = true;
    if (column.force_not_null) null = false;
  }
  if (null) return out.set_null(row);
  std::string_view text = field.view();
  if (options.format == Format::kBinary) return out.set(row, storable(types::decode(text, column.oid, 1, context)));
  switch (column.type.type) {
    case Type::kInt: {
      int64_t v;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
      if (error != std::errc() || end != text.data() + text.size()) {
        // Blanks around and a plus sign are fine, as in PostgreSQL.
        out.set(row, parse_postgres_text(text, column.type, context.style));
        return;
      }
      out.mutable_data<int64_t>()[row] = v;
      return;
    }
    case Type::kString:
      types::require_text(text);
      out.mutable_data<StringRef>()[row] = StringRef(text.data(), uint32_t(text.size()));  // the block outlives the batch
      return;
    case Type::kList:
      if (options.list_separator && !text.starts_with("{"))
        return out.set(row, storable(separated_list(text, *options.list_separator, column.type, context.style)));
      break;
    case Type::kAny: types::require_text(text); return out.set(row, storable(parse_json(text)));
    default: break;
  }
  out.set(row, storable(parse_postgres_text(text, column.type, context.style)));
}

}  // namespace elegraph::query::copy
