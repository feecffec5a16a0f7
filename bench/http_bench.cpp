// http.read.case, http.read.worklist: a case's page and a head's worklist, by as many connections; .anew: with the answer made anew each time, for a
// reader who says no-cache.
// http.command: transfers carried through over HTTP, from draft to order, by 64 connections that each wait for every answer. Seven durable
// commands per transfer, each with session, same-site check, Idempotency-Key, If-Match, rules, approval line, invariants and condition.
#include <algorithm>
#include <chrono>
#include <map>
#include <stdexcept>

#include "api/api.h"
#include "api/sample.h"
#include "bench/figures.h"
#include "bench/http_ceiling.h"
#include "bench/http_load.h"
#include "tests/eventstore/folder_signer.h"
#include "tests/eventstore/sealed_store.h"
#include "projections/all_views.h"

namespace rireki::bench {
namespace {

using namespace rireki::api;
using nlohmann::json;

constexpr int kConnections = 64;
constexpr int kTransfersPerSlice = 10;  // of each connection
constexpr int kServerThreads = 2;
constexpr int kReadsPerSlice = 40;      // of each connection

Instant now() { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }

// Each connection moves people of a section of its own, so that nobody is refused: from posts of one unit to posts of another.
struct Section {
  PersonId home_head, receiving_head;
  std::vector<PersonId> people;
  std::vector<PostId> receiving_posts;
};

// A ward with a section per connection over a real log, served by the real server.
class Ward {
 public:
  // `sealed`: as an office has it. Without, the same on the bare store: what sealing and recording costs is the difference.
  Ward(const std::filesystem::path& folder, int people_per_section, bool sealed = true)
      : store_(folder, {.free_bytes_min = 0}), log_(sealed ? static_cast<EventLog*>(store_.log.get()) : store_.store.get()), office_(*log_, ids_, now), signer_(folder / "signer") {
    std::filesystem::create_directories(folder);
    publish();
    found(people_per_section);
    accounts_ = Accounts::open(office_, ids_, {.folder = folder, .password_cost = {.passes = 1, .memory_bytes = 8 * 1024}}).value();
    views_ = Views::open(folder / "views", *log_, all_projections(), {}, sealed ? store_.view_files() : nullptr).value();
    api_ = std::make_unique<Api>(office_, *accounts_, *views_, Attachments(folder / "attachments", *store_.keyring), two_, erasures_, SignOnWays{}, proofs_, false);
    ServerOptions options{.port = 0, .threads = kServerThreads};
    options.limits.connections_per_address = 2 * kConnections;
    options.limits.requests_per_connection = 1'000'000;
    api_->identify(options);
    server_ = Server::start(api_->routes(), std::move(options)).value();
    worker_ = cookie("worker", hr_worker_, {"staff", "hr"});
    hr_head_cookie_ = cookie("hr-head", hr_head_, {"staff", "manager"});
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      home_cookies_.push_back(cookie("home" + std::to_string(i), sections_[i].home_head, {"staff", "manager"}));
      receiving_cookies_.push_back(cookie("receiving" + std::to_string(i), sections_[i].receiving_head, {"staff", "manager"}));
    }
  }
  ~Ward() { server_.reset(); }

  std::uint16_t port() const { return server_->port(); }
  const EventLog& log() const { return *log_; }

  // Carries the next people of every section through their transfer. The conversations of one slice.
  std::vector<Conversation> slice(int transfers) {
    std::vector<Conversation> all;
    for (std::size_t section = 0; section < sections_.size(); ++section) all.push_back(carry(section, moved_, moved_ + transfers));
    moved_ += transfers;
    return all;
  }

  // Each connection reads a page of its own section again and again: a case that was ordered, or what waits for the home head. The pages' bytes are kept.
  std::vector<Conversation> reads(bool worklist, bool anew, int count, std::string& page) {
    std::vector<Conversation> all;
    for (std::size_t section = 0; section < sections_.size(); ++section) {
      const std::string target = worklist ? "/api/worklist" : "/api/cases/" + last_cases_[section];
      const std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + home_cookies_[section] + (anew ? "\r\nCache-Control: no-cache\r\n\r\n" : "\r\n\r\n");
      all.push_back([request, count, &page](const LoadAnswer* before) mutable -> std::string {
        if (before && before->status != 200) throw std::runtime_error("a page was refused: " + before->body);
        if (before) page = before->body;
        return count-- > 0 ? request : "";
      });
    }
    return all;
  }

