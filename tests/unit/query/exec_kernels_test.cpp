// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <map>
#include <optional>

#include "exec_fixture.h"
#include "query/functions/value_ops.h"

namespace elegraph::query::exec {
namespace {

constexpr int64_t kNodes = 5'000;

// Expressions over whole columns against the same operations of query/functions/value_ops.h, value by value.
class ExecKernels : public ExecTest {
 protected:
  // Long and short strings, nulls, integers that no double holds, and negative numbers, over several chunks.
  ExecKernels() {
    run("UNWIND range(0, 4999) AS i CREATE (:V {i: i, k: i % 7 - 3, f: (i % 11 - 5) * 0.5, "
        "n: CASE WHEN i % 3 = 0 THEN null ELSE i % 10 - 5 END, "
        "g: CASE WHEN i % 5 = 0 THEN null ELSE (i % 13) * 0.25 END, "
        "big: CASE WHEN i % 2 = 0 THEN 9007199254740993 + i % 3 ELSE i END, wide: 9007199254740992.0, "
        "u: CASE WHEN i % 4 = 0 THEN null ELSE ['DE', 'FR', ''][i % 3] END, "
        "s: ['', 'DE', 'FR', 'Germany', 'Germans'][i % 5], "
        "t: CASE WHEN i % 4 = 0 THEN null ELSE ['twelve bytes', 'thirteen byte', 'thirteen bytf', 'DE'][i % 3] END})");
  }

  using Get = std::function<Value(const char*)>;
  using Oracle = std::function<Value(const Get&)>;

  // Over all rows, over a list of some, and over few enough for loops that go by the list.
  void check(const std::string& expression, const Oracle& oracle) {
    for (int64_t step : {1, 3, 50}) {
      const std::string where = step == 1 ? "" : "WHERE n.i % " + std::to_string(step) + " = 0 ";
      const Rows found = run("MATCH (n:V) " + where + "WITH n.i AS i, " + expression + " AS x RETURN x ORDER BY i");
      EXPECT_EQ(found, expected(step, oracle)) << expression << " every " << step;
    }
  }
  // As a filter, which has ways of its own.
  void check_filter(const std::string& condition, const std::function<Ternary(const Get&)>& oracle) {
    Rows wanted;
    each_node(1, [&](const Get& get) {
      if (oracle(get).value_or(false)) wanted.push_back(json(get("i")));
    });
    EXPECT_EQ(run("MATCH (n:V) WHERE " + condition + " RETURN n.i AS i ORDER BY i"), wanted) << condition;
    EXPECT_EQ(run("MATCH (n:V) WHERE " + condition + " RETURN count(*)"), Rows{std::to_string(wanted.size())}) << condition;
    check("(" + condition + ")", [&](const Get& get) {
      const Ternary truth = oracle(get);
      return truth ? Value::boolean(*truth) : Value();
    });
  }

