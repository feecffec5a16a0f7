#include "eventstore/audit_bundle.h"

#include <algorithm>
#include <map>

#include "eventstore/keyring.h"
#include "proof/bundle.h"
#include "proof/text.h"

namespace rireki {
namespace {

using proof::Checked;
using proof::Fault;

class BundleWriter {
 public:
  BundleWriter(const EventLog& log, const TransparencyLog& tree, const BundleRequest& request) : log_(log), tree_(tree), request_(request) {}

  Checked<bool> write(const proof::ByteSink& sink) {
    const auto note = proof::parse_note(request_.checkpoint);
    const auto checkpoint = note ? proof::parse_checkpoint_text(note->text) : Checked<proof::Checkpoint>(note.error());
    if (!checkpoint) return checkpoint.error();
    size_ = checkpoint->size;
    if (request_.first != 0 && (request_.last < request_.first || request_.last > size_))
      return Fault{"範囲は1から" + std::to_string(size_) + "までの中で指定してください。", "Give a range within 1 and " + std::to_string(size_) + "."};
    if (request_.positions.size() > kBundlePartMax || request_.last - request_.first >= kBundlePartMax)
      return Fault{"一部の束は" + std::to_string(kBundlePartMax) + "件までです。全体の束を取ってください。", "A bundle of a part holds at most " + std::to_string(kBundlePartMax) + " events: take one of everything."};
    wanted_ = request_.positions;
    for (Position position = request_.first; position != 0 && position <= request_.last; ++position) wanted_.push_back(position);
    std::sort(wanted_.begin(), wanted_.end());
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    if (!wanted_.empty() && (wanted_.front() == 0 || wanted_.back() > size_))
      return Fault{"位置は1から" + std::to_string(size_) + "までの中で指定してください。", "Give positions within 1 and " + std::to_string(size_) + "."};
    list_names();
    proof::TarWriter tar(sink);
    std::size_t done = 0;
    for (const auto& name : names_) {
      auto content = content_of(name);
      if (!content) return content.error();
      if (content->empty() && name.starts_with("checkpoints/")) continue;  // thinned out since its name was listed
      if (!tar.add(name, *content)) return false;
      if (request_.progress && ++done % 64 == 0) request_.progress(static_cast<double>(done) / static_cast<double>(names_.size()));
    }
    return tar.finish();
  }

 private:
  bool whole() const { return wanted_.empty(); }

  void list_names() {
    names_ = {"README.txt", "checkpoint", "key.pub", "keys.txt"};
    if (!request_.witnesses.empty()) names_.push_back("witness.pub");
    for (const auto size : tree_.checkpoints(size_ - std::min<Position>(size_, 1), kBundleCheckpointsMax, Direction::kBackward)) {
      if (size == 0) break;
      names_.push_back("checkpoints/" + std::to_string(size));
      if (!whole()) names_.push_back("proofs/" + std::to_string(size) + ".consistency");
    }
    const auto disclose = [&](const EventView& event) {
      if (!request_.discloses(event)) return;
      const std::string name = "events/" + std::to_string(event.position());
      names_.push_back(name + ".meta");
      if (!event.stored_body().empty()) names_.push_back(name + ".body");
      if (request_.openings && !event.sections().empty()) names_.push_back(name + ".open");
    };
    if (request_.discloses && whole() && size_ > 0) read(1, size_, disclose);
    for (const auto position : wanted_) {
      if (request_.discloses) read(position, position, disclose);
      for (const char* kind : {".leaf", ".tlog-proof"}) names_.push_back("proofs/" + std::to_string(position) + kind);
    }
    if (whole()) list_tiles();
    std::sort(names_.begin(), names_.end());
  }

  void list_tiles() {
    for (unsigned level = 0; level < proof::kTileLevelsMax; ++level)
      for (std::uint64_t index = 0;; ++index) {
        const auto width = proof::tile_width(level, index, size_);
        if (width == 0) break;
        names_.push_back(to_text(proof::TilePath{.entries = false, .level = level, .index = index, .width = width}));
        if (level == 0) names_.push_back(to_text(proof::TilePath{.entries = true, .level = 0, .index = index, .width = width}));
      }
  }

