// Montgomery products with mulx and the two carry chains of adcx/adox (Broadwell, Zen and later).
//
// Same contract as the portable product of field.hpp: inputs and output in [0, 2p). Only inline
// assembly uses the instructions, so no file needs other compiler flags and nothing can leak.
#pragma once

#include "field/bn254.hpp"

namespace zkc::adx {

/// For processors that have ADX (processor.hpp); elsewhere than on x86-64 the portable products.
void multiply_fq(Fq& out, const Fq& a, const Fq& b);
void multiply_fr(Fr& out, const Fr& a, const Fr& b);

}  // namespace zkc::adx
