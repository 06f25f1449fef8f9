// SPDX-License-Identifier: Apache-2.0
#include "query/types/temporal_binary.h"

#include <limits>

#include "storage/error.h"

namespace elegraph::query::types {
namespace {

constexpr int64_t kMicros = 1'000'000;

Error out_of_range(const char* type) { return Error(sqlstate::kDatetimeOverflow, std::string(type) + " out of range"); }

// 64-bit instants: the extremes are PostgreSQL's infinities.
int64_t finite(int64_t micros) {
  if (micros == std::numeric_limits<int64_t>::max() || micros == std::numeric_limits<int64_t>::min())
    throw Error(sqlstate::kDatetimeOverflow, "infinite timestamps are not supported");
  return micros;
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

Value read_date(std::string_view bytes) {
  int32_t days = int32_t(load_big<uint32_t>(bytes.data()));
  if (days == std::numeric_limits<int32_t>::max() || days == std::numeric_limits<int32_t>::min())
    throw Error(sqlstate::kDatetimeOverflow, "infinite dates are not supported");
  return Value::date(days + kEpochDays);
}

int64_t day_nanos(std::string_view bytes) {
  int64_t micros = int64_t(load_big<uint64_t>(bytes.data()));
  if (micros < 0 || micros > 86400 * kMicros) throw out_of_range("time");
  return micros % (86400 * kMicros) * 1000;
}

}  // namespace

void append_binary_date(std::string& out, int64_t days) {
  int64_t v = days - kEpochDays;
  if (v <= std::numeric_limits<int32_t>::min() || v >= std::numeric_limits<int32_t>::max()) throw out_of_range("date");
  append_int32(out, int32_t(v));
}

void append_binary_timestamp(std::string& out, int64_t seconds, int32_t nanos) {
  int64_t micros;
  if (__builtin_sub_overflow(seconds, kEpochSeconds, &micros) || __builtin_mul_overflow(micros, kMicros, &micros) ||
      __builtin_add_overflow(micros, int64_t(nanos / 1000), &micros))
    throw out_of_range("timestamp");
  append_int64(out, micros);
}

void append_binary_interval(std::string& out, const DurationObject& d) {
  int64_t micros;
  if (__builtin_mul_overflow(d.seconds, kMicros, &micros) ||
      __builtin_add_overflow(micros, int64_t(d.nanos / 1000), &micros) || d.days != int32_t(d.days) ||
      d.months != int32_t(d.months))
    throw out_of_range("interval");
  append_int64(out, micros);
  append_int32(out, int32_t(d.days));
  append_int32(out, int32_t(d.months));
}

Value read_binary_temporal(std::string_view bytes, Form form, uint16_t zone) {
  switch (form) {
    case Form::kDate: return read_date(bytes);
    case Form::kTime: return Value::local_time(day_nanos(bytes));
    case Form::kTimetz: {
      int32_t west = int32_t(load_big<uint32_t>(bytes.data() + 8));
      if (west < -16 * 3600 || west > 16 * 3600) throw out_of_range("time zone displacement");
      return Value::time(day_nanos(bytes), -west);
    }
    case Form::kInterval: {
      int64_t micros = int64_t(load_big<uint64_t>(bytes.data()));
      int64_t seconds = floor_div(micros, kMicros);
      return Value::duration(int32_t(load_big<uint32_t>(bytes.data() + 12)), int32_t(load_big<uint32_t>(bytes.data() + 8)),
                             seconds, int32_t(micros - seconds * kMicros) * 1000);
    }
    default: break;
  }
  int64_t micros = finite(int64_t(load_big<uint64_t>(bytes.data())));
  int64_t seconds = floor_div(micros, kMicros);
  int32_t nanos = int32_t(micros - seconds * kMicros) * 1000;
  if (form == Form::kTimestamp) return Value::local_datetime(seconds + kEpochSeconds, nanos);
  return Value::datetime(seconds + kEpochSeconds, nanos, zone);
}

}  // namespace elegraph::query::types
