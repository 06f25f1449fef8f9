// SPDX-License-Identifier: Apache-2.0
// A social network with a power law, as DIR/people.csv (id,name,age) and DIR/knows.csv (src,dst): each pair
// of people at most once in a direction, and nobody knows themselves.
//
//   social_network DIR [--people N] [--friendships N] [--seed N]
//
// Degrees follow a Zipf-like law over a random ranking of the people: rank r draws ends with weight
// (r + 20) ** -0.75. The same numbers give the same files on every machine: nothing here depends on how a
// standard library implements its distributions.
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::array<std::string_view, 24> kFirst = {"Ada",  "Bo",  "Chloe", "Dov",  "Esi",  "Finn", "Gia",  "Hugo",
                                                     "Ines", "Jun", "Kaia",  "Luca", "Maya", "Noor", "Otto", "Pia",
                                                     "Remy", "Sol", "Tess",  "Umar", "Vida", "Wren", "Yara", "Zeno"};
constexpr std::array<std::string_view, 24> kLast = {
    "Amari", "Blom",  "Castro", "Dahl",  "Eriksen", "Fofana", "Greco", "Hale", "Ivanov", "Jansen", "Kovacs", "Lund",
    "Mori",  "Nakai", "Okoye",  "Pinto", "Quinn",   "Roth",   "Sato",  "Tran", "Usman",  "Vance",  "Wolf",   "Yilmaz"};

struct Options {
  std::filesystem::path folder;
  uint32_t people = 100'000;
  uint64_t friendships = 1'500'000;
  uint64_t seed = 7;
};

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "social_network: %s\n", why.c_str());
  std::exit(1);
}

class Draw {
 public:
  explicit Draw(uint64_t seed) : bits_(seed) {}
  // Less than `end`; the bias of a product of 32 by 32 bits is beyond what anybody could count here.
  uint32_t below(uint32_t end) { return uint32_t((bits_() >> 32) * end >> 32); }
  double unit() { return double(bits_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 bits_;  // its numbers are the standard's
};

// Draws ranks by weight with one look-up each (Walker 1977, built as by Vose 1991).
class AliasTable {
 public:
  explicit AliasTable(std::vector<double> weights) : keep_(weights.size()), alias_(weights.size()) {
    double scale = double(weights.size()) / std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<uint32_t> small, large;
    for (uint32_t i = 0; i < weights.size(); i++) {
      weights[i] *= scale;
      (weights[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      uint32_t low = small.back(), high = large.back();
      small.pop_back();
      keep_[low] = weights[low];
      alias_[low] = high;
      weights[high] -= 1 - weights[low];
      if (weights[high] < 1) {
        large.pop_back();
        small.push_back(high);
      }
    }
    for (uint32_t i : small) keep_[i] = 1;
    for (uint32_t i : large) keep_[i] = 1;
  }
  uint32_t operator()(Draw& draw) const {
    uint32_t i = draw.below(uint32_t(keep_.size()));
    return draw.unit() < keep_[i] ? i : alias_[i];
  }

 private:
  std::vector<double> keep_;
  std::vector<uint32_t> alias_;
};

// The pairs drawn so far: open addressing, at most half full; 0 is no pair.
class PairSet {
 public:
  explicit PairSet(uint64_t pairs) : slots_(std::bit_ceil(2 * pairs + 2)) {}
  bool insert(uint64_t pair) {
    uint64_t mask = slots_.size() - 1;
    for (uint64_t at = (pair * 0x9E3779B97F4A7C15u) >> 17 & mask;; at = (at + 1) & mask) {
      if (slots_[at] == pair) return false;
      if (slots_[at] != 0) continue;
      slots_[at] = pair;
      return true;
    }
  }

 private:
  std::vector<uint64_t> slots_;
};

class CsvFile {
 public:
  CsvFile(const std::filesystem::path& path, std::string_view header)
      : name_(path.string()), file_(std::fopen(name_.c_str(), "w"), &std::fclose) {
    if (!file_) fail();
    text(header);
    end_row();
  }
  void text(std::string_view value) { std::fwrite(value.data(), 1, value.size(), file_.get()); }
  void number(uint64_t value) {
    std::array<char, 20> digits;
    text({digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr});
  }
  void end_row() { text("\n"); }
  void finish() {
    if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const { die("cannot write " + name_ + ": " + std::strerror(errno)); }

  std::string name_;
  std::unique_ptr<FILE, int (*)(FILE*)> file_;
};

void write_people(const Options& options, Draw& draw) {
  CsvFile out(options.folder / "people.csv", "id,name,age");
  for (uint32_t id = 1; id <= options.people; id++) {
    out.number(id);
    out.text(",");
    out.text(kFirst[draw.below(kFirst.size())]);
    out.text(" ");
    out.text(kLast[draw.below(kLast.size())]);
    out.text(",");
    out.number(18 + draw.below(63));
    out.end_row();
  }
  out.finish();
}

void write_friendships(const Options& options, Draw& draw) {
  std::vector<uint32_t> ranking(options.people);
  std::iota(ranking.begin(), ranking.end(), 1);
  for (uint32_t i = options.people; i > 1; i--) std::swap(ranking[i - 1], ranking[draw.below(i)]);
  std::vector<double> weights(options.people);
  for (uint32_t rank = 0; rank < options.people; rank++) weights[rank] = std::pow(rank + 20, -0.75);
  AliasTable ranks(std::move(weights));
  PairSet pairs(options.friendships);
  CsvFile out(options.folder / "knows.csv", "src,dst");
  for (uint64_t made = 0; made < options.friendships;) {
    uint64_t source = ranking[ranks(draw)], target = ranking[ranks(draw)];
    if (source == target || !pairs.insert(source << 32 | target)) continue;
    out.number(source);
    out.text(",");
    out.number(target);
    out.end_row();
    made++;
  }
  out.finish();
}

uint64_t number_of(std::string_view name, const char* value) {
  uint64_t number = 0;
  std::string_view text = value == nullptr ? "" : value;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    die(std::string(name) + " takes a whole number");
  return number;
}

Options parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i++) {
    std::string_view name = arguments[i];
    if (name == "--people") {
      options.people = uint32_t(std::min<uint64_t>(number_of(name, arguments[++i]), UINT32_MAX));
    } else if (name == "--friendships") {
      options.friendships = number_of(name, arguments[++i]);
    } else if (name == "--seed") {
      options.seed = number_of(name, arguments[++i]);
    } else if (options.folder.empty() && !name.starts_with('-')) {
      options.folder = name;
    } else {
      die("usage: social_network DIR [--people N] [--friendships N] [--seed N]");
    }
  }
  if (options.folder.empty()) die("usage: social_network DIR [--people N] [--friendships N] [--seed N]");
  // A power law's pairs run out long before all are drawn: the last ones would take for ever.
  if (options.people < 2 || options.friendships > uint64_t(options.people) * (options.people - 1) / 4)
    die("too few people for so many friendships");
  return options;
}

}  // namespace

int main(int count, char** arguments) {
  Options options = parse(count, arguments);
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) die("cannot make " + options.folder.string() + ": " + error.message());
  Draw draw(options.seed);
  write_people(options, draw);
  write_friendships(options, draw);
}
