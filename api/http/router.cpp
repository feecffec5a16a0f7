#include "api/http/router.h"

#include <stdexcept>

namespace rireki::api {
namespace {

bool is_parameter(const std::string& segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

}  // namespace

std::vector<std::string> path_segments(const std::string& path) {
  std::vector<std::string> segments;
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at + 1), path.size());
    segments.push_back(path.substr(at + 1, end - at - 1));
    at = end;
  }
  return segments;
}

std::string scope_of(const Route& route) {
  const auto segments = path_segments(route.path);
  return (segments.size() > 1 ? segments[1] : segments[0]) + (route.method == "GET" ? ":read" : ":write");
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) {
    Node* node = &root_;
    for (const auto& segment : path_segments(route.path)) {
      if (!is_parameter(segment)) {
        node = &node->literals[segment];
        continue;
      }
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    }
    if (!node->by_method.emplace(route.method, &route).second) throw std::logic_error("two routes for " + route.method + " " + route.path);
  }
}

// A literal that leads nowhere gives way to the parameter beside it.
const Router::Node* Router::descend(const Node& node, const std::vector<std::string>& segments, std::size_t depth) {
  if (depth == segments.size()) return node.by_method.empty() ? nullptr : &node;
  if (const auto literal = node.literals.find(segments[depth]); literal != node.literals.end())
    if (const Node* found = descend(literal->second, segments, depth + 1)) return found;
  if (!node.parameter || segments[depth].empty()) return nullptr;
  return descend(*node.parameter, segments, depth + 1);
}

std::variant<Match, WrongMethod, NoSuchPath> Router::find(const std::string& method, const std::vector<std::string>& segments) const {
  const Node* node = descend(root_, segments, 0);
  if (!node) return NoSuchPath{};
  const auto found = node->by_method.find(method == "HEAD" ? "GET" : method);
  if (found == node->by_method.end()) {
    WrongMethod wrong;
    for (const auto& [allowed, route] : node->by_method) wrong.allow += (wrong.allow.empty() ? "" : ", ") + allowed + (allowed == "GET" ? ", HEAD" : "");
    return wrong;
  }
  Match match{.route = found->second};
  const auto shape = path_segments(found->second->path);
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (is_parameter(shape[i])) match.params[shape[i].substr(1, shape[i].size() - 2)] = segments[i];
  return match;
}

}  // namespace rireki::api
