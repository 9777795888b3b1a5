// The endomorphism phi(x, y) = (beta x, y) = lambda (x, y) of E(F_q), where beta and lambda are
// cube roots of one (Gallant, Lambert, Vanstone, "Faster point multiplication on elliptic curves
// with efficient endomorphisms", CRYPTO 2001), and scalars lo + hi lambda with 64-bit halves.
//
// Different pairs of halves are different scalars mod r: a difference (a, b) that vanishes would give
// a^2 - a b + b^2 = 0 mod r, but for |a|, |b| < 2^64 that form is positive and below 3 * 2^128 < r
// unless a = b = 0. So uniform pairs are 2^128 uniform weights, at half the doublings of one
// 128-bit scalar.
#pragma once

#include "curve/curve.hpp"

namespace zkc {

struct SplitScalar {
    u64 lo, hi;

    Fr value() const;
};

Affine<G1> endomorphism(const Affine<G1>& p);

/// (lo + hi lambda) P, both halves in one pass of two-bit windows.
Xyzz<G1> multiply(const Affine<G1>& p, const SplitScalar& scalar);

}  // namespace zkc
