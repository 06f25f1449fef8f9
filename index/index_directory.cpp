// SPDX-License-Identifier: Apache-2.0
#include "index/index_directory.h"

#include <algorithm>

namespace elegraph::index {
namespace {

IndexDirectory::List& list_at(std::vector<IndexDirectory::List>& lists, uint32_t id) {
  if (lists.size() <= id) lists.resize(id + 1);
  return lists[id];
}

}  // namespace

std::shared_ptr<TreeIndex> IndexDirectory::named(std::string_view name) const {
  auto at = std::ranges::lower_bound(by_name, name, {}, [](auto& i) -> std::string_view { return i->definition().name; });
  return at != by_name.end() && (*at)->definition().name == name ? *at : nullptr;
}

const IndexDirectory::List& IndexDirectory::on(EntityKind entity, uint32_t label) const {
  static const List kNone;
  auto& lists = entity == EntityKind::kNode ? by_label : by_type;
  return label < lists.size() ? lists[label] : kNone;
}

std::unique_ptr<IndexDirectory> IndexDirectory::with(std::shared_ptr<TreeIndex> index) const {
  auto next = std::make_unique<IndexDirectory>();
  next->all = all;
  next->all.push_back(std::move(index));
  next->rebuild();
  return next;
}

std::unique_ptr<IndexDirectory> IndexDirectory::without(IndexId id) const {
  auto next = std::make_unique<IndexDirectory>();
  next->all = all;
  next->all[id.value] = nullptr;
  next->rebuild();
  return next;
}

void IndexDirectory::rebuild() {
  for (auto& index : all) {
    if (!index) continue;
    by_name.push_back(index);
    const Coverage& coverage = index->coverage();
    bool node = coverage.entity() == EntityKind::kNode;
    list_at(node ? by_label : by_type, coverage.label().value).push_back(index);
    for (KeyId key : coverage.keys()) {
      if (watched.size() <= key.value) watched.resize(key.value + 1);
      watched[key.value] = true;
    }
  }
  std::ranges::sort(by_name, {}, [](auto& i) -> std::string_view { return i->definition().name; });
}

}  // namespace elegraph::index
