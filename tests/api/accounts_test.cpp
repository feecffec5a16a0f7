// Accounts: passwords, the credentials file, sessions, delays, and signing in over the real server.
#include "api/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <future>
#include <latch>

#include "api/accounts_credentials.h"
#include "api/accounts_routes.h"
#include "api/second_factor.h"
#include "api/http/server.h"
#include "eventstore/memory_event_log.h"
#include "tests/api/http_client.h"

namespace rireki::api {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Client;
using test::request_text;

constexpr PasswordCost kCheap{.passes = 1, .memory_bytes = 8 * 1024};  // the least that libsodium takes
constexpr const char* kGoodPassword = "correct horse battery staple";

class Counting final : public IdSource {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::atomic<std::uint64_t> last_ = 0;
};

std::filesystem::path fresh_folder() {
  std::string path = std::string(RIREKI_BINARY_DIR) + "/accounts-XXXXXX";
  if (!::mkdtemp(path.data())) throw std::runtime_error("no folder");
  return path;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Passwords, AreAcceptedByLengthAndNotByKindsOfCharacters) {
  for (const auto& password : {std::string(kGoodPassword), std::string("kxqzrwnbvjtyhgf"), std::string("履歴より長い日本語の合言葉をここに置く"), random_password()})
    EXPECT_FALSE(password_finding(password, {})) << password;
  EXPECT_TRUE(password_finding("kxqzrwnbvjtyhg", {})) << "14 characters";
  EXPECT_TRUE(password_finding("長い日本語の合言葉", {})) << "9 characters, although 27 bytes";
}

TEST(Passwords, MayBeAsLongAsTheLimitAndNoLonger) {
  std::string password;
  while (password.size() < kPasswordBytesMax) password += random_password();
  password.resize(kPasswordBytesMax);
  EXPECT_FALSE(password_finding(password, {}));
  EXPECT_TRUE(password_finding(password + "x", {}));
}

TEST(Passwords, ThatAreEasyToGuessAreRefused) {
  const std::vector<std::string> words = {"rireki", "履歴", "Nerima", "hr01"};
  for (const char* password : {"passwordpassword1", "PasswordPassword2026", "rireki-nerima-rireki-nerima-2026", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "12345678901234567890", "abcdefghijklmnopqrst",
                               "NERIMAnerima2026hr01", "qwertyuiopasdfghjkl", "zyxwvutsrqponmlkjih", "履歴履歴履歴履歴履歴履歴履歴履歴"})
    EXPECT_TRUE(password_finding(password, words)) << password;
  EXPECT_FALSE(password_finding("nerima and fifteen more letters", words)) << "a context word does not forbid the rest";
}

TEST(Passwords, MadeAtRandomDifferAndAreAccepted) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto password = random_password();
    EXPECT_TRUE(seen.insert(password).second);
    EXPECT_FALSE(password_finding(password, {}));
  }
}

TEST(PasswordHashes, FitTheirPasswordOnly) {
  PasswordHasher hasher(kCheap);
  const auto hash = hasher.hash(kGoodPassword);
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
  EXPECT_TRUE(hasher.verify(hash, kGoodPassword));
  EXPECT_FALSE(hasher.verify(hash, std::string(kGoodPassword) + " "));
  EXPECT_NE(hasher.hash(kGoodPassword), hash) << "salted";
  EXPECT_FALSE(hasher.needs_rehash(hash));
  EXPECT_TRUE(PasswordHasher({.passes = 2, .memory_bytes = 16 * 1024}).needs_rehash(hash));
}

TEST(PasswordHashes, OfNobodyCostTheSameAndNeverFit) {
  PasswordHasher hasher(kCheap);
  EXPECT_FALSE(hasher.needs_rehash(hasher.of_nobody())) << "it names the same cost, and libsodium can read it";
  EXPECT_FALSE(hasher.verify(hasher.of_nobody(), ""));
  EXPECT_FALSE(hasher.verify(hasher.of_nobody(), kGoodPassword));
}

TEST(PasswordHashes, CostWhatTheSpecificationSaysByDefault) {
  EXPECT_TRUE(PasswordHasher(PasswordCost{}).of_nobody().starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
}

TEST(PasswordHashes, AreMadeAFewAtOnceWithASmallWaitingRoom) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::latch running(kHashesAtOnceMax);
  std::atomic<std::size_t> accepted = 0;
  PasswordHasher hasher(kCheap);
  for (int i = 0; i < kHashesAtOnceMax; ++i)
    accepted += hasher.submit([&] { running.count_down(); released.wait(); }, {});
  running.wait();
  std::size_t waiting = 0;
  while (hasher.submit([&] { released.wait(); }, {})) ++waiting;
  release.set_value();
  EXPECT_EQ(accepted, static_cast<std::size_t>(kHashesAtOnceMax));
  EXPECT_EQ(waiting, kHashesWaitingMax);
}

auto password(const std::string& phc) {
  return [phc](Credential& one) { one.phc = phc; };
}

TEST(CredentialsFile, KeepsWhatProvesSomebodyForItsOwnerOnly) {
  const auto file = fresh_folder() / "credentials";
  const std::string digest(64, 'a');
  {
    auto credentials = Credentials::open(file).value();
    EXPECT_FALSE(credentials->change(AccountId{1}, password("$argon2id$one")));
    EXPECT_FALSE(credentials->change(AccountId{2}, [&](Credential& one) {
      one = {.phc = "$argon2id$two", .totp = "00ff", .totp_last = 55, .recovery = {digest}, .tokens = {{TokenId{7}, digest}}};
    }));
    EXPECT_FALSE(credentials->change(AccountId{1}, password("$argon2id$three")));
    EXPECT_FALSE(credentials->remove(AccountId{3}));
  }
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto again = Credentials::open(file).value();
  EXPECT_EQ(again->find(AccountId{1}).phc, "$argon2id$three");
  const auto two = again->find(AccountId{2});
  EXPECT_EQ(two.phc, "$argon2id$two");
  EXPECT_EQ(two.totp, "00ff");
  EXPECT_EQ(two.totp_last, 55);
  EXPECT_EQ(two.recovery, std::set<std::string>{digest});
  EXPECT_EQ(again->find_token(digest), std::pair(AccountId{2}, TokenId{7}));
  EXPECT_FALSE(again->find_token(std::string(64, 'b')));
  EXPECT_FALSE(again->remove(AccountId{1}));
  EXPECT_TRUE(Credentials::open(file).value()->find(AccountId{1}).empty());
  EXPECT_THAT(contents(file), testing::Not(testing::HasSubstr("three"))) << "a removed hash is gone";
}

