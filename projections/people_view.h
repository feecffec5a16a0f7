// The directory: every person ever registered, findable by staff number, by kana and by name, in the order of the reading. Who they are today, and
// everything else about them, the register says; only what is searched for stands here. Rows are compact JSON: they are read one by one, are
// built anew whenever their form changes, and an operator can read them.
//
//   f/<fact>              → key of the fact's row
//   n/<person>/<from>/<position> → {"number", "family", "given", "family_kana", "given_kana"}: a registration or a change of name that holds
//   i/<person>            → key of the row below
//   r/<reading key>/<person> → {"number", "kana": […], "names": […]}: folded, of all names held ever (旧姓), by the reading of the newest
#pragma once

#include <functional>
#include <vector>

#include "domain/ids.h"
#include "projections/projection.h"

namespace rireki {

class PeopleView final : public Projection {
 public:
  std::string name() const override { return "people"; }
  int version() const override { return 1; }
  Query query() const override;
  void fold(const EventView& event, Rows& rows) const override;
};

struct DirectoryEntry {
  PersonId person;
  std::string key;                  // of its row: where a page goes on
  std::string staff_number;
  std::vector<std::string> kana;    // folded readings, newest first
  std::vector<std::string> names;   // folded names as written, newest first
};

enum class NameMatch { kNo, kExact, kLoose };
// Does this person answer to the (folded) text? kLoose: only by a reading that sounds like it (もしかして).
NameMatch matches(const DirectoryEntry& entry, const std::string& folded);

// Everyone in the order of the reading, from the row after `after` on ("" from the beginning), until `visit` says false.
void each_person(const RowReader& rows, const std::string& after, const std::function<bool(const DirectoryEntry&)>& visit);

}  // namespace rireki
