#include "api/oidc/fetch.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <stdexcept>

namespace rireki::api {
namespace {

template <auto Free>
struct Freed {
  template <class T> void operator()(T* pointer) const { Free(pointer); }
};
using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Parts = std::unique_ptr<CURLU, Freed<curl_url_cleanup>>;

std::size_t take(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + count > kFetchBytesMax) return 0;  // libcurl takes that as a failure
  body.append(bytes, count);
  return count;
}

std::string part_of(const Parts& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot start");
  });
}

}  // namespace

void throw_exception_from_error(const FetchError& error, const boost::source_location&) { throw std::runtime_error(error.what); }

std::optional<Url> parse_url(const std::string& text) {
  start_curl();
  const Parts parts(curl_url());
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  Url url{.scheme = part_of(parts, CURLUPART_SCHEME), .host = part_of(parts, CURLUPART_HOST), .port = part_of(parts, CURLUPART_PORT), .path = part_of(parts, CURLUPART_PATH)};
  for (char& c : url.host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if ((url.scheme != "https" && url.scheme != "http") || url.host.empty()) return std::nullopt;
  if (!part_of(parts, CURLUPART_USER).empty() || !part_of(parts, CURLUPART_FRAGMENT).empty()) return std::nullopt;
  return url;
}

bool is_loopback(const Url& url) { return url.host == "localhost" || url.host == "127.0.0.1" || url.host == "[::1]"; }

std::string form_encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) encoded += c;
    else encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return encoded;
}

Result<Fetched, FetchError> fetch(const Fetch& wanted) {
  start_curl();
  const auto url = parse_url(wanted.url);
  if (!url || (url->scheme != "https" && !is_loopback(*url) && !wanted.signed_by_itself)) return FetchError{"the identity provider is not asked without https"};
  const Easy easy(curl_easy_init());
  if (!easy) return FetchError{"libcurl cannot start"};
  Fetched fetched;
  CURL* curl = easy.get();
  curl_easy_setopt(curl, CURLOPT_URL, wanted.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, url->scheme.c_str());
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kFetchMilliseconds);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  if (is_loopback(*url)) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetched.body);
  if (!wanted.form.empty()) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, wanted.form.c_str());
  const std::unique_ptr<curl_slist, Freed<curl_slist_free_all>> plain(wanted.text.empty() ? nullptr : curl_slist_append(nullptr, "Content-Type: text/plain; charset=utf-8"));
  if (!wanted.text.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, wanted.text.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, plain.get());
  }
  if (!wanted.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, wanted.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, wanted.password.c_str());
  }
  if (const auto code = curl_easy_perform(curl); code != CURLE_OK) return FetchError{url->host + " cannot be asked: " + curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  fetched.status = static_cast<int>(status);
  return fetched;
}

}  // namespace rireki::api