TEST(CredentialsFile, ThatOthersMayReadIsRefused) {
  const auto file = fresh_folder() / "credentials";
  EXPECT_FALSE(Credentials::open(file).value()->change(AccountId{1}, password("$argon2id$one")));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  const auto opened = Credentials::open(file);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, testing::HasSubstr("chmod 600"));
}

TEST(CredentialsFile, ThatIsDamagedIsRefusedWherever) {
  const auto file = fresh_folder() / "credentials";
  auto credentials = Credentials::open(file).value();
  EXPECT_FALSE(credentials->change(AccountId{1}, password("$argon2id$one")));
  const std::string whole = contents(file), line = whole.substr(whole.find('\n') + 1), head = whole.substr(0, whole.size() - line.size()), whose = to_text(AccountId{1});
  for (const std::string& damaged : {std::string(), whole.substr(1), head + "x" + line, whole + line, head + line.substr(0, 8) + "\n", head + whose + " totp 0g 1\n", head + whose + " totp 00 1x\n",
                                     head + whose + " recovery 00\n", head + whose + " token x " + std::string(64, 'a') + "\n", head + whose + " password $argon2id$x y\n", head + whose + " initial 0 $argon2id$x\n", head + whose + " initial x $argon2id$x\n", head + "\n"}) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
    EXPECT_FALSE(Credentials::open(file)) << damaged;
  }
}

TEST(CredentialsFile, StaysAsItWasWhenItCannotBeReplaced) {
  const auto folder = fresh_folder();
  const auto file = folder / "credentials";
  auto credentials = Credentials::open(file).value();
  EXPECT_FALSE(credentials->change(AccountId{1}, password("$argon2id$one")));
  std::filesystem::create_directories(folder / "credentials.new" / "in the way");
  const auto error = credentials->change(AccountId{1}, password("$argon2id$two"));
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what, testing::Not(testing::HasSubstr("argon2id")));
  EXPECT_EQ(credentials->find(AccountId{1}).phc, "$argon2id$one");
  EXPECT_EQ(Credentials::open(file).value()->find(AccountId{1}).phc, "$argon2id$one");
}

constexpr Instant kStart{std::chrono::hours(500'000)};

TEST(SessionTable, KnowsATokenButNeverKeepsIt) {
  Sessions sessions;
  const auto begun = sessions.begin(AccountId{1}, kStart, 0).value();
  EXPECT_EQ(begun.token.size(), 43u) << "32 bytes in base64url";
  EXPECT_EQ(sessions.seen(begun.token, kStart)->account, AccountId{1});
  EXPECT_FALSE(sessions.seen(begun.token + "x", kStart));
  EXPECT_EQ(begun.session.key.find(begun.token), std::string::npos);
  EXPECT_EQ(begun.session.id.find(begun.token), std::string::npos);
}

TEST(SessionTable, EndsWhatIsNotUsedForHalfAnHour) {
  Sessions sessions;
  const auto token = sessions.begin(AccountId{1}, kStart, 0)->token;
  EXPECT_TRUE(sessions.seen(token, kStart + 29min));
  EXPECT_TRUE(sessions.seen(token, kStart + 58min));
  const auto key = sessions.seen(token, kStart + 58min)->key;
  EXPECT_TRUE(sessions.find(key, kStart + 87min)) << "looking is not using";
  EXPECT_FALSE(sessions.seen(token, kStart + 88min));
}

TEST(SessionTable, EndsWhatIsUsedForTenHours) {
  Sessions sessions;
  const auto token = sessions.begin(AccountId{1}, kStart, 0)->token;
  for (auto time = kStart; time < kStart + 10h; time += 20min) EXPECT_TRUE(sessions.seen(token, time));
  EXPECT_FALSE(sessions.seen(token, kStart + 10h));
}

TEST(SessionTable, KeepsFivePerAccountAndEndsTheOneUnusedForLongest) {
  Sessions sessions;
  std::vector<std::string> ended;
  sessions.on_end([&](const std::string& key) { ended.push_back(key); });
  std::vector<Sessions::Begun> begun;
  for (int i = 0; i < 5; ++i) begun.push_back(*sessions.begin(AccountId{1}, kStart + i * 1min, 0));
  sessions.begin(AccountId{2}, kStart, 0);
  sessions.seen(begun[0].token, kStart + 6min);
  sessions.begin(AccountId{1}, kStart + 7min, 0);
  EXPECT_THAT(ended, testing::ElementsAre(begun[1].session.key));
  EXPECT_TRUE(sessions.seen(begun[0].token, kStart + 8min));
  EXPECT_FALSE(sessions.seen(begun[1].token, kStart + 8min));
  EXPECT_EQ(sessions.of(AccountId{1}, kStart + 8min).size(), 5u);
}

TEST(SessionTable, EndsOneOrAllOfAnAccountAndNobodyElses) {
  Sessions sessions;
  const auto mine = *sessions.begin(AccountId{1}, kStart, 0), other = *sessions.begin(AccountId{1}, kStart, 0), yours = *sessions.begin(AccountId{2}, kStart, 0);
  EXPECT_FALSE(sessions.end_by_id(AccountId{1}, yours.session.id, kStart));
  EXPECT_TRUE(sessions.end_by_id(AccountId{1}, other.session.id, kStart));
  EXPECT_FALSE(sessions.seen(other.token, kStart));
  EXPECT_TRUE(sessions.seen(mine.token, kStart));
  sessions.end_all(AccountId{1});
  EXPECT_FALSE(sessions.seen(mine.token, kStart));
  EXPECT_TRUE(sessions.seen(yours.token, kStart));
}

TEST(SessionTable, DoesNotBeginWhatWasProvedBeforeAllWereEnded) {
  Sessions sessions;
  const auto era = sessions.era(AccountId{1});
  sessions.end_all(AccountId{1});
  EXPECT_FALSE(sessions.begin(AccountId{1}, kStart, era));
  EXPECT_TRUE(sessions.begin(AccountId{1}, kStart, sessions.era(AccountId{1})));
}

TEST(SessionTable, EndsASessionInWhichConfidentialRecordsWereShownAfterAQuarterOfAnHour) {
  Sessions sessions;
  const auto one = *sessions.begin(AccountId{1}, kStart, 0), other = *sessions.begin(AccountId{1}, kStart, 0);
  sessions.showed_confidential(AccountId{1}, one.session.key.substr(0, 16));
  EXPECT_TRUE(sessions.find(one.session.key, kStart + 14min));
  EXPECT_FALSE(sessions.seen(one.token, kStart + 15min));
  EXPECT_TRUE(sessions.seen(other.token, kStart + 15min)) << "only the one that showed them";
}

TEST(SessionTable, GoesOnUnderANewTokenWhenItIsProvedAgain) {
  Sessions sessions;
  std::vector<std::string> ended;
  sessions.on_end([&](const std::string& key) { ended.push_back(key); });
  const auto before = *sessions.begin(AccountId{1}, kStart, 0);
  EXPECT_TRUE(sessions.is_fresh(before.session, kStart + 4min + 59s));
  EXPECT_FALSE(sessions.is_fresh(before.session, kStart + 5min));
  const auto after = sessions.step_up(before.session.key, kStart + 20min, true);
  ASSERT_TRUE(after);
  EXPECT_FALSE(sessions.seen(before.token, kStart + 20min)) << "the former token is dead";
  const auto now = sessions.seen(after->token, kStart + 20min);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->id, before.session.id);
  EXPECT_TRUE(now->proof.second_factor);
  EXPECT_TRUE(sessions.is_fresh(*now, kStart + 24min));
  EXPECT_THAT(ended, testing::ElementsAre(before.session.key)) << "its live updates end";
  EXPECT_FALSE(sessions.step_up(before.session.key, kStart + 21min, true));
  for (auto time = kStart + 20min; time < kStart + 10h; time += 20min) EXPECT_TRUE(sessions.seen(after->token, time));
  EXPECT_FALSE(sessions.seen(after->token, kStart + 10h)) << "ten hours from the first sign-in, whatever was proved since";
}

TEST(SessionTable, GivesEachSessionItsOwnCsrfToken) {
  Sessions sessions;
  const auto one = *sessions.begin(AccountId{1}, kStart, 0), two = *sessions.begin(AccountId{1}, kStart, 0);
  EXPECT_TRUE(sessions.csrf_matches(one.session.key, sessions.csrf_token(one.session.key)));
  EXPECT_FALSE(sessions.csrf_matches(one.session.key, sessions.csrf_token(two.session.key)));
  EXPECT_FALSE(sessions.csrf_matches(one.session.key, ""));
  EXPECT_FALSE(Sessions().csrf_matches(one.session.key, sessions.csrf_token(one.session.key))) << "another process has another key";
}

TEST(Delays, BeginAfterFiveFailuresAndDoubleToAQuarterOfAnHour) {
  Throttle throttle({});
  Instant now = kStart;
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(throttle.begin("a", now)) << i;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 900s, 900s}) {
    EXPECT_EQ(throttle.begin("a", now), wait);
    EXPECT_EQ(throttle.begin("a", now + wait - 1us), 1s) << "an attempt that is refused does not lengthen it";
    now += wait;
    EXPECT_FALSE(throttle.begin("a", now));
  }
  EXPECT_FALSE(throttle.begin("b", now)) << "each name for itself";
  throttle.succeeded("a");
  EXPECT_FALSE(throttle.begin("a", now));
}

