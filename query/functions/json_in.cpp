// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <rapidjson/encodedstream.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/functions/value_ops.h"
#include "storage/error.h"

namespace elegraph::query {
namespace {

Value number(std::string_view text) {
  int64_t i;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), i);
  if (fault == std::errc() && end == text.data() + text.size()) return Value::integer(i);
  double d = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), d);
  if (result.ec == std::errc::result_out_of_range)
    throw Error(sqlstate::kNumericOutOfRange, fmt::format("number \"{}\" is out of range", text.substr(0, 100)));
  return Value::floating(d);
}

// RapidJSON's handler: builds values bottom up on a stack.
class Builder {
 public:
  bool Null() { return put(Value()); }
  bool Bool(bool b) { return put(Value::boolean(b)); }
  bool Int(int i) { return put(Value::integer(i)); }
  bool Uint(unsigned i) { return put(Value::integer(i)); }
  bool Int64(int64_t i) { return put(Value::integer(i)); }
  bool Uint64(uint64_t i) { return put(Value::floating(double(i))); }
  bool Double(double d) { return put(Value::floating(d)); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) { return put(number({s, n})); }
  bool String(const char* s, rapidjson::SizeType n, bool) { return put(Value::string(text({s, n}))); }
  bool Key(const char* s, rapidjson::SizeType n, bool) { return frames_.back().key = text({s, n}), true; }
  bool StartObject() { return open(); }
  bool StartArray() { return open(); }
  bool EndObject(rapidjson::SizeType) {
    Frame f = std::move(frames_.back());
    frames_.pop_back();
    keep_last_of_each_key(f.entries);
    return put(Value::map(std::move(f.entries)));
  }
  bool EndArray(rapidjson::SizeType) {
    std::vector<Value> items;
    items.reserve(frames_.back().entries.size());
    for (auto& entry : frames_.back().entries) items.push_back(std::move(entry.second));
    frames_.pop_back();
    return put(Value::list(std::move(items)));
  }
  Value take() { return std::move(result_); }

 private:
  struct Frame {
    std::vector<std::pair<std::string, Value>> entries;  // keys are empty in arrays
    std::string key;
  };

  // Clients end texts at a NUL.
  static std::string_view text(std::string_view s) {
    if (s.find('\0') == s.npos) return s;
    throw Error("22P05", "unsupported Unicode escape sequence").with_detail("\\u0000 cannot be converted to text.");
  }
  bool open() {
    if (frames_.size() == size_t{Value::kMaxNesting})
      throw Error(sqlstate::kStatementTooComplex, "JSON value is nested too deeply");
    return frames_.emplace_back(), true;
  }
  bool put(Value v) {
    if (frames_.empty())
      result_ = std::move(v);
    else
      frames_.back().entries.emplace_back(std::move(frames_.back().key), std::move(v));
    return true;
  }
  // As in jsonb: a key that is repeated has its last value.
  static void keep_last_of_each_key(std::vector<std::pair<std::string, Value>>& entries) {
    std::unordered_map<std::string_view, size_t> last;
    for (size_t i = 0; i < entries.size(); i++) last[entries[i].first] = i;
    if (last.size() == entries.size()) return;
    std::vector<std::pair<std::string, Value>> kept;
    for (size_t i = 0; i < entries.size(); i++)
      if (last.at(entries[i].first) == i) kept.push_back(entries[i]);
    entries = std::move(kept);
  }

  std::vector<Frame> frames_;
  Value result_;
};

}  // namespace

Value parse_json(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input(stream);
  rapidjson::Reader reader;
  Builder builder;
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
  auto result = reader.Parse<kFlags>(input, builder);
  if (result.IsError())
    throw Error(sqlstate::kInvalidTextRepresentation, "invalid input syntax for type json")
        .with_detail(fmt::format("{} (at byte {}).", rapidjson::GetParseError_En(result.Code()), result.Offset()));
  return builder.take();
}

}  // namespace elegraph::query
