// SPDX-License-Identifier: Apache-2.0
#include "query/exec/operators/row_sorter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "query/exec/arena.h"

namespace elegraph::query::exec {

// The keys of a store's rows. Any number of threads may read them.
class RowSorter::Keys {
 public:
  Keys(const RowStore& store, std::span<const KeyOrder> orders) : store_(store), orders_(orders) {
    for (uint32_t k = 0; k < orders.size(); k++) types_.push_back(common_type(k));
  }

  size_t count() const { return orders_.size(); }
  // `offset`: how many bytes of strings are known to be the same.
  void fill_fronts(Rows rows, uint32_t key, uint32_t offset) const;
  // Whether rows with one front have one key, differ from `offset` + 8 on, or perhaps earlier.
  enum class Tie : uint8_t { kEqual, kLater, kUnknown };
  Tie tie_of(Rows rows, uint32_t key, uint32_t offset) const;
  // By the keys from `key` on.
  bool before(uint32_t key, const KeyedRow& a, const KeyedRow& b) const {
    for (; key < orders_.size(); key++)
      if (int c = compare(key, a.row, b.row)) return c < 0;
    return a.place < b.place;
  }

 private:
  static constexpr uint32_t kBlock = RowStore::kBlockRows;

  Type common_type(uint32_t key) const;
  int compare(uint32_t key, uint32_t a, uint32_t b) const {
    return compare_keys(store_.column(a / kBlock, key), a % kBlock, store_.column(b / kBlock, key), b % kBlock,
                        orders_[key]);
  }
  size_t count_nulls(Rows rows, uint32_t key) const {
    return size_t(std::ranges::count_if(
        rows, [&](const KeyedRow& r) { return !store_.column(r.row / kBlock, key).valid(r.row % kBlock); }));
  }
  class RowsAhead;
  template <class Front>
  void fill(Rows rows, uint32_t key, Front front) const;

  const RowStore& store_;
  std::span<const KeyOrder> orders_;
  std::vector<Type> types_;  // of the keys' columns, kAny where they have no fronts
};

// The type of the column in all blocks where they agree on one that has fronts.
Type RowSorter::Keys::common_type(uint32_t key) const {
  Type type = Type::kNull;
  for (uint32_t b = 0; b < store_.blocks(); b++) {
    const Type t = store_.column(b, key).type();
    if (b > 0 && t != type) return Type::kAny;
    type = t;
  }
  return has_fronts(type) ? type : Type::kAny;
}

// Rows that are alike so far lie anywhere in the store: their cells and texts are asked for some rows before their turn.
class RowSorter::Keys::RowsAhead {
 public:
  RowsAhead(const Keys& keys, Rows rows, uint32_t key)
      : store_(keys.store_),
        rows_(rows),
        key_(key),
        width_(Vector::width(keys.types_[key])),
        is_text_(keys.types_[key] == Type::kString) {
    constexpr size_t kNearEachOther = 4;
    if (keys.types_[key] != Type::kAny && rows.size() > kCell &&
        rows.back().row - rows.front().row > kNearEachOther * rows.size())
      end_ = rows.size() - kCell;
  }
  // Before the row at that place.
  void at(size_t i) const {
    if (i >= end_) return;
    const uint32_t row = rows_[i + kCell].row;
    __builtin_prefetch(store_.column(row / kBlock, key_).data<char>() + size_t(row % kBlock) * width_);
    if (is_text_) __builtin_prefetch(text(rows_[i + kText].row));
  }

 private:
  static constexpr size_t kCell = 24, kText = 12;
  const char* text(uint32_t row) const { return store_.column(row / kBlock, key_).strings()[row % kBlock].data(); }