TEST(Delays, AreForgottenForTheNameThatFailedLongestAgoWhenThereAreTooMany) {
  Throttle throttle({.free_failures = 0, .names_max = 2});
  EXPECT_FALSE(throttle.begin("a", kStart));
  EXPECT_FALSE(throttle.begin("b", kStart + 1ms));
  EXPECT_FALSE(throttle.begin("c", kStart + 2ms));
  EXPECT_TRUE(throttle.begin("b", kStart + 3ms));
  EXPECT_TRUE(throttle.begin("c", kStart + 3ms));
  EXPECT_FALSE(throttle.begin("a", kStart + 3ms));
}

class AccountsTest : public testing::Test {
 protected:
  void open() {
    accounts.reset();
    accounts = Accounts::open(office, ids, {.folder = folder, .initial_for = initial_for, .password_cost = cost, .context_words = {"nerima"}}).value();
  }
  void SetUp() override { open(); }
  Result<AccountSignedIn, AccountError> sign_in(const std::string& login, const std::string& password, const std::string& address = "::1") {
    std::promise<Result<AccountSignedIn, AccountError>> done;
    accounts->sign_in({.login = login, .password = password, .code = {}, .address = address}, [&](auto answer) { done.set_value(std::move(answer)); });
    return done.get_future().get();
  }
  Result<AccountSignedIn, AccountError> change(AccountId id, const std::string& current, const std::string& wanted) {
    std::promise<Result<AccountSignedIn, AccountError>> done;
    accounts->change_password(id, current, wanted, [&](auto answer) { done.set_value(std::move(answer)); });
    return done.get_future().get();
  }
  OpenedAccount opened(const std::string& login, std::set<std::string> roles = {"staff"}) { return accounts->open_account(by, login, PersonId{9}, roles).value(); }

  std::filesystem::path folder = fresh_folder();
  PasswordCost cost = kCheap;
  std::optional<std::chrono::hours> initial_for;
  std::atomic<Instant> clock = kStart;
  MemoryEventLog log{[this] { return clock.load(); }};
  Counting ids;
  Office office{log, ids, [this] { return clock.load(); }};
  Actor by{.account = AccountId{99}};
  std::unique_ptr<Accounts> accounts;
};

TEST_F(AccountsTest, ReopenedFromTheLogKnowTheSameAccounts) {
  const auto one = opened("Suzuki.01", {"hr", "staff"});
  EXPECT_EQ(one.account.login, "suzuki.01");
  accounts->set_roles(by, one.account.id, {"auditor"}).value();
  accounts->close(by, opened("gone").account.id).value();
  open();
  const auto all = accounts->list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].login, "suzuki.01");
  EXPECT_EQ(all[1].person, PersonId{9});
  EXPECT_EQ(all[1].roles, (std::set<std::string>{"auditor"}));
  EXPECT_TRUE(all[1].has_password);
  EXPECT_TRUE(all[0].closed);
  EXPECT_TRUE(sign_in("SUZUKI.01", one.password)) << "a login is the same in capitals";
}

TEST_F(AccountsTest, NeverWriteAPasswordToTheLog) {
  const auto one = opened("suzuki");
  ASSERT_TRUE(change(one.account.id, one.password, kGoodPassword));
  std::string everything;
  log.read(AllEvents{}, {}, [&](const EventView& event) {
        everything.append(event.metadata()).append(event.body());
        return true;
      }).value();
  for (const std::string& secret : {one.password, std::string(kGoodPassword), std::string("argon2id")}) EXPECT_EQ(everything.find(secret), std::string::npos);
  EXPECT_EQ(contents(folder / "credentials").find(one.password), std::string::npos);
}

