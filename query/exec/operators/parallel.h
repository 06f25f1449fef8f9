// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "query/exec/operator.h"
#include "storage/rcu.h"

namespace elegraph::query::exec {

// Whether copies of the pipeline below a blocking operator may run side by side: one scan, large enough,
// whose chunks are the morsels, under operators that keep nothing across its rows; nothing that writes or is random.
bool can_split(const plan::PhysicalNode& below, const State& state);
// The scan at the bottom of a pipeline that can be split.
const plan::PhysicalNode& scan_of(const plan::PhysicalNode& below);
// Whether so much is read for each row that it gives that rows may be copied.
bool is_worth_keeping_rows(const plan::PhysicalNode& node, const State& state);

// Where there is no such scan: the lowest operator of the pipeline whose rows may be kept and dealt out to copies of what
// is above it; null for none, or where there is too little to do.
const plan::PhysicalNode* row_source(const plan::PhysicalNode& below, const State& state);

// Whether so many rows of the source are worth waking others.
bool is_worth_splitting(const plan::PhysicalNode& below, const plan::PhysicalNode& source, uint64_t rows,
                        const State& state);

// In how many parts.
uint32_t parts_of(const plan::PhysicalNode& below, const plan::PhysicalNode& source, uint64_t rows, const State& state);

// Of a scan's pipeline, for each helper that is called at once: its fastest loops take a tenth of a millisecond for that.
inline constexpr double kCostOfEachHelper = 250'000;

// Calls for helpers: for few at once, as the plan's cost suggests at the least, and for more when it shows that enough is
// left to do for them, from how long the morsels took that are taken.
class HelperCalls {
 public:
  HelperCalls(const Arena& arena, const MorselSource& morsels, const Arena::CallHelpers& call, double cost);
  // After each batch.
  void look() {
    if (asked_ < most_) look_at_clock();
  }

 private:
  using Clock = std::chrono::steady_clock;
  void look_at_clock();
  void ask(uint64_t helpers);

  const MorselSource& morsels_;
  const Arena::CallHelpers& call_;
  std::chrono::nanoseconds worth_;
  uint32_t most_, asked_ = 0;
  Clock::time_point begun_, next_;
};

// Adds what copies of a pipeline did to the profile of the statement beside which they ran: rows are those of all threads,
// the time is that of the slowest.
class CopyProfiles {
 public:
  // `profile`: the statement's, null for none. What it has by now was before.
  explicit CopyProfiles(std::vector<plan::OperatorProfile>* profile);
  // Takes it, so that the copy begins with nothing.
  void add(std::vector<plan::OperatorProfile>& copy);
  // REQUIRED when all are added.
  void finish();

 private:
  std::vector<plan::OperatorProfile>* profile_;
  std::vector<uint64_t> before_, longest_;  // nanoseconds
};

// A copy of a pipeline for another thread, with a context and a state of its own.
template <class Part>
struct PipelineCopy {
  PipelineCopy(const ExecutionContext& from, State& owner, MorselSource& morsels)
      : context(from), state(context, owner.plan) {
    context.may_parallel = true;
    if (context.profile) {
      profile.resize(from.profile->size());
      context.profile = &profile;
    }
    state.morsels = &morsels;
    state.dense = owner.dense;
  }

  // Each batch has a read section of its own.
  void run() {
    std::optional<StatementValues> values;
    if (context.memory) values.emplace(context);
    Step s = Step::kBatch;
    while (s == Step::kBatch) {
      rcu::ReadGuard guard;
      s = part->step();
    }
  }

  ExecutionContext context;
  std::vector<plan::OperatorProfile> profile;
  State state;
  std::unique_ptr<Part> part;
};

// A pipeline whose input is dealt out to threads: morsels of its scan, or parts of rows. `make` gives the copies of it,
// each on the thread that runs it; they are then put together with the pipeline of the one that asks.
//
// The read section of the calling thread stays open all the while: nothing that writers replace is freed meanwhile.
template <class Part>
class ParallelPipeline {
 public:
  using Copy = PipelineCopy<Part>;

  explicit ParallelPipeline(State& state)
      : state_(state), context_(state.context), profiles_(context_.profile), copies_(state.context.arena->workers()) {}

  // Runs `own`, whose input is `below`, to its end here, and copies of it on as many threads as are worth it and free, all
  // on the same morsels. `begun`: it has run alone for a while, and goes on. The first exception is thrown again when all
  // have ended.
  template <class Make>
  void share_morsels(Part& own, const plan::PhysicalNode& below, bool begun, Make&& make) {
    morsels_.serve(&scan_of(below));
    const Sharing sharing(state_, morsels_);
    // Before there are others, its scan must say what it has been through: when it takes the next morsel.
    while (begun && morsels_.progress().all == 0)
      if (own.step() == Step::kDone) return;
    state_.context.arena->parallel([&](const Arena::CallHelpers& call) { or_stop([&] { lead(own, below, call); }); },
                                   [&] {
                                     if (morsels_.join()) or_stop([&] { help(make); });
                                   });
    add_profiles();
  }

  // Runs `parts` copies, no more than there are workers: make() is told the number of its part.
  template <class Make>
  void share_parts(uint32_t parts, Make&& make) {
    state_.context.arena->parallel(parts, [&](uint32_t i) { run_copy(i, make); });
    add_profiles();
  }

  // Of the copies, in the order of parts.
  template <class F>
  void for_each(F&& f) {
    for (auto& copy : copies_)
      if (copy) f(*copy->part);
  }

 private:
  // For as long as it lives, the state's scans take morsels.
  struct Sharing {
    Sharing(State& s, MorselSource& morsels) : state(s) { state.morsels = &morsels; }
    ~Sharing() { state.morsels = nullptr, state.morsel = 0; }
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;
    State& state;
  };

  template <class F>
  void or_stop(F&& f) {
    try {
      f();
    } catch (...) {
      morsels_.stop();
      throw;
    }
  }
  template <class Make>
  void help(Make& make) {
    run_copy(helpers_.fetch_add(1, std::memory_order_relaxed), make);
    morsels_.end();
  }
  void lead(Part& own, const plan::PhysicalNode& below, const Arena::CallHelpers& call) {
    HelperCalls helpers(*state_.context.arena, morsels_, call, below.estimated_cost);
    Step s = Step::kBatch;
    while (s == Step::kBatch) {
      s = own.step();
      helpers.look();
    }
    morsels_.end();
  }
  template <class Make>
  void run_copy(uint32_t number, Make& make) {
    auto copy = std::make_unique<Copy>(context_, state_, morsels_);
    BuildContext build{copy->state, nullptr, {}};
    copy->part = make(build, number);
    copies_[number] = std::move(copy);
    copies_[number]->run();
  }
  void add_profiles() {
    for (auto& copy : copies_)
      if (copy) profiles_.add(copy->profile);
    profiles_.finish();
  }

  State& state_;
  ExecutionContext context_;  // as it was, for copies that are made while the state is in use
  CopyProfiles profiles_;
  MorselSource morsels_;
  std::vector<std::unique_ptr<Copy>> copies_;  // each thread writes its own
  std::atomic<uint32_t> helpers_{0};           // that have a number: fewer than there are workers
};

}  // namespace elegraph::query::exec
