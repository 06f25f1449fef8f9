// SPDX-License-Identifier: Apache-2.0
#include "storage/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "storage/chunk_image.h"
#include "storage/parallel.h"
#include "storage/redo.h"

namespace elegraph::storage {
namespace {

Error corrupted(std::string message, std::string detail) {
  return Error(sqlstate::kDataCorrupted, std::move(message))
      .with_detail(std::move(detail))
      .with_hint("Restore the data directory from a backup.");
}

Error no_log(const DataDirectory& directory) {
  return corrupted(fmt::format("the log in \"{}\" is missing", directory.wal().string()), "There is no segment.");
}

std::string_view kind_name(SectionKind kind) {
  switch (kind) {
    case SectionKind::kCatalog: return "catalog";
    case SectionKind::kDefinitions: return "definitions";
    case SectionKind::kNodeChunk: return "node chunk";
    case SectionKind::kRelationshipChunk: return "relationship chunk";
  }
  return "unknown section";
}

// Reads a checkpoint's sections. Thread-safe.
class SectionReader {
 public:
  SectionReader(DataDirectory& directory, const Manifest& manifest) : directory_(directory) {
    for (const auto& s : manifest.sections) {
      if (!files_.count(s.file)) files_[s.file] = open(s);
    }
  }
  // Into `buffer`, which keeps its memory for the next one.
  std::string_view read(const Section& s, std::string& buffer) const {
    const Open& file = files_.at(s.file);
    if (s.offset > file.size || s.bytes > file.size - s.offset) throw error(s, "The file is too short");
    if (buffer.size() < s.bytes) buffer.resize(s.bytes);
    file.file->read_at(s.offset, {buffer.data(), s.bytes});
    const auto bytes = std::string_view(buffer).substr(0, s.bytes);
    if (section_checksum(bytes) != s.checksum) throw error(s, "The checksum is wrong");
    return bytes;
  }

 private:
  struct Open {
    std::unique_ptr<File> file;
    uint64_t size = 0;
  };
  Open open(const Section& s) const {
    if (!directory_.files().exists(path(s))) throw error(s, "There is no such file");
    auto file = directory_.files().open(path(s));
    file->will_read();
    const uint64_t size = file->size();
    return {std::move(file), size};
  }
  std::filesystem::path path(const Section& s) const { return directory_.checkpoints() / checkpoint_name(s.file); }
  Error error(const Section& s, std::string_view why) const {
    return corrupted(fmt::format("the checkpoint is corrupted in \"{}\"", path(s).string()),
                     fmt::format("{} for {} {} at offset {}, {} bytes.", why, kind_name(s.kind), s.id, s.offset, s.bytes));
  }

  DataDirectory& directory_;
  std::map<uint64_t, Open> files_;
};

void load(const SectionReader& reader, const Section& s, Graph& graph, std::span<ChangeObserver* const> observers) {
  thread_local std::string buffer;
  const auto bytes = reader.read(s, buffer);
  switch (s.kind) {
    case SectionKind::kCatalog: return import_catalog(graph.catalog(), bytes);
    case SectionKind::kDefinitions:
      for (const auto& text : decode_definitions(bytes)) {
        for (auto* observer : observers) observer->recovered_definition(text);
      }
      return;
    case SectionKind::kNodeChunk: return import_node_chunk(graph, ChunkId(s.id), bytes);
    case SectionKind::kRelationshipChunk: return import_relationship_chunk(graph, ChunkId(s.id), bytes);
  }
  throw corrupted("the checkpoint's manifest is damaged", fmt::format("It has a section of kind {}.", uint32_t(s.kind)));
}

// `nodes_there` is called once all but the relationships is there, while those are loaded.
void load_checkpoint(DataDirectory& directory, const Manifest& manifest, Graph& graph,
                     std::span<ChangeObserver* const> observers, uint32_t threads,
                     const std::function<void()>& nodes_there) {
  const SectionReader reader(directory, manifest);
  // Kind by kind: the catalog names what the chunks use.
  for (auto from = manifest.sections.begin(); from != manifest.sections.end();) {
    const auto to = std::find_if(from, manifest.sections.end(), [&](const auto& s) { return s.kind != from->kind; });
    const size_t beside = from->kind == SectionKind::kRelationshipChunk && to == manifest.sections.end();
    run_parallel(threads, size_t(to - from) + beside, [&](size_t i) {
      i < beside ? nodes_there() : load(reader, from[ptrdiff_t(i - beside)], graph, observers);
    });
    from = to;
  }
}

}  // namespace

std::optional<Manifest> read_manifest(DataDirectory& directory) {
  if (!directory.files().exists(directory.manifest())) return std::nullopt;
  return decode_manifest(directory.files().read(directory.manifest()));
}

Recovered recover(DataDirectory& directory, Graph& graph, std::span<ChangeObserver* const> observers, uint32_t threads,
                  ReadLog read) {
  Recovered result;
  if (auto manifest = read_manifest(directory)) result.manifest = std::move(*manifest), result.has_manifest = true;
  LogReader log(directory.files(), directory.wal(), read == ReadLog::kAll ? LogMark{} : result.manifest.log);
  load_checkpoint(directory, result.manifest, graph, observers, threads, [&] {
    if (!log.ends_at_mark()) return;
    nodes_recovered(graph, result.manifest.timestamp);
  });
  if (result.has_manifest && !directory.files().exists(directory.wal())) throw no_log(directory);
  result.log = log.replay(result.manifest.timestamp, [&](Timestamp at, std::string_view redo) {
    redo::apply(graph, redo, at);
    result.replayed_bytes += redo.size();
  });
  if (result.has_manifest && result.log.segments.empty()) throw no_log(directory);
  if (!result.has_manifest && result.log.last > 0) {
    throw corrupted(fmt::format("\"{}\" is missing", directory.manifest().string()), "There is a log, but no checkpoint.");
  }
  finish_recovery(graph, result.log.last, threads, [&] {
    for (auto* observer : observers) observer->recovered();
    log.check_end(result.manifest.timestamp, result.log);
  });
  return result;
}

void verify_sections(DataDirectory& directory, const Manifest& manifest, std::vector<std::string>& findings) {
  const SectionReader reader(directory, manifest);
  std::string buffer;
  for (const auto& s : manifest.sections) {
    try {
      reader.read(s, buffer);
    } catch (const Error& error) {
      findings.push_back(error.message + ": " + error.detail);
    }
  }
}

}  // namespace elegraph::storage