 private:
  struct Step {
    const char* action;  // "" opens
    const std::string* cookie;
  };

  void publish() { office_.publish({}, default_catalogue()).value(); }

  void record(std::vector<Fact> facts) {
    std::vector<FactEntry> entries;
    for (auto& fact : facts) entries.push_back({.id = ids_.make<FactId>(), .fact = std::move(fact)});
    const auto recorded = office_.record_facts({}, std::move(entries), {});
    if (!recorded) throw std::runtime_error("the ward cannot be founded: " + (recorded.error().violations.empty() ? recorded.error().storage->what : recorded.error().violations.front().refusal.rule));
  }

  void employ(std::vector<Fact>& facts, PersonId person, PostId post, Grade grade) {
    const Day begin = day(2015, 4, 1);
    facts.push_back(PersonRegistered{.person = person, .staff_number = std::to_string(10'000'000 + ++people_), .name = {"区", "民", "ク", "ミン"}, .birth = day(1985, 6, 1)});
    facts.push_back(Appointed{.person = person, .exam_category = "I", .job_family = "administrative", .job_category = "事務", .grade = grade, .from = begin});
    facts.push_back(Posted{.person = person, .post = post, .from = begin, .order_kind = "採用"});
  }

  void found(int people_per_section) {
    const Day begin = day(2015, 4, 1);
    const UnitId affairs = ids_.make<UnitId>(), hr = ids_.make<UnitId>();
    const PostId head = ids_.make<PostId>(), clerk = ids_.make<PostId>();
    hr_head_ = ids_.make<PersonId>();
    hr_worker_ = ids_.make<PersonId>();
    std::vector<Fact> facts = {UnitEstablished{.unit = affairs, .name = "総務部", .level = UnitLevel::kBu, .from = begin},
                               UnitEstablished{.unit = hr, .name = "職員課", .level = UnitLevel::kKa, .parent = affairs, .from = begin},
                               PostCreated{.post = head, .unit = hr, .title = "職員課長", .head = true, .function = "hr-head", .from = begin},
                               PostCreated{.post = clerk, .unit = hr, .title = "主事", .from = begin}};
    employ(facts, hr_head_, head, Grade::kSectionManager);
    employ(facts, hr_worker_, clerk, Grade::kStaff);
    record(std::move(facts));
    for (int i = 0; i < kConnections; ++i) sections_.push_back(found_section(affairs, people_per_section));
  }

  Section found_section(UnitId parent, int people) {
    const Day begin = day(2015, 4, 1);
    Section section{.home_head = ids_.make<PersonId>(), .receiving_head = ids_.make<PersonId>()};
    const UnitId home = ids_.make<UnitId>(), receiving = ids_.make<UnitId>();
    std::vector<Fact> facts;
    for (const auto& [unit, person] : {std::pair{home, section.home_head}, {receiving, section.receiving_head}}) {
      const PostId head = ids_.make<PostId>();
      facts.push_back(UnitEstablished{.unit = unit, .name = "課", .level = UnitLevel::kKa, .parent = parent, .from = begin});
      facts.push_back(PostCreated{.post = head, .unit = unit, .title = "課長", .head = true, .from = begin});
      employ(facts, person, head, Grade::kSectionManager);
    }
    for (int i = 0; i < people; ++i) {
      const PostId from = ids_.make<PostId>(), to = ids_.make<PostId>();
      facts.push_back(PostCreated{.post = from, .unit = home, .title = "主事", .from = begin});
      facts.push_back(PostCreated{.post = to, .unit = receiving, .title = "主事", .from = begin});
      section.people.push_back(ids_.make<PersonId>());
      section.receiving_posts.push_back(to);
      employ(facts, section.people.back(), from, Grade::kStaff);
    }
    record(std::move(facts));
    return section;
  }

  std::string cookie(const std::string& login, PersonId person, const std::set<std::string>& roles) {
    const auto account = accounts_->open_account({}, login, person, roles).value().account;
    return "rireki=" + accounts_->sessions().begin(account.id, now(), 0)->token;
  }

