// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/gather.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "query/exec/join_table.h"
#include "query/exec/operators/parallel.h"
#include "query/exec/row_store.h"

namespace elegraph::query::exec {

namespace {

using Clock = std::chrono::steady_clock;

// Work that is worth copying rows for, in all.
constexpr double kWorthGathering = 400'000;

// A copy of the pipeline, and the rows that it has made in this round.
class GatheredPart {
 public:
  GatheredPart(OperatorPtr pipeline, const std::vector<plan::Slot>& slots, State& state)
      : pipeline_(std::move(pipeline)), slots_(slots), rows_(state, uint32_t(slots.size())) {}

  Operator& pipeline() { return *pipeline_; }
  RowStore& rows() { return rows_; }
  bool ended() const { return ended_; }
  bool takes_more() const { return !ended_ && rows_.size() < kMostRows; }
  void restart() {
    pipeline_->restart();
    rows_.clear();
    ended_ = false;
  }
  Step step() {
    const Batch* in = nullptr;
    const Step s = pipeline_->next(in);
    if (s == Step::kBatch) keep(*in);
    ended_ = s == Step::kDone;
    return s;
  }

 private:
  static constexpr uint64_t kMostRows = 16 * RowStore::kBlockRows;

  void keep(const Batch& in) {
    columns_.clear();
    for (plan::Slot s : slots_) columns_.push_back(s < in.columns.size() ? in.columns[s] : nullptr);
    rows_.append(columns_, Rows::of(in));
  }

  OperatorPtr pipeline_;
  const std::vector<plan::Slot>& slots_;
  RowStore rows_;
  std::vector<const Vector*> columns_;
  bool ended_ = false;
};

// What one run shares among its threads. Copies are made by the helpers that come first, and stay between rounds; whoever
// has claimed one in a round runs it.
class Rounds {
 public:
  Rounds(GatheredPart& own, State& state, const MakePart& make, const JoinBuilds& joins,
         const std::vector<plan::Slot>& slots, const plan::PhysicalNode& below)
      : own_(own),
        state_(state),
        context_(state.context),
        make_(make),
        joins_(joins),
        slots_(slots),
        cost_(below.estimated_cost),
        others_(most_others()),
        time_(context_.arena->helps_always() ? kLongest : kShortest) {
    morsels_.serve(&scan_of(below));
  }

  // One round: until there are rows, or all parts are at their ends. `begun`: the own copy's scan has run alone so far.
  void run(bool begun) {
    begin_ = Clock::now();
    leave_.store(false, std::memory_order_relaxed);
    made_.store(0, std::memory_order_relaxed);
    for (Other& o : others_) o.claimed.store(false, std::memory_order_relaxed);
    CopyProfiles profiles(state_.context.profile);
    const Sharing sharing(*this);
    if (begun) take_up_scan();
    if (own_.ended()) morsels_.end();
    const bool alone = !state_.context.may_parallel || is_over();
    if (const uint32_t helpers = alone ? 0 : wanted(); helpers > 0)
      share(helpers);
    else
      lead();
    time_ = std::min(time_ * 2, kLongest);
    for (Other& o : others_)
      if (o.copy) profiles.add(o.copy->profile);
    profiles.finish();
  }

  bool ended() const {
    return own_.ended() && std::ranges::all_of(others_, [](const Other& o) { return !o.copy || o.copy->part->ended(); });
  }
  bool has_others() const {
    return std::ranges::any_of(others_, [](const Other& o) { return bool(o.copy); });
  }
  // The scan takes morsels.
  bool has_scan() const { return morsels_.progress().all > 0; }
  // All parts that there are.
  std::vector<GatheredPart*> parts() const {
    std::vector<GatheredPart*> out{&own_};
    for (const Other& o : others_)
      if (o.copy) out.push_back(o.copy->part.get());
    return out;
  }
  // The statement's own copy alone.
  Step next(const Batch*& out) {
    leave_.store(false, std::memory_order_relaxed);
    const Sharing sharing(*this);
    return own_.pipeline().next(out);
  }

