// A broken definition is refused whole, all findings at once, each with file, JSON pointer and reason.
#include "domain/definition.h"


namespace rireki {
namespace {

using nlohmann::json;

json catalogued(std::string_view name) {
  for (const auto& file : default_catalogue())
    if (file.name == name) return json::parse(file.content);
  return {};
}
json transfer() { return catalogued("transfer.json"); }
json handover() { return catalogued("handover.json"); }
// The given files in place of the catalogue's transfer, beside everything else that comes with it: definitions name each other.
std::vector<NamedFile> beside_the_others(std::vector<NamedFile> files) {
  for (const auto& file : default_catalogue())
    if (file.name != "transfer.json") files.push_back(file);
  return files;
}
std::set<std::string> pointers(const json& broken) {
  const auto loaded = load_definitions(beside_the_others({{"transfer.json", broken.dump()}}));
  std::set<std::string> found;
  if (loaded) return found;
  for (const auto& finding : loaded.error()) {
    EXPECT_FALSE(finding.reason.ja.empty());
    EXPECT_FALSE(finding.reason.en.empty());
    if (finding.file == "transfer.json") found.insert(finding.pointer);  // what is broken here may leave the other without its partner
  }
  return found;
}

TEST(Definition, LoadsTheCatalogueThatComesWithTheProgram) {
  const auto loaded = load_definitions(default_catalogue());
  ASSERT_TRUE(loaded) << loaded.error().front().file << loaded.error().front().pointer << " " << loaded.error().front().reason.en;
  EXPECT_EQ(loaded->size(), default_catalogue().size());
}

TEST(Definition, SaysWhereAFileIsNoJson) {
  const auto loaded = load_definitions({{"broken.json", "{\"id\": "}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().front().file, "broken.json");
  const auto placed = load_definitions({{"broken.json", "{\n  \"id\": nonsense\n}"}});
  EXPECT_EQ(placed.error().front().reason.en, "Not JSON at line 2, byte 10.");
}

TEST(Definition, NamesMembersThatStandTwice) {
  std::string text = transfer().dump();
  text.insert(text.find("\"draft_note\""), "\"draft_note\": {}, ");
  const auto loaded = load_definitions(beside_the_others({{"transfer.json", text}}));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().front().pointer, "/forms/draft/properties/draft_note");
  const auto two = load_definitions({{"a.json", handover().dump()}, {"b.json", handover().dump()}, {"transfer.json", transfer().dump()}});
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().front().file, "b.json");
  EXPECT_EQ(two.error().front().pointer, "/id");
}

json& line(json& d) { return d["states"]["deciding"]["line"]; }

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
      {"unknown function", [](json& d) { line(d)["groups"][1]["stations"][0]["who"][0]["function"] = "shogun"; }, "/states/deciding/line/groups/1/stations/0/who/0/function"},
      {"two whos in one", [](json& d) { d["actions"][3]["who"][0]["function"] = "hr-head"; }, "/actions/3/who/0"},
      {"relation of a person where the subject is none", [](json& d) { d["subject"]["kind"] = "post"; }, "/secrecy/told/0/relation"},
      {"field for a relation that has none", [](json& d) { d["secrecy"]["told"][0]["pointer"] = "/to_post"; }, "/secrecy/told/0/pointer"},
      {"relation without its field", [](json& d) { d["secrecy"]["told"][3].erase("pointer"); }, "/secrecy/told/3"},
      {"relation that takes no station", [](json& d) { line(d)["groups"][0]["stations"][1]["who"][0]["relation"] = "author"; }, "/states/deciding/line/groups/0/stations/1/who/0/relation"},
      {"limit where nobody decides above", [](json& d) { line(d)["groups"][3]["stations"][0]["limit"] = line(d)["groups"][1]["stations"][0]["limit"]; }, "/states/deciding/line/groups/3/stations/0/limit"},
      {"decider that a quorum outvotes", [](json& d) { line(d)["groups"][0]["stations"][0]["kind"] = "decide"; line(d)["groups"][0]["quorum"] = 1; }, "/states/deciding/line/groups/0/quorum"},
      {"outcome of a line in an unknown state", [](json& d) { line(d)["approved"] = "nowhere"; }, "/states/deciding/line/approved"},
      {"outcome that goes nowhere", [](json& d) { line(d)["sent_back"] = "deciding"; }, "/states/deciding/line/sent_back"},
      {"line in a final state", [](json& d) { d["states"]["done"]["line"] = line(d); }, "/states/done/line"},
      {"text rewritten while it is decided", [](json& d) { d["actions"][1]["from"] = {"draft", "deciding"}; }, "/actions/1/from/1"},
      {"rule with an unknown parameter", [](json& d) { d["actions"][3]["rules"][0]["params"]["until"] = "/until"; }, "/actions/3/rules/0/params/until"},
      {"rule without a parameter it needs", [](json& d) { d["actions"][3]["rules"][0]["params"].erase("at"); }, "/actions/3/rules/0/params"},
      {"rule about an unknown state", [](json& d) { d["actions"][5]["rules"][0]["params"]["announced"] = "nowhere"; }, "/actions/5/rules/0/params/announced"},
      {"limit of an unknown grade", [](json& d) { line(d)["groups"][1]["stations"][0]["limit"]["params"]["up_to"] = "shogun"; }, "/states/deciding/line/groups/1/stations/0/limit/params/up_to"},
      {"rule about a sealed field", [](json& d) { d["actions"][3]["rules"][6]["params"]["reason"] = "/wish_note"; }, "/actions/3/rules/6/params/reason"},
      {"effect that depends on a sealed field", [](json& d) { d["actions"][5]["effects"][2]["when"] = "/wish_note"; }, "/actions/5/effects/2/when"},
      {"effect without a member that the fact requires", [](json& d) { d["actions"][5]["effects"][1]["values"].erase("from"); }, "/actions/5/effects/1/values/from"},
      {"effect from a field that may be missing", [](json& d) { d["actions"][5]["effects"][1]["values"]["from"]["form"] = "/until"; }, "/actions/5/effects/1/values/from"},
      {"constant that the fact does not take", [](json& d) { d["actions"][5]["effects"][1]["values"]["kind"]["const"] = "mian"; }, "/actions/5/effects/1/values/kind"},
      {"effect of two kinds", [](json& d) { d["actions"][5]["effects"][1]["cancel"] = "facts-of-case"; }, "/actions/5/effects/1"},
      {"correction of an unknown action", [](json& d) { d["actions"][7]["effects"][0]["correct"] = "nothing"; }, "/actions/7/effects/0/correct"},
      {"value of the register before no day", [](json& d) { d["actions"][5]["effects"][0]["values"]["post"].erase("before"); }, "/actions/5/effects/0/values/post"},
      {"unknown fact that is allowed", [](json& d) { d["effects_allowed"] = {"crowned", "posted", "posting-ended", "graded"}; }, "/effects_allowed/0"},
      {"case opened without a field it requires", [](json& d) { d["actions"][5]["opens"][0]["form"].erase("effective"); }, "/actions/5/opens/0/form/effective"},
      {"case opened with a field it does not have", [](json& d) { d["actions"][5]["opens"][0]["form"]["grade"] = {{"form", "/grade"}}; }, "/actions/5/opens/0/form/grade"},
      {"case opened with a sealed field", [](json& d) { d["actions"][5]["opens"][0]["form"]["to_post"]["form"] = "/wish_note"; }, "/actions/5/opens/0/form/to_post"},
      {"case that this procedure does not open", [](json& d) { d["id"] = "moving"; }, "/actions/5/opens/0/case"},
      {"value of the register both before a day and on one", [](json& d) { d["actions"][5]["effects"][0]["values"]["post"]["on"] = "/effective"; }, "/actions/5/effects/0/values/post"},
      {"postings that end on an unknown day", [](json& d) { d["actions"][5]["effects"][0] = {{"end", "postings-of-case"}, {"on", "/nowhere"}}; }, "/actions/5/effects/0/on"},
      {"postings that end on a day that may be missing", [](json& d) { d["actions"][5]["effects"][0] = {{"end", "postings-of-case"}, {"on", "/until"}}; }, "/actions/5/effects/0/on"},
      {"acting on an unknown procedure", [](json& d) { d["actions"][5]["acts"] = {{{"case", "no-such"}, {"on", "opened-here"}, {"action", "close"}}}; }, "/actions/5/acts/0/case"},
      {"acting on others by an unknown relation", [](json& d) { d["actions"][5]["acts"] = {{{"case", "handover"}, {"on", "cousins"}, {"action", "close"}}}; }, "/actions/5/acts/0/on"},
      {"acting on others by an action that only people take", [](json& d) { d["actions"][5]["acts"] = {{{"case", "vacancy"}, {"on", "opened-here"}, {"action", "seek"}}}; }, "/actions/5/acts/0/action"},
      {"an action that comes back to itself", [](json& d) { d["actions"][5]["by"] = {"transfer"}; d["actions"][5]["acts"] = {{{"case", "transfer"}, {"on", "about-subject"}, {"action", "order"}}}; }, "/actions/5/acts"},
      {"an action taken by an unknown procedure", [](json& d) { d["actions"][5]["by"] = {"no-such"}; }, "/actions/5/by/0"},
      {"head of the subject where that is no unit", [](json& d) { d["actions"][3]["who"][0] = {{"relation", "head-of-subject-unit"}}; }, "/actions/3/who/0/relation"},
      {"deadline from a field that may be missing", [](json& d) { d["deadlines"][0]["anchor"] = "/until"; }, "/deadlines/0/anchor"},
      {"deadline in an unknown state", [](json& d) { d["deadlines"][0]["state"] = "nowhere"; }, "/deadlines/0/state"},
      {"deadline for an unknown station", [](json& d) { d["deadlines"][0]["then"][0]["remind"] = "gatekeeper"; }, "/deadlines/0/then/0/remind"},
      {"deadline with an unknown pause", [](json& d) { d["deadlines"][0]["pause"] = {"lunch"}; }, "/deadlines/0/pause/0"},
      {"deadline that tells somebody who may not read the case", [](json& d) { d["deadlines"][0]["then"] = {{{"remind", "occupational-health"}}}; }, "/deadlines/0/then/0/remind"},
      {"deadline step that tells nobody", [](json& d) { d["deadlines"][0]["then"] = {{{"after", "+3d"}}}; }, "/deadlines/0/then/0"},
      {"release in an unknown state", [](json& d) { d["secrecy"]["secret_until"] = "nowhere"; }, "/secrecy/secret_until"},
      {"release that the subject does not see", [](json& d) { d["secrecy"]["secret_until"] = "decided"; }, "/secrecy/secret_until"},
      {"subject who sees it before its release", [](json& d) { d["states"]["draft"].erase("seen_by_subject"); }, "/states/draft/seen_by_subject"},
      {"nobody opens it", [](json& d) { d["opens"] = json::object(); }, "/opens"},
      {"one per day without a day", [](json& d) { d["forms"]["draft"]["required"] = {"to_post"}; }, "/subject/open_at_once"},
      {"a later version that forgets the cases of the earlier", [](json& d) { d["version"] = 2; }, "/migrate"},
      {"choices without labels", [](json& d) { d["forms"]["intent"]["properties"]["wish"]["x-labels"].erase("stay"); }, "/forms/intent/properties/wish/x-labels"},
      {"label without English", [](json& d) { d["forms"]["intent"]["properties"]["wish"]["x-labels"]["stay"].erase("en"); }, "/forms/intent/properties/wish/x-labels/stay"},
      {"unknown x- keyword", [](json& d) { d["forms"]["intent"]["properties"]["wish"]["x-colour"] = 1; }, "/forms/intent/properties/wish/x-colour"},
      {"unknown class to seal under", [](json& d) { d["forms"]["intent"]["properties"]["wish_note"]["x-seal"] = "secret"; }, "/forms/intent/properties/wish_note/x-seal"},
      {"unknown widget", [](json& d) { d["forms"]["draft"]["properties"]["effective"]["x-widget"] = "dial"; }, "/forms/draft/properties/effective/x-widget"},
      {"form that takes unknown members", [](json& d) { d["forms"]["intent"].erase("additionalProperties"); }, "/forms/intent/additionalProperties"},
      {"pattern that is none", [](json& d) { d["forms"]["draft"]["properties"]["to_post"]["pattern"] = "("; }, "/forms/draft/properties/to_post/pattern"},
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
  broken["title"].erase("en");
  EXPECT_TRUE(pointers(broken).contains("/title/en"));
  EXPECT_TRUE(pointers(broken).contains("/actions/3/to")) << "what does not follow the format does not hide the rest";
  const auto both = load_definitions({{"transfer.json", broken.dump()}, {"broken.json", "{"}});
  std::set<std::string> files;
  for (const auto& finding : both.error()) files.insert(finding.file);
  EXPECT_EQ(files, (std::set<std::string>{"broken.json", "transfer.json"}));
}

