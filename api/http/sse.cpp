#include "api/http/sse.h"

#include <atomic>
#include <charconv>
#include <set>

#include "api/http/problem.h"

namespace rireki::api {

struct EventStreams::State {
  EventLog& log;
  const VisibleEvent visible;
  const std::function<bool(const std::string&)> is_alive;

  std::mutex mutex;
  int open = 0;
  std::map<std::string, std::set<Place*>> of_session;
};

// Taken when the request is answered, given back when its connection has ended, whether or not the stream ever began.
struct EventStreams::Place {
  Place(std::shared_ptr<State> state, std::string session) : state(std::move(state)), session(std::move(session)) {}
  ~Place() {
    const std::lock_guard lock(state->mutex);
    --state->open;
    const auto places = state->of_session.find(session);
    places->second.erase(this);
    if (places->second.empty()) state->of_session.erase(places);
  }
  Place(const Place&) = delete;

  static std::shared_ptr<Place> take(const std::shared_ptr<State>& state, const std::string& session) {
    const std::lock_guard lock(state->mutex);
    const auto places = state->of_session.find(session);
    const std::size_t held = places == state->of_session.end() ? 0 : places->second.size();
    if (state->open >= kStreamsMax || held >= static_cast<std::size_t>(kStreamsPerSessionMax)) return nullptr;
    auto place = std::make_shared<Place>(state, session);
    ++state->open;
    state->of_session[session].insert(place.get());
    return place;
  }

  const std::shared_ptr<State> state;
  const std::string session;
  std::weak_ptr<StreamSink> sink;  // under state->mutex
};

class EventStreams::Stream final : public LiveStream {
 public:
  Stream(std::shared_ptr<Place> place, Actor actor, std::shared_ptr<StreamSink> sink) : place_(std::move(place)), actor_(std::move(actor)), sink_(std::move(sink)) {
    const std::lock_guard lock(place_->state->mutex);
    place_->sink = sink_;
  }
  ~Stream() override {
    sink_->end();  // lets a waiting send() go, which the subscription's end waits for
    subscription_.reset();
  }

  bool begin(Query query, Position after) {
    told_ = after;
    sink_->send("retry: " + std::to_string(kReconnectMs) + "\n\n");
    auto subscribed = place_->state->log.subscribe(std::move(query), after,
                                                   {.on_event = [this](const EventView& event) { return deliver(event); },
                                                    .on_caught_up = [this](Position position) { progress(position); },
                                                    .on_end = [this](std::string_view) { sink_->end(); }});
    if (!subscribed) return false;
    subscription_ = std::move(*subscribed);
    return true;
  }

  std::optional<std::string> heartbeat() override {
    if (!place_->state->is_alive(place_->session)) return std::nullopt;
    return ":\n\n";
  }

 private:
  // On the subscription's thread, as progress().
  bool deliver(const EventView& event) {
    // A session may end between the check of two heartbeats: nothing is shown after that.
    if (!place_->state->is_alive(place_->session)) {
      sink_->end();
      return false;
    }
    const auto shown = place_->state->visible(event, actor_);
    if (!shown) return true;
    told_ = event.position();
    return sink_->send("id: " + std::to_string(told_) + "\ndata: " + shown->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n\n");
  }
  void progress(Position position) {
    if (position < told_ + kProgressEvery) return;
    told_ = position;
    sink_->send("id: " + std::to_string(position) + "\n\n");
  }

  const std::shared_ptr<Place> place_;
  const Actor actor_;
  const std::shared_ptr<StreamSink> sink_;
  Position told_ = 0;  // the last id sent
  std::unique_ptr<Subscription> subscription_;
};

namespace {

// Where to begin: Last-Event-ID, else ?after=, else now. None: not a position of this log.
std::optional<Position> beginning(const Request& request, Position head) {
  const auto header = request.headers.find("last-event-id");
  const auto query = request.query.find("after");
  const std::string* text = header != request.headers.end() && !header->second.empty() ? &header->second : query != request.query.end() ? &query->second : nullptr;
  if (!text) return head;
  Position position = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), position);
  if (error != std::errc{} || end != text->data() + text->size() || position > head) return std::nullopt;
  return position;
}

Query wanted(const Request& request) {
  QueryItem item;
  if (const auto type = request.query.find("type"); type != request.query.end()) item.types.push_back(type->second);
  if (const auto tag = request.query.find("tag"); tag != request.query.end()) item.tags.push_back(tag->second);
  if (item.types.empty() && item.tags.empty()) return AllEvents{};
  return std::vector{std::move(item)};
}

}  // namespace

EventStreams::EventStreams(EventLog& log, VisibleEvent visible, std::function<bool(const std::string&)> is_alive)
    : state_(new State{.log = log, .visible = std::move(visible), .is_alive = std::move(is_alive)}) {}

EventStreams::~EventStreams() = default;

int EventStreams::open() const {
  const std::lock_guard lock(state_->mutex);
  return state_->open;
}

void EventStreams::end_session(const std::string& session) {
  std::vector<std::shared_ptr<StreamSink>> sinks;
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto places = state_->of_session.find(session); places != state_->of_session.end())
      for (const Place* place : places->second)
        if (auto sink = place->sink.lock()) sinks.push_back(std::move(sink));
  }
  for (const auto& sink : sinks) sink->end();
}

Route EventStreams::route() {
  return {.method = "GET", .path = "/api/events/stream", .operation_id = "followEvents",
          .summary = {"出来事をライブで受け取る（Server-Sent Events）", "Follow events live (Server-Sent Events)"},
          .people_only = true,  // a session ends its streams; a token has none
          .query_params = {{"after", "integer", {"この位置のあとから（Last-Event-IDがあればそれが優先）", "begin behind this position (Last-Event-ID wins)"}},
                           {"type", "string", {"この種類だけ", "only this type"}},
                           {"tag", "string", {"このタグだけ", "only with this tag"}}},
          .problems = {400, 401, 429, 503},
          .handler = [state = state_](std::shared_ptr<const Request> request, Reply reply) {
            const auto after = beginning(*request, state->log.head());
            if (!after) return reply(problem(problem_of_kind("malformed", {"位置ではありません。", "This is no position of the log."}), request->language));
            auto place = Place::take(state, request->session);
            if (!place) return reply(problem(problem_of_kind("too-many-streams"), request->language));
            reply({.content_type = "text/event-stream",
                   .stream = [place, after = *after, query = wanted(*request), actor = *request->actor](std::shared_ptr<StreamSink> sink) -> std::unique_ptr<LiveStream> {
                     auto stream = std::make_unique<Stream>(place, actor, std::move(sink));
                     if (!stream->begin(query, after)) return nullptr;
                     return stream;
                   }});
          }};
}

}  // namespace rireki::api
