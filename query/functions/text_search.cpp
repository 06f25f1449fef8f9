// SPDX-License-Identifier: Apache-2.0
#include <re2/re2.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "query/functions/regex.h"
#include "query/functions/value_ops.h"
#include "storage/error.h"

// STARTS WITH, ENDS WITH, CONTAINS and =~.
namespace elegraph::query {
namespace {

bool both_text(const Value& a, const Value& b) { return a.type() == Type::kString && b.type() == Type::kString; }

// Compiled patterns of this thread; when there are many, all are dropped at once.
const RE2& compiled(std::string_view pattern) {
  constexpr size_t kMost = 64;
  thread_local std::unordered_map<std::string, std::unique_ptr<RE2>> cache;
  std::string key(pattern);
  if (auto it = cache.find(key); it != cache.end()) return *it->second;
  RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_unique<RE2>(key, options);
  if (!regex->ok())
    throw Error("2201B", "invalid regular expression: " + regex->error())
        .with_hint("The syntax is that of RE2: no look-around and no back-references.");
  if (cache.size() >= kMost) cache.clear();
  return *cache.emplace(std::move(key), std::move(regex)).first->second;
}

}  // namespace

Ternary starts_with(const Value& a, const Value& b) {
  if (!both_text(a, b)) return std::nullopt;
  return a.as_string().substr(0, b.as_string().size()) == b.as_string();
}

Ternary ends_with(const Value& a, const Value& b) {
  if (!both_text(a, b)) return std::nullopt;
  std::string_view s = a.as_string(), end = b.as_string();
  return s.size() >= end.size() && s.substr(s.size() - end.size()) == end;
}

Ternary contains(const Value& a, const Value& b) {
  if (!both_text(a, b)) return std::nullopt;
  return a.as_string().find(b.as_string()) != std::string_view::npos;
}

Ternary regex_match(const Value& a, const Value& pattern) {
  if (!both_text(a, pattern)) return std::nullopt;
  std::string_view s = a.as_string();
  return RE2::FullMatch(re2::StringPiece(s.data(), s.size()), compiled(pattern.as_string()));
}

std::function<bool(std::string_view)> regex_matcher(std::string_view pattern) {
  return [regex = &compiled(pattern)](std::string_view s) {
    return RE2::FullMatch(re2::StringPiece(s.data(), s.size()), *regex);
  };
}

}  // namespace elegraph::query
