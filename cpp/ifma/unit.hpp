// The AVX-512 IFMA unit.
#pragma once

#include "lanes/unit.hpp"

namespace zkc::ifma {

extern const lanes::Unit kUnit;

}  // namespace zkc::ifma
