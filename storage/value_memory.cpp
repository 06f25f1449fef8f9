// SPDX-License-Identifier: Apache-2.0
#include "storage/value_memory.h"

#include <utility>

namespace elegraph {
namespace {

thread_local const ValueScope* scope = nullptr;

}  // namespace

ValueScope::ValueScope() : outer_(std::exchange(scope, this)) {}
ValueScope::~ValueScope() { scope = outer_; }
const ValueScope* ValueScope::current() { return scope; }

uint64_t small_part(const Value& v) {
  uint64_t bytes = 0;
  switch (v.type()) {
    case Type::kString:
    case Type::kBytes:
    case Type::kNumeric:
    case Type::kUuid: bytes = sizeof(StringObject) + v.as_string().size(); break;
    case Type::kList: bytes = sizeof(ListObject) + v.as_list().capacity() * sizeof(Value); break;
    case Type::kMap: bytes = sizeof(MapObject) + v.as_map().capacity() * sizeof(v.as_map()[0]); break;
    case Type::kPath:  // never counted as a large one
      return sizeof(PathObject) + v.as_path().nodes.size() * sizeof(NodeId) +
             v.as_path().relationships.size() * sizeof(RelId);
    default: break;
  }
  return bytes < kLargeValue ? bytes : 0;
}

void admit_value(uint64_t bytes) {
  if (scope) scope->admit(bytes);
}

}  // namespace elegraph