  const RowStore& store_;
  Rows rows_;
  uint32_t key_, width_;
  bool is_text_;
  size_t end_ = 0;
};

template <class Front>
void RowSorter::Keys::fill(Rows rows, uint32_t key, Front front) const {
  const uint64_t of_null = orders_[key].nulls_first ? 0 : UINT64_MAX;
  const bool descending = orders_[key].descending;
  const RowsAhead ahead(*this, rows, key);
  for (size_t at = 0; at < rows.size(); at++) {
    ahead.at(at);
    KeyedRow& r = rows[at];
    const Vector& column = store_.column(r.row / kBlock, key);
    const uint32_t i = r.row % kBlock;
    r.front = !column.valid(i) ? of_null : descending ? ~front(column, i) : front(column, i);
  }
}

void RowSorter::Keys::fill_fronts(Rows rows, uint32_t key, uint32_t offset) const {
  switch (types_[key]) {
    case Type::kInt:
    case Type::kDate:
    case Type::kLocalDateTime:
    case Type::kDateTime:
      return fill(rows, key, [](const Vector& c, uint32_t i) { return front_of(c.data<int64_t>()[i]); });
    case Type::kFloat: return fill(rows, key, [](const Vector& c, uint32_t i) { return front_of(c.data<double>()[i]); });
    case Type::kString:
      return fill(rows, key, [offset](const Vector& c, uint32_t i) {
        const std::string_view all = c.strings()[i].view();
        return front_of(all.substr(std::min<size_t>(offset, all.size())));
      });
    default:
      for (KeyedRow& r : rows) r.front = 0;
  }
}

RowSorter::Keys::Tie RowSorter::Keys::tie_of(Rows rows, uint32_t key, uint32_t offset) const {
  constexpr uint32_t kFarEnough = 24;
  const Type type = types_[key];
  const uint64_t front = rows[0].front;
  if (type == Type::kAny) return Tie::kUnknown;
  // The least and the greatest number are those of nulls as well.
  if (const size_t nulls = front == 0 || front == UINT64_MAX ? count_nulls(rows, key) : 0; nulls > 0)
    return nulls == rows.size() ? Tie::kEqual : Tie::kUnknown;
  if (type != Type::kString) return Tie::kEqual;
  uint32_t least = UINT32_MAX, most = 0;
  const RowsAhead ahead(*this, rows, key);
  for (size_t i = 0; i < rows.size(); i++) {
    ahead.at(i);
    const uint32_t row = rows[i].row, size = store_.column(row / kBlock, key).strings()[row % kBlock].size;
    least = std::min(least, size), most = std::max(most, size);
  }
  if (most > offset + sizeof front) return offset < kFarEnough ? Tie::kLater : Tie::kUnknown;
  return least == most ? Tie::kEqual : Tie::kUnknown;  // the longer one may end with zeros
}

class RowSorter::OneThread {
 public:
  // `spare`: room for as many rows as it is given at once.
  OneThread(const State& state, const Keys& keys, KeyedRow* spare) : state_(state), keys_(keys), spare_(spare) {}

  // Rows come in the order of their places.
  void sort(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset = 0) {
    went_through(rows.size());
    keys_.fill_fronts(rows, key, offset);
    sort_filled(rows, key, wanted, offset);
  }
  // Of which the fronts are known.
  void sort_filled(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset);
  // Which have one front.
  void sort_ties(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset);

 private:
  void sort_by_front(Rows rows);
  static Rows keep_first(Rows rows, uint64_t wanted);
  void went_through(size_t rows) {
    constexpr size_t kLong = 1 << 16;  // a millisecond, or a few
    unchecked_ += rows;
    if (unchecked_ < kLong) return;
    unchecked_ = 0;
    state_.check_interrupt();
  }

