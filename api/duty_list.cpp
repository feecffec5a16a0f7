#include "api/duty_list.h"

#include <algorithm>
#include <set>

namespace rireki::api {

std::vector<PersonId> people_within(const Register& reg, UnitId unit, Moment at) {
  std::vector<UnitId> units{unit};
  std::set<PersonId> people;
  for (std::size_t i = 0; i < units.size(); ++i) {
    for (const auto& post : reg.posts_of(units[i], at))
      for (const auto& held : reg.holders(post.post, at))
        if (const auto main = reg.main_posting(held.person, at); main && main->post == post.post) people.insert(held.person);
    for (const auto child : reg.children(units[i], at)) units.push_back(child);
  }
  return {people.begin(), people.end()};
}

std::optional<DutyStatus> parse_duty_status(std::string_view word) {
  for (const auto status : {DutyStatus::kDue, DutyStatus::kOverdue, DutyStatus::kDone, DutyStatus::kDeferred, DutyStatus::kExcused, DutyStatus::kMissed})
    if (to_text(status) == word) return status;
  return std::nullopt;
}

}  // namespace rireki::api
