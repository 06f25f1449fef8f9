// SPDX-License-Identifier: Apache-2.0
#include "storage/list_search.h"

#include "storage/graph_parts.h"
#include "storage/value_codec.h"

namespace elegraph::storage {

namespace {

constexpr size_t kAhead = 16;  // lists that are on their way while one is read

// The boxed cells of a chunk that has no versions: frozen for this read section (storage/chunk.h).
const Cells* frozen_lists(const Chunk* chunk, KeyId key) {
  const Column* column = chunk ? chunk->column(key) : nullptr;
  const Cells* cells = column ? column->cells.load(std::memory_order_acquire) : nullptr;
  if (!cells || cells->type != CellType::kBoxed) return nullptr;
  return chunk->versions.load(std::memory_order_acquire) ? nullptr : cells;
}

const Blob* blob_at(const Cells* cells, uint32_t row) {
  return cells && test(cells->valid, row) ? cell_blob(CellType::kBoxed, cells->load(row)) : nullptr;
}

template <class Id>
std::span<const uint32_t> numbers(std::span<const Id> ids) {
  static_assert(sizeof(Id) == sizeof(uint32_t));
  return {reinterpret_cast<const uint32_t*>(ids.data()), ids.size()};
}

}  // namespace

ListSearch::ListSearch(const Value& wanted) : type_(wanted.type()) {
  if (type_ == Type::kString)
    value_ = wanted.as_string();
  else
    put_u64(value_, uint64_t(wanted.as_int()));
}

// Values of one type are equal where their bytes are, for the types that can be looked for.
ListSearch::Found ListSearch::in(std::string_view list) const {
  Decoder bytes(list);
  if (Type(bytes.u8()) != Type::kList) return Found::kAsk;
  bool found = false;
  for (uint64_t n = bytes.varint(); n > 0; --n) {
    if (bytes.peek() != uint8_t(type_)) return Found::kAsk;
    bytes.u8();
    found |= bytes.bytes(type_ == Type::kString ? bytes.varint() : sizeof(uint64_t)) == value_;
  }
  return found ? Found::kYes : Found::kNo;
}

template <class Directory>
void ListSearch::find(const Directory& chunks, std::span<const uint32_t> ids, KeyId key, std::span<Found> found) const {
  constexpr uint32_t kNone = ~0u;
  struct {
    uint32_t number = kNone;
    const Cells* cells = nullptr;
  } now, ahead;
  auto enter = [&](auto& chunk, uint32_t number) {
    if (chunk.number != number) chunk = {number, frozen_lists(chunks.find(number), key)};
    return chunk.cells;
  };
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i + kAhead < ids.size()) {
      const uint32_t later = ids[i + kAhead];
      __builtin_prefetch(blob_at(enter(ahead, later / kChunkRows), later % kChunkRows));
    }
    const Blob* list = blob_at(enter(now, ids[i] / kChunkRows), ids[i] % kChunkRows);
    found[i] = list ? in(list->view()) : Found::kAsk;
  }
}

void ListSearch::find(const Reader& reader, std::span<const NodeId> nodes, KeyId key, std::span<Found> found) const {
  find(reader.graph().parts().nodes, numbers(nodes), key, found);
}

void ListSearch::find(const Reader& reader, std::span<const RelId> relationships, KeyId key, std::span<Found> found) const {
  find(reader.graph().parts().rels, numbers(relationships), key, found);
}

}  // namespace elegraph::storage
