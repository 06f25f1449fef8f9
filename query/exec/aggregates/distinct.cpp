// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "query/exec/aggregates/accumulator.h"
#include "query/exec/group_table.h"

namespace elegraph::query::exec {

namespace {

// DISTINCT before another aggregate: passes a value on when its group sees it for the first time.
class Distinct : public Accumulator {
 public:
  explicit Distinct(AccumulatorPtr inner) : inner_(std::move(inner)) {}

  void resize(uint32_t groups) override {
    inner_->resize(groups);
    while (seen_.size() < groups) seen_.push_back(std::make_unique<GroupTable>(1));
  }

  void update(const Vector* arg, const Vector* arg2, Rows rows, const uint32_t* groups) override {
    uint16_t fresh[Vector::kCapacity];
    uint32_t fresh_groups[Vector::kCapacity];
    uint32_t n = 0;
    auto keep = [&](uint32_t row, uint32_t group) {
      uint16_t only = uint16_t(row);
      uint32_t unused;
      GroupTable& seen = *seen_[group];
      uint32_t before = seen.size();
      seen.find({&arg, 1}, {&only, 1}, &unused);
      if (seen.size() == before) return;
      fresh[n] = only;
      fresh_groups[n++] = group;
    };
    for (uint32_t i = 0; i < rows.count; i++)
      if (arg->valid(rows[i])) keep(rows[i], groups ? groups[i] : 0);
    if (n) inner_->update(arg, arg2, {fresh, n}, fresh_groups);
  }

  // Pipelines with DISTINCT aggregates are not split over workers.
  void merge(Accumulator&, const uint32_t*, uint32_t) override {
    throw Error(sqlstate::kInternalError, "a DISTINCT aggregate cannot be merged");
  }
  Value finish(uint32_t group) override { return inner_->finish(group); }
  uint64_t bytes() const override {
    uint64_t n = inner_->bytes();
    for (auto& s : seen_) n += s->bytes();
    return n;
  }

 private:
  AccumulatorPtr inner_;
  std::vector<std::unique_ptr<GroupTable>> seen_;
};

}  // namespace

AccumulatorPtr make_distinct_accumulator(AccumulatorPtr inner) { return std::make_unique<Distinct>(std::move(inner)); }

}  // namespace elegraph::query::exec