  const State& state_;
  const Keys& keys_;
  KeyedRow* spare_;
  size_t unchecked_ = 0;  // rows gone through since the last look at the interrupt
};

// Stable, byte by byte from the least one; bytes that are the same in all rows take no pass.
void RowSorter::OneThread::sort_by_front(Rows rows) {
  constexpr size_t kFew = 256;
  if (rows.size() <= kFew) {
    std::ranges::sort(rows, [](auto& a, auto& b) { return a.front != b.front ? a.front < b.front : a.place < b.place; });
    return;
  }
  std::array<std::array<uint32_t, 256>, 8> counts{};
  for (const KeyedRow& r : rows)
    for (uint32_t byte = 0; byte < 8; byte++) counts[byte][r.front >> 8 * byte & 255]++;
  KeyedRow *from = rows.data(), *to = spare_;
  for (uint32_t byte = 0; byte < 8; byte++) {
    auto& count = counts[byte];
    if (count[from[0].front >> 8 * byte & 255] == rows.size()) continue;
    went_through(rows.size());
    uint32_t at = 0;
    for (uint32_t& c : count) at += std::exchange(c, at);
    for (size_t i = 0; i < rows.size(); i++) to[count[from[i].front >> 8 * byte & 255]++] = from[i];
    std::swap(from, to);
  }
  if (from != rows.data()) std::copy_n(from, rows.size(), rows.data());
}

// The rows that can be among the first `wanted` by their fronts, in their order.
RowSorter::Rows RowSorter::OneThread::keep_first(Rows rows, uint64_t wanted) {
  if (wanted >= rows.size() / 2) return rows;
  std::vector<uint64_t> fronts;
  fronts.reserve(rows.size());
  for (const KeyedRow& r : rows) fronts.push_back(r.front);
  std::ranges::nth_element(fronts, fronts.begin() + ptrdiff_t(wanted - 1));
  const uint64_t last = fronts[wanted - 1];
  size_t n = 0;
  for (const KeyedRow& r : rows)
    if (r.front <= last) rows[n++] = r;
  return rows.first(n);
}

void RowSorter::OneThread::sort_filled(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset) {
  went_through(rows.size());
  rows = keep_first(rows, wanted);
  sort_by_front(rows);
  for (size_t first = 0; first < rows.size() && first < wanted;) {
    size_t end = first + 1;
    while (end < rows.size() && rows[end].front == rows[first].front) end++;
    if (end - first > 1) sort_ties(rows.subspan(first, end - first), key, wanted - first, offset);
    first = end;
  }
}

void RowSorter::OneThread::sort_ties(Rows rows, uint32_t key, uint64_t wanted, uint32_t offset) {
  const Keys::Tie tie = keys_.tie_of(rows, key, offset);
  if (tie == Keys::Tie::kLater) return sort(rows, key, wanted, offset + uint32_t(sizeof(uint64_t)));
  if (tie == Keys::Tie::kEqual) {
    if (key + 1 < keys_.count()) sort(rows, key + 1, wanted);
    return;
  }
  auto by = [&](const KeyedRow& a, const KeyedRow& b) {
    went_through(1);
    return keys_.before(key, a, b);
  };
  if (wanted < rows.size())
    std::partial_sort(rows.begin(), rows.begin() + ptrdiff_t(wanted), rows.end(), by);
  else
    std::sort(rows.begin(), rows.end(), by);
}

// A sample sort: what a sample of the fronts suggests as the bounds of ranges with about as many rows each. Where many rows
// have one front they are a range of their own, which all threads sort together by what comes next.
class RowSorter::ManyThreads {
 public:
  ManyThreads(const State& state, const Keys& keys)
      : state_(state),
        keys_(keys),
        arena_(*state.context.arena),
        pieces_(std::min(kPieces * arena_.workers(), kMostPieces)) {}

  static bool is_worth(const State& state, uint64_t rows) {
    const Arena* arena = state.context.arena;
    if (!arena || !state.context.may_parallel || arena->workers() < 2) return false;
    return rows >= kMany || (arena->splits_all() && rows > 1);
  }

