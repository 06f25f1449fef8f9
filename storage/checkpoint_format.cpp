// SPDX-License-Identifier: Apache-2.0
#include "storage/checkpoint_format.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <cstring>

#include "storage/error.h"

namespace elegraph::storage {
namespace {

constexpr char kMagic[8] = {'E', 'L', 'E', 'G', 'M', 'A', 'N', '1'};
constexpr std::string_view kSuffix = ".data";

struct Header {
  char magic[8];
  uint32_t format;
  uint32_t sections;
  uint64_t timestamp;
  uint64_t sequence;
};
static_assert(sizeof(Header) == 32);

Error damaged(std::string_view what) {
  return Error(sqlstate::kDataCorrupted, fmt::format("the checkpoint's {} is damaged", what))
      .with_hint("Restore the data directory from a backup.");
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  Header header{{}, kManifestFormat, uint32_t(manifest.sections.size()), manifest.timestamp, manifest.sequence};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  out.append(reinterpret_cast<const char*>(&manifest.log), sizeof manifest.log);
  if (!manifest.sections.empty()) {
    out.append(reinterpret_cast<const char*>(manifest.sections.data()), manifest.sections.size() * sizeof(Section));
  }
  const uint64_t checksum = XXH3_64bits(out.data(), out.size());
  return out.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

Manifest decode_manifest(std::string_view bytes) {
  Header header;
  uint64_t checksum;
  if (bytes.size() < sizeof header + sizeof checksum) throw damaged("manifest");
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof checksum);
  std::memcpy(&checksum, bytes.data() + body.size(), sizeof checksum);
  if (checksum != XXH3_64bits(body.data(), body.size())) throw damaged("manifest");
  std::memcpy(&header, body.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) throw damaged("manifest");
  if (header.format == 0 || header.format > kManifestFormat) {
    throw Error(sqlstate::kConfigFileError,
                fmt::format("the checkpoint has format {}; this version reads up to {}", header.format, kManifestFormat))
        .with_hint("Start the version of Elegraph that wrote it.");
  }
  Manifest manifest{header.timestamp, header.sequence, std::vector<Section>(), {}};
  std::string_view rest = body.substr(sizeof header);
  if (header.format > 1) {
    if (rest.size() < sizeof manifest.log) throw damaged("manifest");
    std::memcpy(&manifest.log, rest.data(), sizeof manifest.log);
    rest.remove_prefix(sizeof manifest.log);
  }
  if (rest.size() != header.sections * sizeof(Section)) throw damaged("manifest");
  manifest.sections.resize(header.sections);
  if (header.sections) std::memcpy(manifest.sections.data(), rest.data(), rest.size());
  return manifest;
}

uint64_t section_checksum(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string checkpoint_name(uint64_t sequence) { return fmt::format("{:016x}{}", sequence, kSuffix); }

std::optional<uint64_t> checkpoint_sequence(std::string_view name) {
  if (name.size() != 16 + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  uint64_t sequence = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + 16, sequence, 16);
  if (code != std::errc() || end != name.data() + 16) return std::nullopt;
  return sequence;
}

std::string encode_definitions(std::span<const std::string> definitions) {
  std::string out;
  for (const auto& text : definitions) {
    const uint32_t bytes = uint32_t(text.size());
    out.append(reinterpret_cast<const char*>(&bytes), sizeof bytes).append(text);
  }
  return out;
}

std::vector<std::string> decode_definitions(std::string_view bytes) {
  std::vector<std::string> definitions;
  while (!bytes.empty()) {
    uint32_t size;
    if (bytes.size() < sizeof size) throw damaged("definitions section");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) throw damaged("definitions section");
    definitions.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return definitions;
}

}  // namespace elegraph::storage
