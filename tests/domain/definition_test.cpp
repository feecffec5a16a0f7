// A broken definition is refused whole, all findings at once, each with file, JSON pointer and reason.
#include "domain/definition.h"

namespace rireki {
namespace {

using nlohmann::json;

json transfer() {
  for (const auto& file : default_catalogue())
    if (file.name == "transfer.json") return json::parse(file.content);
  return {};
}
json handover() {
  for (const auto& file : default_catalogue())
    if (file.name == "handover.json") return json::parse(file.content);
  return {};
}
std::set<std::string> pointers(const json& broken) {
  const auto loaded = load_definitions({{"transfer.json", broken.dump()}, {"handover.json", handover().dump()}});
  std::set<std::string> found;
  if (loaded) return found;
  for (const auto& finding : loaded.error()) {
    EXPECT_EQ(finding.file, "transfer.json");
    EXPECT_FALSE(finding.reason.ja.empty());
    EXPECT_FALSE(finding.reason.en.empty());
    found.insert(finding.pointer);
  }
  return found;
}

TEST(Definition, LoadsTheCatalogueThatComesWithTheProgram) {
  const auto loaded = load_definitions(default_catalogue());
  ASSERT_TRUE(loaded) << loaded.error().front().file << loaded.error().front().pointer << " " << loaded.error().front().reason.en;
  EXPECT_EQ(loaded->size(), 3u);
}

TEST(Definition, SaysWhereAFileIsNoJson) {
  const auto loaded = load_definitions({{"broken.json", "{\"id\": "}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().front().file, "broken.json");
}

struct Break {
  const char* what;
  std::function<void(json&)> how;
  const char* pointer;
};

TEST(Definition, NamesEachKindOfFaultByItsPlace) {
  const std::vector<Break> breaks = {
      {"unknown member", [](json& d) { d["colour"] = "red"; }, "/colour"},
      {"missing member", [](json& d) { d.erase("retention"); }, "/retention"},
      {"missing English", [](json& d) { d["title"].erase("en"); }, "/title/en"},
      {"unknown rule", [](json& d) { d["actions"][3]["rules"][0]["rule"] = "no-such-rule"; }, "/actions/3/rules/0/rule"},
      {"rule about an unknown field", [](json& d) { d["actions"][3]["rules"][0]["params"]["at"] = "/nowhere"; }, "/actions/3/rules/0/params/at"},
      {"unknown state", [](json& d) { d["actions"][3]["to"] = "nowhere"; }, "/actions/3/to"},
      {"unknown form", [](json& d) { d["actions"][3]["form"] = "nowhere"; }, "/actions/3/form"},
      {"unknown role", [](json& d) { d["actions"][3]["who"][0]["role"] = "emperor"; }, "/actions/3/who/0/role"},
      {"unknown relation", [](json& d) { d["states"]["deciding"]["line"]["groups"][0]["stations"][1]["who"][0]["relation"] = "cousin"; }, "/states/deciding/line/groups/0/stations/1/who/0/relation"},
      {"unknown fact", [](json& d) { d["actions"][5]["effects"][1]["fact"] = "crowned"; }, "/actions/5/effects/1/fact"},
      {"value for no member of the fact", [](json& d) { d["actions"][5]["effects"][1]["values"]["colour"] = {{"const", 1}}; }, "/actions/5/effects/1/values/colour"},
      {"fact that is not allowed", [](json& d) { d["effects_allowed"] = json::array(); }, "/actions/5/effects/1/fact"},
      {"effect from an unknown field", [](json& d) { d["actions"][5]["effects"][1]["values"]["post"]["form"] = "/nowhere"; }, "/actions/5/effects/1/values/post"},
      {"effect from a sealed field", [](json& d) { d["actions"][5]["effects"][1]["values"]["order_kind"]["form"] = "/wish_note"; }, "/actions/5/effects/1/values/order_kind"},
      {"unknown procedure to open", [](json& d) { d["actions"][5]["opens"][0]["case"] = "no-such"; }, "/actions/5/opens/0/case"},
      {"state that nothing leads to", [](json& d) { d["states"]["lost"] = {{"title", {{"ja", "a"}, {"en", "b"}}}, {"kind", "done"}}; }, "/states/lost"},
      {"state without a way out", [](json& d) { d["actions"][1]["to"] = "stuck"; d["states"]["stuck"] = {{"title", {{"ja", "a"}, {"en", "b"}}}, {"kind", "running"}}; }, "/states/stuck"},
      {"action from a final state", [](json& d) { d["actions"][1]["from"] = {"done"}; }, "/actions/1/from/0"},
      {"line that decides nothing", [](json& d) { for (auto& g : d["states"]["deciding"]["line"]["groups"]) for (auto& s : g["stations"]) s["kind"] = "review"; }, "/states/deciding/line"},
      {"two stations of one id", [](json& d) { d["states"]["deciding"]["line"]["groups"][0]["stations"][1]["id"] = "receiving-head"; }, "/states/deciding/line/groups/0/stations/1/id"},
      {"quorum beyond the stations", [](json& d) { d["states"]["deciding"]["line"]["groups"][0]["quorum"] = 3; }, "/states/deciding/line/groups/0/quorum"},
      {"two actions of one id", [](json& d) { d["actions"][2]["id"] = "intent"; }, "/actions/2/id"},
      {"name of a built-in action", [](json& d) { d["actions"][2]["id"] = "approve"; }, "/actions/2/id"},
      {"nobody can act", [](json& d) { d["actions"][2]["who"] = json::array(); }, "/actions/2/who"},
      {"all who could act are excluded", [](json& d) { d["actions"][2]["who"] = {{{"role", "administrator"}}}; }, "/actions/2/who"},
      {"deadline from an unknown field", [](json& d) { d["deadlines"][0]["anchor"] = "/nowhere"; }, "/deadlines/0/anchor"},
      {"form keyword outside the subset", [](json& d) { d["forms"]["draft"]["properties"]["to_post"]["contains"] = 1; }, "/forms/draft/properties/to_post/contains"},
      {"field without an English name", [](json& d) { d["forms"]["draft"]["properties"]["to_post"].erase("x-title-en"); }, "/forms/draft/properties/to_post"},
      {"migration into nothing", [](json& d) { d["migrate"] = {{"0", {{"states", {{"old", "nowhere"}}}}}}; }, "/migrate/0/states/old"},
      {"no action opens the case", [](json& d) { d["actions"][0].erase("opens_case"); d["actions"][0]["from"] = {"draft"}; }, "/actions"},
  };
  for (const auto& one : breaks) {
    json broken = transfer();
    one.how(broken);
    EXPECT_TRUE(pointers(broken).contains(one.pointer)) << one.what << ": " << [&] { std::string all; for (const auto& p : pointers(broken)) all += p + " "; return all; }();
  }
}

TEST(Definition, ReportsAllFindingsAtOnceAndLoadsNothing) {
  json broken = transfer();
  broken["actions"][3]["rules"][0]["rule"] = "no-such-rule";
  broken["actions"][3]["to"] = "nowhere";
  broken["deadlines"][0]["anchor"] = "/nowhere";
  EXPECT_GE(pointers(broken).size(), 3u);
}

}  // namespace
}  // namespace rireki
