// SPDX-License-Identifier: Apache-2.0
#include "query/exec/dense_columns.h"

#include <sys/mman.h>

#include <algorithm>
#include <limits>
#include <new>

#include "query/exec/state.h"
#include "storage/huge_pages.h"

namespace elegraph::query::exec {

namespace {

// Batches with fewer rows cost more around the gathering than in it.
constexpr uint32_t kManyRows = 128;
// Gathers that are done the plain way in any case.
constexpr uint64_t kFewGathers = 8192;
// The share of the statement's memory that all dense columns may bring it to.
constexpr uint64_t kMemoryShare = 2;

bool is_number(Type t) { return t == Type::kInt || t == Type::kDate || t == Type::kLocalTime || Vector::is_instant(t); }

bool has_array(Type t) { return is_number(t) || t == Type::kFloat || t == Type::kBool || t == Type::kString; }

uint32_t chunks_of(const State& state, EntityKind kind) {
  return kind == EntityKind::kNode ? state.reader.node_chunks() : state.reader.relationship_chunks();
}

void visible_rows(const State& state, EntityKind kind, ChunkId chunk, storage::Selection& out) {
  if (kind == EntityKind::kNode) return state.reader.visible_nodes(chunk, out);
  state.reader.visible_relationships(chunk, out);
}

void scan(const State& state, EntityKind kind, ChunkId chunk, KeyId key, Vector& out) {
  if (kind == EntityKind::kNode) return state.reader.scan_property(chunk, key, out);
  state.reader.scan_property(chunk, key, out, RelId());
}

// Calls f(column, first id, visible rows) for chunks from .. to-1, until it is false; with a kNull column and no rows where
// none of them has the property, which is soon seen: say of relationships of other types.
template <class F>
void for_chunks(State& state, EntityKind kind, KeyId key, uint32_t from, uint32_t to, F&& f) {
  Vector column;
  storage::Selection visible;
  for (uint32_t c = from; c < to; c++) {
    state.check_interrupt();
    scan(state, kind, ChunkId(c), key, column);
    visible.count = 0;
    if (column.type() != Type::kNull) {
      visible_rows(state, kind, ChunkId(c), visible);
      if (visible.count == 0) continue;
    }
    if (!f(column, uint64_t(c) * kChunkRows, Rows{visible.all ? nullptr : visible.slots, visible.count})) return;
  }
}

}  // namespace

// What has to be known before the array can be laid out.
struct DenseColumn::Survey {
  Type type = Type::kNull;
  bool mixed = false;
  bool nulls = false;
  uint32_t chunks = 0;  // that have the property
  Range held;
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t greatest = std::numeric_limits<int64_t>::min();

  bool take(const Vector& column, uint64_t first, Rows rows) {
    if (column.type() == Type::kNull) return nulls = true;
    if (type == Type::kNull) type = column.type();
    mixed = column.type() != type || !has_array(type);
    if (mixed) return false;
    if (chunks++ == 0) held.first = first;
    held.end = first + kChunkRows;
    if (is_number(type))
      take_range(column.data<int64_t>(), column, rows);
    else if (!column.all_valid())
      for_rows(rows, [&](uint32_t row) { nulls |= !column.valid(row); });
    return true;
  }

