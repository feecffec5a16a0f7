#include "api/resources/answer_cache.h"

#include <algorithm>

namespace rireki::api {

bool AnswerCache::stands(const Kept& kept) const {
  const auto& basis = kept.basis;
  if (basis.today != local_day(office_.now()) || basis.forgotten != office_.times_forgotten()) return false;
  const Position head = office_.log().head();
  if (kept.stood_at.load(std::memory_order_relaxed) == head) return true;
  // How far the views are is taken before their rows are asked about: what they fold meanwhile is asked about next time.
  const bool views_are_there = std::all_of(basis.rows.begin(), basis.rows.end(), [&](const auto& one) { return views_.position(one.view) >= head; });
  if (!office_.stands(basis.log)) return false;
  for (const auto& one : basis.rows)
    if (views_.changed_since(one.view, one.key, one.is_prefix, one.at)) return false;
  if (views_are_there) kept.stood_at.store(head, std::memory_order_relaxed);
  return true;
}

std::size_t AnswerCache::bytes_of(const std::string& question, const Kept& kept) {
  std::size_t bytes = sizeof(Kept) + 2 * question.size() + kept.response.body.size();
  for (const auto& item : kept.basis.log.items)
    for (const auto& tag : item.tags) bytes += sizeof item + sizeof tag + tag.size();
  for (const auto& one : kept.basis.rows) bytes += sizeof one + one.key.size();
  for (const auto& one : kept.basis.shown) bytes += sizeof one + one.record.size();
  return bytes;
}

void AnswerCache::put(Shard& shard, const std::string& question, std::shared_ptr<const Kept> kept) {
  const std::size_t bytes = bytes_of(question, *kept);
  if (shard.young_bytes + bytes > shard_bytes_max_) {
    shard.old = std::move(shard.young);
    shard.young.clear();
    shard.young_bytes = 0;
  }
  if (shard.young.insert_or_assign(question, std::move(kept)).second) shard.young_bytes += bytes;
}

std::shared_ptr<const KeptAnswer> AnswerCache::find(const std::string& question, Position at_least) {
  Shard& shard = shards_[std::hash<std::string>{}(question) % kShards];
  std::shared_ptr<const Kept> kept;
  {
    std::lock_guard lock(shard.mutex);
    if (const auto young = shard.young.find(question); young != shard.young.end()) {
      kept = young->second;
    } else if (const auto old = shard.old.find(question); old != shard.old.end()) {
      kept = old->second;
      shard.old.erase(old);
      put(shard, question, kept);
    }
  }
  if (!kept || kept->basis.as_of < at_least || !stands(*kept)) return nullptr;
  return kept;
}

void AnswerCache::keep(const std::string& question, Response response, AnswerBasis basis) {
  if (basis.rows.size() + basis.log.items.size() > kAnswerPartsMax) return;
  auto kept = std::make_shared<Kept>();
  kept->response = std::move(response);
  kept->basis = std::move(basis);
  Shard& shard = shards_[std::hash<std::string>{}(question) % kShards];
  std::lock_guard lock(shard.mutex);
  shard.old.erase(question);
  put(shard, question, std::move(kept));
}

}  // namespace rireki::api
