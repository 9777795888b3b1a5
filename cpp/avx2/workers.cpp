#include "avx2/unit.hpp"
#include "avx2/vector.hpp"
#include "lanes/functions.hpp"

namespace zkc::avx2 {

constinit const lanes::Unit kWorkers = lanes::functions<Vector>();

}  // namespace zkc::avx2
