// Random field elements, from the operating system's randomness.
#pragma once

#include "field/field.hpp"
#include "system/secret.hpp"

namespace zkc {

/// Uniform non-zero field element as a canonical integer, by rejection.
template <class F>
inline void random_nonzero(typename F::Int& out) {
    const std::size_t bits = bit_length(F::Params::modulus);
    do {
        random_bytes(out.data(), sizeof out);
        out[F::N - 1] &= ~u64{0} >> (64 * F::N - bits);
    } while (!F::is_canonical(out) || is_zero(out));
}

}  // namespace zkc
