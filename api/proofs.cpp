#include "api/proofs.h"

#include <pthread.h>

#include <algorithm>
#include <set>

#include "api/log_read.h"
#include "api/oidc/fetch.h"
#include "proof/text.h"

namespace rireki::api {
namespace {

using proof::Checked;
using proof::Fault;
using proof::Verifier;

constexpr std::int64_t kTimeMax = 253'402'300'799;       // the end of the year 9999
constexpr std::chrono::hours kClocksDiffer{24};          // a witness's clock before ours
constexpr std::size_t kCheckpointsTried = 200'000;       // looked through for the one that a witness answers: some seconds
const Fault kNoConfirmation{"指定された証人による、このログのチェックポイントへの署名ではありません。", "Not a confirmation of a checkpoint of this log by a witness that was named."};
const Fault kNotRecorded{"記録できませんでした。少し待って、もう一度行ってください。", "It could not be recorded. Wait a moment and try again."};

// Folds what is said under one tag, in order.
void each_body(const EventLog& log, const std::string& tag, const std::function<void(const Body&)>& use) {
  const auto end = log.read(with_tag(tag), {}, [&](const EventView& event) {
    if (const auto body = decode(event)) use(*body);
    return true;
  });
  require_read(end);
}

Condition unchanged(const std::string& tag, Position seen) { return AppendCondition{{Clause{with_tag(tag), seen}}}; }

}  // namespace

bool introduce_keys(Office& office, const std::vector<Verifier>& keys) {
  const Position seen = office.log().head();
  std::set<std::string> known;
  each_body(office.log(), "log-keys", [&](const Body& body) {
    if (const auto* introduced = std::get_if<LogKeyIntroduced>(&body)) known.insert(introduced->key);
  });
  std::vector<Body> fresh;
  for (auto key = keys.rbegin(); key != keys.rend(); ++key)  // the present one last
    if (!known.contains(to_text(*key))) fresh.push_back(LogKeyIntroduced{to_text(*key)});
  return fresh.empty() || office.record(Actor{}, fresh, unchanged("log-keys", seen), std::nullopt).has_value();
}

Checked<std::string> Proofs::checkpoint() const {
  const auto sizes = tree_.checkpoints(~Position{0}, 1, Direction::kBackward);
  if (!sizes.empty())
    if (auto note = tree_.checkpoint(sizes.front())) return {boost::system::in_place_value, std::move(*note)};
  return sign_now();
}

Checked<std::string> Proofs::sign_now() const { return keeper_.sign_now(); }

std::vector<Verifier> Proofs::keys() const {
  std::vector<Verifier> keys = keeper_.keys();
  each_body(office_.log(), "log-keys", [&](const Body& body) {
    const auto* introduced = std::get_if<LogKeyIntroduced>(&body);
    const auto key = introduced ? proof::parse_verifier(introduced->key) : Checked<Verifier>(Fault{});
    if (key && key->name == keeper_.origin() && std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(*key);
  });
  return keys;
}

std::vector<Verifier> Proofs::named() const {
  std::vector<Verifier> keys;
  each_body(office_.log(), "witnesses", [&](const Body& body) {
    const auto* dropped = std::get_if<WitnessDropped>(&body);
    const auto* named = std::get_if<WitnessNamed>(&body);
    const auto key = named || dropped ? proof::parse_verifier(named ? named->key : dropped->key) : Checked<Verifier>(Fault{});
    if (!key) return;
    std::erase(keys, *key);
    if (named) keys.push_back(*key);
  });
  return keys;
}

std::vector<WitnessState> Proofs::witnesses() const {
  std::vector<WitnessState> states;
  const auto keys = named();
  const std::lock_guard lock(mutex_);
  std::size_t missing = 0;
  for (const auto& key : keys) {
    const auto known = confirmed_.find(to_text(key));
    states.push_back(known == confirmed_.end() ? WitnessState{.key = key, .size = 0, .at = {}} : known->second);
    missing += known == confirmed_.end();
  }
  // The newest first: what each confirmed last is the first that it signed. Notes without a cosignature are told apart without checking a signature.
  for (Position from = ~Position{0}; missing > 0;) {
    const auto sizes = tree_.checkpoints(from, 1'000, Direction::kBackward);
    for (const auto size : sizes) {
      const auto note = proof::parse_note(tree_.checkpoint(size).value_or(""));
      if (!note || note->signatures.size() < 2) continue;
      const auto signatures = proof::verify(*note, keys);
      if (!signatures) continue;
      for (const auto& one : *signatures)
        for (auto& state : states)
          if (state.size == 0 && state.key == one.key && one.time && !confirmed_.contains(to_text(one.key))) {
            state.size = size;
            state.at = Instant{std::chrono::seconds{*one.time}};
            --missing;
          }
    }
    if (sizes.size() < 1'000 || sizes.back() == 0) break;
    from = sizes.back() - 1;
  }
  for (const auto& state : states) confirmed_[to_text(state.key)] = state;
  return states;
}

std::optional<Fault> Proofs::name_witness(const Actor& by, const std::string& key) {
  const auto parsed = proof::parse_verifier(key);
  if (!parsed) return parsed.error();
  if (parsed->kind != proof::KeyKind::kCosignature) return Fault{"証人の鍵ではありません（rireki-verify witness init が示すものを入れてください）。", "Not a witness's key: give the one that rireki-verify witness init shows."};
  const Position seen = office_.log().head();
  const auto known = named();
  if (std::find(known.begin(), known.end(), *parsed) != known.end()) return std::nullopt;
  return office_.record(by, {WitnessNamed{.key = to_text(*parsed), .account = by.account, .by = by.person}}, unchanged("witnesses", seen), std::nullopt) ? std::nullopt : std::optional(kNotRecorded);
}

std::optional<Fault> Proofs::drop_witness(const Actor& by, const std::string& key) {
  const Position seen = office_.log().head();
  const auto known = named();
  if (std::none_of(known.begin(), known.end(), [&](const Verifier& one) { return to_text(one) == key; })) return Fault{"その証人は指定されていません。", "There is no such witness."};
  return office_.record(by, {WitnessDropped{.key = key, .account = by.account, .by = by.person}}, unchanged("witnesses", seen), std::nullopt) ? std::nullopt : std::optional(kNotRecorded);
}

Checked<std::string> Proofs::request_for(Position seen) const {
  auto note = checkpoint();
  if (!note) return note;
  const auto parsed = proof::parse_note(*note);
  const auto checkpoint = parsed ? proof::parse_checkpoint_text(parsed->text) : Checked<proof::Checkpoint>(parsed.error());
  if (!checkpoint) return checkpoint.error();
  if (seen > checkpoint->size)
    return Fault{"証人が見た件数（" + std::to_string(seen) + "）のほうが多くなっています。", "The witness saw more events (" + std::to_string(seen) + ") than there are."};
  proof::ExtensionRequest request{.old = seen, .proof = {}, .checkpoint = *note};
  if (seen > 0) {
    auto proof = tree_.tree().consistency(seen, checkpoint->size);
    if (!proof) return proof.error();
    request.proof = std::move(*proof);
  }
  return {boost::system::in_place_value, to_text(request)};
}

Checked<std::string> Proofs::request_for(const Verifier& witness) const {
  for (const auto& state : witnesses())
    if (state.key == witness) return request_for(state.size);
  return Fault{"その証人は指定されていません。", "There is no such witness."};
}

Checked<WitnessState> Proofs::confirm(const std::string& lines) {
  const auto keys = named();
  const std::lock_guard lock(mutex_);
  const auto said = proof::parse_note("\n\n" + lines);
  if (!said) return said.error();
  const auto time = proof::cosignature_time(said->signatures.front());
  if (!time) return kNoConfirmation;
  // The answer does not say which checkpoint it is about: the one that it signs, of those that were there when it was given.
  const Position then = office_.log().position_at(Instant{std::chrono::seconds{std::clamp<std::int64_t>(*time, 0, kTimeMax)}} + kClocksDiffer);
  std::size_t tried = 0;
  for (Position from = then; tried < kCheckpointsTried;) {
    const auto sizes = tree_.checkpoints(from, 1'000, Direction::kBackward);
    for (const auto size : sizes) {
      auto confirmed = confirm_at(size, lines, keys);
      if (confirmed) confirmed_[to_text(confirmed->key)] = *confirmed;
      if (confirmed || confirmed.error().en != kNoConfirmation.en) return confirmed;
    }
    if (sizes.size() < 1'000 || sizes.back() == 0) break;
    tried += sizes.size();
    from = sizes.back() - 1;
  }
  return kNoConfirmation;
}

Checked<WitnessState> Proofs::confirm_at(Position size, const std::string& lines, const std::vector<Verifier>& keys) {
  const auto kept = tree_.checkpoint(size);
  if (!kept) return kNoConfirmation;
  const auto note = proof::parse_note(*kept);
  const auto answer = note ? proof::parse_note(note->text + "\n" + lines) : Checked<proof::Note>(note.error());
  if (!answer) return answer.error();
  const auto signatures = proof::verify(*answer, keys);
  if (!signatures || signatures->empty() || !signatures->front().time) return kNoConfirmation;
  const auto& signature = signatures->front();
  std::string whole = note->text + "\n";
  for (const auto& one : note->signatures)  // a later confirmation of the same witness stands for the former
    if (one.name != signature.key.name || one.id != signature.key.id) whole += one.line;
  for (const auto& one : answer->signatures)
    if (one.name == signature.key.name && one.id == signature.key.id) whole += one.line;
  if (!tree_.keep_checkpoint(size, whole)) return kNotRecorded;
  return WitnessState{.key = signature.key, .size = size, .at = Instant{std::chrono::seconds{*signature.time}}};
}

void Proofs::verified(LastVerified last) {
  const std::lock_guard lock(mutex_);
  verified_ = std::move(last);
}
std::optional<LastVerified> Proofs::last_verified() const {
  const std::lock_guard lock(mutex_);
  return verified_;
}

WitnessPusher::WitnessPusher(Proofs& proofs, std::vector<std::string> urls, std::chrono::minutes every, std::function<void(const std::string& what)> on_fault)
    : proofs_(proofs), urls_(std::move(urls)), every_(every), on_fault_(std::move(on_fault)) {
  if (!urls_.empty()) thread_ = std::thread([this] { run(); });
}
WitnessPusher::~WitnessPusher() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WitnessPusher::run() {
  ::pthread_setname_np(::pthread_self(), "witnesses");
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    for (const auto& url : urls_)
      if (const auto fault = ask(url)) on_fault_(url + ": " + *fault);
    lock.lock();
  } while (!wake_.wait_for(lock, every_, [this] { return closing_; }));
}

std::optional<std::string> WitnessPusher::ask(const std::string& url) const {
  if (proofs_.tree().tree_head().size == 0) return std::nullopt;
  Position seen = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto request = proofs_.request_for(seen);
    if (!request) return request.error().en;
    const auto answer = fetch({.url = url + "/add-checkpoint", .form = {}, .text = *request, .signed_by_itself = true, .user = {}, .password = {}});
    if (!answer) return answer.error().what;
    if (answer->status == 200) {
      const auto confirmed = proofs_.confirm(answer->body);
      return confirmed ? std::nullopt : std::optional(confirmed.error().en);
    }
    std::string body = answer->body;
    if (body.ends_with('\n')) body.pop_back();
    const auto size = answer->status == 409 ? proof::parse_number(body) : std::nullopt;
    if (!size) return "it answered " + std::to_string(answer->status) + (answer->status == 422 ? ": the log does not go on from what it saw" : "");
    if (attempt > 0 && *size == seen) return "it saw another log of the same size";
    seen = *size;
  }
  return "it goes on naming other sizes";
}

}  // namespace rireki::api
