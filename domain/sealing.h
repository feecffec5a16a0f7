// What is sealed under whose key (security.md 2.2).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rireki {

// How a field is sealed (fields.h names them).
enum class Seal {
  kClear,
  kPerson,   // under the person's general key: names, dates, reasons
  kHealth,   // under the person's health key: what a leave is for
  kCase,     // under the case's key of its class: what was written
  kParties,  // who is concerned and who acts, where even that there is a case is secret: under the case's key for it; else clear
  kAccount,  // under the account's key
  kOffice,   // under the office's key, which is never erased
};
// What a procedure says of the sealing of its cases.
struct CaseSealing {
  std::string key_class = "general";                  // "general" "health" "harassment"
  bool parties = false;                               // kParties is sealed
  std::map<std::string, std::string> field_classes;   // of form fields that are sealed under another class than the case's
};
// The class of keys for a reading class or an x-seal.
std::string key_class_of(std::string_view reading_class);

}  // namespace rireki
