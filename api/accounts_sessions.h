// Sessions (security.md 3.1): opaque tokens, of which only the SHA-256 is kept, in memory. They do not survive a restart.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "domain/ids.h"

namespace rireki::api {

std::string random_token();  // 32 random bytes, base64url

struct SessionLimits {
  std::chrono::minutes idle{30};
  std::chrono::minutes idle_confidential{15};  // once health or harassment records were shown in it
  std::chrono::hours absolute{10};
  std::chrono::minutes fresh{5};               // for how long a proof is good for what needs a step up
  std::size_t per_account = 5;  // one more ends the one idle for longest
};

// How somebody proved who they are.
struct Proof {
  std::string method = "password";  // "password" "oidc" "proxy"
  bool second_factor = false;
  std::string must;                 // what one must do first, as the problem that says so: "password-change-required" "second-factor-required"; "": nothing
};

struct Session {
  std::string key;  // SHA-256 of the token, hex; names the session inside the server
  std::string id;   // names it to its owner; tells nothing about the token
  AccountId account;
  Instant begun{};
  Instant last_seen{};
  Proof proof;
  Instant proved{};           // when; a step up proves it again
  bool confidential = false;  // health or harassment records were shown in it
};

// Safe from any thread. Time comes in as an argument and must not move back.
class Sessions {
 public:
  explicit Sessions(SessionLimits limits = {});

  struct Begun {
    std::string token;  // 32 random bytes, base64url; told once
    Session session;
  };
  // `era`: as era() said before the password was looked at. None: end_all() came in between, so that what was proved then no longer counts.
  std::optional<Begun> begin(AccountId account, Instant now, std::uint64_t era, const Proof& proof = {});
  // The same session under a new token, proved anew; the former token is dead. None: it is over.
  std::optional<Begun> step_up(const std::string& key, Instant now, bool second_factor);
  bool is_fresh(const Session& session, Instant now) const { return now - session.proved < limits_.fresh; }
  // `key` may be its beginning, as the record of reading has it.
  void showed_confidential(AccountId account, std::string_view key);
  std::uint64_t era(AccountId account) const;
  // The session of a token, seen now. None: unknown or over.
  std::optional<Session> seen(std::string_view token, Instant now);
  std::optional<Session> find(const std::string& key, Instant now) const;  // without counting as use
  std::vector<Session> of(AccountId account, Instant now) const;           // newest first

  void end(const std::string& key);
  bool end_by_id(AccountId account, const std::string& id, Instant now);  // false: no such session of that account
  void end_all(AccountId account);

  // A token that shows that a request was made by who was given it: HMAC of the session key under a key of this process.
  std::string csrf_token(const std::string& key) const;
  bool csrf_matches(const std::string& key, const std::string& token) const;

  // Called with the key of each session that is ended (not of one that merely ran out), without a lock held. Set before use.
  void on_end(std::function<void(const std::string& key)> told) { told_ = std::move(told); }

 private:
  bool over(const Session& session, Instant now) const;
  std::vector<std::string> make_room(AccountId account, Instant now);
  void tell(const std::vector<std::string>& keys) const;

  const SessionLimits limits_;
  std::string secret_;
  std::function<void(const std::string&)> told_;
  mutable std::mutex mutex_;
  std::map<std::string, Session> by_key_;
  std::map<AccountId, std::vector<std::string>> keys_of_;
  std::map<AccountId, std::uint64_t> eras_;  // how often end_all() was called
};

}  // namespace rireki::api
