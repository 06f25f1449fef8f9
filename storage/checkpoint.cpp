// SPDX-License-Identifier: Apache-2.0
#include "storage/checkpoint.h"

#include <algorithm>
#include <map>
#include <set>

#include "storage/chunk_image.h"
#include "storage/parallel.h"
#include "storage/rcu.h"
#include "storage/wal.h"

namespace elegraph::storage {
namespace {

constexpr size_t kStep = 4 << 20;         // bytes between writes
constexpr uint32_t kChunksOfThread = 64;  // that each thread encodes before they are written

// The file of new sections; made when the first one comes.
class SectionWriter {
 public:
  SectionWriter(DataDirectory& directory, uint64_t sequence)
      : directory_(directory), path_(directory.checkpoints() / checkpoint_name(sequence)), sequence_(sequence) {}

  // Bytes appended to buffer() since the last call become a section.
  std::string& buffer() { return buffer_; }
  Section add(SectionKind kind, uint32_t id) {
    const auto bytes = std::string_view(buffer_).substr(start_);
    const Section section{kind, id, sequence_, written_ + start_, bytes.size(), section_checksum(bytes)};
    buffer_.resize((buffer_.size() + 7) & ~size_t{7});
    start_ = buffer_.size();
    if (buffer_.size() >= kStep) flush();
    return section;
  }
  void finish() {
    flush();
    if (file_) directory_.files().sync_directory(directory_.checkpoints());
  }

 private:
  void flush() {
    if (buffer_.empty()) return;
    if (!file_) file_ = directory_.files().create(path_);
    file_->write_at(written_, buffer_);
    file_->sync();
    written_ += buffer_.size();
    buffer_.clear();
    start_ = 0;
  }

  DataDirectory& directory_;
  const std::filesystem::path path_;
  const uint64_t sequence_;
  std::unique_ptr<File> file_;
  std::string buffer_;
  size_t start_ = 0;
  uint64_t written_ = 0;
};

// The sections of the last checkpoint that the next one may take over.
class Reusable {
 public:
  Reusable(DataDirectory& directory, const Manifest& last) : timestamp_(last.timestamp) {
    std::map<uint64_t, uint64_t> used;
    for (const auto& s : last.sections) used[s.file] += s.bytes;
    std::set<uint64_t> sparse;
    for (const auto& [file, bytes] : used) {
      const auto path = directory.checkpoints() / checkpoint_name(file);
      if (bytes < directory.files().open(path)->size() / 2) sparse.insert(file);
    }
    for (const auto& s : last.sections) {
      if (!sparse.count(s.file)) sections_[{s.kind, s.id}] = &s;
    }
  }
  const Section* find(SectionKind kind, ChunkId id, Timestamp changed) const {
    if (changed > timestamp_) return nullptr;
    const auto found = sections_.find({kind, id.value});
    return found == sections_.end() ? nullptr : found->second;
  }

 private:
  const Timestamp timestamp_;
  std::map<std::pair<SectionKind, uint32_t>, const Section*> sections_;
};

class SnapshotHold {
 public:
  explicit SnapshotHold(Graph& graph) : graph_(graph), slot_(graph.open_slot()), transaction_(graph.begin(slot_)) {}
  ~SnapshotHold() {
    transaction_->rollback();
    transaction_ = nullptr;
    graph_.close_slot(slot_);
  }
  SnapshotHold(const SnapshotHold&) = delete;
  SnapshotHold& operator=(const SnapshotHold&) = delete;
  Snapshot snapshot() const { return transaction_->snapshot(); }

