// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <numeric>
#include <optional>

#include "query/exec/aggregates/accumulator.h"
#include "query/exec/columns.h"
#include "query/exec/group_table.h"

namespace elegraph::query::exec {

namespace {

// DISTINCT before another aggregate: passes a value on when its group sees it for the first time.
class Distinct : public Accumulator {
 public:
  explicit Distinct(AccumulatorPtr inner) : inner_(std::move(inner)) {}

  void resize(uint32_t groups) override { inner_->resize(groups); }

  void update(const Vector* arg, const Vector* arg2, Rows rows, const uint32_t* groups) override {
    uint16_t wanted[Vector::kCapacity];
    uint32_t of[Vector::kCapacity], numbers[Vector::kCapacity];
    uint32_t n = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
      if (!arg->valid(rows[i])) continue;
      wanted[n] = uint16_t(rows[i]);
      of[n++] = groups ? groups[i] : 0;
    }
    uint32_t known = seen_.size(), fresh = 0;
    seen_.find_within(of, *arg, {wanted, n}, numbers);
    // A new pair's number is the next one where it comes first.
    for (uint32_t i = 0; i < n; i++)
      if (numbers[i] == known) known++, wanted[fresh] = wanted[i], of[fresh++] = of[i];
    if (fresh) inner_->update(arg, arg2, {wanted, fresh}, of);
  }

  // The other's pairs come as rows of their values. Not for aggregates of two arguments.
  void merge(Accumulator& other, const uint32_t* map, uint32_t) override {
    uint16_t rows[Vector::kCapacity];
    uint32_t groups[Vector::kCapacity];
    std::iota(std::begin(rows), std::end(rows), uint16_t{0});
    uint32_t n = 0;
    Vector values;
    std::optional<ColumnWriter> writer;
    auto flush = [&] {
      if (n == 0) return;
      writer->finish();
      update(&values, nullptr, {rows, n}, groups);
      n = 0;
    };
    static_cast<Distinct&>(other).seen_.for_each_within([&](uint32_t group, const Value& value) {
      if (n == 0) writer.emplace(values);
      groups[n] = map[group];
      writer->put(n++, value);
      if (n == Vector::kCapacity) flush();
    });
    flush();
  }
  Value finish(uint32_t group) override { return inner_->finish(group); }
  uint64_t bytes() const override { return inner_->bytes() + seen_.bytes(); }

 private:
  AccumulatorPtr inner_;
  GroupTable seen_{2, GroupTable::Keep::kNumbers};  // group, value
};

}  // namespace

AccumulatorPtr make_distinct_accumulator(AccumulatorPtr inner) { return std::make_unique<Distinct>(std::move(inner)); }

}  // namespace elegraph::query::exec
