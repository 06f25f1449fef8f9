// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "query/functions/compare.h"
#include "query/functions/families.h"
#include "query/functions/faults.h"
#include "query/functions/temporal/arithmetic.h"
#include "query/functions/value_ops.h"

namespace elegraph::query {
namespace {

double number(std::string_view function, const Value& v) {
  if (!is_numeric(v.type())) wrong_argument(function, v);
  Number n = number_of(v);
  return n.integral ? double(n.i) : n.d;
}

class Count final : public AggregateState {
 public:
  void update(const Value&, const Value&) override { n_++; }
  void merge(AggregateState& other) override { n_ += static_cast<Count&>(other).n_; }
  Value finish() override { return Value::integer(n_); }

 private:
  int64_t n_ = 0;
};

// Integers as an exact 128-bit sum until the end; floats by Neumaier's compensated summation, so that the
// parts of a parallel plan add up alike.
class Total {
 public:
  void add(std::string_view function, const Value& v) {
    if (v.type() == Type::kInt) {
      integers_ += v.as_int();
    } else if (v.type() == Type::kDuration) {
      auto& d = v.as_duration();
      months_ += d.months, days_ += d.days;
      nanos_ += __int128_t(d.seconds) * 1'000'000'000 + d.nanos;
      durations_++;
    } else {
      add_float(number(function, v));
      floats_++;
    }
    count_++;
    if (durations_ != 0 && durations_ != count_) invalid_value("durations and numbers do not add up");
  }
  void merge(const Total& o) {
    integers_ += o.integers_;
    add_float(o.sum_);
    add_float(o.lost_);
    floats_ += o.floats_, durations_ += o.durations_, count_ += o.count_;
    months_ += o.months_, days_ += o.days_, nanos_ += o.nanos_;
    if (durations_ != 0 && durations_ != count_) invalid_value("durations and numbers do not add up");
  }
  Value sum() const {
    if (durations_) return temporal::make_duration(months_, days_, nanos_);
    if (floats_) return Value::floating(as_double());
    if (integers_ != __int128_t(int64_t(integers_))) integer_overflow();
    return Value::integer(int64_t(integers_));
  }
  Value average() const {
    if (count_ == 0) return {};
    if (!durations_) return Value::floating(as_double() / double(count_));
    long double n = (long double)count_;
    return temporal::make_fractional_duration((long double)months_ / n, (long double)days_ / n, (long double)nanos_ / n);
  }

 private:
  double as_double() const { return double(integers_) + (std::isfinite(sum_) ? sum_ + lost_ : sum_); }
  void add_float(double v) {
    double t = sum_ + v;
    if (std::isfinite(t)) lost_ += std::fabs(sum_) >= std::fabs(v) ? (sum_ - t) + v : (v - t) + sum_;
    sum_ = t;
  }

  __int128_t integers_ = 0, months_ = 0, days_ = 0, nanos_ = 0;
  double sum_ = 0, lost_ = 0;
  int64_t count_ = 0, floats_ = 0, durations_ = 0;
};

class Sum final : public AggregateState {
 public:
  void update(const Value& v, const Value&) override { total_.add("sum()", v); }
  void merge(AggregateState& other) override { total_.merge(static_cast<Sum&>(other).total_); }
  Value finish() override { return total_.sum(); }

 private:
  Total total_;
};

class Average final : public AggregateState {
 public:
  void update(const Value& v, const Value&) override { total_.add("avg()", v); }
  void merge(AggregateState& other) override { total_.merge(static_cast<Average&>(other).total_); }
  Value finish() override { return total_.average(); }

 private:
  Total total_;
};

// sign 1: the least; -1: the greatest, by the order of ORDER BY.
template <int sign>
class Extreme final : public AggregateState {
 public:
  void update(const Value& v, const Value&) override {
    if (best_.is_null() || order(v, best_) * sign < 0) best_ = v;
  }
  void merge(AggregateState& other) override {
    if (auto& o = static_cast<Extreme&>(other); !o.best_.is_null()) update(o.best_, {});
  }
  Value finish() override { return best_; }

