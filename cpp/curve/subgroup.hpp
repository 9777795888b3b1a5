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

Affine<G2> twist_frobenius(const Affine<G2>& q, unsigned power);

/// For a point on the twist; infinity is in the subgroup.
bool in_subgroup(const Affine<G2>& q);

/// Slow twin: r Q is infinity.
bool in_subgroup_naive(const Affine<G2>& q);

}  // namespace zkc