  std::string post(const std::string& target, const std::string& cookie, const std::string& more, const json& body) {
    const std::string text = body.dump();
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + cookie + "\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nIdempotency-Key: k" +
           std::to_string(++keys_) + "\r\n" + more + "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
  }

  Conversation carry(std::size_t section, int first, int end) {
    const std::vector<Step> steps = {{"", &worker_}, {"submit", &worker_}, {"approve", &receiving_cookies_[section]}, {"approve", &home_cookies_[section]},
                                     {"approve", &hr_head_cookie_}, {"announce", &worker_}, {"order", &worker_}};
    return [this, section, steps, person = first, end, step = std::size_t{0}, id = std::string()](const LoadAnswer* before) mutable -> std::string {
      std::string etag;
      if (before) {
        if (before->status / 100 != 2) throw std::runtime_error(std::string("a transfer was refused at '") + steps[step - 1].action + "': " + before->body);
        const json answer = json::parse(before->body);
        id = answer["case"];
        last_cases_[section] = id;
        etag = std::to_string(answer["position"].get<Position>());
      }
      if (step == steps.size()) {
        step = 0;
        ++person;
      }
      if (person == end) return "";
      const Step& now_due = steps[step++];
      if (step > 1) return post("/api/cases/" + id + "/actions/" + now_due.action, *now_due.cookie, "If-Match: \"" + etag + "\"\r\n", {{"form", json::object()}, {"reason", "定期異動"}});
      const Section& s = sections_[section];
      const auto at = static_cast<std::size_t>(person);
      return post("/api/cases", *now_due.cookie, "",
                  {{"procedure", "transfer"}, {"subject", {{"kind", "person"}, {"id", to_text(s.people[at])}}}, {"reason", "定期異動"},
                   {"form", {{"to_post", to_text(s.receiving_posts[at])}, {"effective", iso(local_day(now()) + days(60))}, {"order_kind", "配置換"}}}});
    };
  }

  SeededIds ids_{20261120};
  SealedStore store_;
  EventLog* log_;
  Office office_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Views> views_;
  FourEyes two_{office_};
  Erasures erasures_{two_, *store_.keyring, [] { return true; }};
  QuietSigner signer_;
  std::unique_ptr<CheckpointKeeper> keeper_ = CheckpointKeeper::open(store_.store->transparency(), signer_, {.every = std::chrono::hours{1}}).value();
  Proofs proofs_{office_, store_.store->transparency(), *keeper_, nullptr};
  std::unique_ptr<Api> api_;
  std::unique_ptr<Server> server_;
  PersonId hr_head_, hr_worker_;
  std::vector<Section> sections_;
  std::string worker_, hr_head_cookie_;
  std::vector<std::string> home_cookies_, receiving_cookies_;
  std::map<std::size_t, std::string> last_cases_;  // by section
  std::size_t people_ = 0;
  std::uint64_t keys_ = 0;
  int moved_ = 0;
};

// What each command of one transfer appended, in order, as events to append again.
std::vector<std::vector<NewEvent>> batches_of_one_transfer(const EventLog& log, Position after) {
  std::vector<std::vector<NewEvent>> batches;
  std::vector<std::string> order;
  std::string wanted;
  Id128 last;
  log.read(AllEvents{}, {.after = after}, [&](const EventView& event) {
    std::string of;
    for (const auto tag : event.tags())
      if (tag.starts_with("case:")) of = tag;
    if (wanted.empty()) wanted = of;
    const bool belongs = of == wanted || (event.command() && event.command() == last);
    if (!belongs) return true;
    if (event.command() != last) batches.emplace_back();
    last = event.command();
    NewEvent copy{.type = std::string(event.type()), .actor = std::string(event.actor()), .body = std::string(event.stored_body())};
    for (const auto tag : event.tags()) copy.tags.emplace_back(tag);
    batches.back().push_back(std::move(copy));
    return true;
  }).value();
  return batches;
}

}  // namespace

