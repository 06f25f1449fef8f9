// SPDX-License-Identifier: Apache-2.0
#include "query/plan/unknown_names.h"

#include <algorithm>
#include <optional>

#include "query/plan/scope.h"

namespace elegraph::query::plan {
namespace {

constexpr size_t kMostNotices = 5;

// Past this many names the nearest is not looked for: a graph's vocabulary may be large, a hint is not worth it.
constexpr uint32_t kMostCandidates = 10'000;

struct Vocabulary {
  std::string_view noun;
  bool known;
  uint32_t count;
};

Vocabulary vocabulary(const storage::Catalog& c, UnknownNames::Kind kind, const std::string& name) {
  switch (kind) {
    case UnknownNames::Kind::kLabel: return {"label", c.find_label(name).has_value(), c.label_count()};
    case UnknownNames::Kind::kType: return {"relationship type", c.find_rel_type(name).has_value(), c.rel_type_count()};
    case UnknownNames::Kind::kKey: return {"property key", c.find_key(name).has_value(), c.key_count()};
  }
  return {};
}

std::string_view candidate(const storage::Catalog& c, UnknownNames::Kind kind, uint32_t i) {
  switch (kind) {
    case UnknownNames::Kind::kLabel: return c.name(LabelId(i));
    case UnknownNames::Kind::kType: return c.name(RelTypeId(i));
    case UnknownNames::Kind::kKey: return c.name(KeyId(i));
  }
  return {};
}

std::optional<std::string_view> nearest(const storage::Catalog& c, UnknownNames::Kind kind, const std::string& name,
                                        uint32_t count) {
  std::optional<std::string_view> best;
  uint32_t least = uint32_t(name.size() + 2) / 3 + 1;
  for (uint32_t i = 0; i < count && count <= kMostCandidates; i++) {
    const std::string_view other = candidate(c, kind, i);
    if (other.size() > name.size() + least || name.size() > other.size() + least) continue;
    const uint32_t distance = edit_distance(other, name);
    if (distance < least && distance < other.size()) least = distance, best = other;
  }
  return best;
}

}  // namespace

void UnknownNames::made(Kind kind, const std::vector<std::string>& names) {
  for (const std::string& name : names) made_.push_back({kind, name, 0});
}

std::vector<Error> UnknownNames::notices(const storage::Catalog& catalog) const {
  std::vector<Error> out;
  std::vector<Name> told;
  for (const Name& name : looked_for_) {
    if (out.size() == kMostNotices) break;
    const Vocabulary words = vocabulary(catalog, name.kind, name.name);
    if (words.known || (any_key_ && name.kind == Kind::kKey) || std::ranges::count(told, name) ||
        std::ranges::count(made_, name))
      continue;
    told.push_back(name);
    Error notice(sqlstate::kUndefinedObject, std::string(words.noun) + " \"" + name.name + "\" does not exist");
    if (auto near = nearest(catalog, name.kind, name.name, words.count))
      notice.hint = "Did you mean \"" + std::string(*near) + "\"?";
    notice.position = name.position;
    out.push_back(std::move(notice));
  }
  return out;
}

}  // namespace elegraph::query::plan