  Checked<std::string> content_of(const std::string& name) {
    const auto text = [](std::string bytes) { return Checked<std::string>(boost::system::in_place_value, std::move(bytes)); };
    if (name == "README.txt") return text(proof::bundle_readme());
    if (name == "checkpoint") return text(request_.checkpoint);
    if (name == "key.pub" || name == "witness.pub") {
      std::string lines;
      for (const auto& key : name == "key.pub" ? request_.keys : request_.witnesses) lines += to_text(key) + "\n";
      return text(std::move(lines));
    }
    if (name == "keys.txt") return keys();
    if (name.starts_with("tile/")) return tile(name);
    const auto slash = name.find('/'), dot = name.find('.');
    const Position number = *proof::parse_number(std::string_view(name).substr(slash + 1, dot == name.npos ? dot : dot - slash - 1));
    const auto kind = dot == name.npos ? std::string() : name.substr(dot);
    if (name.starts_with("checkpoints/")) return text(tree_.checkpoint(number).value_or(""));
    if (kind == ".consistency") {
      const auto hashes = tree_.tree().consistency(number, size_);
      return hashes ? text(proof::hash_lines(*hashes)) : Checked<std::string>(hashes.error());
    }
    if (kind == ".leaf" || kind == ".tlog-proof") return proof_file(number, kind);
    std::string bytes;
    read(number, number, [&](const EventView& event) { bytes = kind == ".meta" ? std::string(event.metadata()) : kind == ".body" ? std::string(event.stored_body()) : request_.openings(event); });
    return text(std::move(bytes));
  }

  Checked<std::string> proof_file(Position position, const std::string& kind) {
    if (kind == ".leaf") {
      const auto leaf = tree_.leaves(position, position);
      if (!leaf) return leaf.error();
      return {boost::system::in_place_value, to_text(leaf->front())};
    }
    auto hashes = tree_.tree().inclusion(position - 1, size_);
    if (!hashes) return hashes.error();
    return {boost::system::in_place_value, to_text(proof::InclusionProof{.index = position - 1, .hashes = std::move(*hashes), .note = request_.checkpoint})};
  }

  Checked<std::string> tile(const std::string& name) {
    const auto path = proof::parse_tile_path(name).value();
    if (path.entries) {
      const auto from = path.index * proof::kTileWidth;
      const auto leaves = tree_.leaves(from + 1, from + path.width);
      if (!leaves) return leaves.error();
      return {boost::system::in_place_value, proof::bundle_of(*leaves)};
    }
    const auto hashes = tree_.tile(path.level, path.index, path.width);
    if (!hashes) return hashes.error();
    return {boost::system::in_place_value, proof::bytes_of(*hashes)};
  }

  Checked<std::string> keys() {
    std::map<std::string, std::pair<Position, Position>> known;
    const auto end = log_.read(std::vector{QueryItem{.types = {kKeyCreated, kKeyErased}, .tags = {}}}, {.up_to = size_}, [&](const EventView& event) {
      const auto keys_there = parse_key_lines(event.body());
      if (!keys_there) return true;
      for (const auto& key : *keys_there) (event.type() == kKeyErased ? known[key_text(key.id)].second : known[key_text(key.id)].first) = event.position();
      return true;
    });
    if (!end) return Fault{end.error().what, end.error().what};
    std::string lines;
    for (const auto& [id, places] : known) {
      if (places.first == 0) continue;
      lines += id + " created " + std::to_string(places.first);
      if (places.second) lines += " erased " + std::to_string(places.second);
      lines += "\n";
    }
    return {boost::system::in_place_value, std::move(lines)};
  }

  void read(Position from, Position to, const std::function<void(const EventView&)>& use) {
    const auto end = log_.read(AllEvents{}, {.after = from - 1, .up_to = to, .bulk = to - from > 1'000}, [&](const EventView& event) {
      use(event);
      return true;
    });
    if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
  }

  const EventLog& log_;
  const TransparencyLog& tree_;
  const BundleRequest& request_;
  Position size_ = 0;
  std::vector<Position> wanted_;  // of a part
  std::vector<std::string> names_;
};

}  // namespace

Checked<bool> write_bundle(const EventLog& log, const TransparencyLog& tree, const BundleRequest& request, const proof::ByteSink& sink) {
  return BundleWriter(log, tree, request).write(sink);
}

}  // namespace rireki