TEST_F(AccountsTest, GiveALoginOnceAndNeverAgain) {
  const auto first = opened("suzuki");
  EXPECT_EQ(accounts->open_account(by, "SUZUKI", PersonId{}, {"staff"}).error().kind, AccountErrorKind::kLoginTaken);
  accounts->close(by, first.account.id).value();
  EXPECT_EQ(accounts->open_account(by, "suzuki", PersonId{}, {"staff"}).error().kind, AccountErrorKind::kLoginTaken);
}

TEST_F(AccountsTest, GiveALoginOnceEvenToManyAtATime) {
  std::vector<std::future<bool>> tries;
  for (int i = 0; i < 8; ++i)
    tries.push_back(std::async(std::launch::async, [&] { return accounts->open_account(by, "same", PersonId{}, {"staff"}).has_value(); }));
  int won = 0;
  for (auto& one : tries) won += one.get();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(accounts->list().size(), 1u);
}

TEST_F(AccountsTest, RefuseStrangeLoginsAndRoles) {
  for (const auto& login : {std::string(), std::string("a b"), std::string("鈴木"), std::string("-a"), std::string(65, 'a'), std::string("a\n")})
    EXPECT_EQ(accounts->open_account(by, login, PersonId{}, {"staff"}).error().kind, AccountErrorKind::kLoginForm) << login;
  EXPECT_EQ(accounts->open_account(by, "a", PersonId{}, {"staff", "king"}).error().kind, AccountErrorKind::kUnknownRole);
  EXPECT_EQ(accounts->open_account(by, "a", PersonId{}, {}).error().kind, AccountErrorKind::kUnknownRole);
  EXPECT_EQ(accounts->set_roles(by, AccountId{12345}, {"staff"}).error().kind, AccountErrorKind::kNoSuchAccount);
  EXPECT_EQ(accounts->reset_password(AccountId{12345}).error().kind, AccountErrorKind::kNoSuchAccount);
  EXPECT_EQ(log.head(), 0u);
}

TEST_F(AccountsTest, AnswerAWrongPasswordAnUnknownLoginAndAClosedAccountAlike) {
  opened("suzuki");
  const auto closed = opened("closed");
  accounts->close(by, closed.account.id).value();
  const auto wrong = sign_in("suzuki", "wrong").error(), unknown = sign_in("nobody", "wrong").error(), gone = sign_in("closed", closed.password).error();
  for (const auto& error : {wrong, unknown, gone}) {
    EXPECT_EQ(error.kind, AccountErrorKind::kWrongPassword);
    EXPECT_EQ(error.message, wrong.message);
  }
}

TEST_F(AccountsTest, DelayGuessingForKnownAndUnknownLoginsAlike) {
  const auto one = opened("suzuki");
  for (const char* login : {"suzuki", "nobody"}) {
    for (int i = 0; i < 6; ++i) EXPECT_EQ(sign_in(login, "wrong").error().kind, AccountErrorKind::kWrongPassword);
    const auto error = sign_in(login, "wrong").error();
    EXPECT_EQ(error.kind, AccountErrorKind::kTooManyAttempts);
    EXPECT_EQ(error.retry_after, 1s);
  }
  EXPECT_EQ(sign_in("suzuki", one.password).error().kind, AccountErrorKind::kTooManyAttempts) << "the right one has to wait as well";
  clock = kStart + 1s;
  EXPECT_TRUE(sign_in("suzuki", one.password));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(sign_in("suzuki", "wrong").error().kind, AccountErrorKind::kWrongPassword) << "begun anew";
}

TEST_F(AccountsTest, DelayAnAddressThatTriesManyLogins) {
  int tried = 0;
  while (sign_in("login" + std::to_string(tried), "wrong", "192.0.2.1").error().kind == AccountErrorKind::kWrongPassword) ++tried;
  EXPECT_EQ(tried, 101);
  EXPECT_EQ(sign_in("other", "wrong", "192.0.2.2").error().kind, AccountErrorKind::kWrongPassword);
}

TEST_F(AccountsTest, GiveTheActorOfASessionItsRolesOfNow) {
  const auto one = opened("suzuki", {"staff"});
  const auto signed_in = sign_in("suzuki", one.password).value();
  const auto known = accounts->identify(signed_in.begun.token);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->actor.account, one.account.id);
  EXPECT_EQ(known->actor.person, PersonId{9});
  EXPECT_EQ(known->actor.roles, (std::set<std::string>{"staff"}));
  EXPECT_FALSE(accounts->identify("nonsense"));
}

TEST_F(AccountsTest, EndSessionsWhenRolesOrPasswordChangeOrTheAccountIsClosed) {
  auto one = opened("suzuki");
  const auto token = [&] { return sign_in("suzuki", one.password).value().begun.token; };
  const auto first = token();
  accounts->set_roles(by, one.account.id, {"hr"}).value();
  EXPECT_FALSE(accounts->identify(first));

  const auto second = token();
  const auto changed = change(one.account.id, one.password, kGoodPassword).value();
  EXPECT_FALSE(accounts->identify(second));
  EXPECT_TRUE(accounts->identify(changed.begun.token)) << "one stays signed in where one changed it";
  EXPECT_FALSE(sign_in("suzuki", one.password));

  one.password = accounts->reset_password(one.account.id).value();
  EXPECT_FALSE(accounts->identify(changed.begun.token));
  EXPECT_FALSE(sign_in("suzuki", kGoodPassword));

  const auto last = token();
  accounts->close(by, one.account.id).value();
  EXPECT_FALSE(accounts->identify(last));
  EXPECT_EQ(contents(folder / "credentials"), "rireki-credentials 2\n") << "its password is forgotten";
}

TEST_F(AccountsTest, ChangeAPasswordOnlyForOneThatIsGoodEnough) {
  const auto one = opened("suzuki");
  EXPECT_EQ(change(one.account.id, one.password, "short").error().kind, AccountErrorKind::kPassword);
  EXPECT_EQ(change(one.account.id, one.password, "suzuki-nerima-suzuki-nerima").error().kind, AccountErrorKind::kPassword);
  EXPECT_EQ(change(one.account.id, "wrong", kGoodPassword).error().kind, AccountErrorKind::kWrongPassword);
  EXPECT_TRUE(sign_in("suzuki", one.password));
}

