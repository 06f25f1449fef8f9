// SPDX-License-Identifier: Apache-2.0
#include "query/saslprep.h"

#include <unicode/unistr.h>
#include <unicode/usprep.h>

#include <algorithm>
#include <memory>

namespace elegraph::query {

std::string saslprep(std::string_view password) {
  bool ascii = std::all_of(password.begin(), password.end(), [](char c) { return c >= ' ' && c < 127; });
  if (ascii) return std::string(password);
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<UStringPrepProfile, decltype(&usprep_close)> profile(usprep_openByType(USPREP_RFC4013_SASLPREP, &status),
                                                                       usprep_close);
  auto source = icu::UnicodeString::fromUTF8(icu::StringPiece(password.data(), int32_t(password.size())));
  icu::UnicodeString prepared;
  int32_t room = source.length() * 4 + 16;
  int32_t length = usprep_prepare(profile.get(), source.getBuffer(), source.length(), prepared.getBuffer(room), room,
                                  USPREP_DEFAULT, nullptr, &status);
  prepared.releaseBuffer(U_SUCCESS(status) ? length : 0);
  if (U_FAILURE(status)) return std::string(password);
  std::string utf8;
  prepared.toUTF8String(utf8);
  return utf8;
}

}  // namespace elegraph::query
