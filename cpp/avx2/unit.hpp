// The AVX2 unit, whose products are fused multiply-adds of doubles.
#pragma once

#include "lanes/unit.hpp"

namespace zkc::avx2 {

/// Each function works whatever MXCSR says, and leaves it as it was.
extern const lanes::Unit kUnit;

/// The same functions without that: MXCSR must be as unit.cpp sets it.
extern const lanes::Unit kWorkers;

}  // namespace zkc::avx2
