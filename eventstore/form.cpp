#include "eventstore/form.h"

#include <algorithm>

namespace rireki {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

AppendError error(AppendErrorCode code, std::size_t index, std::string what) { return {.code = code, .index = index, .what = std::move(what)}; }

// "" if good.
std::string word_fault(std::string_view kind, std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return std::string(kind) + " is empty";
  if (text.size() > bytes_max) return std::string(kind) + " is longer than " + std::to_string(bytes_max) + " bytes";
  if (has_control(text)) return std::string(kind) + " has a control character";
  return {};
}

std::optional<AppendError> check_event(NewEvent& event, std::size_t index) {
  using enum AppendErrorCode;
  if (auto fault = word_fault("type", event.type, kTypeBytesMax); !fault.empty())
    return error(event.type.size() > kTypeBytesMax ? kTooLarge : kInvalid, index, std::move(fault));
  if (event.tags.size() > kTagsMax) return error(kTooLarge, index, "more than " + std::to_string(kTagsMax) + " tags");
  for (const auto& tag : event.tags)
    if (auto fault = word_fault("tag", tag, kTagBytesMax); !fault.empty())
      return error(tag.size() > kTagBytesMax ? kTooLarge : kInvalid, index, std::move(fault));
  std::sort(event.tags.begin(), event.tags.end());
  if (std::adjacent_find(event.tags.begin(), event.tags.end()) != event.tags.end()) return error(kInvalid, index, "a tag stands twice");
  if (event.actor.size() + event.on_behalf_of.size() > kMetadataBytesMax) return check_metadata(index, event.actor.size() + event.on_behalf_of.size());
  if (!event.sections.empty()) return error(kInvalid, index, "this log does not seal sections");
  if (event.body.size() > kBodyBytesMax) return error(kTooLarge, index, "body is larger than " + std::to_string(kBodyBytesMax) + " bytes");
  return std::nullopt;
}

}  // namespace

std::optional<AppendError> check_and_sort(AppendRequest& request) {
  using enum AppendErrorCode;
  if (request.events.empty()) return error(kInvalid, 0, "an append needs at least one event");
  if (request.events.size() > kAppendEventsMax) return error(kTooLarge, 0, "more than " + std::to_string(kAppendEventsMax) + " events");
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < request.events.size(); ++i) {
    if (auto fault = check_event(request.events[i], i)) return fault;
    bytes += request.events[i].body.size();
    if (bytes > kAppendBytesMax) return error(kTooLarge, i, "more than " + std::to_string(kAppendBytesMax) + " bytes");
  }
  if (const auto* condition = std::get_if<AppendCondition>(&request.condition)) {
    if (condition->clauses.empty()) return error(kInvalid, 0, "a condition needs at least one clause; say Unconditional if none is meant");
    if (condition->clauses.size() > kQueryItemsMax) return error(kTooLarge, 0, "more than " + std::to_string(kQueryItemsMax) + " clauses");
    for (std::size_t i = 0; i < condition->clauses.size(); ++i)
      if (auto fault = check_query(condition->clauses[i].fail_if)) return error(kInvalid, i, std::move(*fault));
  }
  if (request.command && !request.command->id) return error(kInvalid, 0, "a command id of zero");
  return std::nullopt;
}

std::optional<AppendError> check_metadata(std::size_t index, std::size_t bytes) {
  if (bytes <= kMetadataBytesMax) return std::nullopt;
  return error(AppendErrorCode::kTooLarge, index, "metadata is larger than " + std::to_string(kMetadataBytesMax) + " bytes");
}

std::optional<std::string> check_query(const Query& query) {
  const auto* items = std::get_if<std::vector<QueryItem>>(&query);
  if (!items) return std::nullopt;
  if (items->empty()) return "a query needs at least one item; say AllEvents if all are meant";
  if (items->size() > kQueryItemsMax) return "more than " + std::to_string(kQueryItemsMax) + " items";
  for (const auto& item : *items)
    if (item.types.empty() && item.tags.empty()) return "an item with neither types nor tags would match the whole log";
  return std::nullopt;
}

bool matches(const QueryItem& item, std::string_view type, const std::vector<std::string>& sorted_tags) {
  if (!item.types.empty() && std::find(item.types.begin(), item.types.end(), type) == item.types.end()) return false;
  return std::all_of(item.tags.begin(), item.tags.end(),
                     [&](const std::string& tag) { return std::binary_search(sorted_tags.begin(), sorted_tags.end(), tag); });
}

bool matches(const Query& query, const EventView& event) {
  const auto* items = std::get_if<std::vector<QueryItem>>(&query);
  if (!items) return true;
  return std::any_of(items->begin(), items->end(), [&](const QueryItem& item) {
    if (!item.types.empty() && std::find(item.types.begin(), item.types.end(), event.type()) == item.types.end()) return false;
    return std::all_of(item.tags.begin(), item.tags.end(), [&](const std::string& tag) { return event.has_tag(tag); });
  });
}

}  // namespace rireki
