// SPDX-License-Identifier: Apache-2.0
#include "storage/chunk.h"

#include <algorithm>
#include <optional>

#include "storage/error.h"
#include "storage/rcu.h"
#include "storage/slab.h"

namespace elegraph::storage {

void throw_ids_used_up() { throw Error(sqlstate::kProgramLimitExceeded, "all ids of the graph are used up"); }

namespace {

constexpr uint32_t kManyValues = 64;  // of a column at once

// The cells themselves are left as they come.
Cells* make_uninitialized(CellType type, uint64_t generation) {
  auto* c = static_cast<Cells*>(chunk_memory().allocate(Cells::bytes(type)));
  new (&c->valid) Bitmap{};
  c->type = type;
  c->generation = generation;
  return c;
}

}  // namespace

Cells* Cells::make(CellType type, uint64_t generation) {
  Cells* c = make_uninitialized(type, generation);
  std::memset(c->data, 0, size_t{kChunkRows} * cell_width(type));
  return c;
}

namespace {

struct FreeCells {
  void operator()(Cells* c) const {
    for (uint32_t row = 0; has_blobs(c->type) && row < kChunkRows; ++row) free_cell(c->get(row));
    Cells::free(c);
  }
};
using OwnedCells = std::unique_ptr<Cells, FreeCells>;

}  // namespace

Column::~Column() {
  if (Cells* c = before.load(std::memory_order_relaxed)) Cells::free(c);  // blobs belong to the undo records by now
  OwnedCells owned(cells.load(std::memory_order_relaxed));
  if (SparseCells* s = sparse.load(std::memory_order_relaxed)) {
    for (uint32_t i = 0; i < s->count; ++i) free_cell(s->entries[i].cell);
    delete s;
  }
}

// When the column turns dense, cells are published before sparse goes: after a null sparse, cells are there.
Cell Column::get(uint32_t row) const {
  if (const Cells* c = cells.load(std::memory_order_acquire)) return c->get(row);
  if (const SparseCells* s = sparse.load(std::memory_order_acquire)) return s->get(row);
  const Cells* c = cells.load(std::memory_order_acquire);
  return c ? c->get(row) : Cell{};
}

Chunk::~Chunk() {
  if (Versions* v = versions.load(std::memory_order_relaxed)) Versions::free(v);
  if (ColumnTable* t = columns.load(std::memory_order_relaxed)) {
    for (Column* c : t->columns) delete c;
    delete t;
  }
}

Column& Chunk::column_for(KeyId key) {
  if (const Column* c = column(key)) return const_cast<Column&>(*c);
  auto next = std::make_unique<ColumnTable>();
  ColumnTable* old = columns.load(std::memory_order_relaxed);
  if (old) next->columns = old->columns;
  auto column = std::make_unique<Column>(key);
  next->columns.push_back(column.get());
  columns.store(next.release(), std::memory_order_release);
  if (old) rcu::retire(old);
  return *column.release();
}

// The versions that `record` goes into, told who writes them. New ones are published by the caller.
Versions& Chunk::open_versions(UndoRecord* record) {
  Versions* v = versions.load(std::memory_order_relaxed);
  if (!v) {
    v = new Versions(++generation);
    v->only_writer.store(record->status, std::memory_order_relaxed);
  } else if (v->only_writer.load(std::memory_order_relaxed) != record->status) {
    v->only_writer.store(nullptr, std::memory_order_release);
  }
  if (record->kind != UndoKind::kProperty && record->kind != UndoKind::kLabels)
    v->rows_came_or_went.store(true, std::memory_order_release);
  return *v;
}

void Chunk::push(uint32_t row, UndoRecord* record) {
  Versions& v = open_versions(record);
  bool chained = test(v.rows, row);
  record->next.store(chained ? v.heads[row] : nullptr, std::memory_order_relaxed);
  std::atomic_ref<UndoRecord*>(v.heads[row]).store(record, std::memory_order_release);
  if (!chained) {
    set(v.rows, row);
    ++v.count;
  }
  versions.store(&v, std::memory_order_release);
}

void Chunk::push_range(uint32_t first, uint32_t count, UndoRecord* record) {
  Versions& v = open_versions(record);
  for (uint32_t row = first; row < first + count; ++row)
    std::atomic_ref<UndoRecord*>(v.heads[row]).store(record, std::memory_order_release);
  set_range(v.rows, first, count);
  v.count += count;
  versions.store(&v, std::memory_order_release);
}

void Chunk::take_rows(uint32_t first, uint32_t count) {
  set_range(used, first, count);
  if (first + count > limit.load(std::memory_order_relaxed)) limit.store(first + count, std::memory_order_release);
}

// Sparse values of another type than `type` are boxed, which is the type then.
void Chunk::make_dense(Column& column, CellType type, std::vector<Cell>& garbage) {
  SparseCells* s = column.sparse.load(std::memory_order_relaxed);
  OwnedCells next(Cells::make(type, generation));
  std::vector<Cell> replaced;  // garbage only when nothing can throw any more
  for (uint32_t i = 0; s && i < s->count; ++i) {
    const auto& [row, cell] = s->entries[i];
    const bool boxing = cell.type != type;
    next->store(row, boxing ? box(cell).bits : copy_cell(cell).bits);
    set(next->valid, row);
    if (cell_blob(cell.type, cell.bits)) replaced.push_back(cell);
  }
  garbage.insert(garbage.end(), replaced.begin(), replaced.end());
  column.cells.store(next.release(), std::memory_order_release);
  column.sparse.store(nullptr, std::memory_order_release);
  if (s) rcu::retire(s);
}

// Every value as a blob of its own; readers go on with the old cells until the new ones are published.
void Chunk::make_boxed(Column& column, std::vector<Cell>& garbage) {
  Cells* old = column.cells.load(std::memory_order_relaxed);
  OwnedCells next(Cells::make(CellType::kBoxed, generation));
  std::vector<Cell> replaced;  // garbage only when nothing can throw any more
  for (uint32_t row = 0; row < kChunkRows; ++row) {
    Cell cell = old->get(row);
    if (cell.type == CellType::kNone) continue;
    next->store(row, box(cell).bits);
    set(next->valid, row);
    if (cell_blob(cell.type, cell.bits)) replaced.push_back(cell);
  }
  garbage.insert(garbage.end(), replaced.begin(), replaced.end());
  column.cells.store(next.release(), std::memory_order_release);
  rcu::retire(old, &Cells::free);
}

Cells* Chunk::writable(Column& column, bool fresh) {
  Cells* c = column.cells.load(std::memory_order_relaxed);
  if (fresh || c->generation == generation) return c;
  Cells* copy = make_uninitialized(c->type, generation);
  copy_cells(copy->data, c->data, kChunkRows * cell_width(c->type));
  for (uint32_t w = 0; w < kChunkWords; ++w)
    copy->valid[w].store(c->valid[w].load(std::memory_order_relaxed), std::memory_order_relaxed);
  // Readers that find the copy find what it was copied from, too.
  Cells* older = column.before.exchange(c, std::memory_order_acq_rel);
  column.cells.store(copy, std::memory_order_release);
  if (older) rcu::retire(older, &Cells::free);
  return copy;
}

namespace {

// A copy of `old` with the row's cell replaced; null when there is no room.
std::unique_ptr<SparseCells> with_cell(const SparseCells* old, uint32_t row, Cell cell, Cell& before) {
  auto next = std::make_unique<SparseCells>();
  bool placed = cell.type == CellType::kNone;
  auto add = [&](uint32_t r, Cell c) {
    if (next->count < SparseCells::kMax) next->entries[next->count] = {r, c};
    ++next->count;
  };
  for (uint32_t i = 0; old && i < old->count; ++i) {
    const SparseCells::Entry& e = old->entries[i];
    if (e.row == row) {
      before = e.cell;
      continue;
    }
    if (!placed && e.row > row) add(row, cell), placed = true;
    add(e.row, e.cell);
  }
  if (!placed) add(row, cell);
  return next->count <= SparseCells::kMax ? std::move(next) : nullptr;
}

CellType common_type(const SparseCells* s, CellType with) {
  for (uint32_t i = 0; s && i < s->count; ++i)
    if (s->entries[i].cell.type != with) return CellType::kBoxed;
  return with;
}

}  // namespace

Cell Chunk::put(Column& column, uint32_t row, Cell cell, bool fresh, std::vector<Cell>& garbage) {
  if (!column.cells.load(std::memory_order_relaxed)) {
    SparseCells* old = column.sparse.load(std::memory_order_relaxed);
    Cell before;
    if (auto next = with_cell(old, row, cell, before)) {
      column.sparse.store(next.release(), std::memory_order_release);
      if (old) rcu::retire(old);
      return before;
    }
    CellType type = common_type(old, cell.type);
    make_dense(column, type, garbage);
  }
  Cells* c = column.cells.load(std::memory_order_relaxed);
  Cell before = c->get(row);
  if (cell.type == CellType::kNone) {
    if (before.type != CellType::kNone) clear(writable(column, fresh)->valid, row);
    return before;
  }
  if (cell.type != c->type) {
    if (c->type != CellType::kBoxed) {
      // The row's own old cell goes to the caller, not to the garbage.
      if (before.type != CellType::kNone) {
        c = writable(column, false);
        clear(c->valid, row);
      }
      make_boxed(column, garbage);
    }
    if (cell.type != CellType::kBoxed) {
      Cell boxed = box(cell);
      if (cell_blob(cell.type, cell.bits)) garbage.push_back(cell);
      cell = boxed;
    }
  }
  c = writable(column, fresh);
  c->store(row, cell.bits);
  set(c->valid, row);
  return before;
}

void Chunk::fill(Column& column, uint32_t first, const Vector& values, uint32_t offset, uint32_t count,
                 std::vector<Cell>& garbage) {
  CellType type = cell_type_of(values.type());
  if (type == CellType::kNone) return;
  std::optional<ValueStretch> stretch;
  if (count >= kManyValues) stretch.emplace();
  if (!column.cells.load(std::memory_order_relaxed) && !column.sparse.load(std::memory_order_relaxed) &&
      count > SparseCells::kMax && values.type() != Type::kAny)
    make_dense(column, type, garbage);
  Cells* cells = column.cells.load(std::memory_order_relaxed);
  if (!cells || cells->type != type || type == CellType::kBoxed) {
    for (uint32_t i = 0; i < count; ++i)
      if (Cell c = make_cell(values, offset + i); c.type != CellType::kNone) put(column, first + i, c, true, garbage);
    return;
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (!values.valid(offset + i)) continue;
    cells->store(first + i, make_cell(values, offset + i).bits);
    set(cells->valid, first + i);
  }
}

bool Chunk::unlink(uint32_t row, Timestamp horizon, const TransactionStatus* aborted) {
  Versions* v = versions.load(std::memory_order_relaxed);
  if (!v || !test(v->rows, row)) return true;
  std::atomic<UndoRecord*>* link = nullptr;  // null: the head
  UndoRecord* r = v->heads[row];
  UndoRecord* head = r;
  while (r) {
    UndoRecord* next = r->next.load(std::memory_order_relaxed);
    const Timestamp state = r->status->state.load(std::memory_order_acquire);
    const bool cut = state <= horizon;
    if (cut) {
      // All of it, also what other transactions wrote whose turn comes later: before the versions may go.
      if (state > changed.load(std::memory_order_relaxed)) changed.store(state, std::memory_order_release);
      for (UndoRecord* d = r; d; d = d->next.load(std::memory_order_relaxed)) d->detached = true;
      next = nullptr;
    }
    if (cut || r->status == aborted) {
      if (link)
        link->store(next, std::memory_order_release);
      else
        head = next;
    } else {
      link = &r->next;
    }
    r = next;
  }
  if (head) {
    std::atomic_ref<UndoRecord*>(v->heads[row]).store(head, std::memory_order_release);
    return false;
  }
  clear(v->rows, row);
  --v->count;
  return true;
}

void Chunk::drop_versions_if_empty() {
  Versions* v = versions.load(std::memory_order_relaxed);
  if (!v || v->count) return;
  versions.store(nullptr, std::memory_order_release);
  rcu::retire(v, &Versions::free);
  if (ColumnTable* t = columns.load(std::memory_order_relaxed))
    for (Column* c : t->columns)
      if (Cells* before = c->before.exchange(nullptr, std::memory_order_acq_rel)) rcu::retire(before, &Cells::free);
}

void Chunk::clear_row(uint32_t row, std::vector<Cell>& garbage) {
  clear(used, row);
  ColumnTable* t = columns.load(std::memory_order_relaxed);
  if (!t) return;
  for (Column* c : t->columns) {
    const Cells* cells = c->cells.load(std::memory_order_relaxed);
    if (cells && !test(cells->valid, row)) continue;
    if (const Cell old = put(*c, row, {}, true, garbage); cell_blob(old.type, old.bits)) garbage.push_back(old);
  }
}

std::atomic<uint32_t>* NodeChunk::make_mixed() {
  std::atomic<uint32_t>* m = mixed.load(std::memory_order_relaxed);
  if (m) return m;
  m = new std::atomic<uint32_t>[kChunkRows];
  for (uint32_t i = 0; i < kChunkRows; ++i) m[i].store(labels.value, std::memory_order_relaxed);
  mixed.store(m, std::memory_order_release);
  return m;
}

}  // namespace elegraph::storage
