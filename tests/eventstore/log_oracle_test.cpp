// Random histories against an oracle that knows nothing of indexes: a vector and a naive filter.
#include <rapidcheck.h>

#include <algorithm>

#include "tests/eventstore/log_fixture.h"

namespace rireki {
namespace {

struct Remembered {
  std::string type;
  std::vector<std::string> tags;
};

// Written from the specification, without a look at the engines.
bool naive_match(const Query& query, const Remembered& event) {
  if (std::holds_alternative<AllEvents>(query)) return true;
  for (const auto& item : std::get<std::vector<QueryItem>>(query)) {
    bool fits = item.types.empty();
    for (const auto& type : item.types) fits = fits || type == event.type;
    for (const auto& tag : item.tags) fits = fits && std::count(event.tags.begin(), event.tags.end(), tag) > 0;
    if (fits) return true;
  }
  return false;
}

class Oracle {
 public:
  std::vector<Position> read(const Query& query, const ReadOptions& options) const {
    std::vector<Position> found;
    for (Position p = 1; p <= events.size(); ++p)
      if (p > options.after && p <= options.up_to.value_or(events.size()) && naive_match(query, events[p - 1])) found.push_back(p);
    if (options.direction == Direction::kBackward) std::reverse(found.begin(), found.end());
    if (options.limit && found.size() > *options.limit) found.resize(*options.limit);
    return found;
  }
  Position conflict(const Clause& clause) const {
    const auto found = read(clause.fail_if, {.after = clause.after, .limit = 1});
    return found.empty() ? 0 : found.front();
  }
  std::vector<Remembered> events;
};

rc::Gen<std::string> any_type() { return rc::gen::element<std::string>("A", "B", "C"); }
rc::Gen<std::string> any_tag() { return rc::gen::element<std::string>("p:1", "p:2", "c:1", "c:2", "c:3", "u"); }
std::vector<std::string> some(const rc::Gen<std::string>& of, int max) { return *rc::gen::resize(max, rc::gen::container<std::vector<std::string>>(of)); }

Query any_query() {
  if (*rc::gen::inRange(0, 12) == 0) return AllEvents{};
  std::vector<QueryItem> items(*rc::gen::inRange<std::size_t>(1, 4));
  for (auto& item : items) {
    item.types = some(any_type(), 2);
    item.tags = some(any_tag(), 2);
    if (item.types.empty() && item.tags.empty()) item.tags = {*any_tag()};
  }
  return items;
}

ReadOptions any_window(Position head) {
  ReadOptions options{.after = *rc::gen::inRange<Position>(0, head + 2)};
  if (*rc::gen::arbitrary<bool>()) options.up_to = *rc::gen::inRange<Position>(0, head + 3);
  if (*rc::gen::arbitrary<bool>()) options.limit = *rc::gen::inRange<std::size_t>(0, 6);
  if (*rc::gen::arbitrary<bool>()) options.direction = Direction::kBackward;
  options.bulk = *rc::gen::arbitrary<bool>();
  return options;
}

class LogAgainstOracle : public AnyLog {
 protected:
  void append_any() {
    std::vector<NewEvent> events(*rc::gen::inRange<std::size_t>(1, 5));
    for (auto& made : events) {
      auto tags = some(any_tag(), 4);
      std::sort(tags.begin(), tags.end());
      tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
      made = event(*any_type(), tags);
    }
    AppendCondition condition;
    for (int clauses = *rc::gen::inRange(0, 3); clauses > 0; --clauses)
      condition.clauses.push_back({any_query(), *rc::gen::inRange<Position>(0, oracle_.events.size() + 2)});
    std::optional<AppendError> expected;
    for (std::size_t i = 0; i < condition.clauses.size() && !expected; ++i)
      if (const Position at = oracle_.conflict(condition.clauses[i])) expected = AppendError{.code = AppendErrorCode::kConflict, .index = i, .position = at};
    const auto answer = append(events, condition.clauses.empty() ? Condition{Unconditional{}} : Condition{condition});
    RC_ASSERT(answer.has_value() == !expected.has_value());
    if (expected) {
      RC_ASSERT(answer.error().code == expected->code);
      RC_ASSERT(answer.error().index == expected->index);
      RC_ASSERT(answer.error().position == expected->position);
    } else {
      RC_ASSERT(answer->first == oracle_.events.size() + 1);
      for (const auto& made : events) oracle_.events.push_back({made.type, made.tags});
      RC_ASSERT(answer->last == oracle_.events.size());
    }
    RC_ASSERT(log_->head() == oracle_.events.size());
  }

  void read_any() {
    const auto query = any_query();
    const auto window = any_window(oracle_.events.size());
    RC_ASSERT(positions(query, window) == oracle_.read(query, window));
    auto unlimited = window;
    unlimited.limit.reset();
    const auto end = log_->read(query, window, [](const EventView&) { return true; });
    RC_ASSERT(end->complete == (oracle_.read(query, window).size() == oracle_.read(query, unlimited).size()));
    RC_ASSERT(end->head == oracle_.events.size());
  }

  void last_any() {
    const auto tag = *any_tag();
    const auto found = oracle_.read(with_tag(tag), {.limit = 1, .direction = Direction::kBackward});
    RC_ASSERT(log_->last_with_tag(tag) == (found.empty() ? 0 : found.front()));
  }

  Oracle oracle_;
};

TEST_P(LogAgainstOracle, AnswersEveryReadAndConditionLikeANaiveFilterAlsoAfterRestarts) {
  EXPECT_TRUE(rc::check("history", [this] {
    start_empty();
    oracle_ = {};
    for (int step = *rc::gen::inRange(5, 40); step > 0; --step) {
      const int what = *rc::gen::inRange(0, 20);
      if (what < 9) append_any();
      else if (what < 17) read_any();
      else if (what < 19) last_any();
      else restart();
    }
  }));
}

// Cases 38 and 39.
TEST_P(LogAgainstOracle, ReadsBackwardsAsTheReverseAndInPagesAsTheWhole_Cases38And39) {
  for (int i = 0; i < 60; ++i) {
    if (i == 30) restart();
    ASSERT_TRUE(append({event(i % 3 ? "A" : "B", i % 2 ? std::vector<std::string>{"p:1", "c:1"} : std::vector<std::string>{"c:1"}), event("C", {"p:2"})}));
  }
  EXPECT_TRUE(rc::check("windows and pages", [this] {
    const auto query = any_query();
    auto window = any_window(log_->head());
    window.limit.reset();
    window.direction = Direction::kForward;
    const auto whole = positions(query, window);
    auto reverse = window;
    reverse.direction = Direction::kBackward;
    auto backwards = positions(query, reverse);
    const auto page = *rc::gen::inRange<std::size_t>(1, 7);
    P forward_pages, backward_pages;
    for (auto next = window;;) {
      next.limit = page;
      const auto part = positions(query, next);
      forward_pages.insert(forward_pages.end(), part.begin(), part.end());
      if (part.size() < page) break;
      next.after = part.back();
    }
    for (auto next = reverse;;) {
      next.limit = page;
      const auto part = positions(query, next);
      backward_pages.insert(backward_pages.end(), part.begin(), part.end());
      if (part.size() < page) break;
      next.up_to = part.back() - 1;
    }
    RC_ASSERT(forward_pages == whole);
    RC_ASSERT(backward_pages == backwards);
    std::reverse(backwards.begin(), backwards.end());
    RC_ASSERT(backwards == whole);
  }));
}

RIREKI_EVERY_ENGINE(LogAgainstOracle);

}  // namespace
}  // namespace rireki