TEST(Definition, KeepsAFieldForTheSameReadersInEveryForm) {
  const auto found = [&](json draft_readers, json submit_readers) {
    json changed = transfer();
    const auto field = [](const json& readers) { return json{{"type", "string"}, {"title", "メモ"}, {"x-title-en", "Note"}, {"x-readers", readers}}; };
    changed["forms"]["draft"]["properties"]["memo"] = field(draft_readers);
    changed["forms"]["submit"]["properties"]["memo"] = field(submit_readers);
    const auto loaded = load_definitions(beside_the_others({{"transfer.json", changed.dump()}}));
    return loaded ? std::string() : loaded.error().front().pointer;
  };
  const json author = json::array({{{"relation", "author"}}}), hr = json::array({{{"role", "hr"}}});
  EXPECT_EQ(found(author, author), "");
  EXPECT_EQ(found(author, hr), "/forms/draft/properties/memo/x-readers");
  EXPECT_EQ(found(json::array({{{"relation", "friend"}}}), json::array({{{"relation", "friend"}}})), "/forms/draft/properties/memo/x-readers/0/relation");
  EXPECT_EQ(found(json::array(), json::array()), "/forms/draft/properties/memo/x-readers");
}

TEST(Definition, LeavesNoCaseOfAnEarlierVersionWithoutAState) {
  json earlier = transfer(), later = transfer();
  earlier["states"]["hearing"] = {{"title", {{"ja", "聴取"}, {"en", "Hearing"}}}, {"kind", "running"}, {"seen_by_subject", false}};
  earlier["actions"][1]["to"] = "hearing";
  earlier["actions"][3]["from"] = {"draft", "hearing"};
  later["version"] = 2;
  const auto load = [&](json migrate) {
    later["migrate"] = std::move(migrate);
    const auto loaded = load_definitions(beside_the_others({{"v1.json", earlier.dump()}, {"v2.json", later.dump()}}));
    return loaded ? std::string() : loaded.error().front().file + loaded.error().front().pointer;
  };
  EXPECT_EQ(load({{"1", json::object()}}), "v2.json/migrate/1/states");
  EXPECT_EQ(load({{"1", {{"states", {{"hearing", "draft"}}}}}}), "");
  EXPECT_EQ(load({{"1", {{"automatic", false}}}}), "") << "they stay with the version they were opened under";
}

}  // namespace
}  // namespace rireki
