// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "query/exec/operator.h"
#include "storage/rcu.h"

namespace elegraph::query::exec {

// Whether copies of the pipeline below a blocking operator may run side by side: one scan, large enough,
// whose chunks are the morsels, under operators that keep nothing across its rows; nothing that writes or is random.
bool can_split(const plan::PhysicalNode& below, const plan::Plan& plan);
// Whether it has a grouping that goes on group by group.
bool has_node_groups(const plan::PhysicalNode& below);

// Where there is no such scan: the lowest operator of the pipeline whose rows may be kept and dealt out to copies of what
// is above it; null for none, or where there is too little to do.
const plan::PhysicalNode* row_source(const plan::PhysicalNode& below, const plan::Plan& plan);

// Whether so many rows of the source are worth waking others.
bool is_worth_splitting(const plan::PhysicalNode& below, const plan::PhysicalNode& source, uint64_t rows);

// One worker's own context, state and copy of a pipeline.
template <class Part>
struct ParallelWorker {
  ParallelWorker(State& from, MorselSource& morsels) : context(from.context), state(context, from.plan) {
    context.may_parallel = true;
    if (context.profile) {
      profile.resize(context.profile->size());
      context.profile = &profile;
    }
    state.morsels = &morsels;
    state.dense = from.dense;
  }
  ExecutionContext context;
  std::vector<plan::OperatorProfile> profile;
  State state;
  std::unique_ptr<Part> part;
};

// Copies of a pipeline, one per worker of the arena, that share the scan's morsels.
template <class Part>
class ParallelWorkers {
 public:
  template <class Make>
  ParallelWorkers(State& state, Make&& make) : arena_(*state.context.arena), profile_(state.context.profile) {
    for (uint32_t i = 0; i < arena_.workers(); i++) {
      auto worker = std::make_unique<ParallelWorker<Part>>(state, morsels_);
      BuildContext build{worker->state, nullptr, {}};
      worker->part = make(build, i);
      workers_.push_back(std::move(worker));
    }
  }

  // Runs every part to its end, each on a thread; the first exception is thrown again when all have ended. Each batch has a
  // read section of its own. The calling thread's stays open all the while: nothing that writers replace is freed
  // meanwhile.
  void run() {
    arena_.parallel(uint32_t(workers_.size()), [&](uint32_t i) {
      Step s = Step::kBatch;
      while (s == Step::kBatch) {
        rcu::ReadGuard guard;
        s = workers_[i]->part->step();
      }
    });
    if (profile_) add_profiles();
  }
  std::vector<Part*> parts() const {
    std::vector<Part*> out;
    for (auto& w : workers_) out.push_back(w->part.get());
    return out;
  }

 private:
  // Rows are those of all workers; the time is that of the slowest, since they ran side by side.
  void add_profiles() {
    for (size_t node = 0; node < profile_->size(); node++) {
      uint64_t longest = 0;
      for (auto& w : workers_) {
        const plan::OperatorProfile& p = w->profile[node];
        (*profile_)[node].rows += p.rows;
        (*profile_)[node].calls += p.calls;
        longest = std::max(longest, p.nanoseconds);
      }
      (*profile_)[node].nanoseconds += longest;
    }
  }

  Arena& arena_;
  std::vector<plan::OperatorProfile>* profile_;
  MorselSource morsels_;
  std::vector<std::unique_ptr<ParallelWorker<Part>>> workers_;
};

}  // namespace elegraph::query::exec
