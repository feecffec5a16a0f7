#include "api/accounts_sessions.h"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "api/base64url.h"
#include "eventstore/keyring.h"

namespace rireki::api {
namespace {

std::string drawn(std::size_t size) {
  std::string bytes(size, '\0');
  random_bytes(bytes.data(), bytes.size());
  return bytes;
}

std::string key_of(std::string_view token) { return hex(view(sha256({token}))); }

}  // namespace

std::string random_token() { return base64url(drawn(32)); }

Sessions::Sessions(SessionLimits limits) : limits_(limits) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
  secret_ = drawn(crypto_auth_hmacsha256_KEYBYTES);
}

bool Sessions::over(const Session& session, Instant now) const {
  return now - session.last_seen >= (session.confidential ? std::min(limits_.idle, limits_.idle_confidential) : limits_.idle) || now - session.begun >= limits_.absolute;
}

// Forgets those that ran out; ends the one unused for longest if the account has too many. Called under the lock; returns what was ended.
std::vector<std::string> Sessions::make_room(AccountId account, Instant now) {
  auto& keys = keys_of_[account];
  std::erase_if(keys, [&](const std::string& key) {
    const auto found = by_key_.find(key);
    if (!over(found->second, now)) return false;
    by_key_.erase(found);
    return true;
  });
  std::vector<std::string> ended;
  while (keys.size() >= limits_.per_account) {
    const auto oldest = std::min_element(keys.begin(), keys.end(), [&](const auto& a, const auto& b) { return by_key_.at(a).last_seen < by_key_.at(b).last_seen; });
    by_key_.erase(*oldest);
    ended.push_back(std::move(*oldest));
    keys.erase(oldest);
  }
  return ended;
}

std::uint64_t Sessions::era(AccountId account) const {
  const std::lock_guard lock(mutex_);
  const auto found = eras_.find(account);
  return found == eras_.end() ? 0 : found->second;
}

std::optional<Sessions::Begun> Sessions::begin(AccountId account, Instant now, std::uint64_t era, const Proof& proof) {
  Begun begun{.token = random_token()};
  begun.session = {.key = key_of(begun.token), .id = hex(drawn(8)), .account = account, .begun = now, .last_seen = now, .proof = proof, .proved = now};
  std::vector<std::string> ended;
  {
    const std::lock_guard lock(mutex_);
    if (const auto current = eras_.find(account); (current == eras_.end() ? 0 : current->second) != era) return std::nullopt;
    ended = make_room(account, now);
    by_key_.emplace(begun.session.key, begun.session);
    keys_of_[account].push_back(begun.session.key);
  }
  tell(ended);
  return begun;
}

std::optional<Sessions::Begun> Sessions::step_up(const std::string& key, Instant now, bool second_factor) {
  Begun begun{.token = random_token()};
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end() || over(found->second, now)) return std::nullopt;
    begun.session = found->second;
    begun.session.key = key_of(begun.token);
    begun.session.last_seen = begun.session.proved = now;
    begun.session.proof.second_factor |= second_factor;
    auto& keys = keys_of_[begun.session.account];
    std::replace(keys.begin(), keys.end(), key, begun.session.key);
    by_key_.erase(found);
    by_key_.emplace(begun.session.key, begun.session);
  }
  tell({key});
  return begun;
}

void Sessions::showed_confidential(AccountId account, std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (const auto keys = keys_of_.find(account); keys != keys_of_.end() && !key.empty())
    for (const auto& one : keys->second)
      if (one.starts_with(key)) by_key_.at(one).confidential = true;
}

std::optional<Session> Sessions::seen(std::string_view token, Instant now) {
  const std::string key = key_of(token);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || over(found->second, now)) return std::nullopt;
  found->second.last_seen = std::max(found->second.last_seen, now);
  return found->second;
}

std::optional<Session> Sessions::find(const std::string& key, Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || over(found->second, now)) return std::nullopt;
  return found->second;
}

std::vector<Session> Sessions::of(AccountId account, Instant now) const {
  std::vector<Session> sessions;
  const std::lock_guard lock(mutex_);
  if (const auto keys = keys_of_.find(account); keys != keys_of_.end())
    for (const auto& key : keys->second)
      if (const auto& session = by_key_.at(key); !over(session, now)) sessions.push_back(session);
  std::reverse(sessions.begin(), sessions.end());
  return sessions;
}

void Sessions::end(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    std::erase(keys_of_[found->second.account], key);
    by_key_.erase(found);
  }
  tell({key});
}

bool Sessions::end_by_id(AccountId account, const std::string& id, Instant now) {
  for (const auto& session : of(account, now)) {
    if (session.id != id) continue;
    end(session.key);
    return true;
  }
  return false;
}

void Sessions::end_all(AccountId account) {
  std::vector<std::string> ended;
  {
    const std::lock_guard lock(mutex_);
    ++eras_[account];
    ended = std::move(keys_of_[account]);
    keys_of_.erase(account);
    for (const auto& key : ended) by_key_.erase(key);
  }
  tell(ended);
}

void Sessions::tell(const std::vector<std::string>& keys) const {
  if (told_)
    for (const auto& key : keys) told_(key);
}

std::string Sessions::csrf_token(const std::string& key) const {
  std::string code(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256(reinterpret_cast<unsigned char*>(code.data()), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                         reinterpret_cast<const unsigned char*>(secret_.data()));
  return base64url(code);
}

bool Sessions::csrf_matches(const std::string& key, const std::string& token) const {
  const std::string wanted = csrf_token(key);
  return token.size() == wanted.size() && sodium_memcmp(token.data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace rireki::api
