// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/morsel_runs.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace elegraph::query::exec {

void MorselRuns::add(uint64_t morsel, uint64_t rows) {
  if (!runs_.empty() && runs_.back().morsel == morsel) {
    runs_.back().rows.count += uint32_t(rows);
    return;
  }
  const uint32_t first = runs_.empty() ? 0 : runs_.back().rows.first + runs_.back().rows.count;
  runs_.push_back({morsel, {first, uint32_t(rows)}});
}

void MorselRuns::append(const MorselRuns& other, uint32_t offset) {
  for (const Run& run : other.runs_) runs_.push_back({run.morsel, {run.rows.first + offset, run.rows.count}});
}

uint64_t MorselRuns::morsel_of(uint32_t row) const {
  return std::prev(std::ranges::upper_bound(runs_, row, {}, [](const Run& run) { return run.rows.first; }))->morsel;
}

std::vector<RowSpan> MorselRuns::in_order() const {
  std::vector<Run> runs = runs_;
  std::ranges::sort(runs, {}, [](const Run& run) { return std::pair(run.morsel, run.rows.first); });
  std::vector<RowSpan> out;
  out.reserve(runs.size());
  for (const Run& run : runs) out.push_back(run.rows);
  return out;
}

}  // namespace elegraph::query::exec
