// A value, or what is wrong with the bytes that were given: for an operator or an auditor, in both languages. Holds nothing of what they say.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace rireki::proof {

struct Fault {
  Fault() = default;
  Fault(std::string japanese, std::string english) : ja(std::move(japanese)), en(std::move(english)) {}  // nothing else becomes one by itself
  std::string ja, en;
};
template <class T>
using Checked = boost::system::result<T, Fault>;
[[noreturn]] void throw_exception_from_error(const Fault& fault, const boost::source_location& where);

// The same, with where it was found in front.
inline Fault at(const std::string& place, const Fault& fault) { return {place + "：" + fault.ja, place + ": " + fault.en}; }

}  // namespace rireki::proof
