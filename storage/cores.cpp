// SPDX-License-Identifier: Apache-2.0
#include "storage/cores.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace elegraph::storage {

namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// Its path below the hierarchy's root ("0::/system.slice/elegraph.service"), control groups version 2.
std::string group_path() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::/")) return line.substr(4);
  return {};
}

// The least of the quotas of the group and of those that it is in.
std::optional<uint32_t> quota() {
  std::optional<uint32_t> least;
  const fs::path root = "/sys/fs/cgroup";
  for (fs::path at = root / group_path();; at = at.parent_path()) {
    if (const auto cores = cores_of_quota(first_line(at / "cpu.max"))) least = std::min(*cores, least.value_or(*cores));
    if (at == root || !at.has_relative_path()) return least;
  }
}

}  // namespace

std::optional<uint32_t> cores_of_quota(std::string_view cpu_max) {
  uint64_t quota = 0, period = 0;
  const char* end = cpu_max.data() + cpu_max.size();
  const auto [at, error] = std::from_chars(cpu_max.data(), end, quota);
  if (error != std::errc() || at == end || *at != ' ') return std::nullopt;
  if (std::from_chars(at + 1, end, period).ec != std::errc() || period == 0) return std::nullopt;
  return uint32_t(std::clamp<uint64_t>((quota + period - 1) / period, 1, UINT32_MAX));
}

uint32_t available_cores() {
  static const uint32_t cores = [] {
    const uint32_t allowed = std::max(1u, std::thread::hardware_concurrency());
    return std::min(allowed, quota().value_or(allowed));
  }();
  return cores;
}

}  // namespace elegraph::storage
