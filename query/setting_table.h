// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace elegraph::query {

enum class SettingKind : uint8_t { kText, kBool, kInteger, kMilliseconds, kEnum, kTimeZone, kEncoding, kReadOnly };

// One known setting; `choices` (kEnum) is a list joined by '|'.
struct SettingDef {
  std::string_view name;
  std::string_view fallback;  // the built-in default, in SHOW's spelling
  SettingKind kind;
  bool reported;  // clients get ParameterStatus when it changes
  std::string_view choices;
  std::string_view description;
};

std::span<const SettingDef> known_settings();
// Case-insensitive; null for unknown names.
const SettingDef* find_setting(std::string_view name);
// The value in SHOW's spelling. Error 22023 when it does not fit.
std::string normalise_setting(const SettingDef& def, std::string_view value);
// kMilliseconds as milliseconds ("5s" is 5000).
int64_t parse_milliseconds(std::string_view name, std::string_view value);

}  // namespace elegraph::query
