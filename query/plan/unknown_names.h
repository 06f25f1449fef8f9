// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/catalog.h"
#include "storage/error.h"

namespace elegraph::query::plan {

// The labels, relationship types and property keys that a statement looks for though the graph has never held them:
// misspelt more often than not. They are no errors, the client gets notices. One for each planning.
class UnknownNames {
 public:
  enum class Kind : uint8_t { kLabel, kType, kKey };

  void looked_for(Kind kind, const std::string& name, uint32_t position) { looked_for_.push_back({kind, name, position}); }
  // The statement itself makes these: they are known once it runs.
  void made(Kind kind, const std::vector<std::string>& names);

  void made_any_key() { any_key_ = true; }

  // Each name once, with the nearest known one as hint; at most a handful.
  std::vector<Error> notices(const storage::Catalog& catalog) const;

 private:
  struct Name {
    Kind kind;
    std::string name;
    uint32_t position;
    bool operator==(const Name& o) const { return kind == o.kind && name == o.name; }
  };
  std::vector<Name> looked_for_, made_;
  bool any_key_ = false;  // SET n = $map and the like
};

}  // namespace elegraph::query::plan
