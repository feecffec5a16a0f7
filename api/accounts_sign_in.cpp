// Letting people in: passwords, codes, somebody else's word, and proving it again.
#include <algorithm>

#include "api/accounts_state.h"
#include "api/second_factor.h"

namespace rireki::api {
namespace {

constexpr std::chrono::minutes kEnrollingFor{10};

AccountError too_many(std::chrono::seconds wait) { return {AccountErrorKind::kTooManyAttempts, {"失敗が続いています。しばらく待ってください。", "Too many failures. Wait a while."}, wait}; }

std::string context_of_secret(AccountId id) { return "rireki-totp/v1 " + to_text(id); }

std::string bytes_of_hex(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  return bytes;
}

// A password given by somebody else, and not changed in time.
bool is_over(const Credential& credential, Instant now) { return credential.initial_until != 0 && now >= Instant{std::chrono::seconds(credential.initial_until)}; }

}  // namespace

std::vector<std::string> Accounts::State::context_of(const Account& account) const {
  std::vector<std::string> words = options.context_words;
  words.insert(words.end(), {"rireki", "履歴", account.login});
  return words;
}

bool Accounts::State::asks_for_second_factor(const Account& account) const {
  std::optional<std::string> set;
  office.with_context([&](const DecisionContext& context) { set = context.reg.policy(kSecondFactorPolicy, {context.today()}); });
  const auto rule = set ? nlohmann::json::parse(*set, nullptr, false) : nlohmann::json();
  if (rule == "all") return true;
  return rule == "privileged" && std::any_of(account.roles.begin(), account.roles.end(), [](const std::string& role) { return is_privileged(role); });
}

// Who signed in and who was refused is on record; but nobody is kept out because the disk is full.
void Accounts::State::tell_sign_in(AccountId id, const std::string& method, const std::string& outcome) {
  std::ignore = office.record({}, {SignedIn{.account = id, .method = method, .outcome = outcome}}, Unconditional{}, std::nullopt);
}

// Of the app, or a recovery code; each counts once.
Result<bool, AccountError> Accounts::State::use_code(AccountId id, const std::string& code) {
  bool right = false;
  const auto use = [&](Credential& one) {
    if (const auto secret = unseal(options.second_factors, context_of_secret(id), bytes_of_hex(one.totp)); secret && looks_like_totp(code)) {
      const auto step = totp_matches(*secret, code, office.now(), one.totp_last);
      right = step.has_value();
      if (step) one.totp_last = *step;
    } else if (!code.empty()) {
      right = one.recovery.erase(recovery_digest(code)) > 0;
    }
  };
  if (auto error = credentials->change(id, use)) return of_file(*error);
  return right;
}

// Nobody's hash is verified where there is no account, so that it costs the same.
Result<Proof, AccountError> Accounts::State::prove(const std::optional<Account>& account, const std::string& password, const std::string& code) {
  const Credential credential = account && !account->closed ? credentials->find(account->id) : Credential{};
  const bool right = hasher.verify(credential.phc.empty() ? hasher.of_nobody() : credential.phc, password);
  if (!right || credential.phc.empty() || is_over(credential, office.now())) return wrong_password();
  if (!credential.totp.empty()) {
    if (code.empty()) {
      by_login.withdrawn(account->login);
      return AccountError{AccountErrorKind::kSecondFactorNeeded, {"認証アプリの6桁の番号か、回復コードを添えてください。", "Add the six digits of the authenticator app, or a recovery code."}};
    }
    const auto used = use_code(account->id, code);
    if (!used) return used.error();
    if (!*used) return wrong_password();
  }
  by_login.succeeded(account->login);
  if (hasher.needs_rehash(credential.phc))
    if (auto error = credentials->change(account->id, [&](Credential& one) { one.phc = hasher.hash(password); })) return of_file(*error);
  return Proof{.method = "password", .second_factor = !credential.totp.empty(),
               .must = credential.initial_until ? "password-change-required" : credential.totp.empty() && asks_for_second_factor(*account) ? "second-factor-required" : ""};
}

void Accounts::sign_in(const SignInName& given, SignInDone done) {
  State& state = *state_;
  const std::string name = lower_login(given.login.substr(0, kLoginBytesMax + 1));
  const std::string address = given.address;
  if (const auto wait = state.by_address.begin(address, now())) return done(too_many(*wait));
  if (const auto wait = state.by_login.begin(name, now())) {
    state.by_address.withdrawn(address);
    return done(too_many(*wait));
  }
  const auto work = [this, name, given, done] {
    State& state = *state_;
    const auto account = state.find(name);
    const auto era = account ? state.sessions.era(account->id) : 0;
    const auto proof = state.prove(account, given.password, given.code);
    if (proof || proof.error().kind == AccountErrorKind::kSecondFactorNeeded) state.by_address.withdrawn(given.address);
    auto begun = proof ? state.sessions.begin(account->id, now(), era, *proof) : std::nullopt;
    const bool refused = !begun && (proof || proof.error().kind == AccountErrorKind::kWrongPassword);
    if (begun) done(AccountSignedIn{*account, std::move(*begun)});
    else done(proof ? wrong_password() : proof.error());
    // After the answer: the time that recording takes must not tell which logins there are.
    if (account && !account->closed && (begun || refused)) state.tell_sign_in(account->id, "password", refused ? "refused" : "ok");
  };
  const auto refuse = [&state, name, address, done] {
    state.by_login.withdrawn(name);
    state.by_address.withdrawn(address);
    done(busy_signing_in());
  };
  if (!state.hasher.submit(work, refuse)) refuse();
}

Result<AccountSignedIn, AccountError> Accounts::sign_in_as(const std::optional<Account>& account, const Proof& proof) {
  if (!account || account->closed) {
    if (account) state_->tell_sign_in(account->id, proof.method, "refused");
    return wrong_password();
  }
  auto begun = state_->sessions.begin(account->id, now(), state_->sessions.era(account->id), proof);
  if (!begun) return wrong_password();
  state_->tell_sign_in(account->id, proof.method, "ok");
  return AccountSignedIn{*account, std::move(*begun)};
}

void Accounts::step_up(const Session& session, const std::string& password, const std::string& code, SignInDone done) {
  State& state = *state_;
  const auto account = state.find(session.account);
  if (!account || account->closed) return done(no_such_account());
  if (!account->has_password && !account->second_factor)
    return done(AccountError{AccountErrorKind::kCannotStepUp, {"このアカウントには、確かめるためのパスワードも認証アプリもありません。", "This account has neither a password nor an authenticator app to prove it with."}});
  if (const auto wait = state.by_login.begin(account->login, now())) return done(too_many(*wait));
  const auto finish = [this, key = session.key, account, done](bool second_factor) {
    auto begun = state_->sessions.step_up(key, now(), second_factor);
    if (!begun) return done(wrong_password());
    done(AccountSignedIn{*account, std::move(*begun)});
  };
  // Without a password it is the app alone.
  if (!account->has_password) {
    const auto used = state.use_code(account->id, code);
    if (!used) return done(used.error());
    if (!*used) return done(wrong_password());
    state.by_login.succeeded(account->login);
    return finish(true);
  }
  const auto work = [this, account, password, code, done, finish] {
    const auto proof = state_->prove(account, password, code);
    if (!proof) return done(proof.error());
    finish(proof->second_factor);
  };
  const auto refuse = [&state, login = account->login, done] {
    state.by_login.withdrawn(login);
    done(busy_signing_in());
  };
  if (!state.hasher.submit(work, refuse)) refuse();
}

void Accounts::change_password(AccountId id, const std::string& current, const std::string& wanted, SignInDone done) {
  State& state = *state_;
  const auto account = state.find(id);
  if (!account) return done(no_such_account());
  const auto least = account->second_factor ? kPasswordCharactersMinOfTwo : kPasswordCharactersMin;
  if (const auto finding = password_finding(wanted, state.context_of(*account), least)) return done(AccountError{AccountErrorKind::kPassword, *finding});
  if (const auto wait = state.by_login.begin(account->login, now())) return done(too_many(*wait));
  const auto work = [this, account, current, wanted, done] {
    State& state = *state_;
    const Credential credential = state.credentials->find(account->id);
    if (credential.phc.empty() || !state.hasher.verify(credential.phc, current) || is_over(credential, now())) return done(wrong_password());
    state.by_login.succeeded(account->login);
    if (auto error = state.credentials->change(account->id, [&](Credential& one) { one.phc = state.hasher.hash(wanted); one.initial_until = 0; })) return done(of_file(*error));
    state.sessions.end_all(account->id);
    auto begun = state.sessions.begin(account->id, now(), state.sessions.era(account->id), {.method = "password", .second_factor = account->second_factor, .must = !account->second_factor && state.asks_for_second_factor(*account) ? "second-factor-required" : ""});
    if (!begun) return done(wrong_password());
    done(AccountSignedIn{*account, std::move(*begun)});
  };
  const auto refuse = [&state, login = account->login, done] {
    state.by_login.withdrawn(login);
    done(busy_signing_in());
  };
  if (!state.hasher.submit(work, refuse)) refuse();
}

Result<Enrolment, AccountError> Accounts::begin_second_factor(AccountId id) {
  const auto account = state_->find(id);
  if (!account || account->closed) return no_such_account();
  const std::string secret = new_totp_secret();
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->enrolling, [&](const auto& one) { return now() - one.second.begun >= kEnrollingFor; });
  state_->enrolling[id] = {secret, now()};
  return Enrolment{.secret = base32(secret), .uri = totp_uri(secret, account->login)};
}

