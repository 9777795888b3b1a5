// Montgomery products with mulx and the two carry chains of adcx/adox (Broadwell, Zen and later).
//
// The contract is that of the portable product in field.hpp: inputs and output are in [0, 2p). Only
// inline assembly uses these instructions, so no file needs other compiler flags, and the compiler
// cannot use the instructions elsewhere.
#pragma once

#include "field/bn254.hpp"

namespace zkc::adx {

/// For processors that have ADX (dispatch/processor.hpp). Other architectures get the portable
/// products.
void multiply_fq(Fq& out, const Fq& a, const Fq& b);
void multiply_fr(Fr& out, const Fr& a, const Fr& b);

}  // namespace zkc::adx
