#include "projections/fact_rows.h"

#include <stdexcept>

namespace rireki {
namespace {

std::string hex(std::uint64_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) text[static_cast<std::size_t>(i)] = kDigits[value & 15];
  return text;
}

}  // namespace

ReadBody body_of(const EventView& event) {
  auto body = read_body(event);
  if (!body) throw std::runtime_error("it cannot be decoded: " + body.error().what);
  return std::move(*body);
}

std::string sortable(Position position) { return hex(position); }
std::string newest_first(Position position) { return hex(~position); }

std::string FactRows::place_of(FactId fact) const { return rows_.get("f/" + to_text(fact)).value_or(""); }

void FactRows::stand(FactId fact, const std::string& key, const std::string& value) {
  rows_.put(key, value);
  rows_.put("f/" + to_text(fact), key);
}

std::string FactRows::remove(FactId fact) {
  const std::string place = place_of(fact);
  if (place.empty()) return place;
  rows_.erase(place);
  rows_.erase("f/" + to_text(fact));
  return place;
}

FactId voided_by(const Body& body) {
  if (const auto* entry = std::get_if<FactEntry>(&body)) return entry->corrects;
  if (const auto* cancelled = std::get_if<FactCancelled>(&body)) return cancelled->fact;
  return {};
}

}  // namespace rireki
