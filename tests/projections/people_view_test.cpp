#include "projections/people_view.h"

#include "facts.h"
#include "projections/name_folding.h"

using namespace rireki;
using namespace rireki::testing;

namespace {

constexpr PersonId kAiko{1}, kMori{2}, kSato{3};

Fact registered(PersonId person, std::string number, std::string family, std::string given, std::string family_kana, std::string given_kana) {
  return PersonRegistered{.person = person, .staff_number = std::move(number), .name = {family, given, family_kana, given_kana}};
}

std::vector<PersonId> everyone(const RowReader& rows) {
  std::vector<PersonId> people;
  each_person(rows, "", [&](const DirectoryEntry& entry) { return people.push_back(entry.person), true; });
  return people;
}
std::vector<PersonId> found(const RowReader& rows, const std::string& text, NameMatch match = NameMatch::kExact) {
  std::vector<PersonId> people;
  each_person(rows, "", [&](const DirectoryEntry& entry) {
    if (matches(entry, fold_name(text)) == match) people.push_back(entry.person);
    return true;
  });
  return people;
}

}  // namespace

TEST(PeopleView, ListsPeopleByTheirReading) {
  MemoryEventLog log;
  record(log, stated(1, registered(kMori, "002", "森", "健", "モリ", "ケン")));
  record(log, stated(2, registered(kAiko, "003", "渡邉", "愛子", "ワタナベ", "アイコ")));
  record(log, stated(3, registered(kSato, "001", "佐藤", "愛", "サトウ", "アイ")));
  const FoldedView<PeopleView> view(log);
  EXPECT_EQ(everyone(*view), (std::vector{kSato, kMori, kAiko}));
}

TEST(PeopleView, FindsAPersonByEitherWayOfWritingTheName) {
  MemoryEventLog log;
  record(log, stated(1, registered(kAiko, "003", "渡邉", "愛子", "ワタナベ", "アイコ")));
  const FoldedView<PeopleView> view(log);
  for (const auto* text : {"渡辺", "渡邊", "渡邉　愛子", "わたなべ", "ﾜﾀﾅﾍﾞ", "ワタナベアイコ", "愛子"}) EXPECT_EQ(found(*view, text), std::vector{kAiko}) << text;
  EXPECT_TRUE(found(*view, "佐藤").empty());
  EXPECT_EQ(found(*view, "わたなへ", NameMatch::kLoose), std::vector{kAiko}) << "only as a suggestion";
}

TEST(PeopleView, FindsAPersonByAFormerNameAndSortsByTheNewest) {
  MemoryEventLog log;
  record(log, stated(1, registered(kAiko, "003", "渡邉", "愛子", "ワタナベ", "アイコ")));
  record(log, stated(2, registered(kMori, "002", "森", "健", "モリ", "ケン")));
  record(log, stated(3, Renamed{kAiko, {"青木", "愛子", "アオキ", "アイコ"}, day(2026, 4, 1)}));
  const FoldedView<PeopleView> view(log);
  EXPECT_EQ(found(*view, "渡辺"), std::vector{kAiko});
  EXPECT_EQ(found(*view, "あおき"), std::vector{kAiko});
  EXPECT_EQ(everyone(*view), (std::vector{kAiko, kMori}));
}

TEST(PeopleView, KeepsTheNewNameNewestWhenTheRegistrationIsCorrectedLater) {
  MemoryEventLog log;
  record(log, stated(1, registered(kAiko, "003", "渡邉", "愛子", "ワタナベ", "アイコ")));
  record(log, stated(2, Renamed{kAiko, {"青木", "愛子", "アオキ", "アイコ"}, day(2026, 4, 1)}));
  record(log, stated(3, registered(kAiko, "004", "渡邊", "愛子", "ワタナベ", "アイコ"), 1));
  const FoldedView<PeopleView> view(log);
  each_person(*view, "", [&](const DirectoryEntry& entry) {
    EXPECT_EQ(entry.names.front(), fold_name("青木愛子"));
    EXPECT_EQ(entry.staff_number, "004");
    EXPECT_EQ(entry.names.size(), 2u);
    return true;
  });
}

TEST(PeopleView, ForgetsANameThatWasCorrectedOrCancelled) {
  MemoryEventLog log;
  record(log, stated(1, registered(kAiko, "003", "渡部", "愛子", "ワタベ", "アイコ")));
  record(log, stated(2, registered(kAiko, "003", "渡邉", "愛子", "ワタナベ", "アイコ"), 1));
  record(log, stated(3, Renamed{kAiko, {"青木", "愛子", "アオキ", "アイコ"}, day(2026, 4, 1)}));
  record(log, FactCancelled{.fact = FactId{3}, .reason = "wrong person"});
  const FoldedView<PeopleView> view(log);
  EXPECT_TRUE(found(*view, "わたべ").empty());
  EXPECT_TRUE(found(*view, "青木").empty());
  EXPECT_EQ(found(*view, "渡辺"), std::vector{kAiko});
}

TEST(PeopleView, MovesARegistrationThatWasMadeForTheWrongPerson) {
  MemoryEventLog log;
  record(log, stated(1, registered(kAiko, "003", "渡邉", "愛子", "ワタナベ", "アイコ")));
  record(log, stated(2, registered(kMori, "003", "渡邉", "愛子", "ワタナベ", "アイコ"), 1));
  const FoldedView<PeopleView> view(log);
  EXPECT_EQ(everyone(*view), std::vector{kMori});
}

TEST(PeopleView, GoesOnAfterAGivenRow) {
  MemoryEventLog log;
  record(log, stated(1, registered(kMori, "002", "森", "健", "モリ", "ケン")));
  record(log, stated(2, registered(kSato, "001", "佐藤", "愛", "サトウ", "アイ")));
  const FoldedView<PeopleView> view(log);
  std::string first;
  each_person(*view, "", [&](const DirectoryEntry& entry) { return first = entry.key, false; });
  std::vector<PersonId> rest;
  each_person(*view, first, [&](const DirectoryEntry& entry) { return rest.push_back(entry.person), true; });
  EXPECT_EQ(rest, std::vector{kMori});
}