Result<SecondFactorAdded, AccountError> Accounts::confirm_second_factor(const Actor& by, const Session& session, const std::string& code) {
  State& state = *state_;
  const AccountId id = session.account;
  std::string secret;
  {
    const std::lock_guard lock(state.mutex);
    const auto found = state.enrolling.find(id);
    if (found == state.enrolling.end() || now() - found->second.begun >= kEnrollingFor)
      return AccountError{AccountErrorKind::kNotEnrolling, {"登録を始めていないか、10分を過ぎました。もう一度始めてください。", "It was not begun, or ten minutes ago. Begin again."}};
    secret = found->second.secret;
  }
  const auto account = state.find(id);
  if (const auto wait = state.by_login.begin(account->login, now())) return too_many(*wait);
  const auto step = totp_matches(secret, code, now(), 0);
  if (!step) return AccountError{AccountErrorKind::kWrongPassword, {"番号が違います。端末の時計を確かめてください。", "The code is wrong. Check the clock of the device."}};
  state.by_login.succeeded(account->login);
  {
    const std::lock_guard lock(state.mutex);
    if (state.enrolling.erase(id) == 0) return AccountError{AccountErrorKind::kNotEnrolling, {"登録は済んでいます。", "It was confirmed already."}};  // sent twice: the codes that were told stay good
  }
  if (const auto recorded = state.record(by, id, [&]() -> Result<Body, AccountError> { return Body{SecondFactorSet{.account = id, .kind = "totp"}}; }); !recorded) return recorded.error();
  SecondFactorAdded added;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) added.recovery_codes.push_back(new_recovery_code());
  const auto keep = [&](Credential& one) {
    one.totp = hex(seal(state.options.second_factors, context_of_secret(id), {secret}));
    one.totp_last = *step;
    one.recovery.clear();
    for (const auto& each : added.recovery_codes) one.recovery.insert(recovery_digest(each));
  };
  if (auto error = state.credentials->change(id, keep)) return of_file(*error);
  state.sessions.end_all(id);
  auto begun = state.sessions.begin(id, now(), state.sessions.era(id), {.method = session.proof.method, .second_factor = true});
  if (!begun) return wrong_password();
  added.begun = std::move(*begun);
  return added;
}

Result<std::vector<std::string>, AccountError> Accounts::new_recovery_codes(AccountId id) {
  if (const auto account = state_->find(id); !account || !account->second_factor)
    return AccountError{AccountErrorKind::kNotEnrolling, {"先に認証アプリを登録してください。", "Register an authenticator app first."}};
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) codes.push_back(new_recovery_code());
  const auto replace = [&](Credential& one) {
    one.recovery.clear();
    for (const auto& each : codes) one.recovery.insert(recovery_digest(each));
  };
  if (auto error = state_->credentials->change(id, replace)) return of_file(*error);
  return codes;
}

std::size_t Accounts::recovery_codes_left(AccountId id) const { return state_->credentials->find(id).recovery.size(); }

}  // namespace rireki::api
