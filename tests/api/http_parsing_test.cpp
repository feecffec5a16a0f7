// What is decided from bytes alone: heads, targets, JSON bodies, languages, keys, same site.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "api/commands.h"
#include "api/http/head.h"
#include "api/http/idempotency.h"
#include "api/http/json_body.h"
#include "api/http/language.h"
#include "api/http/limits.h"
#include "api/http/same_site.h"
#include "api/http/target.h"

namespace rireki::api {
namespace {

int status_of(const std::string& head) {
  const auto end = find_head_end(head);
  if (!end) return end.error().status;
  if (!*end) return 0;  // more is needed
  const auto parsed = parse_head(std::string_view(head).substr(0, **end));
  return parsed ? 200 : parsed.error().status;
}
std::string with_lines(const std::string& lines) { return "GET / HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n"; }

TEST(RequestHead, OfAnOrdinaryRequestIsRead) {
  const auto head = parse_head("POST /api/cases?a=b HTTP/1.1\r\nhost: LOCALHOST:8080\r\nContent-Length:  12 \r\nAccept: a\r\naccept: b\r\nConnection: foo, Close\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->target, "/api/cases?a=b");
  EXPECT_EQ(head->host, "localhost:8080");
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_EQ(head->headers.at("accept"), "a, b");
  EXPECT_FALSE(head->keep_alive);
  EXPECT_TRUE(head->has_body());
}

struct Rude {
  std::string what;
  std::string head;
  int status;
};
class RudeHead : public testing::TestWithParam<Rude> {};
TEST_P(RudeHead, IsRefused) { EXPECT_EQ(status_of(GetParam().head), GetParam().status) << GetParam().what; }

INSTANTIATE_TEST_SUITE_P(
    Smuggling, RudeHead,
    testing::ValuesIn(std::vector<Rude>{
        {"length and coding", with_lines("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"coding and length", with_lines("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
        {"two lengths that differ", with_lines("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
        {"two lengths that agree", with_lines("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
        {"a list of lengths", with_lines("Content-Length: 3, 3\r\n"), 400},
        {"a signed length", with_lines("Content-Length: +3\r\n"), 400},
        {"a hexadecimal length", with_lines("Content-Length: 0x3\r\n"), 400},
        {"an empty length", with_lines("Content-Length:\r\n"), 400},
        {"a length beyond 64 bits", with_lines("Content-Length: 99999999999999999999\r\n"), 400},
        {"chunked is not the last coding", with_lines("Transfer-Encoding: chunked, identity\r\n"), 501},
        {"gzip before chunked", with_lines("Transfer-Encoding: gzip, chunked\r\n"), 501},
        {"chunked twice", with_lines("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"chunked with a vertical tab", with_lines("Transfer-Encoding: \vchunked\r\n"), 400},
        {"chunked in quotes", with_lines("Transfer-Encoding: \"chunked\"\r\n"), 501},
        {"space before the colon", with_lines("Content-Length : 3\r\n"), 400},
        {"tab before the colon", with_lines("Transfer-Encoding\t: chunked\r\n"), 400},
        {"a folded header", with_lines("Accept: a\r\n b\r\n"), 400},
        {"a folded first header", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
        {"a header without a colon", with_lines("Accept\r\n"), 400},
        {"a header without a name", with_lines(": a\r\n"), 400},
        {"a bare LF", "GET / HTTP/1.1\nHost: x\n\n", 400},
        {"one bare LF", "GET / HTTP/1.1\r\nHost: x\nAccept: a\r\n\r\n", 400},
        {"a bare CR", with_lines("Accept: a\rb\r\n"), 400},
        {"a NUL", with_lines(std::string("Accept: a\0b\r\n", 13)), 400},
        {"a control character", with_lines("Accept: a\x01\r\n"), 400},
        {"no host", "GET / HTTP/1.1\r\nAccept: a\r\n\r\n", 400},
        {"two hosts", with_lines("Host: x\r\n"), 400},
        {"a host with a user", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n", 400},
        {"a host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
        {"two hosts in one", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400},
        {"an absolute target unlike Host", "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"an absolute target with a user", "GET http://a@x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"two cookies headers", with_lines("Cookie: a=1\r\nCookie: a=2\r\n"), 400},
        {"two keys", with_lines("Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), 400},
        {"an empty first line", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"a target without a slash", "GET api HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"no version", "GET /\r\nHost: x\r\n\r\n", 400},
        {"a method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"an unknown method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501},
        {"a method in lower case", "get / HTTP/1.1\r\nHost: x\r\n\r\n", 501},
        {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: x\r\n\r\n", 505},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"an expectation of another kind", with_lines("Expect: coffee\r\n"), 417},
    }),
    [](const auto& info) {
      std::string name;
      for (const char c : info.param.what) name += std::isalnum(static_cast<unsigned char>(c)) ? std::string(1, c) : "_";
      return name + "_" + std::to_string(info.index);
    });

TEST(RequestHead, AtItsLimitsIsReadAndOneBeyondIsNot) {
  const auto line = [](std::size_t bytes) { return "GET /" + std::string(bytes - 14, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"; };
  EXPECT_EQ(status_of(line(kRequestLineBytesMax)), 200);
  EXPECT_EQ(status_of(line(kRequestLineBytesMax + 1)), 414);

  const auto headers = [](std::size_t count) {
    std::string lines;
    for (std::size_t i = 1; i < count; ++i) lines += "X-" + std::to_string(i) + ": a\r\n";  // Host is one
    return with_lines(lines);
  };
  EXPECT_EQ(status_of(headers(kHeadersMax)), 200);
  EXPECT_EQ(status_of(headers(kHeadersMax + 1)), 431);

  const std::string others = "Host: x\r\nX: \r\n\r\n";
  const auto bytes = [&](std::size_t total) { return with_lines("X: " + std::string(total - others.size(), 'a') + "\r\n"); };
  EXPECT_EQ(status_of(bytes(kHeaderBytesMax)), 200);
  EXPECT_EQ(status_of(bytes(kHeaderBytesMax + 1)), 431);
}

TEST(RequestHead, ThatNeverEndsIsRefusedAsSoonAsItIsTooLong) {
  EXPECT_EQ(status_of("GET /" + std::string(kRequestLineBytesMax, 'a')), 414);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + std::string(kRequestLineBytesMax + kHeaderBytesMax, 'a')), 431);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x\r\n"), 0);
}

RC_GTEST_PROP(RequestHead, IsTheSameHoweverItArrivesInPieces, ()) {
  std::string head = "GET /a HTTP/1.1\r\nHost: x\r\nAccept: b\r\n\r\nrest";
  if (*rc::gen::arbitrary<bool>()) head[*rc::gen::inRange<std::size_t>(0, head.size())] = *rc::gen::element('\n', '\r', '\0', 'a', ' ');
  const auto whole = find_head_end(head);
  std::size_t scanned = 0;
  auto pieces = find_head_end("", 0);
  for (std::size_t size = 1; size <= head.size() && pieces && !*pieces; ++size) {
    pieces = find_head_end(std::string_view(head).substr(0, size), scanned);
    scanned = size;
  }
  RC_ASSERT(whole.has_value() == pieces.has_value());
  if (whole) RC_ASSERT(*whole == *pieces);
}

TEST(Target, IsDecodedOnce) {
  const auto target = parse_target("/api/a%20b/%E5%B1%A5?x=1+2&y=%2B&z");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/a b/履");
  EXPECT_EQ(target->segments, (std::vector<std::string>{"api", "a b", "履"}));
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"x", "1 2"}, {"y", "+"}, {"z", ""}}));
  EXPECT_EQ(parse_target("/%252e")->path, "/%2e");
}

TEST(Target, ThatCouldBeReadInTwoWaysIsRefused) {
  for (const char* text : {"/a%00b", "/a%2Fb", "/a%2fb", "/a%5cb", "/a%0d%0ab", "/%", "/%4", "/%zz", "/%c0%af", "/%ed%a0%80", "/%ff", "/a?x=1&x=2", "/a?=1", "/a?x=%00", "a", ""})
    EXPECT_FALSE(parse_target(text)) << text;
}

TEST(JsonBody, IsReadAsItStands) {
  const auto parsed = parse_json(R"({"a":[1,-2,2.5,true,null,"履歴",{"b":{}}],"c":"\u5c65"})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->dump(), R"({"a":[1,-2,2.5,true,null,"履歴",{"b":{}}],"c":"履"})");
}

TEST(JsonBody, WithAMemberTwiceIsRefusedWhereverItStands) {
  EXPECT_FALSE(parse_json(R"({"a":1,"a":1})"));
  EXPECT_FALSE(parse_json(R"({"a":1,"\u0061":2})"));
  const auto nested = parse_json(R"({"x":[{"a/b":{"c":1,"c":2}}]})");
  ASSERT_FALSE(nested);
  EXPECT_EQ(nested.error().pointer, "/x/0/a~1b");
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":1}])"));
}

TEST(JsonBody, TakesTheLargestBulkWithAFormInEachRow) {
  nlohmann::json bulk = {{"mode", "check"}, {"rows", nlohmann::json::array()}};
  for (std::size_t row = 0; row < kBulkRowsMax; ++row)
    bulk["rows"].push_back({{"procedure", "transfer"}, {"subject", {{"kind", "person"}, {"id", "p0000000000001"}}}, {"reason", "理由"},
                            {"form", {{"to_post", "t0000000000001"}, {"effective", "2027-04-01"}, {"order_kind", "兼務"}, {"concurrent", true}, {"until", "2028-03-31"}, {"grade", "senior"}}}});
  EXPECT_TRUE(parse_json(bulk.dump()));
}

TEST(JsonBody, AtItsLimitsIsReadAndOneBeyondIsNot) {
  const auto deep = [](int depth) { return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']'); };
  EXPECT_TRUE(parse_json(deep(kJsonDepthMax)));
  EXPECT_FALSE(parse_json(deep(kJsonDepthMax + 1)));

  const auto members = [](std::size_t count) {
    nlohmann::json object = nlohmann::json::object();
    for (std::size_t i = 0; i < count; ++i) object["m" + std::to_string(i)] = 0;
    return object.dump();
  };
  EXPECT_TRUE(parse_json(members(kJsonMembersMax)));
  EXPECT_FALSE(parse_json(members(kJsonMembersMax + 1)));

  const auto elements = [](std::size_t count) { return nlohmann::json(std::vector<int>(count, 0)).dump(); };
  EXPECT_TRUE(parse_json(elements(kJsonMembersMax)));
  EXPECT_FALSE(parse_json(elements(kJsonMembersMax + 1)));

  EXPECT_TRUE(parse_json('"' + std::string(kJsonStringBytesMax, 'a') + '"'));
  EXPECT_FALSE(parse_json('"' + std::string(kJsonStringBytesMax + 1, 'a') + '"'));
  EXPECT_FALSE(parse_json("{\"" + std::string(kJsonStringBytesMax + 1, 'a') + "\":0}"));
}

TEST(JsonBody, ThatIsNotJsonIsRefused) {
  for (const std::string text : {"", " ", "{", "[1,]", "{\"a\":}", "{'a':1}", "NaN", "1e999", "01", "\"\x01\"", "\"\xff\"", "// a\n1", "1 2", "\"\\ud800\"", "{}x"})
    EXPECT_FALSE(parse_json(text)) << text;
}

RC_GTEST_PROP(JsonBody, RoundTripsThroughItsText, ()) {
  const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
  const nlohmann::json json = *rc::gen::container<std::map<std::string, std::vector<std::string>>>(text, rc::gen::container<std::vector<std::string>>(text));
  const auto parsed = parse_json(json.dump());
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == json);
}

TEST(Languages, AreJapaneseUnlessEnglishIsPreferred) {
  for (const char* text : {"", "ja", "fr", "*", "ja,en", "en;q=0.5, ja", "en;q=0", "en;q=x", "ja;q=0.8,en;q=0.8", "english"}) EXPECT_EQ(language_of(text), Language::kJa) << text;
  for (const char* text : {"en", "EN-us", "en-GB,en;q=0.9", "ja;q=0.5,en;q=0.8", "fr, en;q=0.1", "*;q=0.1, en;q=0.2", "ja;q=0, *"}) EXPECT_EQ(language_of(text), Language::kEn) << text;
}

TEST(IdempotencyKeys, AreVisibleAndShort) {
  EXPECT_TRUE(is_idempotency_key("k"));
  EXPECT_TRUE(is_idempotency_key(std::string(255, '~')));
  for (const auto& key : {std::string(), std::string(256, 'a'), std::string("a b"), std::string("é"), std::string("\x7f")}) EXPECT_FALSE(is_idempotency_key(key)) << key;
}

Command command(std::string_view method, std::string_view target, std::string_view body, std::uint64_t account, std::string_view key) {
  RequestDigest digest(method, target);
  digest.add_body(body.substr(0, body.size() / 2));
  digest.add_body(body.substr(body.size() / 2));
  return digest.command(AccountId{account}, key);
}

TEST(CommandIds, BelongToOneAccountAndKeyAndTheDigestToOneRequest) {
  const Command first = command("POST", "/a", "body", 1, "key");
  EXPECT_EQ(command("POST", "/a", "body", 1, "key").id, first.id);
  EXPECT_EQ(command("POST", "/a", "body", 1, "key").digest, first.digest);
  EXPECT_NE(command("POST", "/a", "body", 2, "key").id, first.id);
  EXPECT_NE(command("POST", "/a", "body", 1, "yek").id, first.id);
  EXPECT_EQ(command("POST", "/a", "other", 1, "key").id, first.id);
  for (const auto& other : {command("PUT", "/a", "body", 1, "key"), command("POST", "/b", "body", 1, "key"), command("POST", "/a", "bodY", 1, "key"), command("POST", "/abody", "", 1, "key")})
    EXPECT_NE(other.digest, first.digest);
}

TEST(SameSite, IsShownByTheBrowserTheOriginOrTheToken) {
  const auto matches = [](const std::string& session, const std::string& token) { return token == "token of " + session; };
  const auto same = [&](std::map<std::string, std::string> headers, std::string session = "s") { return is_same_site({headers, "http://h:1", std::move(session)}, matches); };
  EXPECT_TRUE(same({{"sec-fetch-site", "same-origin"}}));
  EXPECT_TRUE(same({{"sec-fetch-site", "none"}}));
  EXPECT_TRUE(same({{"origin", "http://h:1"}}));
  EXPECT_TRUE(same({{"x-rireki-csrf", "token of s"}}));
  EXPECT_TRUE(same({}, ""));

  EXPECT_FALSE(same({}));
  EXPECT_FALSE(same({{"x-rireki-csrf", "token of t"}}));
  for (const char* site : {"same-site", "cross-site", "", "Same-Origin"}) EXPECT_FALSE(same({{"sec-fetch-site", site}, {"origin", "http://h:1"}, {"x-rireki-csrf", "token of s"}})) << site;
  for (const char* origin : {"null", "https://h:1", "http://h", "http://h:1.evil", "http://evil"}) EXPECT_FALSE(same({{"origin", origin}, {"x-rireki-csrf", "token of s"}})) << origin;
  EXPECT_FALSE(same({{"origin", "http://evil"}}, "")) << "signing somebody in from another site";
}

}  // namespace
}  // namespace rireki::api
