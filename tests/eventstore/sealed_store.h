// A log on RocksDB with its keyring beside it, as a data folder has them: for tests and benchmarks that are to run on what offices run on.
#pragma once

#include "eventstore/encrypted_files.h"
#include "eventstore/rocks_event_log.h"
#include "eventstore/sealed_event_log.h"

namespace rireki {

struct SealedStore {
  explicit SealedStore(const std::filesystem::path& folder, RocksOptions options = {})
      : keyring(Keyring::exists(folder / "keys") ? Keyring::open(folder / "keys").value() : Keyring::create(folder / "keys").value()),
        store(RocksEventLog::open(folder / "log", std::move(options)).value()),
        log(SealedEventLog::open(*store, *keyring).value()) {}
  SealedEventLog& operator*() const { return *log; }
  SealedEventLog* operator->() const { return log.get(); }
  std::shared_ptr<rocksdb::Env> view_files() const { return encrypted_files(keyring->own(kViewsKey)); }

  std::unique_ptr<Keyring> keyring;
  std::unique_ptr<RocksEventLog> store;
  std::unique_ptr<SealedEventLog> log;
};

}  // namespace rireki
