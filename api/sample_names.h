// Invented names of the sample ward: common family and given names combined at random. Any likeness to a person is chance.
#pragma once

#include <random>

#include "domain/facts.h"

namespace rireki::api {

// Draws a name that suits `sex`; kana in katakana.
PersonName draw_name(std::mt19937_64& random, Sex sex);

// A number below `bound`, the same on every platform for the same generator state (std distributions differ between libraries).
std::uint64_t below(std::mt19937_64& random, std::uint64_t bound);

}  // namespace rireki::api
