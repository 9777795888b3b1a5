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

/// The first of n points on the twist that is not in the subgroup, or n.
///
/// Many points are checked by random sums (Bellare, Garay, Rabin, "Fast batch verification for modular
/// exponentiation and digital signatures", EUROCRYPT 1998). The order of the twist is r (2q - r), and
/// the smallest prime factor of 2q - r is 10,069. Say that Q is not in the subgroup: its part of an
/// order that divides 2q - r is not zero, and at most one of the multiples k Q with k below 10,069
/// cancels the rest of a sum of such parts. So a sum with a random k of b <= 13 bits for each point is
/// in the subgroup with a chance of at most 2^-b, and as many sums as make 128 bits with 2^-128.
std::size_t first_outside_subgroup(const Affine<G2>* points, std::size_t n, unsigned threads);

}  // namespace zkc
