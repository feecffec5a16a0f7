// The harassment desk's year: somebody consults, somebody tells what they saw; and the auditor's, who asks about an order.
#include "api/sample_life.h"

namespace rireki::api {

// Whose team head the desk's handlers are neither above nor below: of another section than the receiving one and HR's.
std::vector<std::size_t> Life::far_from_the_desk() {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < ward_.people.size(); ++i) {
    const auto& person = ward_.people[i];
    if (!movable(person)) continue;
    const auto& unit = *std::find_if(ward_.units.begin(), ward_.units.end(), [&](const SampleUnit& one) { return one.unit == ward_.posts[post_index(person.post)].unit; });
    if (unit.level == UnitLevel::kKakari && unit.parent != ward_.receiving_section && unit.parent != ward_.hr_section) found.push_back(i);
  }
  return found;
}

void Life::consult_the_desk(Day day) {
  if (!lived(day)) return;
  at(day, 14);
  const auto people = far_from_the_desk();
  if (people.size() < 3) return;
  const Subject desk{"request", "harassment-desk"};
  for (std::size_t n = 0; n < 1 + ward_.people.size() / 2'000; ++n) {
    const auto& person = ward_.people[people[below(random_, people.size())]];
    const PersonId head = head_of(ward_.posts[post_index(person.post)].unit);
    ensure_account(person.person);
    const CaseId consulted = open("consult the desk", person.person,
                                  {.procedure = "harassment-consultation", .subject = desk, .action = {}, .form = {{"kind", "power"}, {"story", "人前で繰り返し叱責される（見本）"}, {"accused", to_text(head)}, {"came_by", "system"}}});
    act("hear who consulted", ward_.nurse, consulted, "listen", {{"heard_on", iso(day)}, {"heard", "話を聞いてほしいとのこと（見本）"}, {"wish", "listen-only"}});
    act("advise", ward_.nurse, consulted, "advise", {{"advice", "記録の付け方と相談先を伝えた（見本）"}});
  }
  const auto& witness = ward_.people[people[below(random_, people.size())]];
  const auto& sufferer = ward_.people[people[below(random_, people.size())]];
  const PersonId accused = head_of(ward_.posts[post_index(sufferer.post)].unit), second = head_of(ward_.receiving_section);
  ensure_account(witness.person);
  ensure_account(accused);
  const CaseId report = open("tell what was seen", witness.person,
                             {.procedure = "harassment-third-party-report", .subject = desk, .action = {},
                              .form = {{"kind", "power"}, {"accused", to_text(accused)}, {"acts_seen", "机をたたいて怒鳴っていた（見本）"}, {"victim", to_text(sufferer.person)}}});
  act("check a report", ward_.nurse, report, "check", {{"plausible", true}});
  act("propose an advisory", ward_.nurse, report, "propose", {{"level", "advisory"}, {"wording", "最近の言葉づかいを振り返ってください。（見本）"}, {"reports", 1}});
  act("agree on an advisory", second, report, "agree");
  act("deliver an advisory", ward_.nurse, report, "issue", {{"delivered_on", iso(day)}, {"delivered_by", to_text(ward_.hr_head)}});
}

// The auditor's account has no person: they are not of the office.
void Life::audit(Day day) {
  if (!lived(day)) return;
  at(day, 15);
  const Actor auditor{.account = {}, .person = {}, .roles = {"auditor"}};
  std::vector<Position> orders;
  const auto end = office_.log().read(with_type("fact/posted"), {.limit = 2, .direction = Direction::kBackward}, [&](const EventView& event) { return orders.push_back(event.position()), true; });
  if (!end || orders.empty()) return;
  const auto noted = wait("note a finding", [&](CommandDone done) {
    office_.open(auditor, {.procedure = "audit-finding", .subject = {"unit", to_text(ward_.receiving_section)}, .action = {},
                           .form = {{"heading", "発令の根拠（見本）"}, {"finding", "発令通知の写しが綴られていない（見本）"}, {"weight", "minor"}, {"positions", orders}, {"on", iso(day)}}}, {.command = command()}, std::move(done));
  });
  if (!noted) return;
  const auto by_auditor = [&](const char* step, const char* action, json form) {
    wait(step, [&](CommandDone done) { office_.act(auditor, noted->case_id, {.action = action, .form = std::move(form)}, {.command = command()}, std::move(done)); });
  };
  by_auditor("ask about a finding", "ask", {{"question", "写しはどこにありますか（見本）"}, {"answer_by", iso(day + days{14})}});
  act("answer a finding", ward_.hr_worker, noted->case_id, "answer", {{"answer", "電子の台帳にあります（見本）"}});
  by_auditor("settle a finding", "close", {{"measure", "台帳で確認した（見本）"}});
}

}  // namespace rireki::api
