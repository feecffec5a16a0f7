// Threads for what may block (storage, decisions, passwords), with a bounded waiting room. The server's own threads never wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rireki::api {

class Workers {
 public:
  struct Work {
    std::function<void()> run;
    std::function<void()> refuse;  // called instead when close() came before its turn; may be empty
  };
  Workers(int threads, std::size_t waiting_max);
  ~Workers();  // stop()

  // False: the waiting room is full or it is stopping; then neither of the two is called.
  [[nodiscard]] bool submit(Work work);
  // Refuses what waits and takes nothing more; what runs goes on.
  void close();
  // close(), then returns when what runs has finished.
  void stop();

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  const std::size_t waiting_max_;
  std::size_t idle_ = 0;  // threads that wait for work
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rireki::api