 private:
  Graph& graph_;
  Graph::SnapshotSlot* slot_;
  std::unique_ptr<Transaction> transaction_;
};

// The chunks that are encoded together, and then written one after the other.
struct Encoded {
  const Section* old = nullptr;  // not changed since
  bool there = false;
  std::string bytes;
};

template <class Changed, class Export>
void add_chunks(SectionKind kind, uint32_t count, uint32_t threads, const Reusable& reusable, SectionWriter& writer,
                Manifest& manifest, Changed&& changed, Export&& export_chunk) {
  std::vector<Encoded> wave(std::min(count, threads * kChunksOfThread));
  for (uint32_t first = 0; first < count; first += uint32_t(wave.size())) {
    const uint32_t n = std::min(count - first, uint32_t(wave.size()));
    run_parallel(threads, n, [&](size_t i) {
      const ChunkId chunk(first + uint32_t(i));
      wave[i].bytes.clear();
      wave[i].old = reusable.find(kind, chunk, changed(chunk));
      wave[i].there = !wave[i].old && export_chunk(chunk, wave[i].bytes);
    });
    for (uint32_t i = 0; i < n; ++i) {
      if (wave[i].old) manifest.sections.push_back(*wave[i].old);
      if (!wave[i].there) continue;
      writer.buffer() += wave[i].bytes;
      manifest.sections.push_back(writer.add(kind, first + i));
    }
  }
}

std::vector<std::string> definitions(std::span<ChangeObserver* const> observers) {
  std::vector<std::string> all;
  for (auto* observer : observers) {
    for (auto& text : observer->definitions()) all.push_back(std::move(text));
  }
  return all;
}

void add_names(Graph& graph, std::span<ChangeObserver* const> observers, SectionWriter& writer, Manifest& manifest) {
  export_catalog(graph.catalog(), writer.buffer());
  manifest.sections.push_back(writer.add(SectionKind::kCatalog, 0));
  writer.buffer() += encode_definitions(definitions(observers));
  manifest.sections.push_back(writer.add(SectionKind::kDefinitions, 0));
}

void add_rows(Graph& graph, Snapshot snapshot, uint32_t threads, const Reusable& reusable, SectionWriter& writer,
              Manifest& manifest) {
  uint32_t nodes, relationships;
  {
    const rcu::ReadGuard guard;
    const Reader reader(graph, snapshot);
    nodes = reader.node_chunks(), relationships = reader.relationship_chunks();
  }
  add_chunks(
      SectionKind::kNodeChunk, nodes, threads, reusable, writer, manifest,
      [&](ChunkId c) { return node_chunk_changed(graph, c); },
      [&](ChunkId c, std::string& out) { return export_node_chunk(graph, c, snapshot, out); });
  add_chunks(
      SectionKind::kRelationshipChunk, relationships, threads, reusable, writer, manifest,
      [&](ChunkId c) { return relationship_chunk_changed(graph, c); },
      [&](ChunkId c, std::string& out) { return export_relationship_chunk(graph, c, snapshot, out); });
}

}  // namespace

Manifest write_checkpoint(DataDirectory& directory, Graph& graph, std::span<ChangeObserver* const> observers, Wal& log,
                          const Manifest& last, uint64_t sequence, uint32_t threads) {
  const LogMark mark = log.mark();  // before the snapshot, which then has all that stands before it
  const SnapshotHold hold(graph);
  Manifest manifest{hold.snapshot().at, sequence, {}, mark};
  try {
    SectionWriter writer(directory, sequence);
    // After the snapshot was taken: they may know more than it does, and the log says that again.
    add_names(graph, observers, writer, manifest);
    add_rows(graph, hold.snapshot(), threads, Reusable(directory, last), writer, manifest);
    writer.finish();
    log.sync();
  } catch (const std::exception&) {
    directory.files().remove(directory.checkpoints() / checkpoint_name(sequence));  // the space is needed
    throw;
  }
  directory.publish(directory.manifest(), encode_manifest(manifest));
  return manifest;
}

void remove_unused_sections(DataDirectory& directory, const Manifest& manifest) {
  std::set<uint64_t> used;
  for (const auto& s : manifest.sections) used.insert(s.file);
  for (const auto& name : directory.files().list(directory.checkpoints())) {
    const auto sequence = checkpoint_sequence(name);
    if (sequence && !used.count(*sequence)) directory.files().remove(directory.checkpoints() / name);
  }
}

}  // namespace elegraph::storage