TEST_F(AccountsTest, HashAgainAtSignInWhenTheCostHasRisen) {
  const auto one = opened("suzuki");
  const auto before = contents(folder / "credentials");
  ASSERT_TRUE(sign_in("suzuki", one.password));
  EXPECT_EQ(contents(folder / "credentials"), before);
  cost.passes = 2;
  open();
  EXPECT_FALSE(sign_in("suzuki", "wrong"));
  EXPECT_EQ(contents(folder / "credentials"), before);
  ASSERT_TRUE(sign_in("suzuki", one.password));
  EXPECT_THAT(contents(folder / "credentials"), testing::HasSubstr(",t=2,"));
  EXPECT_TRUE(sign_in("suzuki", one.password));
}

TEST_F(AccountsTest, RecordSignInsAndRefusals) {
  const auto one = opened("suzuki");
  EXPECT_FALSE(sign_in("suzuki", "wrong"));
  EXPECT_FALSE(sign_in("nobody", "wrong"));
  EXPECT_TRUE(sign_in("suzuki", one.password));
  accounts.reset();  // what is recorded after the answer is recorded now
  std::vector<std::string> outcomes;
  log.read(with_tag("sign-in-of:" + to_text(one.account.id)), {}, [&](const EventView& event) {
        outcomes.push_back(std::get<SignedIn>(decode(event).value()).outcome);
        return true;
      }).value();
  EXPECT_THAT(outcomes, testing::ElementsAre("refused", "ok"));
}

TEST_F(AccountsTest, APasswordGivenBySomebodyElseIsForChoosingOnesOwnWithinADay) {
  initial_for = 24h;
  open();
  const auto one = opened("suzuki"), late = opened("sato");
  EXPECT_EQ(sign_in("suzuki", one.password)->begun.session.proof.must, "password-change-required");
  open();
  EXPECT_EQ(sign_in("suzuki", one.password)->begun.session.proof.must, "password-change-required") << "also after a restart";
  const auto chosen = change(one.account.id, one.password, kGoodPassword);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->begun.session.proof.must, "");
  clock = kStart + 24h;
  EXPECT_EQ(sign_in("suzuki", kGoodPassword)->begun.session.proof.must, "") << "one's own lasts";
  EXPECT_EQ(sign_in("sato", late.password).error().kind, AccountErrorKind::kWrongPassword) << "and says no more than that";
  EXPECT_FALSE(change(late.account.id, late.password, kGoodPassword));
  const auto again = accounts->reset_password(late.account.id).value();
  EXPECT_EQ(sign_in("sato", again)->begun.session.proof.must, "password-change-required");
}

class WithSecondFactor : public AccountsTest {
 protected:
  void SetUp() override {
    AccountsTest::SetUp();
    one = opened("suzuki", {"hr"});
    session = sign_in("suzuki", one.password).value().begun.session;
    const auto enrolment = accounts->begin_second_factor(one.account.id).value();
    secret = unbase32(enrolment.secret);
    EXPECT_THAT(enrolment.uri, testing::StartsWith("otpauth://totp/Rireki:suzuki?secret=" + enrolment.secret));
    added = accounts->confirm_second_factor(by, session, code()).value();
    clock = clock.load() + 30s;
  }
  static std::string unbase32(const std::string& text) {
    static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string bytes;
    unsigned bits = 0;
    int held = 0;
    for (const char c : text) {
      bits = bits << 5 | static_cast<unsigned>(kLetters.find(c));
      if ((held += 5) < 8) continue;
      bytes += static_cast<char>(bits >> (held -= 8) & 255);
    }
    return bytes;
  }
  std::string code() const { return totp_code(secret, totp_step(clock)); }
  AccountErrorKind refusal_of(const std::string& code) { return sign_in_with(code).error().kind; }
  Result<AccountSignedIn, AccountError> sign_in_with(const std::string& code) {
    std::promise<Result<AccountSignedIn, AccountError>> done;
    accounts->sign_in({.login = "suzuki", .password = one.password, .code = code, .address = "::1"}, [&](auto answer) { done.set_value(std::move(answer)); });
    return done.get_future().get();
  }
  Result<AccountSignedIn, AccountError> step_up(const Session& session, const std::string& password, const std::string& code) {
    std::promise<Result<AccountSignedIn, AccountError>> done;
    accounts->step_up(session, password, code, [&](auto answer) { done.set_value(std::move(answer)); });
    return done.get_future().get();
  }
  OpenedAccount one;
  Session session;
  std::string secret;
  SecondFactorAdded added;
};

TEST_F(WithSecondFactor, ThePasswordAloneIsNotEnough) {
  EXPECT_EQ(refusal_of(""), AccountErrorKind::kSecondFactorNeeded);
  EXPECT_EQ(refusal_of("000000"), AccountErrorKind::kWrongPassword);
  const auto signed_in = sign_in_with(code());
  ASSERT_TRUE(signed_in);
  EXPECT_TRUE(signed_in->begun.session.proof.second_factor);
}

TEST_F(WithSecondFactor, AWrongPasswordIsNotToldThatACodeIsNeeded) { EXPECT_EQ(sign_in("suzuki", "wrong").error().kind, AccountErrorKind::kWrongPassword); }

TEST_F(WithSecondFactor, ACodeCountsOnceAlsoAfterARestart) {
  const auto now = code();
  ASSERT_TRUE(sign_in_with(now));
  EXPECT_EQ(refusal_of(now), AccountErrorKind::kWrongPassword);
  open();
  EXPECT_EQ(refusal_of(now), AccountErrorKind::kWrongPassword);
  clock = clock.load() + 30s;
  EXPECT_TRUE(sign_in_with(code()));
}

TEST_F(WithSecondFactor, ARecoveryCodeCountsOnceAndMayBeTypedLoosely) {
  ASSERT_EQ(added.recovery_codes.size(), kRecoveryCodes);
  std::string typed = added.recovery_codes[3];
  std::transform(typed.begin(), typed.end(), typed.begin(), ::toupper);
  std::replace(typed.begin(), typed.end(), '-', ' ');
  EXPECT_TRUE(sign_in_with(typed));
  EXPECT_EQ(accounts->recovery_codes_left(one.account.id), kRecoveryCodes - 1);
  EXPECT_FALSE(sign_in_with(added.recovery_codes[3]));
  const auto renewed = accounts->new_recovery_codes(one.account.id).value();
  EXPECT_FALSE(sign_in_with(added.recovery_codes[4])) << "the former ones count no more";
  EXPECT_TRUE(sign_in_with(renewed[4]));
}

TEST_F(WithSecondFactor, GuessingCodesIsDelayedLikeGuessingPasswords) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(refusal_of("123456"), AccountErrorKind::kWrongPassword);
  EXPECT_EQ(refusal_of("123456"), AccountErrorKind::kTooManyAttempts);
}

