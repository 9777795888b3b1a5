#include "ifma/unit.hpp"

#include "ifma/vector.hpp"
#include "lanes/functions.hpp"

namespace zkc::ifma {

constinit const lanes::Unit kUnit = lanes::functions<Vector>();

}  // namespace zkc::ifma