 private:
  Value best_;
};

class Collect final : public AggregateState {
 public:
  void update(const Value& v, const Value&) override { items_.push_back(v); }
  void merge(AggregateState& other) override {
    auto& more = static_cast<Collect&>(other).items_;
    if (items_.empty()) return items_.swap(more);
    items_.insert(items_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  Value finish() override { return Value::list(std::move(items_)); }
  size_t bytes() const override { return items_.capacity() * sizeof(Value); }

 private:
  std::vector<Value> items_;
};

// Welford's running variance, merged as Chan, Golub and LeVeque (1979) do.
template <bool sample>
class Deviation final : public AggregateState {
 public:
  void update(const Value& v, const Value&) override {
    double x = number(sample ? "stDev()" : "stDevP()", v), d = x - mean_;
    n_++;
    mean_ += d / double(n_);
    squares_ += d * (x - mean_);
  }
  void merge(AggregateState& other) override {
    auto& o = static_cast<Deviation&>(other);
    if (o.n_ == 0) return;
    double d = o.mean_ - mean_, n = double(n_ + o.n_);
    squares_ += o.squares_ + d * d * double(n_) * double(o.n_) / n;
    mean_ += d * double(o.n_) / n;
    n_ += o.n_;
  }
  Value finish() override {
    int64_t divisor = sample ? n_ - 1 : n_;
    return Value::floating(divisor <= 0 ? 0 : std::sqrt(squares_ / double(divisor)));
  }

 private:
  int64_t n_ = 0;
  double mean_ = 0, squares_ = 0;
};

template <bool continuous>
class Percentile final : public AggregateState {
 public:
  void update(const Value& v, const Value& extra) override {
    if (!fraction_) {
      number("a percentile", v);
      fraction_ = number("a percentile", extra);
      if (!(*fraction_ >= 0 && *fraction_ <= 1)) invalid_value("a percentile goes from 0.0 to 1.0");
    }
    if (v.type() == Type::kInt)
      integers_.push_back(v.as_int());
    else if (v.type() == Type::kFloat)
      floats_.push_back(v.as_float());
    else
      others_.push_back({number("a percentile", v), v});
  }
  void merge(AggregateState& other) override {
    auto& o = static_cast<Percentile&>(other);
    if (!fraction_) fraction_ = o.fraction_;
    append(integers_, o.integers_), append(floats_, o.floats_), append(others_, o.others_);
  }
  Value finish() override {
    if (integers_.empty() + floats_.empty() + others_.empty() < 2) widen();
    if (!integers_.empty()) return at_fraction(integers_);
    if (!floats_.empty()) return at_fraction(floats_);
    return others_.empty() ? Value() : at_fraction(others_);
  }
  size_t bytes() const override {
    return integers_.capacity() * sizeof(int64_t) + floats_.capacity() * sizeof(double) + others_.capacity() * sizeof(Item);
  }

 private:
  struct Item {
    double number;
    Value value;
  };
  static double as_double(int64_t v) { return double(v); }
  static double as_double(double v) { return v; }
  static double as_double(const Item& v) { return v.number; }
  static Value as_value(int64_t v) { return Value::integer(v); }
  static Value as_value(double v) { return Value::floating(v); }
  static Value as_value(const Item& v) { return v.value; }

  template <class T>
  static void append(std::vector<T>& to, std::vector<T>& from) {
    if (to.empty()) return to.swap(from);
    to.insert(to.end(), from.begin(), from.end());
  }
  // Numbers of several types are items all.
  void widen() {
    for (int64_t v : integers_) others_.push_back({as_double(v), as_value(v)});
    for (double v : floats_) others_.push_back({v, as_value(v)});
    integers_.clear(), floats_.clear();
  }

  template <class T>
  Value at_fraction(std::vector<T>& values) const {
    auto less = [](const T& a, const T& b) { return as_double(a) < as_double(b); };
    const double last = double(values.size() - 1), position = *fraction_ * last;
    const double rank = std::ceil(*fraction_ * double(values.size()));
    const size_t n = continuous ? size_t(position) : rank < 1 ? 0 : size_t(rank) - 1;
    const auto at = values.begin() + int64_t(n);
    std::nth_element(values.begin(), at, values.end(), less);
    if (!continuous) return as_value(*at);
    const double a = as_double(*at),
                 b = n + 1 < values.size() ? as_double(*std::min_element(at + 1, values.end(), less)) : a;
    return Value::floating(a + (b - a) * (position - double(n)));
  }

  std::vector<int64_t> integers_;
  std::vector<double> floats_;
  std::vector<Item> others_;
  std::optional<double> fraction_;
};

template <class State>
std::unique_ptr<AggregateState> create() {
  return std::make_unique<State>();
}

StaticType integer(StaticType) { return {Type::kInt, Type::kAny}; }
StaticType same(StaticType t) { return t; }
StaticType list(StaticType t) { return {Type::kList, t.type == Type::kNull ? Type::kAny : t.type}; }

void require_numbers(StaticType t, bool durations) {
  if (durations && t.type == Type::kDuration) return;
  if (!types::may_be(t, {Type::kInt, Type::kFloat, Type::kNumeric})) types::misfit(t);
}
StaticType sum_type(StaticType t) {
  require_numbers(t, true);
  return t.type == Type::kNumeric || t.type == Type::kNull ? StaticType() : t;
}
StaticType average_type(StaticType t) {
  require_numbers(t, true);
  if (t.type == Type::kAny) return {};
  return t.type == Type::kDuration ? t : StaticType{Type::kFloat, Type::kAny};
}
StaticType float_type(StaticType t) { return require_numbers(t, false), StaticType{Type::kFloat, Type::kAny}; }
StaticType discrete_type(StaticType t) { return require_numbers(t, false), t; }

constexpr AggregateDef kAggregates[] = {
    {"count", AggregateKind::kCount, 1, create<Count>, integer},
    {"sum", AggregateKind::kSum, 1, create<Sum>, sum_type},
    {"avg", AggregateKind::kAvg, 1, create<Average>, average_type},
    {"min", AggregateKind::kMin, 1, create<Extreme<1>>, same},
    {"max", AggregateKind::kMax, 1, create<Extreme<-1>>, same},
    {"collect", AggregateKind::kCollect, 1, create<Collect>, list},
    {"array_agg", AggregateKind::kCollect, 1, create<Collect>, list},
    {"stdev", AggregateKind::kStDev, 1, create<Deviation<true>>, float_type},
    {"stddev", AggregateKind::kStDev, 1, create<Deviation<true>>, float_type},
    {"stdevp", AggregateKind::kStDevP, 1, create<Deviation<false>>, float_type},
    {"percentilecont", AggregateKind::kPercentileCont, 2, create<Percentile<true>>, float_type},
    {"percentiledisc", AggregateKind::kPercentileDisc, 2, create<Percentile<false>>, discrete_type},
};

}  // namespace

std::span<const AggregateDef> families::aggregates() { return kAggregates; }

}  // namespace elegraph::query
