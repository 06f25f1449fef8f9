// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "query/exec/group_table.h"
#include "query/exec/operators/factories.h"
#include "query/exec/operators/last_rows.h"

namespace elegraph::query::exec {

namespace {

// DISTINCT in a subplan that runs for many outer rows at once: of the rows of each outer one, whose number is a key beside
// the others. They come together, so that what those before the last one had is forgotten with each batch.
class RowDistinct : public Operator {
 public:
  RowDistinct(const plan::PhysicalNode& node, BuildContext& build)
      : Operator(node, build),
        argument_(*build.argument),
        child_(make_operator(*node.left, build)),
        seen_(uint32_t(node.slots.size() + 1), GroupTable::Keep::kNumbers),
        memory_(state_) {}

  void rewind() override {
    child_->restart();
    seen_.reuse();
    memory_.release();
    last_ = -1;
  }

 protected:
  Step produce(const Batch*& out) override {
    for (;;) {
      const Batch* in = nullptr;
      const uint64_t* weights = nullptr;  // how many rows there are that are alike does not matter
      const Step s = child_->next_weighted(in, weights);
      if (s != Step::kBatch) return s;
      const uint32_t n = in->count > 0 ? fresh_rows(*in) : 0;
      if (n == 0) continue;
      out_ = *in;
      out_.selection = fresh_;
      out_.count = n;
      return out = &out_, s;
    }
  }

 private:
  uint32_t fresh_rows(const Batch& in) {
    const Rows rows = Rows::of(in);
    columns_.clear();
    for (plan::Slot s : node_.slots) columns_.push_back(in.columns[s]);
    const Vector& numbers = in.column(argument_.row_slot);
    columns_.push_back(&numbers);
    const uint32_t open = first_of_last(numbers, rows);
    uint32_t n = add({rows.rows, open}, 0);
    const int64_t last = numbers.data<int64_t>()[numbers.at(rows[rows.count - 1])];
    if (std::exchange(last_, last) != last) seen_.reuse();
    n = add(last_rows_.from(rows, open), n);
    memory_.set(seen_.bytes());
    return n;
  }

  // Those of the rows that were not seen before become fresh ones behind the first `n`.
  uint32_t add(Rows rows, uint32_t n) {
    if (rows.count == 0) return n;
    uint32_t next = seen_.size();
    seen_.find(columns_, rows, groups_);
    for (uint32_t i = 0; i < rows.count; i++)
      if (groups_[i] == next) fresh_[n++] = uint16_t(rows[i]), next++;
    return n;
  }

  const Argument& argument_;
  OperatorPtr child_;
  GroupTable seen_;
  MemoryAccount memory_;
  int64_t last_ = -1;  // the outer row whose rows came last
  std::vector<const Vector*> columns_;
  uint32_t groups_[Vector::kCapacity];
  uint16_t fresh_[Vector::kCapacity];
  LastRows last_rows_;
  Batch out_;
};

}  // namespace

OperatorPtr make_row_distinct(const plan::PhysicalNode& node, BuildContext& build) {
  return std::make_unique<RowDistinct>(node, build);
}

}  // namespace elegraph::query::exec