 private:
  using Copy = PipelineCopy<GatheredPart>;
  struct Other {
    std::unique_ptr<Copy> copy;
    std::atomic<bool> claimed{false};
  };
  // A first round is short, so that first rows come soon and little is done in vain under a LIMIT.
  static constexpr std::chrono::microseconds kShortest{100}, kLongest{4'000};
  static constexpr uint64_t kMostRows = 32 * RowStore::kBlockRows;

  // For as long as it lives, the statement's own scan takes morsels, and its operators leave when the round is over.
  struct Sharing {
    explicit Sharing(Rounds& rounds) : state(rounds.state_) {
      state.morsels = &rounds.morsels_;
      state.leave = &rounds.leave_;
    }
    ~Sharing() { state.morsels = nullptr, state.leave = nullptr, state.morsel = 0; }
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;
    State& state;
  };

  uint32_t most_others() const { return context_.arena->workers() - 1; }

  // Before there are others, its scan must say what it has been through: when it takes the next morsel.
  void take_up_scan() {
    while (!has_scan() && !own_.ended() && !is_over()) step(own_);
  }

  uint32_t wanted() const {
    const auto worth = context_.arena->worth_helping();
    const uint32_t most = most_others();
    if (worth.count() == 0) return most;
    const auto [taken, all] = morsels_.progress();
    if (taken == 0) return uint32_t(std::min(cost_ / kCostOfEachHelper, double(most)));
    const double left = double(spent_.load(std::memory_order_relaxed)) / double(taken) * double(all - taken);
    const double nanoseconds = double(std::chrono::nanoseconds(worth).count());
    const auto unended = std::ranges::count_if(others_, [](const Other& o) { return o.copy && !o.copy->part->ended(); });
    return uint32_t(std::min(std::max(left / nanoseconds, double(unended)), double(most)));
  }

  void share(uint32_t helpers) {
    state_.context.arena->parallel(
        [&](const Arena::CallHelpers& call) {
          or_stop([&] {
            call(helpers);
            lead();
          });
        },
        [&] { or_stop([&] { help(); }); });
  }
  template <class F>
  void or_stop(F&& f) {
    try {
      f();
    } catch (...) {
      morsels_.stop();
      leave_.store(true);
      throw;
    }
  }

  // Where its own copy is at its end, the others' are left, which nobody else may have come for.
  void lead() {
    work(own_);
    if (own_.ended()) morsels_.end();
    for (Other& o : others_) {
      if (!own_.ended() || leaving()) return;
      if (!o.claimed.exchange(true) && o.copy) run(*o.copy);
    }
  }
  void help() {
    for (Other& o : others_) {
      if (leaving()) return;
      if (o.claimed.exchange(true)) continue;
      if (!o.copy) {
        if (!morsels_.join()) return;
        o.copy = make_copy();
      }
      if (!o.copy->part->ended()) return run(*o.copy);
    }
  }
  std::unique_ptr<Copy> make_copy() {
    auto copy = std::make_unique<Copy>(context_, state_, morsels_);
    copy->state.leave = &leave_;
    BuildContext build{copy->state, nullptr, {}};
    build.lent_joins = &joins_;
    copy->part = std::make_unique<GatheredPart>(make_(build), slots_, copy->state);
    copy->part->restart();
    return copy;
  }
  void run(Copy& copy) {
    std::optional<StatementValues> values;
    if (copy.context.memory) values.emplace(copy.context);
    work(*copy.part);
    if (copy.part->ended()) morsels_.end();
  }

  // Until the round is over, or the part at its end or full.
  void work(GatheredPart& part) {
    const auto start = Clock::now();
    while (part.takes_more() && !is_over()) {
      rcu::ReadGuard guard;
      if (step(part) != Step::kBatch) break;
    }
    spent_.fetch_add(uint64_t(std::chrono::nanoseconds(Clock::now() - start).count()), std::memory_order_relaxed);
  }
  Step step(GatheredPart& part) {
    const uint64_t before = part.rows().size();
    const Step s = part.step();
    made_.fetch_add(part.rows().size() - before, std::memory_order_relaxed);
    return s;
  }
  bool leaving() const { return leave_.load(std::memory_order_relaxed); }
  bool is_over() {
    if (leaving()) return true;
    const uint64_t made = made_.load(std::memory_order_relaxed);
    if (made < kMostRows && (made == 0 || Clock::now() - begin_ < time_)) return false;
    leave_.store(true, std::memory_order_relaxed);
    return true;
  }

  GatheredPart& own_;
  State& state_;
  ExecutionContext context_;  // as it was, for copies that are made while the state is in use
  const MakePart& make_;
  const JoinBuilds& joins_;
  const std::vector<plan::Slot>& slots_;
  double cost_;
  MorselSource morsels_;
  std::vector<Other> others_;
  std::chrono::microseconds time_;  // of a round, once there are rows
  // Of a round.
  Clock::time_point begin_;
  std::atomic<bool> leave_{false};
  std::atomic<uint64_t> made_{0};   // rows
  std::atomic<uint64_t> spent_{0};  // nanoseconds of all threads, in all rounds
};

class Gather : public Operator {
 public:
  enum class Below : uint8_t { kNode, kItsParts };

