// Files of a RocksDB that nobody reads without the key: every byte under AES-256-CTR, each file with a nonce of its own (12 bytes at its beginning).
// For what can be derived again (views). Against reading, not against changing: RocksDB's checksums are inside.
#pragma once

#include <memory>

#include "eventstore/cipher.h"

namespace rocksdb {
class Env;
}

namespace rireki {

std::shared_ptr<rocksdb::Env> encrypted_files(const SecretKey& key);

}  // namespace rireki