TEST_F(WithSecondFactor, ConfirmingItEndsTheSessionsBefore) {
  EXPECT_FALSE(accounts->sessions().find(session.key, clock));
  EXPECT_TRUE(accounts->identify(added.begun.token));
  EXPECT_TRUE(added.begun.session.proof.second_factor);
}

TEST_F(WithSecondFactor, ItsSecretIsNowhereInTheClear) {
  const auto file = contents(folder / "credentials");
  EXPECT_EQ(file.find(secret), std::string::npos);
  EXPECT_EQ(file.find(base32(secret)), std::string::npos);
  EXPECT_EQ(file.find(hex(secret)), std::string::npos);
  for (const auto& recovery : added.recovery_codes) EXPECT_EQ(file.find(recovery), std::string::npos);
}

TEST_F(WithSecondFactor, AStepUpNeedsAllThatTheAccountHas) {
  const Session now = added.begun.session;
  EXPECT_EQ(step_up(now, one.password, "").error().kind, AccountErrorKind::kSecondFactorNeeded);
  EXPECT_EQ(step_up(now, "", code()).error().kind, AccountErrorKind::kWrongPassword);
  clock = clock.load() + 10min;
  EXPECT_FALSE(accounts->sessions().is_fresh(now, clock));
  const auto stepped = step_up(now, one.password, code());
  ASSERT_TRUE(stepped);
  EXPECT_TRUE(accounts->sessions().is_fresh(stepped->begun.session, clock));
}

TEST_F(WithSecondFactor, APasswordBesideItMayBeShorter) {
  EXPECT_EQ(change(one.account.id, one.password, "nerima").error().kind, AccountErrorKind::kPassword);
  EXPECT_TRUE(change(one.account.id, one.password, "kxqzrwnb"));
}

TEST_F(WithSecondFactor, RemovedItIsForgotten) {
  EXPECT_TRUE(accounts->remove_second_factor(by, one.account.id));
  EXPECT_TRUE(sign_in("suzuki", one.password));
  EXPECT_THAT(contents(folder / "credentials"), testing::Not(testing::HasSubstr("totp")));
  EXPECT_THAT(contents(folder / "credentials"), testing::Not(testing::HasSubstr("recovery")));
  EXPECT_EQ(accounts->remove_second_factor(by, one.account.id).error().kind, AccountErrorKind::kNotEnrolling);
}

TEST_F(AccountsTest, ASecondFactorIsConfirmedWithinTenMinutesOrNotAtAll) {
  const auto one = opened("suzuki");
  const auto session = sign_in("suzuki", one.password).value().begun.session;
  EXPECT_EQ(accounts->confirm_second_factor(by, session, "123456").error().kind, AccountErrorKind::kNotEnrolling);
  accounts->begin_second_factor(one.account.id).value();
  EXPECT_EQ(accounts->confirm_second_factor(by, session, "12345").error().kind, AccountErrorKind::kWrongPassword);
  clock = kStart + 10min;
  EXPECT_EQ(accounts->confirm_second_factor(by, session, "123456").error().kind, AccountErrorKind::kNotEnrolling);
  EXPECT_FALSE(accounts->find("suzuki")->second_factor);
}

class ServiceAccount : public AccountsTest {
 protected:
  void SetUp() override {
    AccountsTest::SetUp();
    id = accounts->open_account(by, "payroll", PersonId{}, {"hr"}, false).value().account.id;
  }
  Day today() const { return local_day(clock); }
  AccountId id;
};

TEST_F(ServiceAccount, IsKnownByItsTokenUntilTheLastDay) {
  const auto issued = accounts->issue_token(by, id, "給与システム", {"people:read"}, today() + std::chrono::days{30}).value();
  EXPECT_THAT(issued.token, testing::MatchesRegex("rrk_[A-Za-z0-9_-]{43}"));
  const auto known = accounts->identify_token(issued.token);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->actor.account, id);
  EXPECT_EQ(known->token, issued.id);
  EXPECT_THAT(known->scopes, testing::ElementsAre("people:read"));
  EXPECT_FALSE(accounts->identify_token(issued.token + "x"));
  EXPECT_FALSE(accounts->identify_token("rrk_"));
  EXPECT_FALSE(accounts->identify(issued.token)) << "a token is no session";
  open();
  EXPECT_TRUE(accounts->identify_token(issued.token)) << "also after a restart";
  clock = kStart + std::chrono::days{30};
  EXPECT_TRUE(accounts->identify_token(issued.token)) << "the last day counts";
  clock = kStart + std::chrono::days{31};
  EXPECT_FALSE(accounts->identify_token(issued.token));
}

TEST_F(ServiceAccount, IsUnknownWhenTheTokenIsRevokedOrTheAccountClosed) {
  const auto one = accounts->issue_token(by, id, "one", {"people:read"}, today()).value(), two = accounts->issue_token(by, id, "two", {"people:read"}, today()).value();
  EXPECT_TRUE(accounts->revoke_token(by, id, one.id));
  EXPECT_FALSE(accounts->identify_token(one.token));
  EXPECT_FALSE(accounts->revoke_token(by, id, one.id));
  EXPECT_TRUE(accounts->identify_token(two.token));
  accounts->close(by, id).value();
  EXPECT_FALSE(accounts->identify_token(two.token));
}

TEST_F(ServiceAccount, GetsNoTokenWithoutScopeForLongerThanAYearOrForAPerson) {
  const auto refused = [&](AccountId account, const std::string& name, const std::vector<std::string>& scopes, Day last) { return accounts->issue_token(by, account, name, scopes, last).error().kind; };
  EXPECT_EQ(refused(id, "", {"people:read"}, today()), AccountErrorKind::kToken);
  EXPECT_EQ(refused(id, "x", {}, today()), AccountErrorKind::kToken);
  for (const char* scope : {"people", "people:all", ":read", "*", "people:read ", "People:read"}) EXPECT_EQ(refused(id, "x", {scope}, today()), AccountErrorKind::kToken) << scope;
  EXPECT_EQ(refused(id, "x", {"people:read"}, today() + std::chrono::days{367}), AccountErrorKind::kToken);
  EXPECT_EQ(refused(id, "x", {"people:read"}, today() - std::chrono::days{1}), AccountErrorKind::kToken);
  EXPECT_EQ(refused(opened("suzuki").account.id, "x", {"people:read"}, today()), AccountErrorKind::kToken);
  for (std::size_t i = 0; i < kTokensMax; ++i) EXPECT_TRUE(accounts->issue_token(by, id, "x", {"people:read"}, today()));
  EXPECT_EQ(refused(id, "x", {"people:read"}, today()), AccountErrorKind::kToken);
}

