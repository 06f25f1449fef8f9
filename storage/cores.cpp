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

// Its path below a hierarchy's root: "0::/system.slice/elegraph.service" for version 2, "3:cpu,cpuacct:/docker/4f0" for
// version 1. Empty where it is the root, or there is no such hierarchy.
std::string group_path(bool version_2) {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos || line.substr(second + 1, 1) != "/") continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (version_2 ? controllers == ",," : controllers.find(",cpu,") != std::string::npos) return line.substr(second + 2);
  }
  return {};
}

// As cpu.max has it, whichever version the group is of.
std::string quota_of(const fs::path& group, bool version_2) {
  if (version_2) return first_line(group / "cpu.max");
  return first_line(group / "cpu.cfs_quota_us") + " " + first_line(group / "cpu.cfs_period_us");
}

// The least of the quotas of the group and of those that it is in. A container may see its own group as the root.
std::optional<uint32_t> quota() {
  std::optional<uint32_t> least;
  for (const bool version_2 : {true, false}) {
    const fs::path root = version_2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    for (fs::path at = root / group_path(version_2);; at = at.parent_path()) {
      if (const auto cores = cores_of_quota(quota_of(at, version_2))) least = std::min(*cores, least.value_or(*cores));
      if (at == root || !at.has_relative_path()) break;
    }
  }
  return least;
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
