#include "eventstore/checkpoint_keeper.h"

#include <pthread.h>

#include <algorithm>

namespace rireki {

using proof::Checked;
using proof::Fault;

std::optional<Fault> check_high_water(const TransparencyLog& log, const std::optional<proof::Checkpoint>& last) {
  const auto head = log.tree_head();
  if (!last) {
    if (log.checkpoints(0, 1).empty()) return std::nullopt;
    return Fault{"ログには署名済みのチェックポイントがありますが、署名者は何も署名していません。署名者のフォルダーを元に戻してください。",
                 "The log has signed checkpoints and its signer has signed nothing: put the signer's folder back."};
  }
  const std::string size = std::to_string(last->size), there = std::to_string(head.size);
  if (last->size > head.size)
    return Fault{"署名済みの記録は" + size + "件ですが、ログには" + there + "件しかありません。古い控えから戻した場合は rireki epoch の説明を読んでください。",
                 size + " events were signed and the log has only " + there + ". If it was restored from an old backup, read rireki epoch --help."};
  const auto root = log.tree().root(last->size);
  if (!root) return root.error();
  if (*root != last->root)
    return Fault{"先頭から" + size + "件の記録が、署名したときのものと違います。rireki verify が場所を示します。",
                 "The first " + size + " events are not those that were signed. rireki verify says where."};
  return std::nullopt;
}

Checked<std::unique_ptr<CheckpointKeeper>> CheckpointKeeper::open(TransparencyLog& log, CheckpointSigner& signer, CheckpointOptions options) {
  if (!options.clock) options.clock = [] { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  std::unique_ptr<CheckpointKeeper> keeper(new CheckpointKeeper(log, signer, std::move(options)));
  auto keys = signer.keys();
  if (!keys) return keys.error();
  keeper->keys_ = std::move(*keys);
  const auto note = signer.last();
  if (!note) return note.error();
  std::optional<proof::Checkpoint> last;
  if (*note) {
    auto opened = proof::open_checkpoint(**note, keeper->keys_);
    if (!opened) return opened.error();
    last = opened->checkpoint;
  }
  if (auto fault = check_high_water(log, last)) return *fault;
  if (last) {
    keeper->last_ = *last;
    keeper->last_note_ = **note;
    // Cut off between the signature and here.
    if (!log.checkpoint(last->size)) log.keep_checkpoint(last->size, **note);
  }
  keeper->thin();
  keeper->thread_ = std::thread([raw = keeper.get()] { raw->run(); });
  return keeper;
}

CheckpointKeeper::~CheckpointKeeper() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
  if (log_.tree_head().size > 0) (void)sign_now();
}

void CheckpointKeeper::run() {
  ::pthread_setname_np(::pthread_self(), "checkpoints");
  auto next_thin = std::chrono::steady_clock::now() + std::chrono::hours{24};
  std::unique_lock lock(stop_mutex_);
  while (!stopped_.wait_for(lock, options_.every, [this] { return stopping_; })) {
    lock.unlock();
    if (log_.tree_head().size > 0) (void)sign_now();
    if (std::chrono::steady_clock::now() >= next_thin) {
      thin();
      next_thin += std::chrono::hours{24};
    }
    lock.lock();
  }
}

std::optional<Fault> CheckpointKeeper::fault() const {
  std::lock_guard lock(mutex_);
  return fault_;
}

Checked<std::string> CheckpointKeeper::sign_now() {
  std::lock_guard lock(mutex_);
  auto note = sign_locked();
  if (note) {
    fault_.reset();
  } else {
    const bool told = fault_ && fault_->en == note.error().en;
    fault_ = note.error();
    if (!told && options_.on_fault) options_.on_fault(*fault_);
  }
  return note;
}

Checked<std::string> CheckpointKeeper::sign_locked() {
  const auto head = log_.tree_head();
  if (!last_note_.empty() && last_.size == head.size) return {boost::system::in_place_value, last_note_};
  proof::ExtensionRequest request{.old = last_.size, .proof = {}, .checkpoint = to_text(proof::Checkpoint{.origin = origin(), .size = head.size, .root = head.root})};
  if (request.old > 0) {
    auto proof = log_.tree().consistency(request.old, head.size);
    if (!proof) return proof.error();
    request.proof = std::move(*proof);
  }
  auto note = signer_.sign(request);
  if (!note) return note;
  const auto opened = proof::open_checkpoint(*note, keys_);
  if (!opened) return opened.error();
  if (opened->note.text != request.checkpoint) return Fault{"署名者が別のものに署名しました。", "The signer signed something else."};
  last_ = opened->checkpoint;
  last_note_ = *note;
  if (!log_.keep_checkpoint(last_.size, *note)) return Fault{"署名したチェックポイントを保存できません。", "The signed checkpoint cannot be kept."};
  return note;
}

void CheckpointKeeper::thin() {
  const auto young = options_.clock() - kCheckpointsKept;
  std::optional<Position> before;  // the last one so far of the day that is being looked at
  std::chrono::sys_days day{};
  for (Position from = 0;;) {
    const auto sizes = log_.checkpoints(from, 1'000);
    for (const auto size : sizes) {
      const auto leaf = size > 0 ? log_.leaves(size, size) : Fault{};
      if (!leaf) return;
      const Instant at{std::chrono::microseconds{leaf->front().time}};
      if (at >= young) return;
      const auto of_day = std::chrono::floor<std::chrono::days>(at);
      const auto note = before && of_day == day ? log_.checkpoint(*before) : std::nullopt;
      const auto parsed = note ? proof::parse_note(*note) : Fault{};
      const bool cosigned = parsed && std::any_of(parsed->signatures.begin(), parsed->signatures.end(), [&](const proof::NoteSignature& one) { return one.name != origin(); });
      if (parsed && !cosigned) log_.drop_checkpoint(*before);
      before = size;
      day = of_day;
    }
    if (sizes.size() < 1'000) return;
    from = sizes.back() + 1;
  }
}

}  // namespace rireki
