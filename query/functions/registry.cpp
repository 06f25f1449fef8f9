// SPDX-License-Identifier: Apache-2.0
#include "query/functions/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "query/functions/families.h"
#include "query/functions/faults.h"

namespace elegraph::query {
namespace {

using Table = std::unordered_map<std::string_view, const FunctionDef*>;

const Table& table() {
  static const Table kTable = [] {
    Table t;
    for (auto family :
         {families::catalog(), families::conversions(), families::entities(), families::lists(), families::math(),
          families::points(), families::scalars(), families::session(), families::strings(), families::temporal()})
      for (auto& def : family) t.emplace(def.name, &def);
    return t;
  }();
  return kTable;
}

// Lower case in a buffer: names longer than any function's are none.
class LowerName {
 public:
  explicit LowerName(std::string_view name) : size_(name.size() <= buffer_.size() ? name.size() : 0) {
    for (size_t i = 0; i < size_; i++) buffer_[i] = name[i] >= 'A' && name[i] <= 'Z' ? char(name[i] + 32) : name[i];
  }
  std::string_view view() const { return {buffer_.data(), size_}; }

 private:
  std::array<char, 64> buffer_;
  size_t size_;
};

// As openCypher writes them.
constexpr std::string_view kSpellings[] = {"datetime.fromEpoch",
                                           "datetime.fromEpochMillis",
                                           "elementId",
                                           "endNode",
                                           "isEmpty",
                                           "isNaN",
                                           "percentileCont",
                                           "percentileDisc",
                                           "point.withinBBox",
                                           "randomUUID",
                                           "startNode",
                                           "stDev",
                                           "stDevP",
                                           "toBoolean",
                                           "toBooleanList",
                                           "toBooleanOrNull",
                                           "toFloat",
                                           "toFloatList",
                                           "toFloatOrNull",
                                           "toInteger",
                                           "toIntegerList",
                                           "toIntegerOrNull",
                                           "toLower",
                                           "toString",
                                           "toStringList",
                                           "toStringOrNull",
                                           "toUpper",
                                           "valueType"};

std::string_view spelling(std::string_view lower_case) {
  auto same = [&](std::string_view s) { return LowerName(s).view() == lower_case; };
  auto found = std::ranges::find_if(kSpellings, same);
  return found == std::end(kSpellings) ? lower_case : *found;
}

// Levenshtein's distance.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); j++) row[j] = j;
  for (size_t i = 1; i <= a.size(); i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); j++) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const FunctionDef* find_function(std::string_view name) {
  auto it = table().find(LowerName(name).view());
  return it == table().end() ? nullptr : it->second;
}

std::vector<const FunctionDef*> all_functions() {
  std::vector<const FunctionDef*> all;
  for (auto& [name, def] : table()) all.push_back(def);
  std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->name < b->name; });
  return all;
}

const AggregateDef* find_aggregate(std::string_view name) {
  LowerName lower(name);
  for (auto& def : families::aggregates())
    if (def.name == lower.view()) return &def;
  return nullptr;
}

std::string nearest_function(std::string_view name) {
  LowerName lower(name);
  if (lower.view().empty()) return {};
  std::string_view best;
  size_t least = lower.view().size() / 3 + 2;  // further away it is no misspelling
  auto consider = [&](std::string_view candidate) {
    size_t d = edit_distance(lower.view(), candidate);
    if (d < least || (d == least && !best.empty() && candidate < best)) least = d, best = candidate;
  };
  for (auto& [candidate, def] : table()) consider(candidate);
  for (auto& def : families::aggregates()) consider(def.name);
  return std::string(spelling(best));
}

void types::misfit(const StaticType& got) {
  throw Error(sqlstate::kDatatypeMismatch, fmt::format("an argument of type {} does not fit here", type_name(got.type)));
}

}  // namespace elegraph::query