TEST_F(ServiceAccount, LeavesNoTokenInLogOrFile) {
  const auto issued = accounts->issue_token(by, id, "x", {"people:read"}, today()).value();
  EXPECT_EQ(contents(folder / "credentials").find(issued.token.substr(4)), std::string::npos);
  log.read(AllEvents{}, {}, [&](const EventView& event) {
        EXPECT_EQ(event.body().find(issued.token.substr(4)), std::string_view::npos);
        return true;
      }).value();
}

TEST_F(AccountsTest, AnIdentityBelongsToOneAccount) {
  const auto one = opened("suzuki"), two = opened("sato");
  EXPECT_TRUE(accounts->link_identity(by, one.account.id, "https://idp.example", "abc"));
  EXPECT_EQ(accounts->link_identity(by, two.account.id, "https://idp.example", "abc").error().kind, AccountErrorKind::kIdentityTaken);
  EXPECT_TRUE(accounts->link_identity(by, two.account.id, "https://other.example", "abc"));
  open();
  EXPECT_EQ(accounts->find_identity("https://idp.example", "abc")->id, one.account.id);
  EXPECT_FALSE(accounts->find_identity("https://idp.example", "ABC"));
  accounts->close(by, one.account.id).value();
  EXPECT_EQ(accounts->sign_in_as(accounts->find_identity("https://idp.example", "abc"), {.method = "oidc"}).error().kind, AccountErrorKind::kWrongPassword);
}

class AccountsOverHttp : public AccountsTest {
 protected:
  void serve(bool behind_tls = false) {
    server.reset();
    ServerOptions options;
    options.port = 0;
    options.behind_tls = behind_tls;
    options.now = [this] { return clock.load(); };
    identify_by(options, *accounts);
    std::vector<Route> routes;
    add_account_routes(routes, *accounts, behind_tls);
    routes.push_back({.method = "GET", .path = "/api/beyond", .operation_id = "beyond", .handler = [](std::shared_ptr<const Request>, Reply reply) { reply(json_response(200, nullptr)); }});
    server = Server::start(std::move(routes), options).value();
  }
  void SetUp() override {
    AccountsTest::SetUp();
    account = opened("suzuki", {"hr"});
    serve();
  }
  Answer ask(const std::string& method, const std::string& target, std::map<std::string, std::string> headers = {}, const nlohmann::json& body = nullptr) {
    if (!body.is_null()) headers.emplace("Content-Type", "application/json");
    return Client(server->port()).ask(request_text(method, target, headers, body.is_null() ? "" : body.dump()));
  }
  Answer sign_in_over_http(std::map<std::string, std::string> headers = {}) {
    return ask("POST", "/api/session", headers, {{"login", "suzuki"}, {"password", account.password}});
  }
  static std::string cookie_of(const Answer& answer) {
    const auto cookie = answer.header("set-cookie");
    return cookie.substr(0, cookie.find(';'));
  }

  OpenedAccount account;
  std::unique_ptr<Server> server;
};

TEST_F(AccountsOverHttp, SignInGivesACookieAndWhoOneIs) {
  const auto answer = sign_in_over_http();
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["account"]["login"], "suzuki");
  EXPECT_EQ(answer.json()["account"]["roles"], nlohmann::json({"hr"}));
  EXPECT_EQ(answer.json()["account"]["person"], to_text(PersonId{9}));
  EXPECT_THAT(answer.header("set-cookie"), testing::MatchesRegex("rireki=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax"));
  const auto again = ask("GET", "/api/session", {{"Cookie", "other=1; " + cookie_of(answer)}});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.json(), answer.json());
}

TEST_F(AccountsOverHttp, BehindTlsTheCookieIsBoundToTheHost) {
  serve(true);
  const auto answer = sign_in_over_http();
  EXPECT_THAT(answer.header("set-cookie"), testing::MatchesRegex("__Host-rireki=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure"));
  EXPECT_THAT(answer.header("strict-transport-security"), testing::HasSubstr("max-age=31536000"));
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", cookie_of(answer)}}).status, 200);
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", cookie_of(answer).substr(7)}}).status, 401) << "the unbound name counts for nothing";
}

TEST_F(AccountsOverHttp, SignInFailsWithoutTellingWhy) {
  const auto wrong = ask("POST", "/api/session", {}, {{"login", "suzuki"}, {"password", "wrong"}});
  const auto unknown = ask("POST", "/api/session", {}, {{"login", "nobody"}, {"password", "wrong"}});
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.problem(), "/problems/sign-in-failed");
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(wrong.header("set-cookie"), "");
  EXPECT_EQ(ask("POST", "/api/session", {}, {{"login", "suzuki"}, {"password", std::string(2000, 'a')}}).status, 401);
}

TEST_F(AccountsOverHttp, SignInSaysHowLongToWait) {
  Answer answer;
  for (int i = 0; i < 7; ++i) answer = ask("POST", "/api/session", {}, {{"login", "suzuki"}, {"password", "wrong"}});
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.header("retry-after"), "1");
}

TEST_F(AccountsOverHttp, SignInTakesItsTwoMembersAndNothingElse) {
  for (const auto& body : {nlohmann::json::array(), nlohmann::json({{"login", "suzuki"}}), nlohmann::json({{"login", 1}, {"password", "x"}}),
                           nlohmann::json({{"login", "a"}, {"password", "x"}, {"role", "hr"}})})
    EXPECT_EQ(ask("POST", "/api/session", {}, body).status, 400) << body;
}

