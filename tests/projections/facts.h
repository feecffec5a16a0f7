// Facts as events, as the office would append them, for views that fold facts.
#pragma once

#include "domain/body.h"
#include "letters.h"

namespace rireki::testing {

inline NewEvent event_of(const Body& body, std::vector<std::string> tags = {"t"}) {
  static std::atomic<std::uint64_t> ids{0};
  return {.id = {2, ++ids}, .type = event_type(body), .tags = std::move(tags), .body = encode(body)};
}
inline Position record(EventLog& log, const Body& body, std::vector<std::string> tags = {"t"}) { return append(log, {event_of(body, std::move(tags))}); }
inline FactEntry stated(std::uint64_t id, Fact fact, std::uint64_t corrects = 0) {
  return {.id = FactId{id}, .fact = std::move(fact), .corrects = FactId{corrects}, .reason = corrects ? "misread" : ""};
}

// Folds the whole log at once, in memory over an empty generation.
template <class View>
class FoldedView {
 public:
  explicit FoldedView(const EventLog& log)
      : store_(ViewStore::open(folder_.path, {"v"}).value()), generation_(store_->begin("v")), rows_(*generation_) {
    const View view;
    EXPECT_TRUE(log.read(view.query(), {}, [&](const EventView& event) { return view.fold(event, rows_), true; }));
  }
  const RowReader& operator*() const { return rows_; }

 private:
  TempFolder folder_;
  std::unique_ptr<ViewStore> store_;
  std::shared_ptr<Generation> generation_;
  PendingRows rows_;
};

}  // namespace rireki::testing