  Rows expected(int64_t step, const Oracle& oracle) {
    Rows out;
    each_node(step, [&](const Get& get) { out.push_back(json(oracle(get))); });
    return out;
  }
  template <class F>
  void each_node(int64_t step, F&& f) {
    begin();
    rcu::ReadGuard guard;
    std::vector<NodeId> by_i(kNodes);
    const KeyId key = *graph_.catalog().find_key("i");
    for (uint32_t id = 0; id < kNodes; id++) by_i[size_t(reader_->property(NodeId(id), key).as_int())] = NodeId(id);
    for (int64_t i = 0; i < kNodes; i += step)
      f([&](const char* name) { return reader_->property(by_i[size_t(i)], *graph_.catalog().find_key(name)); });
  }
  std::string json(const Value& v) {
    std::string out;
    append_json(out, v, json_);
    return out;
  }
};

Ternary negation(Ternary t) { return t ? Ternary(!*t) : t; }

Ternary either(Ternary a, Ternary b) {
  return a.value_or(false) || b.value_or(false) ? Ternary(true) : a && b ? a : Ternary();
}

Value text(const char* s) { return Value::string(s); }

TEST_F(ExecKernels, ArithmeticOfIntegersAndFloats) {
  check("n.k + n.f", [](const Get& get) { return add(get("k"), get("f")); });
  check("n.g - n.n", [](const Get& get) { return subtract(get("g"), get("n")); });
  check("n.n * n.g", [](const Get& get) { return multiply(get("n"), get("g")); });
  check("n.f * 3", [](const Get& get) { return multiply(get("f"), Value::integer(3)); });
  check("2.5 * n.n", [](const Get& get) { return multiply(Value::floating(2.5), get("n")); });
  check("n.f / n.k", [](const Get& get) { return divide(get("f"), get("k")); });
  check("n.k / n.f", [](const Get& get) { return divide(get("k"), get("f")); });
  check("n.f % 2", [](const Get& get) { return modulo(get("f"), Value::integer(2)); });
  check("n.k ^ 2", [](const Get& get) { return power(get("k"), Value::integer(2)); });
  check("n.f ^ n.k", [](const Get& get) { return power(get("f"), get("k")); });
  check("n.big + n.n", [](const Get& get) { return add(get("big"), get("n")); });
  check("n.big * 1.0", [](const Get& get) { return multiply(get("big"), Value::floating(1.0)); });
}

TEST_F(ExecKernels, Negation) {
  for (const char* name : {"k", "f", "n", "g"})
    check("-n." + std::string(name), [=](const Get& get) { return negate(get(name)); });
  EXPECT_EQ(error_of("UNWIND [1, -9223372036854775808] AS x RETURN -x"), "22003");
}

TEST_F(ExecKernels, IntegersThatOverflowFailAndNullsDoNot) {
  run("CREATE (:O {a: 9223372036854775807, b: 1}), (:O {a: 9223372036854775807}), (:O {a: 1, b: 1})");
  for (const char* x : {"n.a + n.b", "-n.a - n.b - n.b", "n.a * (n.b + n.b)"})
    EXPECT_EQ(error_of("MATCH (n:O) RETURN " + std::string(x)), "22003") << x;
  EXPECT_EQ(run("MATCH (n:O) WHERE n.b IS NULL OR n.a = 1 RETURN n.a + n.b"), (Rows{"2", "null"}));
  EXPECT_EQ(error_of("MATCH (n:V) RETURN n.k / n.k"), "22012");
  EXPECT_EQ(error_of("MATCH (n:V) RETURN n.k % n.k"), "22012");
}

TEST_F(ExecKernels, ComparisonsOfIntegersWithFloats) {
  check_filter("n.k < n.f", [=](const Get& get) { return less(get("k"), get("f")); });
  check_filter("n.g >= n.n", [=](const Get& get) { return less_equal(get("n"), get("g")); });
  check_filter("n.n = n.g", [=](const Get& get) { return equals(get("n"), get("g")); });
  // 9007199254740993 is not 9007199254740992.0, although its double is.
  check_filter("n.big = n.wide", [=](const Get& get) { return equals(get("big"), get("wide")); });
  check_filter("n.big > n.wide", [=](const Get& get) { return less(get("wide"), get("big")); });
}

TEST_F(ExecKernels, EqualityOfStrings) {
  for (const char* key : {"s", "t", "u"})
    for (const char* wanted : {"", "DE", "Germany", "Germans", "twelve bytes", "thirteen byte", "thirteen bytes"}) {
      const std::string n = "n." + std::string(key), quoted = "'" + std::string(wanted) + "'";
      check_filter(n + " = " + quoted, [=](const Get& get) { return equals(get(key), text(wanted)); });
      check_filter(n + " <> " + quoted, [=](const Get& get) { return negation(equals(get(key), text(wanted))); });
    }
  check_filter("n.s = n.t", [=](const Get& get) { return equals(get("s"), get("t")); });
  check_filter("n.s < n.t", [=](const Get& get) { return less(get("s"), get("t")); });
}

TEST_F(ExecKernels, StringsInAList) {
  for (const char* key : {"s", "t", "u"})
    for (const std::vector<const char*>& list :
         {std::vector{"DE"}, std::vector{"FR", "thirteen byte", ""}, std::vector{"Germany", "DE", "twelve bytes", "x"}}) {
      std::string items;
      for (const char* s : list) items += (items.empty() ? "'" : ", '") + std::string(s) + "'";
      check_filter("n." + std::string(key) + " IN [" + items + "]", [&](const Get& get) -> Ternary {
        const Value v = get(key);
        if (v.is_null()) return {};
        return std::ranges::any_of(list, [&](const char* s) { return equals(v, text(s)).value_or(false); });
      });
    }
}

TEST_F(ExecKernels, Coalesce) {
  const auto first = [](std::initializer_list<Value> values) {
    for (const Value& v : values)
      if (!v.is_null()) return v;
    return Value();
  };
  check("coalesce(n.n, 0)", [=](const Get& get) { return first({get("n"), Value::integer(0)}); });
  check("coalesce(n.n, n.g)", [=](const Get& get) { return first({get("n"), get("g")}); });
  check("coalesce(n.n, n.g, n.k)", [=](const Get& get) { return first({get("n"), get("g"), get("k")}); });
  check("coalesce(n.t, n.s)", [=](const Get& get) { return first({get("t"), get("s")}); });
  check("coalesce(n.t, n.k)", [=](const Get& get) { return first({get("t"), get("k")}); });
  check("coalesce(n.none, n.k)", [=](const Get& get) { return get("k"); });
  check("coalesce(null, n.none)", [=](const Get&) { return Value(); });
  check("coalesce(n.k, n.n)", [=](const Get& get) { return get("k"); });
  EXPECT_EQ(run("RETURN coalesce(null, 2, 3)"), Rows{"2"});
}

TEST_F(ExecKernels, CoalesceComputesOnlyWhatIsWanted) {
  EXPECT_EQ(run("UNWIND [1, null, 0] AS x RETURN coalesce(x, 7)"), (Rows{"0", "1", "7"}));
  EXPECT_EQ(run("UNWIND [1, 2] AS x RETURN coalesce(x, x / 0)"), (Rows{"1", "2"}));
  EXPECT_EQ(error_of("UNWIND [1, null] AS x RETURN coalesce(x, 1 / (size('') - 0))"), "22012");
}

TEST_F(ExecKernels, CaseByValue) {
  check("CASE n.s WHEN 'DE' THEN 1 WHEN 'Germany' THEN 2 ELSE n.k END", [](const Get& get) {
    const Value s = get("s");
    return s.as_string() == "DE" ? Value::integer(1) : s.as_string() == "Germany" ? Value::integer(2) : get("k");
  });
  check("CASE n.n WHEN 1 THEN 'one' WHEN 2.0 THEN 'two' WHEN n.k THEN 'same' END", [](const Get& get) {
    const Value n = get("n");
    if (n.is_null()) return Value();
    if (n.as_int() == 1) return text("one");
    if (n.as_int() == 2) return text("two");
    return n.as_int() == get("k").as_int() ? text("same") : Value();
  });
  check("CASE n.t WHEN n.s THEN date('2024-02-29') END",
        [](const Get& get) { return equals(get("t"), get("s")).value_or(false) ? Value::date(19782) : Value(); });
}

TEST_F(ExecKernels, OrTakesTheRowsOfEachCondition) {
  check_filter("n.n = 1 OR n.s = 'DE' OR n.g > 2", [](const Get& get) {
    const Ternary first = either(equals(get("n"), Value::integer(1)), equals(get("s"), text("DE")));
    return either(first, less(Value::integer(2), get("g")));
  });
  // Rows that the first condition takes do not reach the second.
  EXPECT_EQ(run("UNWIND [0, 1, 2] AS x WITH x WHERE x = 0 OR 2 / x = 1 RETURN x"), (Rows{"0", "2"}));
  EXPECT_EQ(error_of("UNWIND [0, 1] AS x WITH x WHERE x = 1 OR 2 / x = 1 RETURN x"), "22012");
}

// In microseconds, or as values where one of a chunk has nanoseconds or a zone.
TEST_F(ExecKernels, Instants) {
  run("UNWIND range(0, 9999) AS i CREATE (:D {i: i, "
      "at: CASE WHEN i % 7 = 0 THEN null ELSE localdatetime('2024-01-01T00:00') + duration({hours: (i * 37) % 10000}) END, "
      "odd: localdatetime('2024-01-01T00:00') + duration({hours: (i * 37) % 10000, nanoseconds: i / 5000}), "
      "utc: datetime('2024-01-01T00:00Z') + duration({minutes: (i * 37) % 10000}), "
      "zoned: datetime(CASE WHEN i < 5000 THEN '2024-01-01T01:00+01:00' ELSE '2024-01-01T00:00Z' END) "
      "+ duration({minutes: (i * 37) % 10000})})");
  // The same by numbers, which the nodes have all that time.
  EXPECT_EQ(run("MATCH (d:D) WHERE d.at < localdatetime('2024-02-01T00:00') RETURN count(*)"),
            run("MATCH (d:D) WHERE d.i % 7 <> 0 AND (d.i * 37) % 10000 < 31 * 24 RETURN count(*)"));
  EXPECT_EQ(run("MATCH (d:D) WHERE d.odd > localdatetime('2024-02-01T00:00') RETURN count(*)"),
            run("MATCH (d:D) WHERE (d.i * 37) % 10000 > 31 * 24 OR ((d.i * 37) % 10000 = 31 * 24 AND d.i >= 5000) "
                "RETURN count(*)"));
  const Rows early = run("MATCH (d:D) WHERE (d.i * 37) % 10000 <= 600 RETURN count(*)");
  for (const char* key : {"utc", "zoned"})
    EXPECT_EQ(run("MATCH (d:D) WHERE d." + std::string(key) + " <= datetime('2024-01-01T10:00Z') RETURN count(*)"), early)
        << key;
  EXPECT_EQ(run("MATCH (d:D) WHERE d.utc = d.zoned RETURN count(*)"), Rows{"10000"});
  EXPECT_EQ(run("MATCH (d:D) WHERE d.at = d.odd RETURN count(*)"),
            run("MATCH (d:D) WHERE d.i % 7 <> 0 AND d.i < 5000 RETURN count(*)"));
}

TEST_F(ExecKernels, InstantsAreSortedGroupedAndReduced) {
  run("UNWIND range(0, 9999) AS i CREATE (:D {i: i, g: i % 3, "
      "at: CASE WHEN i % 7 = 0 THEN null ELSE localdatetime('2024-01-01T00:00') + duration({hours: (i * 37) % 10000}) END, "
      "zoned: datetime(CASE WHEN i < 5000 THEN '2024-01-01T01:00+01:00' ELSE '2024-01-01T00:00Z' END) "
      "+ duration({days: i % 50})})");
  EXPECT_EQ(run("MATCH (d:D) RETURN d.i ORDER BY d.at DESC, d.i"),
            run("MATCH (d:D) RETURN d.i ORDER BY CASE WHEN d.i % 7 = 0 THEN null ELSE (d.i * 37) % 10000 END DESC, d.i"));
  EXPECT_EQ(run("MATCH (d:D) WHERE d.at IS NOT NULL RETURN d.i ORDER BY d.at LIMIT 20"),
            run("MATCH (d:D) WHERE d.i % 7 <> 0 RETURN d.i ORDER BY (d.i * 37) % 10000 LIMIT 20"));
  EXPECT_EQ(run("MATCH (d:D) RETURN d.i ORDER BY d.zoned, d.i"), run("MATCH (d:D) RETURN d.i ORDER BY d.i % 50, d.i"));
  EXPECT_EQ(run("MATCH (d:D) RETURN d.g, max(d.at), min(d.at), max(d.zoned)"),
            run("MATCH (d:D) WITH d.g AS g, max(CASE WHEN d.i % 7 = 0 THEN null ELSE (d.i * 37) % 10000 END) AS a, "
                "min(CASE WHEN d.i % 7 = 0 THEN null ELSE (d.i * 37) % 10000 END) AS b, max(d.zoned) AS z RETURN g, "
                "localdatetime('2024-01-01T00:00') + duration({hours: a}), "
                "localdatetime('2024-01-01T00:00') + duration({hours: b}), z"));
  EXPECT_EQ(run("MATCH (d:D) RETURN count(DISTINCT d.at), count(DISTINCT d.zoned)"), Rows{"8571 50"});
  EXPECT_EQ(run("MATCH (d:D) WITH d.zoned AS z, count(*) AS c RETURN count(*), min(c), max(c)"), Rows{"50 200 200"});
}

TEST_F(ExecKernels, SumsOfFloatsDoNotDependOnBatches) {
  double sum = 0;
  each_node(1, [&](const Get& get) {
    if (const Value g = get("g"); !g.is_null()) sum += g.as_float();
  });
  EXPECT_EQ(run("MATCH (n:V) RETURN sum(n.g)"), Rows{json(Value::floating(sum))});
}

// Groups in any order, and groups whose rows follow each other.
TEST_F(ExecKernels, AggregatesOfGroups) {
  struct Group {
    int64_t integers = 0;
    double floats = 0;
    std::optional<int64_t> least, most;
  };
  for (const bool runs : {false, true}) {
    std::map<int64_t, Group> groups;
    each_node(1, [&](const Get& get) {
      Group& group = groups[runs ? get("i").as_int() / 500 : get("k").as_int()];
      if (const Value n = get("n"); !n.is_null()) {
        group.integers += n.as_int();
        group.least = std::min(group.least.value_or(n.as_int()), n.as_int());
        group.most = std::max(group.most.value_or(n.as_int()), n.as_int());
      }
      if (const Value g = get("g"); !g.is_null()) group.floats += g.as_float();
    });
    Rows wanted;
    for (const auto& [key, group] : groups)
      wanted.push_back(json(Value::integer(key)) + ' ' + json(Value::integer(group.integers)) + ' ' +
                       json(Value::floating(group.floats)) + ' ' + json(Value::integer(*group.least)) + ' ' +
                       json(Value::integer(*group.most)));
    EXPECT_EQ(run("MATCH (n:V) WITH " + std::string(runs ? "n.i / 500" : "n.k") +
                  " AS key, n RETURN key, sum(n.n), sum(n.g), min(n.n), max(n.n) ORDER BY key"),
              wanted)
        << runs;
  }
}

}  // namespace
}  // namespace elegraph::query::exec
