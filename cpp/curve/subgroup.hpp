// Membership in the subgroup of order r of the BN254 twist.
//
// psi = untwist, q-power Frobenius, twist: psi(x, y) = (conj(x) xi^((q-1)/3), conj(y) xi^((q-1)/2)).
// A point Q of the twist has order r exactly when (x+1) Q + psi(x Q) + psi^2(x Q) = psi^3(2x Q), with
// x the BN parameter (Dai, Lin, Zhao, Zhou, "Fast subgroup membership testings for G1, G2 and GT on
// pairing-friendly curves", eprint 2022/348, sections 3 and 5.1): one 63-bit multiple, not 254 bits.
#pragma once

#include "curve/curve.hpp"

namespace zkc {

inline constexpr u64 kBnParameter = 4965661367192848881;

inline Affine<G2> twist_frobenius(const Affine<G2>& q, unsigned power) {
    const auto& gamma = FrobeniusTable::get().gamma[power];
    const bool odd = power % 2 == 1;
    return {(odd ? q.x.conjugate() : q.x) * gamma[2], (odd ? q.y.conjugate() : q.y) * gamma[3]};
}

/// For a point on the twist; infinity is in the subgroup.
inline bool in_subgroup(const Affine<G2>& q) {
    if (q.is_infinity()) return true;
    const Affine<G2> xq = multiply(q, Limbs<1>{kBnParameter}).to_affine();
    Xyzz<G2> left = Xyzz<G2>::from(xq);
    left.add(q);
    left.add(twist_frobenius(xq, 1));
    left.add(twist_frobenius(xq, 2));
    // Minus psi^3(2x Q).
    const Affine<G2> cube = twist_frobenius(xq, 3);
    left.add(cube, true);
    left.add(cube, true);
    return left.is_infinity();
}

/// Slow twin: r Q is infinity.
inline bool in_subgroup_naive(const Affine<G2>& q) {
    return multiply_naive(q, Fr::Params::modulus).is_infinity();
}

}  // namespace zkc
