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

#include "storage/graph.h"

namespace elegraph::index {

enum class EntityKind : uint8_t { kNode, kRelationship };
enum class ConstraintKind : uint8_t { kNone, kUnique, kExists, kKey };  // kKey: unique and all there

struct IndexDefinition {
  std::string name;
  EntityKind entity = EntityKind::kNode;
  std::string label;              // or relationship type
  std::vector<std::string> keys;  // in order
  ConstraintKind constraint = ConstraintKind::kNone;
  bool if_not_exists = false;
};

// One end of a range over the last bound component. Only values of the same comparability class as `value` are in
// range (numbers with numbers, strings with strings, ...), as Cypher's comparison has it.
struct Bound {
  Value value;
  bool inclusive = true;
};

// An ordered index over one or more properties of the nodes with a label (relationships of a type): an adaptive
// radix tree (Leis et al., ICDE 2013) over order-preserving keys, with the entity's id as the last four bytes.
//
// Entries are candidates, not truth: one entry for each value that some live version has. A reader checks what it gets
// against its snapshot (visible, has the label, has the value). Where more than one value of an entity can be met (ranges,
// prefixes, look-ups by fewer than all components) that is not enough: an entity whose value changed lately has two
// entries, and both may be in range. So these take a Reader and give just the entries that hold in its snapshot: each
// entity once, in the order of the value that the snapshot sees. Without a Reader (null) they give all candidates.
// Entities without any of the properties have no entry; in a composite index missing parts are kept as null.
//
// Readers are wait-free (no locks, no restarts). Writers of one index serialise on its latch.
class PropertyIndex {
 public:
  virtual ~PropertyIndex() = default;
  virtual IndexId id() const = 0;
  virtual const IndexDefinition& definition() const = 0;
  virtual std::span<const KeyId> keys() const = 0;
  virtual bool unique() const = 0;
  // Whether the build over existing rows is finished: only then may plans use it.
  virtual bool online() const = 0;

  // Statistics for the optimizer.
  virtual uint64_t entries() const = 0;
  virtual uint64_t distinct_estimate() const = 0;
  virtual uint64_t bytes() const = 0;  // of memory
  // About which share of the entries a range over the first component, or a prefix of it, has; `thorough`
  // looks at more of them. REQUIRES: rcu::ReadGuard.
  virtual double range_share(const std::optional<Bound>& lower, const std::optional<Bound>& upper, bool thorough) const = 0;
  virtual double prefix_share(std::string_view prefix, bool thorough) const = 0;

  // All ids whose first `equal.size()` components equal `equal`, appended to `out` (cleared first), in key order.
  // The common case (a unique key) costs one descent and no allocation. REQUIRES: rcu::ReadGuard.
  virtual void lookup(std::span<const Value> equal, std::vector<uint32_t>& out,
                      const storage::Reader* reader = nullptr) const = 0;
  // Point look-ups for a batch of integer keys on a single-key index: out[i] gets one candidate or kNone, and
  // `more` is set when some key had several (then use lookup). Prefetches across the batch.
  virtual void lookup_integers(std::span<const int64_t> keys, std::span<uint32_t> out, bool& more) const = 0;

  // An ordered walk over a range, resumable between RCU sections. REQUIRES for next(): rcu::ReadGuard.
  class Cursor {
   public:
    virtual ~Cursor() = default;
    // Fills up to out.size() ids; 0 at the end.
    virtual uint32_t next(std::span<uint32_t> out, const storage::Reader* reader = nullptr) = 0;
  };
  virtual std::unique_ptr<Cursor> range(std::span<const Value> equal, std::optional<Bound> lower,
                                        std::optional<Bound> upper, bool descending) const = 0;
  // Strings with the prefix, over the component after `equal`.
  virtual std::unique_ptr<Cursor> prefix(std::span<const Value> equal, std::string_view prefix) const = 0;
};

}  // namespace elegraph::index
