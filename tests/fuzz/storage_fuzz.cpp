// SPDX-License-Identifier: Apache-2.0
// Data directories that nobody wrote like that: opening and checking them gives a graph or an error, and a graph that
// opened can be checkpointed and opened again.
//
// An even first byte: sections and log records with these contents and right checksums, each a kind, an id, 16 bits
// of size, and the bytes. An odd one: a good directory with bytes changed, each change a file, 16 bits of offset, a byte.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "index/index_set.h"
#include "query/procedures/procedure_set.h"
#include "storage/checkpoint_format.h"
#include "storage/database.h"
#include "storage/wal_format.h"
#include "tests/fuzz/input.h"
#include "tests/unit/storage/simulated_disk.h"

using namespace elegraph;
using namespace elegraph::storage;
using fuzz::Input;
using fuzz::require;

namespace {

const std::filesystem::path kDirectory = "/graph";
constexpr uint64_t kSegment = 4096;

struct Observers {
  index::IndexSet indexes;
  query::ProcedureSet procedures;
  std::vector<ChangeObserver*> all() { return {&indexes.labels(), &indexes, &procedures}; }
};

struct Opened {
  Observers observers;
  std::unique_ptr<Database> database;
};

std::unique_ptr<Opened> open(SimulatedDisk& disk) {
  Database::Options options;
  options.directory = kDirectory;
  options.recovery_threads = 2;
  options.start_threads = false;
  options.log_segment_bytes = kSegment;
  options.files = &disk;
  auto opened = std::make_unique<Opened>();
  opened->database = Database::open(options, opened->observers.all());
  return opened;
}

void write(SimulatedDisk& disk, const std::filesystem::path& path, std::string_view bytes) {
  auto file = disk.create(path);
  file->write_at(0, bytes);
  file->sync();
}

// The error of an open is one that the operator understands.
void check_error(const Error& error) {
  require(error.sqlstate == sqlstate::kDataCorrupted || error.sqlstate == sqlstate::kConfigFileError ||
              error.sqlstate == sqlstate::kOutOfMemory || error.sqlstate == sqlstate::kIoError,
          error.sqlstate + " " + error.message);
}

bool opens(SimulatedDisk& disk) {
  try {
    open(disk);
    return true;
  } catch (const Error& error) {
    check_error(error);
    return false;
  }
}

std::vector<std::string> check(SimulatedDisk& disk) {
  try {
    Observers observers;
    return check_directory(disk, kDirectory, observers.all());
  } catch (const Error& error) {
    check_error(error);
    return {error.message};
  }
}

// What the input says, with all checksums right.
std::unique_ptr<SimulatedDisk> written(Input& input) {
  Manifest manifest;
  manifest.timestamp = manifest.sequence = 1;
  std::string sections;
  const SegmentHeader segment = make_segment_header(1, 2, 0, 7);
  std::string log(reinterpret_cast<const char*>(&segment), sizeof segment);
  uint64_t link = 0;
  Timestamp timestamp = 1;
  while (!input.empty()) {
    const uint8_t kind = input.byte(), id = input.byte();
    const std::string_view bytes = input.take(input.word());
    if (kind % 8 < 5) {
      manifest.sections.push_back(
          {SectionKind(kind % 8), id == 255 ? ~0u : id, 1, sections.size(), bytes.size(), section_checksum(bytes)});
      sections.append(bytes).resize(padded(sections.size()));
    } else {
      RecordHeader header{0, bytes.size(), ++timestamp, timestamp - 1, link};
      link = header.checksum = record_checksum(header, bytes, segment.salt);
      log.append(reinterpret_cast<const char*>(&header), sizeof header).append(bytes).resize(padded(log.size()));
    }
  }
  log.resize(std::max<size_t>(log.size(), kSegment));
  auto disk = std::make_unique<SimulatedDisk>();
  write(*disk, kDirectory / "FORMAT", "elegraph storage format 1\n");
  write(*disk, kDirectory / "MANIFEST", encode_manifest(manifest));
  write(*disk, kDirectory / "checkpoint" / checkpoint_name(1), sections);
  write(*disk, kDirectory / "wal" / segment_name(1), log);
  return disk;
}

void commit(Transaction& transaction) {
  transaction.commit(Durability::kOff, [](std::exception_ptr) {});
}

// A small graph with an index, some of it in a checkpoint and some in the log.
std::unique_ptr<SimulatedDisk> good_directory() {
  SimulatedDisk disk;
  auto opened = open(disk);
  Graph& graph = opened->database->graph();
  auto* slot = graph.open_slot();
  opened->observers.indexes.create({"i", index::EntityKind::kNode, "L", {"k"}, index::ConstraintKind::kUnique, false}, slot,
                                   {});
  for (int round = 0; round < 2; round++) {
    const auto transaction = graph.begin(slot);
    Transaction& t = *transaction;
    const LabelSetId set = graph.catalog().intern_label_set(std::vector{t.label("L")});
    const RelTypeId type = t.rel_type("R");
    NodeId last;
    for (int i = 0; i < 20; i++) {
      const NodeId node = t.create_node(set);
      t.set_property(node, t.key("k"), Value::integer(round * 100 + i));
      t.set_property(node, t.key("s"), Value::string("a text of some length " + std::to_string(i)));
      if (last.valid()) t.create_relationship(type, last, node);
      last = node;
    }
    commit(t);
    if (round == 0) opened->database->checkpoint();
  }
  graph.close_slot(slot);
  auto copy = disk.after_kill();
  return copy;
}

const SimulatedDisk& good() {
  static const auto directory = good_directory();
  return *directory;
}

std::unique_ptr<SimulatedDisk> damaged(Input& input) {
  auto disk = good().after_kill();
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"", "wal", "checkpoint"})
    for (auto& name : disk->list(folder[0] ? kDirectory / folder : kDirectory))
      if (name != "spare") files.push_back(folder[0] ? kDirectory / folder / name : kDirectory / name);
  while (!input.empty()) {
    std::string& bytes = disk->contents(files[input.byte() % files.size()]);
    const uint32_t offset = input.word();
    const uint8_t change = input.byte();
    if (offset % 16 == 15)
      bytes.resize(offset / 16 % (bytes.size() + 1));
    else if (!bytes.empty())
      bytes[offset / 16 % bytes.size()] = char(change);
  }
  return disk;
}

std::pair<uint64_t, uint64_t> size_of(SimulatedDisk& disk) {
  const auto opened = open(disk);
  const auto& statistics = opened->database->graph().statistics();
  return {statistics.node_count(), statistics.relationship_count()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const bool damage = input.byte() % 2;
  const auto disk = damage ? damaged(input) : written(input);
  const std::vector<std::string> findings = check(*disk);
  if (!opens(*disk)) {
    require(!findings.empty(), "the check finds nothing in a directory that does not open");
    return 0;
  }
  // The check looks at more of the log than what the checkpoint does not have: nothing is lost without it.
  if (damage && !findings.empty())
    require(size_of(*disk) == size_of(*good().after_kill()), "a damaged directory was opened");
  require(opens(*disk), "a directory cannot be opened a second time");
  return 0;
}
