// Finds the route of a method and a path. Literal segments win over {parameters}; two routes for one method and shape are a bug of ours.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "api/http/route.h"

namespace rireki::api {

struct NoSuchPath {};
struct WrongMethod { std::string allow; };  // value of Allow: methods of the path, with HEAD beside GET
struct Match {
  const Route* route = nullptr;
  std::map<std::string, std::string> params;
};

class Router {
 public:
  explicit Router(std::vector<Route> routes);  // throws std::logic_error if two routes are the same
  // HEAD finds the GET route. The routes live as long as the router.
  std::variant<Match, WrongMethod, NoSuchPath> find(const std::string& method, const std::vector<std::string>& segments) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node {
    std::map<std::string, Node, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::map<std::string, const Route*> by_method;
  };
  static const Node* descend(const Node& node, const std::vector<std::string>& segments, std::size_t depth);

  std::vector<Route> routes_;
  Node root_;
};

// "/api/cases/{id}" → {"api", "cases", "{id}"}
std::vector<std::string> path_segments(const std::string& path);

}  // namespace rireki::api
