// Cases and the worklist: one row per case with what lists show and what deciding needs, and index rows to find it by. The history is not here:
// the log's tag index is the history. Whom a case waits for depends on the day (who holds which post, who is absent, which post is vacant), so a
// fold cannot say it. It keeps the keys of all whom the case may ask in its present state, whatever the day: roles, functions and relations
// as worklist_keys() names them. The page of a worklist looks at those and asks the engine about each (open_actions), today.
//
//   c/<case> → the row (case_row.cpp)
//   index rows, each ending in /<newest first>/<case>, by opening; open cases only where marked *:
//     o · p/<procedure> · q/<procedure>/<state> · s/<kind>:<id> subject · n/<person> author or named · a/<person> assigned* ·
//     w/<key of whom it may ask> · u/<unit>* (of such a key, the subject or the subject's post) · d/<due>* (this one by date, then opening) ·
//     t/<day on which the next step of its deadline is to be recorded>*
//   e/<case> → where it was opened, while it is open;  k/<position> → the cases that were open just before it: once in every kOpenCasesEvery positions
//   v/<procedure>/<version> → id of the publishing event;  j/<procedure>/<version> → the definition
//   x/<post:…, person:…, policy:holidays…>/<position> → facts as stored, from which the fold resolves the unit of a post that a form names, and
//     due days: the leaves of persons, the holidays. A leave or a holiday that comes later moves the due days of the cases that it touches.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "domain/decide.h"
#include "projections/projection.h"

namespace rireki {

struct CaseRow {
  Case state;
  Position opened = 0;                 // position of its opening event
  bool open = true;                    // the state is not final
  std::optional<Day> due;              // of the present state
  std::optional<Day> next_step;        // when the next step of the deadline is to be recorded
  std::set<std::string> may_ask;       // keys of all whom the present state may wait for, on any day
  std::vector<UnitId> units;           // units it concerns, as far as facts of posts tell
};
std::string encode_row(const CaseRow& row);
CaseRow decode_row(std::string_view text);

class CasesView final : public Projection {
 public:
  CasesView();
  ~CasesView() override;
  std::string name() const override { return "cases"; }
  int version() const override { return 8; }
  Query query() const override;
  void fold(const EventView& event, Rows& rows) const override;

 private:
  std::shared_ptr<const Definition> definition(const Rows& rows, const std::string& procedure, int version) const;
  void fold_case(const EventView& event, const CaseEvent& body, bool erased, Rows& rows) const;
  void reckon_again(const std::vector<CaseId>& ids, Rows& rows) const;
  // Parsed definitions by the id of the event that published them: parsing is pure, so remembering it changes no row.
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
};

// Fills what follows from the state: open, due, whom it may ask, units. `reg` is what is known of posts, leaves and holidays.
void reckon(CaseRow& row, const Definition& procedure, const Register& reg);

// Which cases were open as of an earlier position, as far as this view tells: those open just before `from`, which is at most kOpenCasesEvery events
// of cases before it. What events from there on did to cases is for the caller to read. Does not grow with what came before or after.
inline constexpr Position kOpenCasesEvery = 4'096;
struct OpenCases {
  Position from = 1;
  std::map<CaseId, Position> cases;  // and where each was opened
};
OpenCases open_cases_before(const RowReader& rows, Position as_of);

std::optional<CaseRow> find_case_row(const RowReader& rows, CaseId id);

// Index prefixes for each_case.
std::string by_opening();
std::string by_procedure(const std::string& procedure);
std::string by_state(const std::string& procedure, const std::string& state);
std::string by_subject(const Subject& subject);
std::string by_party(PersonId person);      // author or named
std::string by_assigned(PersonId person);
std::string by_asked(const std::string& key);
std::string by_unit(UnitId unit);
std::string by_due();
std::string by_next_step();

// The cases under an index prefix, newest opening first (by_due: earliest date first), from the index row after `after` on ("" from the
// beginning), until `visit` says false. `key` is that of the index row: where a page goes on.
// Of an index by opening (by_opening, by_procedure, by_subject, by_party): where those opened at or before a position begin.
std::string opened_up_to(const std::string& prefix, Position as_of);
void each_case(const RowReader& rows, const std::string& prefix, const std::string& after,
               const std::function<bool(const std::string& key, const CaseRow& row)>& visit);
// The same without reading the rows; what an index by opening says of a case besides its id is where it was opened.
void each_case_id(const RowReader& rows, const std::string& prefix, const std::string& after,
                  const std::function<bool(const std::string& key, CaseId id)>& visit);
Position opened_by_key(const std::string& key);

}  // namespace rireki
