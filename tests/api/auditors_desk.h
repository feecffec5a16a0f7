// The ward of ResourceWorld with procedures published, and what auditors look for in it.
#pragma once

#include "resource_world.h"

namespace rireki::api::test {

class AuditorsDesk : public ResourceWorld {
 protected:
  AuditorsDesk() { publish(); }
  json corrections(const Actor& actor = hr(), const std::string& query = "") { return get(actor, now_of("/api/corrections" + query)).body["corrections"]; }
  CaseId transfer() { return open(hr(), "transfer", kAiko, {{"to_post", to_text(kHrClerk)}, {"effective", "2026-07-01"}, {"order_kind", "配置換"}}); }
  CaseId ordered() {
    const auto id = transfer();
    EXPECT_EQ(act(hr(), id, "submit"), "");
    EXPECT_EQ(act(acting(kHrManager), id, "approve"), "");
    EXPECT_EQ(act(acting(kManager), id, "approve"), "");
    EXPECT_EQ(act(acting(kHrManager), id, "approve"), "");
    EXPECT_EQ(act(hr(), id, "announce"), "");
    EXPECT_EQ(act(hr(), id, "order", {{"order_number", "101"}}), "");
    return id;
  }
  Position position_of(CaseId id, const std::string& type, int which = 0) {
    Position found = 0;
    EXPECT_TRUE(log_->read(with_tag("case:" + to_text(id)), {}, [&](const EventView& event) {
      if (event.type() == type && which-- == 0) found = event.position();
      return found == 0;
    }));
    return found;
  }
  // Refusals are recorded without anybody waiting for it.
  void after_what_is_queued() { record({PolicySet{.policy = "a-moment", .value_json = "1", .from = day(2026, 4, 1)}}); }
  void open_accounts() {
    for (const auto& [person, roles] : std::vector<std::pair<PersonId, std::vector<std::string>>>{{kHrWorker, {"staff", "hr"}}, {kHrManager, {"staff"}}, {kManager, {"staff"}}, {kAiko, {"staff"}}})
      ASSERT_TRUE(office_->record({}, {AccountOpened{.account = acting(person).account, .login = to_text(person), .person = person, .roles = roles}}, Unconditional{}, std::nullopt));
  }
  // A procedure of the catalogue, for a test to change.
  static json definition(const std::string& id) {
    for (const auto& file : default_catalogue())
      if (auto one = json::parse(file.content); one["id"] == id) return one;
    ADD_FAILURE() << "no " << id;
    return {};
  }
  static json item(const json& correction, const std::string& kind) {
    for (const auto& one : correction["items"])
      if (one["kind"] == kind) return one;
    return nullptr;
  }
};

}  // namespace rireki::api::test
