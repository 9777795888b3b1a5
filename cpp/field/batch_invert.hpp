// Many inversions for the price of one (Montgomery, "Speeding the Pollard and elliptic curve methods
// of factorization", 1987, section 10.3.1).
#pragma once

#include <cstddef>

#include "system/secret.hpp"

namespace zkc {

/// Inverts n elements with one inversion (Montgomery's trick); zeros stay zero.
template <class F>
void batch_invert(F* values, std::size_t n) {
    SecretVector<F> prefix(n);
    F running = F::one();
    for (std::size_t i = 0; i < n; ++i) {
        prefix[i] = running;
        if (!values[i].is_zero()) running = running * values[i];
    }
    F inverse = running.inverse();
    for (std::size_t i = n; i-- > 0;) {
        if (values[i].is_zero()) continue;
        const F next = inverse * values[i];
        values[i] = inverse * prefix[i];
        inverse = next;
    }
}

}  // namespace zkc
