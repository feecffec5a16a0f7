// Per cent of the regular staff without a head's post, in a year: who moves, who leaves, and who comes in their place.
#include "api/sample_life.h"

namespace rireki::api {
namespace {

constexpr int kMovedPercent = 12;
constexpr int kResignedPercent = 2;
constexpr int kRetirementAge = 61;

}  // namespace

std::vector<Life::Move> Life::drafts(Day day, Day april) {
  if (!lived(day)) return {};
  at(day, 13);
  std::erase_if(away_, [&](const auto& one) { return one.second < day; });
  std::vector<Move> moves;
  std::map<std::size_t, int> taken;
  for (const auto i : draw(kMovedPercent)) {
    const auto& person = ward_.people[i];
    const auto from = post_index(person.post);
    for (int tries = 0; tries < 20; ++tries) {
      const auto to = static_cast<std::size_t>(below(random_, ward_.posts.size()));
      const auto& post = ward_.posts[to];
      if (to == from || post.head || post.fiscal_year || post.category != person.category || post.unit == ward_.posts[from].unit) continue;
      if (static_cast<int>(post.holders.size()) + taken[to] >= post.quota) continue;
      ++taken[to];
      moves.push_back({i, to, draft_transfer(person, post, april)});
      moving_.push_back(i);
      break;
    }
  }
  return moves;
}

CaseId Life::draft_transfer(const SamplePerson& person, const SamplePost& to, Day april) {
  const CaseId id = open("draft a transfer", ward_.hr_worker,
                         {.procedure = "transfer", .subject = {"person", to_text(person.person)}, .action = {},
                          .form = {{"to_post", to_text(to.post)}, {"effective", iso(april)}, {"order_kind", "配置換"}}});
  const char* const wishes[] = {"move", "move", "none", "stay"};
  const std::string wish = wishes[below(random_, 4)];
  act("record a wish", ward_.hr_worker, id, "intent", {{"wish", wish}});
  json form = json::object();
  if (wish == "stay") form["departure_reason"] = "受入れ所属の欠員を補うため";
  act("submit a transfer", ward_.hr_worker, id, "submit", std::move(form), "在職年数にかかわらず、体制の見直しによる");
  return id;
}

void Life::approvals(Day day, std::vector<Move>& moves) {
  if (!lived(day)) return;
  at(day, 10);
  for (auto& move : moves) {
    const PersonId receiving = section_head_of(ward_.posts[move.to].post), home = section_head_of(ward_.people[move.person].post);
    if (below(random_, 12) == 0) {  // 差戻し and a second round
      act("send a transfer back", receiving, move.id, "send-back", json::object(), "受入れの時期を確かめたい");
      act("submit again", ward_.hr_worker, move.id, "submit", {{"departure_reason", "受入れ所属と調整済み"}}, "調整済み");
    }
    act("consent as the receiving head", receiving, move.id, "approve");
    if (home != receiving) act("consent as the home head", home, move.id, "approve");
    act("decide as the HR head", ward_.hr_head, move.id, "approve");
  }
}

void Life::announce_and_order(Day day, std::vector<Move>& moves) {
  if (!lived(day)) return;
  at(day, 9);
  for (auto& move : moves) act("announce a transfer", ward_.hr_worker, move.id, "announce");
  at(day + days{6}, 9);
  int number = 0;
  for (auto& move : moves) {
    auto& person = ward_.people[move.person];
    act("order a transfer", ward_.hr_worker, move.id, "order", {{"order_number", std::to_string(++number)}});
    std::erase(ward_.posts[post_index(person.post)].holders, person.person);
    person.post = ward_.posts[move.to].post;
    ward_.posts[move.to].holders.push_back(person.person);
  }
}

void Life::arrivals(Day day, std::vector<Move>& moves) {
  if (!lived(day)) return;
  at(day, 9);
  for (auto& move : moves) act("confirm an arrival", section_head_of(ward_.posts[move.to].post), move.id, "arrive");
  moved_.clear();
  for (const auto& move : moves) moved_.push_back(move.person);
  moving_.clear();
}

void Life::leavers(Day day, Day last_day) {
  if (!lived(day)) return;
  at(day, 16);
  std::vector<FactEntry> facts;
  const auto drawn = draw(kResignedPercent);
  for (std::size_t i = 0; i < ward_.people.size(); ++i) {
    auto& person = ward_.people[i];
    const bool term_over = !person.gone && person.type == EmploymentType::kFiscalYear;
    const bool retires = movable(person) && age_on(person.birth, last_day) >= kRetirementAge;
    const bool resigns = std::find(drawn.begin(), drawn.end(), i) != drawn.end();
    const bool moving = std::find(moving_.begin(), moving_.end(), i) != moving_.end();
    if (moving || !(term_over || retires || resigns)) continue;
    person.gone = true;
    std::erase(ward_.posts[post_index(person.post)].holders, person.person);
    // A fiscal-year appointment ends by its own term; the others are separated.
    if (!term_over)
      facts.push_back(entry(Separated{.person = person.person, .kind = retires ? SeparationKind::kRetired : SeparationKind::kResigned, .last_day = last_day}));
  }
  record("separate leavers", std::move(facts));
}

void Life::newcomers(Day day, Day april) {
  if (!lived(day)) return;
  at(day, 10);
  std::vector<FactEntry> facts;
  const std::size_t posts = ward_.posts.size();
  for (std::size_t p = 0; p < posts; ++p) {
    const auto& post = ward_.posts[p];
    if (post.head) continue;
    const int wanted = post.fiscal_year ? post.quota : post.quota - 2;
    while (static_cast<int>(ward_.posts[p].holders.size()) < wanted) {
      if (post.fiscal_year)
        hire(ward_, p, EmploymentType::kFiscalYear, Grade::kNone, "fiscal-year", april, fiscal_year_period(fiscal_year(april)).last, 40, random_, ids_, facts);
      else
        hire(ward_, p, EmploymentType::kRegular, Grade::kStaff, below(random_, 8) == 0 ? "III" : below(random_, 8) == 0 ? "experienced-staff" : "I", april, kForever,
             22 + static_cast<int>(below(random_, 6)), random_, ids_, facts);
    }
  }
  record("appoint newcomers", std::move(facts));
}

void Life::order_late(Day day, const Period& year) {
  if (!lived(day)) return;
  const auto drawn = draw(100);
  if (drawn.size() < 2) return;
  at(day, 13);
  const auto& person = ward_.people[drawn[below(random_, drawn.size())]];
  const auto& beside = ward_.people[drawn[below(random_, drawn.size())]];
  if (beside.post == person.post) return;
  const CaseId id = open("draft a late order", ward_.hr_worker, {.procedure = "transfer", .subject = {"person", to_text(person.person)}, .action = {},
                                                                 .form = {{"to_post", to_text(beside.post)}, {"effective", iso(day - days{15})}, {"order_kind", "兼務"}, {"concurrent", true}, {"until", iso(year.last)}}});
  act("submit a late order", ward_.hr_worker, id, "submit", json::object(), "四月当初からの応援を発令し忘れたため");
  const PersonId receiving = section_head_of(beside.post), home = section_head_of(person.post);
  act("consent as the receiving head", receiving, id, "approve");
  if (home != receiving) act("consent as the home head", home, id, "approve");
  act("decide as the HR head", ward_.hr_head, id, "approve");
  act("order late", ward_.hr_worker, id, "order", json::object(), "遡及のため内示なし");
  if (below(random_, 2) == 0) act("cancel an order", ward_.hr_worker, id, "cancel", json::object(), "兼務先との調整がつかないため");
}

}  // namespace rireki::api