 private:
  void take_range(const int64_t* cells, const Vector& column, Rows rows) {
    int64_t low = least, high = greatest;
    if (column.all_valid())
      for_rows(rows, [&](uint32_t row) { low = std::min(low, cells[row]), high = std::max(high, cells[row]); });
    else
      for_rows(rows, [&](uint32_t row) {
        if (column.valid(row))
          low = std::min(low, cells[row]), high = std::max(high, cells[row]);
        else
          nulls = true;
      });
    least = low, greatest = high;
  }
};

std::unique_ptr<DenseColumn> DenseColumn::make(State& state, EntityKind kind, KeyId key, RelTypeId type) {
  auto out = std::make_unique<DenseColumn>();
  uint32_t from = 0, to = chunks_of(state, kind);
  out->ids_ = uint64_t(to) * kChunkRows;
  if (type.valid()) {
    const auto is_other = [&](uint32_t chunk) { return state.reader.relationship_chunk_type(ChunkId(chunk)) != type; };
    while (from < to && is_other(from)) from++;
    while (from < to && is_other(to - 1)) to--;
  }
  out->covered_ = {uint64_t(from) * kChunkRows, uint64_t(to) * kChunkRows};
  Survey survey;
  for_chunks(state, kind, key, from, to,
             [&](const Vector& v, uint64_t first, Rows rows) { return survey.take(v, first, rows); });
  if (survey.mixed || survey.type == Type::kNull) return nullptr;
  if (!out->allocate(survey, state)) return nullptr;
  if (out->fill(state, kind, key)) return out;
  state.use_memory(-int64_t(out->bytes_));
  return nullptr;
}

namespace {

// Takes the bytes from the statement's memory, before they are there: other workers come at the same moment.
bool reserve(State& state, uint64_t bytes) {
  const MemoryTracker* memory = state.context.memory;
  if (!memory) return true;
  const uint64_t most = memory->limit() / kMemoryShare;
  if (memory->used() + bytes > most) return false;
  try {
    state.use_memory(int64_t(bytes));
  } catch (const Error&) {
    return false;
  }
  if (memory->used() <= most) return true;
  state.use_memory(-int64_t(bytes));
  return false;
}

}  // namespace

bool DenseColumn::allocate(const Survey& survey, State& state) {
  type_ = survey.type;
  width_ = Vector::width(type_);
  if (is_number(type_) && survey.least <= survey.greatest) {
    uint64_t range = uint64_t(survey.greatest) - uint64_t(survey.least);
    width_ = range <= 0xff ? 1 : range <= 0xffff ? 2 : range <= 0xffffffff ? 4 : 8;
    base_ = width_ == 8 ? 0 : survey.least;
  }
  bytes_ = uint64_t(survey.chunks) * kChunkRows * width_ + (survey.nulls ? ids_ / 8 : 0);
  if (!reserve(state, bytes_)) return false;
  held_ = survey.held;
  allocate_cells(survey);
  if (survey.nulls) valid_.reset(static_cast<uint64_t*>(std::calloc(ids_ / 64, sizeof(uint64_t))));
  if (cells_ && (valid_ || !survey.nulls)) return true;
  state.use_memory(-int64_t(bytes_));
  return false;
}

// Not zeroed: nobody looks at cells of ids without a value. The first touch of 40 MB in small pages takes as long as all
// else that is done for them, so large arrays of which most is used are of huge ones.
void DenseColumn::allocate_cells(const Survey& survey) {
  const uint64_t ids = held_.end - held_.first;
  const size_t bytes = ids * width_;
  if (bytes < 2 * storage::kHugePage || uint64_t(survey.chunks) * kChunkRows < ids / 2) {
    cells_.reset(std::malloc(bytes));
    return;
  }
  const size_t mapped = storage::whole_huge_pages(bytes);
  try {
    cells_ = {storage::map_huge_pages(mapped), Free{mapped}};
  } catch (const std::bad_alloc&) {}
}

void DenseColumn::Free::operator()(void* p) const {
  if (mapped)
    ::munmap(p, mapped);
  else
    std::free(p);
}

bool DenseColumn::fill(State& state, EntityKind kind, KeyId key) {
  bool same = true;
  const auto from = uint32_t(covered_.first / kChunkRows), to = uint32_t(covered_.end / kChunkRows);
  for_chunks(state, kind, key, from, to, [&](const Vector& column, uint64_t first, Rows rows) {
    if (column.type() == type_) fill_chunk(column, first, rows);
    return same = column.type() == type_ || column.type() == Type::kNull;
  });
  return same;
}

void DenseColumn::fill_chunk(const Vector& column, uint64_t first, Rows rows) {
  auto copy = [&]<class Cell, class In>(const In* from, In base) {
    Cell* to = static_cast<Cell*>(cells_.get()) + (first - held_.first);
    if (column.all_valid()) return for_rows(rows, [&](uint32_t row) { to[row] = Cell(from[row] - base); });
    for_rows(rows, [&](uint32_t row) {
      if (column.valid(row)) to[row] = Cell(from[row] - base);
    });
  };
  if (type_ == Type::kString) {
    auto* to = static_cast<StringRef*>(cells_.get()) + (first - held_.first);
    for_rows(rows, [&](uint32_t row) {
      if (column.valid(row)) to[row] = column.strings()[row];
    });
  } else if (type_ == Type::kBool) {
    copy.operator()<uint8_t>(column.data<uint8_t>(), uint8_t{0});
  } else {
    const auto* words = column.data<uint64_t>();
    const uint64_t base = uint64_t(base_);
    switch (width_) {
      case 1: copy.operator()<uint8_t>(words, base); break;
      case 2: copy.operator()<uint16_t>(words, base); break;
      case 4: copy.operator()<uint32_t>(words, base); break;
      default: copy.operator()<uint64_t>(words, base);
    }
  }
  if (!valid_) return;
  for_rows(rows, [&](uint32_t row) {
    if (column.valid(row)) valid_.get()[(first + row) / 64] |= uint64_t{1} << (row % 64);
  });
}

// Loops of its own: it is the hottest there is, and what a lambda refers to would be read again after every store.
template <class Cell, class Out>
void DenseColumn::gather_cells(const uint32_t* __restrict ids, Rows rows, Out* __restrict out) const {
  const Cell* const cells = static_cast<const Cell*>(cells_.get());
  const uint32_t first = uint32_t(held_.first), count = rows.count;
  const uint16_t* const selected = rows.rows;
  if constexpr (std::is_same_v<Out, uint64_t>) {
    const uint64_t base = uint64_t(base_);
    if (selected)
      for (uint32_t i = 0; i < count; i++) out[selected[i]] = base + cells[ids[selected[i]] - first];
    else
      for (uint32_t i = 0; i < count; i++) out[i] = base + cells[ids[i] - first];
  } else if (selected) {
    for (uint32_t i = 0; i < count; i++) out[selected[i]] = cells[ids[selected[i]] - first];
  } else {
    for (uint32_t i = 0; i < count; i++) out[i] = cells[ids[i] - first];
  }
}

void DenseColumn::gather_valid(const uint32_t* ids, Rows rows, Vector& out) const {
  uint64_t* mask = out.mutable_mask();
  const uint64_t* valid = valid_.get();
  auto bit = [&](uint32_t row) { return valid[ids[row] / 64] >> (ids[row] % 64) & 1; };
  if (rows.rows) {
    std::fill_n(mask, Vector::kWords, uint64_t{0});
    for_rows(rows, [&](uint32_t row) { mask[row / 64] |= bit(row) << (row % 64); });
    return;
  }
  for (uint32_t row = 0; row < rows.count;) {
    uint64_t word = 0;
    for (uint32_t i = 0; i < 64 && row < rows.count; i++, row++) word |= bit(row) << i;
    mask[(row - 1) / 64] = word;
  }
}

// All ids have cells.
void DenseColumn::gather_values(const uint32_t* ids, Rows rows, Vector& out) const {
  if (type_ == Type::kString)
    gather_cells<StringRef>(ids, rows, out.mutable_data<StringRef>());
  else if (type_ == Type::kBool)
    gather_cells<uint8_t>(ids, rows, out.mutable_data<uint8_t>());
  else if (width_ == 1)
    gather_cells<uint8_t>(ids, rows, out.mutable_data<uint64_t>());
  else if (width_ == 2)
    gather_cells<uint16_t>(ids, rows, out.mutable_data<uint64_t>());
  else if (width_ == 4)
    gather_cells<uint32_t>(ids, rows, out.mutable_data<uint64_t>());
  else
    gather_cells<uint64_t>(ids, rows, out.mutable_data<uint64_t>());
}

bool DenseColumn::gather(const uint32_t* ids, Rows rows, Vector& out) const {
  uint32_t least = ~0u, greatest = 0;
  for_rows(rows, [&](uint32_t row) { least = std::min(least, ids[row]), greatest = std::max(greatest, ids[row]); });
  if (rows.count > 0 && !covered_.has(least, greatest)) return false;
  out.reset(type_);
  if (rows.count > 0 && !held_.has(least, greatest)) {  // some have no value: any cell serves for them
    uint32_t inside[Vector::kCapacity];
    const auto first = uint32_t(held_.first), last = uint32_t(held_.end - 1);
    for_rows(rows, [&](uint32_t row) { inside[row] = std::clamp(ids[row], first, last); });
    gather_values(inside, rows, out);
  } else {
    gather_values(ids, rows, out);
  }
  if (valid_) gather_valid(ids, rows, out);
  return true;
}

struct DenseColumns::Entry {
  EntityKind kind;
  KeyId key;
  RelTypeId type;
  Entry* next = nullptr;
  std::atomic<uint64_t> gathered{0};
  std::atomic<bool> tried{false};
  std::atomic<const DenseColumn*> ready{nullptr};  // stored (release) when `column` is complete
  std::unique_ptr<DenseColumn> column;             // of the worker that tried
};

DenseColumns::Entry& DenseColumns::entry(EntityKind kind, KeyId key, RelTypeId type) {
  auto find = [&](Entry* from) {
    while (from && (from->key != key || from->kind != kind || from->type != type)) from = from->next;
    return from;
  };
  Entry* first = first_.load(std::memory_order_acquire);
  if (Entry* found = find(first)) return *found;
  auto fresh = std::make_unique<Entry>();
  fresh->kind = kind, fresh->key = key, fresh->type = type;
  do {
    if (Entry* found = find(first)) return *found;  // another worker was faster
    fresh->next = first;
  } while (!first_.compare_exchange_weak(first, fresh.get(), std::memory_order_acq_rel, std::memory_order_acquire));
  return *fresh.release();
}

namespace {

// Reading a value in the order of ids, twice, and writing it costs about a twelfth of what gathering it costs where it
// lies: a statement that ends right behind the bound of a relationship type has paid a bit more than twice.
constexpr uint64_t kShareOfNodes = 8, kShareOfType = 16;
// The same of all relationships: those of most types have no such property, and chunks without one cost next to nothing.
constexpr uint64_t kShareOfAllTypes = 64;

// How many are gathered before a column is worth it.
uint64_t worth_a_column(const State& state, EntityKind kind, RelTypeId type) {
  if (type.valid()) return state.reader.graph().statistics().relationship_count(type) / kShareOfType;
  const uint64_t all = uint64_t(chunks_of(state, kind)) * kChunkRows;
  return all / (kind == EntityKind::kNode ? kShareOfNodes : kShareOfAllTypes);
}

}  // namespace

const DenseColumn* DenseColumns::find(State& state, EntityKind kind, KeyId key, RelTypeId type, uint32_t rows) {
  const storage::Transaction* transaction = state.context.transaction;
  if (rows < kManyRows || state.wrote || (transaction && transaction->has_writes())) return nullptr;
  Entry& e = entry(kind, key, type);
  if (const DenseColumn* column = e.ready.load(std::memory_order_acquire)) return column;
  if (e.tried.load(std::memory_order_relaxed)) return nullptr;
  const uint64_t gathered = e.gathered.fetch_add(rows, std::memory_order_relaxed) + rows;
  if (gathered < std::max(kFewGathers, worth_a_column(state, kind, type))) return nullptr;
  if (e.tried.exchange(true, std::memory_order_relaxed)) return nullptr;
  e.column = DenseColumn::make(state, kind, key, type);
  e.ready.store(e.column.get(), std::memory_order_release);
  return e.column.get();
}

void DenseColumns::clear() {
  Entry* next = first_.exchange(nullptr, std::memory_order_acquire);
  while (next) {
    const std::unique_ptr<Entry> e(next);
    if (e->column) owner_.use_memory(-int64_t(e->column->bytes()));
    next = e->next;
  }
}

}  // namespace elegraph::query::exec
