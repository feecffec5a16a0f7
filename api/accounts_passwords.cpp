#include "api/accounts_passwords.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <new>

#include "api/http/workers.h"

namespace rireki::api {
namespace {

constexpr std::size_t kRunMin = 4;

// Fragments that the commonest long passwords are built from; whole lists of short passwords are moot at 15 characters.
constexpr std::array<std::string_view, 34> kCommonWords = {
    "password", "passw0rd", "p@ssword", "p@ssw0rd", "passphrase", "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "1q2w3e4r5t", "1q2w3e4r", "1qaz2wsx",
    "iloveyou", "letmein", "welcome", "football", "baseball", "monkey", "dragon", "master", "superman", "sunshine", "princess", "administrator", "admin",
    "changeme", "default", "secret", "login", "user", "test", "パスワード", "ぱすわーど"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void remove_all(std::string& text, const std::string& word) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) text.erase(at, word.size());
}

// Drops "aaaa", "abcd", "4321": kRunMin or more bytes with the same step of 0, 1 or -1.
std::string without_runs(const std::string& text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    const int step = end < text.size() ? text[end] - text[at] : 2;
    while (step >= -1 && step <= 1 && end < text.size() && text[end] - text[end - 1] == step) ++end;
    if (end - at >= kRunMin) {
      at = end;
    } else {
      kept += text[at++];
    }
  }
  return kept;
}

// "abcabcabc" counts as "abc".
std::string_view without_repetition(std::string_view text) {
  for (std::size_t period = 1; period <= text.size() / 2; ++period) {
    bool repeats = true;
    for (std::size_t i = period; repeats && i < text.size(); ++i) repeats = text[i] == text[i - period];
    if (repeats) return text.substr(0, period);
  }
  return text;
}

std::string phc_of_nobody(PasswordCost cost) {
  const auto base64 = [](std::size_t bytes) {
    std::string raw(bytes, '\0');
    randombytes_buf(raw.data(), raw.size());
    std::string text(sodium_base64_ENCODED_LEN(bytes, sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    text.pop_back();  // the terminating NUL
    return text;
  };
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_bytes / 1024) + ",t=" + std::to_string(cost.passes) + ",p=1$" + base64(16) + "$" + base64(32);
}

}  // namespace

std::optional<Text> password_finding(std::string_view password, const std::vector<std::string>& context_words, std::size_t characters_min) {
  if (password.size() > kPasswordBytesMax) return Text{"パスワードは1,024バイトまでです。", "A password may have 1,024 bytes."};
  const std::string least = std::to_string(characters_min);
  if (characters(password) < characters_min) return Text{"パスワードは" + least + "文字以上にしてください。", "Use at least " + least + " characters."};
  std::string counted = lower(password);
  std::vector<std::string> words(kCommonWords.begin(), kCommonWords.end());
  for (const auto& word : context_words)
    if (word.size() >= 3) words.push_back(lower(word));
  // Longest first, so that "passw0rd" is not left over from "p" and "ssw0rd".
  std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const auto& word : words) remove_all(counted, word);
  counted = without_runs(counted);
  if (characters(without_repetition(counted)) < characters_min)
    return Text{"推測しやすい語（製品名、団体名、ログイン名、よくある語、連番、繰返し）を除いて" + least + "文字以上にしてください。",
                "Use at least " + least + " characters outside what is easy to guess: product, municipality and login name, common words, runs, repetitions."};
  return std::nullopt;
}

std::string random_password() {
  static constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // without l, o, 0, 1
  static_assert(kAlphabet.size() == 32);
  std::string password;
  do {
    password.clear();
    for (int i = 0; i < 20; ++i) {
      if (i > 0 && i % 5 == 0) password += '-';
      password += kAlphabet[randombytes_uniform(kAlphabet.size())];
    }
  } while (password_finding(password, {}));
  return password;
}

struct PasswordHasher::Pool {
  Workers workers{kHashesAtOnceMax, kHashesWaitingMax};
};

PasswordHasher::PasswordHasher(PasswordCost cost) : cost_(cost) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
  of_nobody_ = phc_of_nobody(cost);
  pool_ = std::make_unique<Pool>();
}

PasswordHasher::~PasswordHasher() = default;

std::string PasswordHasher::hash(std::string_view password) const {
  std::array<char, crypto_pwhash_STRBYTES> phc{};
  if (crypto_pwhash_str_alg(phc.data(), password.data(), password.size(), cost_.passes, cost_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) throw std::bad_alloc();
  return phc.data();
}

bool PasswordHasher::verify(const std::string& phc, std::string_view password) const {
  return crypto_pwhash_str_verify(phc.c_str(), password.data(), password.size()) == 0;
}

bool PasswordHasher::needs_rehash(const std::string& phc) const { return crypto_pwhash_str_needs_rehash(phc.c_str(), cost_.passes, cost_.memory_bytes) != 0; }

bool PasswordHasher::submit(std::function<void()> work, std::function<void()> refuse) { return pool_->workers.submit({std::move(work), std::move(refuse)}); }

}  // namespace rireki::api