Figure read_pages(const Run& run, Ward& ward, CeilingServer& ceiling, bool worklist, bool anew) {
  std::vector<double> reached, possible;
  std::string page, same;
  const double pages = kConnections * kReadsPerSlice;
  converse(ward.port(), ward.reads(worklist, anew, kReadsPerSlice, page));
  for (int i = 0; i < (run.quick ? 3 : 9); ++i) {
    reached.push_back(pages / converse(ward.port(), ward.reads(worklist, anew, kReadsPerSlice, page)));
    ceiling.answer_gets_with(page);
    possible.push_back(pages / converse(ceiling.port(), ward.reads(worklist, anew, kReadsPerSlice, same)));
  }
  return {.name = std::string(worklist ? "http.read.worklist" : "http.read.case") + (anew ? ".anew" : ""), .value = median(reached), .unit = "pages/s", .ceiling = median(possible), .goal = anew ? 0 : 0.4, .note = std::to_string(page.size()) + " bytes"};
}

// A transfer's commands in a ward that seals beside the same in one that does not, slice by slice.
Figure sealing(const Run& run) {
  const int slices = run.quick ? 3 : 9;
  Ward with(run.folder / "ward-sealed", (slices + 1) * kTransfersPerSlice), without(run.folder / "ward-bare", (slices + 1) * kTransfersPerSlice, false);
  for (Ward* ward : {&with, &without}) converse(ward->port(), ward->slice(kTransfersPerSlice));
  std::vector<double> sealed, bare;
  for (int i = 0; i < slices; ++i) {
    sealed.push_back(1 / converse(with.port(), with.slice(kTransfersPerSlice)));
    bare.push_back(1 / converse(without.port(), without.slice(kTransfersPerSlice)));
  }
  const double transfers = static_cast<double>(kConnections * kTransfersPerSlice);
  return {.name = "seal.command", .value = median(sealed) * transfers, .unit = "transfers/s", .ceiling = median(bare) * transfers, .goal = 0.85, .note = "the same without sealing"};
}

std::vector<Figure> http_figures(const Run& run) {
  if (run.only == "seal.command") return {sealing(run)};
  if (!run.wants("http.command") && !run.wants("http.read")) return {};
  const int slices = run.quick ? 2 : 7;
  Ward ward(run.folder / "ward", (slices + 1) * kTransfersPerSlice);
  const Position before = ward.log().head();
  converse(ward.port(), ward.slice(kTransfersPerSlice));  // warms caches, connections' memory and the branch predictors of both
  const auto batches = batches_of_one_transfer(ward.log(), before);

  const auto log = RocksEventLog::open(run.folder / "ceiling", {.free_bytes_min = 0}).value();
  CeilingServer ceiling(*log, batches, kServerThreads);
  const auto commands = static_cast<double>(kConnections * kTransfersPerSlice) * static_cast<double>(batches.size());
  std::vector<double> reached, possible;
  for (int i = 0; i < slices; ++i) {
    // The same bytes go to both.
    auto requests = std::make_shared<std::vector<std::vector<std::string>>>(kConnections);
    auto real = ward.slice(kTransfersPerSlice);
    for (std::size_t c = 0; c < real.size(); ++c)
      real[c] = [requests, c, next = std::move(real[c])](const LoadAnswer* answer) mutable {
        std::string request = next(answer);
        if (!request.empty()) (*requests)[c].push_back(request);
        return request;
      };
    reached.push_back(commands / converse(ward.port(), std::move(real)));
    std::vector<Conversation> same;
    for (std::size_t c = 0; c < requests->size(); ++c)
      same.push_back([requests, c, next = std::size_t{0}](const LoadAnswer*) mutable { return next == (*requests)[c].size() ? std::string() : (*requests)[c][next++]; });
    possible.push_back(commands / converse(ceiling.port(), std::move(same)));
  }
  std::size_t events = 0;
  for (const auto& batch : batches) events += batch.size();
  std::vector<Figure> figures{{.name = "http.command", .value = median(reached), .unit = "commands/s", .ceiling = median(possible), .goal = 0.4,
           .note = std::to_string(batches.size()) + " commands, " + std::to_string(events) + " events per transfer"}};
  if (!run.wants("http.command")) figures.clear();
  if (run.wants("http.read"))
    for (const bool worklist : {false, true})
      for (const bool anew : {false, true}) figures.push_back(read_pages(run, ward, ceiling, worklist, anew));
  if (run.wants("seal.command")) figures.push_back(sealing(run));
  return figures;
}

}  // namespace rireki::bench