  // f(begin, end) for pieces of so many.
  template <class F>
  void in_pieces(size_t count, F&& f) {
    arena_.parallel(pieces_, [&](uint32_t i) {
      state_.check_interrupt();
      f(i, count * i / pieces_, count * (i + 1) / pieces_);
    });
  }
  // Rows come in the order of their places. `spare`: room for as many.
  void sort(Rows rows, Rows spare, uint32_t key, uint32_t offset = 0);

 private:
  static constexpr uint64_t kMany = 1 << 15;
  static constexpr uint32_t kPieces = 4, kMostPieces = 64;

  struct Ranges {
    std::vector<uint64_t> bounds;  // the first front of all ranges but the first
    std::vector<size_t> ends;      // their rows end there
  };
  std::vector<uint64_t> bounds(Rows rows) const;
  Ranges deal_out(Rows rows, Rows to);
  void sort_alike(Rows rows, Rows spare, uint32_t key, uint32_t offset);

  const State& state_;
  const Keys& keys_;
  Arena& arena_;
  uint32_t pieces_;
};

// In ascending order, each once.
std::vector<uint64_t> RowSorter::ManyThreads::bounds(Rows rows) const {
  constexpr size_t kOfEach = 32;
  std::vector<uint64_t> sample(kOfEach * pieces_), out;
  const size_t step = std::max<size_t>(rows.size() / sample.size(), 1);
  for (size_t i = 0; i < sample.size(); i++) sample[i] = rows[(i * step + i * 2654435761u % step) % rows.size()].front;
  std::ranges::sort(sample);
  for (size_t i = 0; i < sample.size(); i += kOfEach) {
    const bool is_frequent = sample[i] == sample[i + kOfEach - 1];
    if (i > 0 || is_frequent) out.push_back(sample[i]);
    if (is_frequent && sample[i] != UINT64_MAX) out.push_back(sample[i] + 1);
  }
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

namespace {

// Which range a front is of, without branches.
class RangeOf {
 public:
  explicit RangeOf(std::vector<uint64_t> bounds) : bounds_(std::move(bounds)), ranges_(bounds_.size()) {
    bounds_.resize(std::bit_ceil(bounds_.size() + 1), UINT64_MAX);
  }
  size_t count() const { return ranges_ + 1; }
  size_t operator()(uint64_t front) const {
    size_t range = 0;
    for (size_t step = bounds_.size() / 2; step > 0; step /= 2) range += step * (bounds_[range + step - 1] <= front);
    return std::min(range, ranges_);
  }

 private:
  std::vector<uint64_t> bounds_;
  size_t ranges_;
};

}  // namespace

// Stable.
RowSorter::ManyThreads::Ranges RowSorter::ManyThreads::deal_out(Rows rows, Rows to) {
  Ranges out{bounds(rows), {}};
  const RangeOf range_of(out.bounds);
  std::vector<std::vector<size_t>> next(pieces_, std::vector<size_t>(range_of.count()));
  in_pieces(rows.size(), [&](uint32_t piece, size_t begin, size_t end) {
    std::vector<size_t> counts(range_of.count());
    for (const KeyedRow& r : rows.subspan(begin, end - begin)) counts[range_of(r.front)]++;
    next[piece] = std::move(counts);
  });
  size_t at = 0;
  for (size_t range = 0; range < range_of.count(); range++) {
    for (auto& of_piece : next) at += std::exchange(of_piece[range], at);
    out.ends.push_back(at);
  }
  in_pieces(rows.size(), [&](uint32_t piece, size_t begin, size_t end) {
    std::vector<size_t> mine = std::move(next[piece]);
    for (const KeyedRow& r : rows.subspan(begin, end - begin)) to[mine[range_of(r.front)]++] = r;
  });
  return out;
}

void RowSorter::ManyThreads::sort(Rows rows, Rows spare, uint32_t key, uint32_t offset) {
  in_pieces(rows.size(),
            [&](uint32_t, size_t begin, size_t end) { keys_.fill_fronts(rows.subspan(begin, end - begin), key, offset); });
  const auto [bounds, ends] = deal_out(rows, spare);
  std::vector<char> alike(ends.size());  // each is written by one thread
  const auto begin_of = [&ends](size_t range) { return range == 0 ? 0 : ends[range - 1]; };
  arena_.parallel(uint32_t(ends.size()), [&](uint32_t i) {
    const size_t begin = begin_of(i), count = ends[i] - begin;
    if (count == 0) return;
    const Rows mine = spare.subspan(begin, count);
    const bool has_one_front = i > 0 && bounds[i - 1] == (i < bounds.size() ? bounds[i] - 1 : UINT64_MAX);
    if (has_one_front && is_worth(state_, count)) {
      alike[i] = true;
      return;
    }
    OneThread(state_, keys_, rows.data() + begin).sort_filled(mine, key, count, offset);
    std::ranges::copy(mine, rows.data() + begin);
  });
  for (size_t i = 0; i < ends.size(); i++)
    if (alike[i]) sort_alike(rows.subspan(begin_of(i), ends[i] - begin_of(i)), spare.subspan(begin_of(i)), key, offset);
}

// Which are in `spare`, and have one front.
void RowSorter::ManyThreads::sort_alike(Rows rows, Rows spare, uint32_t key, uint32_t offset) {
  std::ranges::copy(spare.first(rows.size()), rows.data());
  switch (keys_.tie_of(rows, key, offset)) {
    case Keys::Tie::kLater: return sort(rows, spare, key, offset + uint32_t(sizeof(uint64_t)));
    case Keys::Tie::kEqual:
      if (key + 1 < keys_.count()) sort(rows, spare, key + 1);
      return;
    case Keys::Tie::kUnknown: OneThread(state_, keys_, spare.data()).sort_ties(rows, key, rows.size(), offset);
  }
}

RowSorter::RowSorter(const State& state, const RowStore& store, std::span<const KeyOrder> keys)
    : state_(state), store_(store), keys_(std::make_unique<Keys>(store, keys)) {}

RowSorter::~RowSorter() = default;

// Those of the places from `begin` to `end`.
void RowSorter::number(Rows rows, std::span<const RowSpan> spans, size_t begin, size_t end) {
  size_t place = 0;
  for (const RowSpan& span : spans) {
    const size_t first = std::max(begin, place), last = std::min(end, place + span.count);
    for (size_t p = first; p < last; p++) rows[p] = {0, uint32_t(span.first + (p - place)), uint32_t(p)};
    place += span.count;
    if (place >= end) return;
  }
}

std::vector<uint32_t> RowSorter::sorted(uint64_t wanted, uint32_t same, std::span<const RowSpan> spans) {
  const size_t count = store_.size();
  wanted = std::min<uint64_t>(wanted, count);
  if (wanted == 0) return {};
  const RowSpan all{0, uint32_t(count)};
  if (spans.empty()) spans = std::span(&all, 1);
  const auto memory = std::make_unique_for_overwrite<KeyedRow[]>(2 * count);
  const Rows rows(memory.get(), count), spare(memory.get() + count, count);
  std::vector<uint32_t> out(wanted);
  const auto put = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) out[i] = rows[i].row;
  };
  if (wanted >= count / 2 && ManyThreads::is_worth(state_, count)) {
    ManyThreads threads(state_, *keys_);
    threads.in_pieces(count, [&](uint32_t, size_t begin, size_t end) { number(rows, spans, begin, end); });
    threads.sort(rows, spare, same);
    threads.in_pieces(wanted, [&](uint32_t, size_t begin, size_t end) { put(begin, end); });
  } else {
    number(rows, spans, 0, count);
    OneThread(state_, *keys_, spare.data()).sort(rows, same, wanted);
    put(0, wanted);
  }
  return out;
}

}  // namespace elegraph::query::exec