  Gather(const plan::PhysicalNode& node, BuildContext& build, Below below, MakePart make)
      : Operator(node, build),
        below_(below == Below::kNode ? node : *node.left),
        slots_(below == Below::kNode ? live() : input_slots()),
        make_(std::move(make)),
        own_(make_own(build), slots_, state_) {
    unobserved_ = true;
  }

  void rewind() override {
    rounds_.reset();
    own_.restart();
    begun_ = false;
    alone_ = 0, next_alone_ = kFirstAlone;
    kept_.clear();
  }

 protected:
  Step produce(const Batch*& out) override {
    for (;;) {
      if (next_kept(out)) return Step::kBatch;
      if (rounds_ && rounds_->ended()) return rounds_.reset(), Step::kDone;
      const bool others = rounds_ && rounds_->has_others();
      if (!others && (!state_.context.may_parallel || alone_ > 0)) return next_alone(out);
      if (others && !state_.context.may_parallel && !may_stay()) return Step::kYield;
      if (!rounds_) {
        if (Step s = joins_.fill_all(state_, below_); s != Step::kDone) return s;
        rounds_ = std::make_unique<Rounds>(own_, state_, make_, joins_, slots_, below_);
      }
      rounds_->run(begun_);
      begun_ = begun_ && !rounds_->has_scan();
      kept_ = rounds_->parts();
      block_ = 0;
      // Nobody came: all others are busy. Rows that are not kept cost less.
      if (!rounds_->has_others()) alone_ = next_alone_, next_alone_ = std::min(2 * next_alone_, kMostAlone);
    }
  }

 private:
  OperatorPtr make_own(const BuildContext& build) {
    BuildContext own = build;
    own.joins = &joins_;
    return make_(own);
  }

  // Batches that the own copy gives before others are called again.
  static constexpr uint32_t kFirstAlone = 4, kMostAlone = 64;

  // Of what a round has kept, block by block.
  bool next_kept(const Batch*& out) {
    while (!kept_.empty()) {
      RowStore& rows = kept_.back()->rows();
      if (block_ < rows.blocks() && rows.block_rows(block_) > 0) {
        clear(out_);
        for (size_t c = 0; c < slots_.size(); c++) out_.columns[slots_[c]] = &rows.column(block_, uint32_t(c));
        out_.count = rows.block_rows(block_++);
        return out = &out_, true;
      }
      rows.clear();
      kept_.pop_back();
      block_ = 0;
    }
    return false;
  }

  Step next_alone(const Batch*& out) {
    if (!rounds_) return begun_ = true, own_.pipeline().next(out);
    alone_ -= alone_ > 0;
    const Step s = rounds_->next(out);
    if (s == Step::kDone) rounds_.reset();
    return s;
  }
  // Others' copies run on workers, unless this thread has to go on.
  bool may_stay() {
    state_.context.budget.give_up();
    return !state_.out_of_budget();
  }

  const plan::PhysicalNode& below_;
  std::vector<plan::Slot> slots_;
  MakePart make_;
  JoinBuilds joins_;
  GatheredPart own_;
  std::unique_ptr<Rounds> rounds_;
  std::vector<GatheredPart*> kept_;  // parts whose rows are to be handed on; the last first
  uint32_t block_ = 0;               // of that one
  bool begun_ = false;               // it has run alone for a while
  uint32_t alone_ = 0, next_alone_ = kFirstAlone;
  Batch out_;
};

// Subplans run once a row, and what is part of a copy already has its share.
bool may_gather(const plan::PhysicalNode& below, const BuildContext& build) {
  const Arena* arena = build.state.context.arena;
  if (!arena || build.argument || build.split || build.state.morsels || !can_split(below, build.state)) return false;
  return below.estimated_cost >= kWorthGathering || arena->helps_always();
}

}  // namespace

OperatorPtr make_gathered(const plan::PhysicalNode& node, BuildContext& build) {
  if (!may_gather(node, build) || !is_worth_keeping_rows(node, build.state)) return make_operator(node, build);
  return std::make_unique<Gather>(node, build, Gather::Below::kNode,
                                  [&node](BuildContext& b) { return make_operator(node, b); });
}

bool can_gather_parts(const plan::PhysicalNode& node, const BuildContext& build) { return may_gather(*node.left, build); }

OperatorPtr gather_parts(const plan::PhysicalNode& node, BuildContext& build, MakePart make) {
  return std::make_unique<Gather>(node, build, Gather::Below::kItsParts, std::move(make));
}

}  // namespace elegraph::query::exec
