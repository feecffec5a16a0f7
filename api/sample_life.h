// Lives the years of the sample step by step, in order of time; stops at the first refusal, which is a bug of the sample or of a rule. By episode:
// sample_moves.cpp, sample_talks.cpp, sample_covers.cpp, sample_desk.cpp.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>

#include "api/sample.h"
#include "api/sample_names.h"

namespace rireki::api {

class Life {
 public:
  Life(Office& office, IdSource& ids, const SampleOptions& options) : office_(office), ids_(ids), options_(options), random_(options.seed) {}
  Result<SampleWard, SampleError> live();

 private:
  using json = nlohmann::json;
  struct Move {
    std::size_t person, to;
    CaseId id;
  };
  struct Dispatch {
    std::size_t away, voyager;
    CaseId leave, dispatch;
    LeaveId leave_id;
    Day from, last;
  };

  void live_year(int year);

  // --- Time and recording ---
  bool lived(Day day) const;
  void at(Day day, int hour);
  void next_step();
  Actor actor(PersonId person);
  Command command();
  void record(const char* step, std::vector<FactEntry> facts);
  std::optional<CommandAnswer> wait(const char* step, const std::function<void(CommandDone)>& send);
  CaseId open(const char* step, PersonId by, ActionRequest request);
  void act(const char* step, PersonId by, CaseId id, std::string action, json form = json::object(), std::string reason = "");
  FactEntry entry(Fact fact);
  std::size_t post_index(PostId post) const;
  PersonId head_of(UnitId unit) const;
  bool movable(const SamplePerson& person) const;
  std::vector<std::size_t> draw(int percent);
  void open_account(PersonId person, std::set<std::string> roles, std::string login = "", Text what = {});
  // Everybody who acts in these years; those to sign in with have a login that says what they are.
  void open_accounts();
  // At the end of the years: one of the home section's staff to be moved, their team head, a colleague.
  void open_staff_accounts();
  // 代決: the first team head of a section stands in for its manager.
  std::vector<FactEntry> deputies();
  PersonId section_head_of(PostId post) const;
  PersonId superior_of(const SamplePerson& person) const;
  // Where they work today: of a Voyager, in the covered post.
  PersonId superior_now(PersonId person);
  int year_of(const SamplePerson& person, Day day) const;
  // The one opened last.
  CaseId open_case_of(const std::string& procedure, const Subject& subject);
  CaseId opened_by(CaseId id, const std::string& procedure);
  void ensure_account(PersonId person);

  // --- Transfers, leavers, newcomers ---
  std::vector<Move> drafts(Day day, Day april);
  CaseId draft_transfer(const SamplePerson& person, const SamplePost& to, Day april);
  void approvals(Day day, std::vector<Move>& moves);
  void announce_and_order(Day day, std::vector<Move>& moves);
  void arrivals(Day day, std::vector<Move>& moves);
  void leavers(Day day, Day last_day);
  void newcomers(Day day, Day april);
  void order_late(Day day, const Period& year);

  // --- Talks, trainings, leaves, absences, deadlines ---
  void line_care_cases(Day day);
  void line_care(PersonId superior, PersonId subject, Day day);
  void leaves(Day day);
  void absences(Day day);
  void end_absences(Day day);
  // A leave turned out longer than recorded: the extension is a fact of its own.
  void correct_a_leave(Day day);
  void one_on_ones(Day day);
  void follow_up(Day day);
  void train(Day day);
  // What the server does by itself while it runs.
  void pass_deadlines(Day day);

  // --- The harassment desk ---
  std::vector<std::size_t> far_from_the_desk();
  void consult_the_desk(Day day);
  void audit(Day day);

  // --- Covers and support ---
  void send_voyagers(Day day, Day first);
  void order_leave(Dispatch& one);
  void certify(const SamplePerson& person, Day day);
  void dispatch(Dispatch& one);
  void check_voyagers(Day day);
  void extend_voyager(Day day, Day first);
  void return_voyagers(Day day);
  void register_for_support(Day day);
  void ask_for_support(Day day);
  void end_support(Day day);

  Office& office_;
  IdSource& ids_;
  const SampleOptions& options_;
  std::mt19937_64 random_;
  SampleWard ward_;
  std::map<PersonId, Day> away_;          // on leave until
  std::vector<std::size_t> moving_;       // who has a transfer under way
  std::vector<std::size_t> moved_;        // who moved this April
  std::vector<CaseId> follow_ups_, assigned_;
  std::vector<std::pair<PersonId, CaseId>> absences_;
  std::vector<Dispatch> dispatches_;
  std::set<PersonId> supporters_;
  CaseId support_;
  struct { LeaveId leave; PersonId person; Day last_day; } last_leave_{};
  std::optional<SampleError> error_;
  Instant morning_{};
  int steps_ = 0;
};

}  // namespace rireki::api