TEST_F(AccountsOverHttp, NobodyIsSignedInFromAnotherSite) {
  EXPECT_EQ(sign_in_over_http({{"Origin", "http://evil.example"}}).status, 403);
  EXPECT_EQ(sign_in_over_http({{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(sign_in_over_http({{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(Client(server->port()).ask(request_text("POST", "/api/session")).status, 415) << "not even without a body";
}

TEST_F(AccountsOverHttp, SignOutEndsTheSessionAndClearsTheBrowser) {
  const auto signed_in = sign_in_over_http();
  const std::map<std::string, std::string> bare = {{"Cookie", cookie_of(signed_in)}};
  EXPECT_EQ(ask("DELETE", "/api/session", bare).status, 403) << "nothing shows that it comes from our site";
  auto shown = bare;
  shown["X-Rireki-CSRF"] = signed_in.json()["csrf"];
  const auto out = ask("DELETE", "/api/session", shown);
  EXPECT_EQ(out.status, 204);
  EXPECT_EQ(out.header("set-cookie"), "rireki=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
  EXPECT_EQ(out.header("clear-site-data"), "\"cache\", \"cookies\", \"storage\"");
  EXPECT_EQ(ask("GET", "/api/session", bare).status, 401);
}

TEST_F(AccountsOverHttp, SignInAgainEndsTheSessionBefore) {
  const auto first = cookie_of(sign_in_over_http());
  const auto second = cookie_of(sign_in_over_http({{"Cookie", first}, {"Origin", "http://127.0.0.1"}}));
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", first}}).status, 401);
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", second}}).status, 200);
}

TEST_F(AccountsOverHttp, APlantedSecondCookieSignsNobodyIn) {
  const auto cookie = cookie_of(sign_in_over_http());
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", cookie + "; " + cookie}}).status, 401);
}

TEST_F(AccountsOverHttp, SessionsAreListedAndEndedByTheirOwner) {
  const auto here = cookie_of(sign_in_over_http());
  clock = kStart + 1min;
  const auto there = cookie_of(sign_in_over_http());
  const auto list = ask("GET", "/api/sessions", {{"Cookie", here}}).json();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_FALSE(list[0]["current"]);
  EXPECT_TRUE(list[1]["current"]);
  const std::map<std::string, std::string> headers = {{"Cookie", here}, {"Origin", "http://127.0.0.1"}};
  EXPECT_EQ(ask("DELETE", "/api/sessions/" + list[0]["id"].get<std::string>(), headers).status, 204);
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", there}}).status, 401);
  EXPECT_EQ(ask("DELETE", "/api/sessions/0123456789abcdef", headers).status, 404);
}

TEST_F(AccountsOverHttp, AnAppIsRegisteredOnlyRightAfterProvingWhoOneIs) {
  auto cookie = cookie_of(sign_in_over_http());
  const auto headers = [&] { return std::map<std::string, std::string>{{"Cookie", cookie}, {"Origin", "http://127.0.0.1"}}; };
  clock = kStart + 5min;
  const auto refused = ask("POST", "/api/session/second-factor", headers(), nlohmann::json::object());
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.problem(), "/problems/step-up-required");
  EXPECT_EQ(ask("POST", "/api/session/second-factor", {{"Cookie", cookie}}, nlohmann::json::object()).problem(), "/problems/other-site") << "another site does not learn how fresh the session is";
  EXPECT_EQ(ask("POST", "/api/session/step-up", headers(), {{"password", "wrong"}}).status, 401);
  const auto stepped = ask("POST", "/api/session/step-up", headers(), {{"password", account.password}});
  ASSERT_EQ(stepped.status, 200) << stepped.body;
  EXPECT_TRUE(stepped.json()["stepped_up"]);
  EXPECT_EQ(ask("GET", "/api/session", headers()).status, 401) << "the token before is dead";
  cookie = cookie_of(stepped);
  const auto begun = ask("POST", "/api/session/second-factor", headers(), nlohmann::json::object());
  ASSERT_EQ(begun.status, 200) << begun.body;
  EXPECT_EQ(ask("POST", "/api/session/second-factor/confirmation", headers(), {{"code", "000000"}}).problem(), "/problems/code-rejected");
}

TEST_F(AccountsOverHttp, WhereTheOfficeAsksForASecondFactorAPasswordAloneIsGoodForRegisteringOneOnly) {
  const auto policy = [&](const char* value) {
    return office.record_facts({}, {{.id = ids.make<FactId>(), .fact = PolicySet{.policy = kSecondFactorPolicy, .value_json = value, .from = day(2000, 1, 1)}, .corrects = {}, .case_id = {}, .reason = {}}}, {}).has_value();
  };
  EXPECT_FALSE(policy("\"always\"")) << "a word that means nothing would leave the door open";
  ASSERT_TRUE(policy("\"privileged\""));
  auto cookie = cookie_of(sign_in_over_http());
  const auto headers = [&] { return std::map<std::string, std::string>{{"Cookie", cookie}, {"Origin", "http://127.0.0.1"}}; };
  EXPECT_EQ(ask("GET", "/api/session", headers()).status, 200);
  EXPECT_EQ(ask("GET", "/api/beyond", headers()).problem(), "/problems/second-factor-required");
  const auto begun = ask("POST", "/api/session/second-factor", headers(), nlohmann::json::object());
  ASSERT_EQ(begun.status, 200) << begun.body;
  opened("plain", {"staff"});
  const auto one = sign_in("plain", accounts->reset_password(accounts->find("plain")->id).value()).value();
  EXPECT_EQ(one.begun.session.proof.must, "") << "of the privileged only";
}

TEST_F(AccountsOverHttp, ATokenOpensWhatItsScopesNameAndNoSession) {
  const auto service = accounts->open_account(by, "payroll", PersonId{}, {"hr"}, false).value().account.id;
  const auto bearer = "Bearer " + accounts->issue_token(by, service, "x", {"session:read", "sessions:read"}, local_day(clock) + std::chrono::days{1}).value().token;
  EXPECT_EQ(ask("GET", "/api/session", {{"Authorization", bearer}}).problem(), "/problems/not-for-tokens");
  EXPECT_EQ(ask("GET", "/api/session", {{"Authorization", bearer + "x"}}).status, 401);
  EXPECT_EQ(ask("GET", "/api/session", {{"Authorization", "Basic " + bearer}}).status, 401);
  EXPECT_EQ(ask("GET", "/api/session", {{"Authorization", bearer}, {"Cookie", cookie_of(sign_in_over_http())}}).status, 400) << "two ways to say who one is";
}

TEST_F(AccountsOverHttp, SessionsRunOut) {
  const auto cookie = cookie_of(sign_in_over_http());
  clock = kStart + 30min;
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", cookie}}).status, 401);
}

TEST_F(AccountsOverHttp, AChangedPasswordGivesANewSession) {
  const auto before = cookie_of(sign_in_over_http());
  const std::map<std::string, std::string> headers = {{"Cookie", before}, {"Origin", "http://127.0.0.1"}};
  const auto weak = ask("POST", "/api/session/password", headers, {{"current", account.password}, {"wanted", "rireki"}});
  EXPECT_EQ(weak.status, 422);
  EXPECT_EQ(weak.problem(), "/problems/password-rejected");
  const auto changed = ask("POST", "/api/session/password", headers, {{"current", account.password}, {"wanted", kGoodPassword}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", before}}).status, 401);
  EXPECT_EQ(ask("GET", "/api/session", {{"Cookie", cookie_of(changed)}}).status, 200);
}

}  // namespace
}  // namespace rireki::api
