// Turns the signed digits of a scalar into plain windows of bits.
#pragma once

#include "field/limbs.hpp"

namespace zkc {

/// A scalar with room for the carry of the offset.
using WideScalar = Limbs<5>;

/// Sum of 2^(c-1) 2^(c w) over the windows w of c bits: adding it turns digits in
/// [-2^(c-1), 2^(c-1)) into plain windows.
inline WideScalar digit_offset(std::size_t windows, std::size_t width) {
    WideScalar offset{};
    for (std::size_t w = 0; w < windows; ++w) {
        const std::size_t at = w * width + width - 1;
        offset[at / 64] |= u64{1} << (at % 64);
    }
    return offset;
}

}  // namespace zkc
