// crash_writer FOLDER FIRST_BATCH FD: appends batch after batch, many at once, and writes each acknowledgement to FD, until it is killed.
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "eventstore/rocks_event_log.h"
#include "tests/crash/witnessed_batch.h"

int main(int argc, char** argv) {
  using namespace rireki;
  if (argc != 4) return 2;
  constexpr std::size_t kAtOnce = 32;  // groups of several batches: the kill falls into the middle of one
  const int witness = std::stoi(argv[3]);
  auto log = RocksEventLog::open(argv[1], {.free_bytes_min = 0, .log_buffer_bytes = 1 << 20, .index_buffer_bytes = 1 << 20});
  if (!log) {
    std::fprintf(stderr, "crash_writer: %s\n", log.error().what.c_str());
    return 3;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t flying = 0;
  for (std::uint64_t batch = std::stoull(argv[2]);; ++batch) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return flying < kAtOnce; });
      ++flying;
    }
    (*log)->append(crash::request_of(batch), [&, batch](Result<Appended, AppendError> answer) {
      if (!answer) std::_Exit(4);
      const crash::Acknowledged told{batch, answer->first, answer->last};
      if (::write(witness, &told, sizeof told) != sizeof told) std::_Exit(5);
      std::lock_guard lock(mutex);
      --flying;
      changed.notify_one();
    });
  }
}
