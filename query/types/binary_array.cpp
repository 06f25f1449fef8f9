// SPDX-License-Identifier: Apache-2.0
#include "query/types/binary_array.h"

#include <vector>

#include "query/types/network_order.h"
#include "query/types/type_mapping.h"
#include "storage/error.h"

namespace elegraph::query::types {
namespace {

constexpr int32_t kMaxDimensions = 6;

class ArrayReader {
 public:
  ArrayReader(std::string_view bytes, const EncodeContext& context) : rest_(bytes), context_(context) {}

  Value read() {
    int32_t dimensions = int32();
    int32();  // whether there are nulls: the elements say so themselves
    element_ = uint32_t(int32());
    if (dimensions < 0 || dimensions > kMaxDimensions || form_of(element_) == Form::kArray) throw wrong();
    uint64_t cells = 1;
    for (int32_t i = 0; i < dimensions; i++) {
      int32_t size = int32();
      int32();  // lower bound
      if (size < 0 || (cells *= uint64_t(size)) > rest_.size()) throw wrong();
      sizes_.push_back(size);
    }
    Value v = sizes_.empty() ? Value::list({}) : list(0);
    if (!rest_.empty()) throw wrong();
    return v;
  }

 private:
  static Error wrong() {
    return Error(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format for an array");
  }

  int32_t int32() {
    if (rest_.size() < 4) throw wrong();
    int32_t v = int32_t(load_big<uint32_t>(rest_.data()));
    rest_.remove_prefix(4);
    return v;
  }

  Value list(size_t dimension) {
    std::vector<Value> items;
    for (int32_t i = 0; i < sizes_[dimension]; i++)
      items.push_back(dimension + 1 < sizes_.size() ? list(dimension + 1) : cell());
    return Value::list(std::move(items));
  }

  Value cell() {
    int32_t length = int32();
    if (length == -1) return {};
    if (length < 0 || size_t(length) > rest_.size()) throw wrong();
    std::string_view bytes = rest_.substr(0, size_t(length));
    rest_.remove_prefix(size_t(length));
    return decode(bytes, element_, 1, context_);
  }

  std::string_view rest_;
  const EncodeContext& context_;
  Oid element_ = 0;
  std::vector<int32_t> sizes_;
};

}  // namespace

Value read_binary_array(std::string_view bytes, const EncodeContext& context) { return ArrayReader(bytes, context).read(); }

}  // namespace elegraph::query::types
