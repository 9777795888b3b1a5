// Miller functions of many pairs in lockstep, with their product and a membership test.
//
// All points take the same steps, so slopes come in affine coordinates with one inversion for the
// whole batch: this is cheaper than projective lines. Each line, divided by y_P (which the final
// exponentiation removes), begins with one.
//
// The loop ends at T = (6x + 2) Q + pi(Q) - pi^2(Q), where pi is the twisted Frobenius. On the
// subgroup pi is multiplication by q, and 6x + 2 + q - q^2 + q^3 = 0 mod r, so T = -pi^3(Q).
// Conversely T = -pi^3(Q) says that 6x + 2 + pi - pi^2 + pi^3 kills Q; so does its norm N in
// Z[pi] / (pi^2 - t pi + q), and gcd(N, order of E'(F_q2)) = r: then r kills Q. (The method of
// El Housni, Guillevic, Piellard, "Co-factor clearing and subgroup membership testing on
// pairing-friendly curves", 2022.) So the membership test is free. A chord may have equal abscissas
// on its way; then the point is outside the subgroup too, because in the subgroup T is never +-Q or
// +-pi^k(Q) before an addition.
#pragma once

#include "pairing/pairing.hpp"

namespace zkc {

/// Product of the Miller functions of (p[i], q[i]), up to factors that the final exponentiation
/// removes. Points must be finite and on their curves. member[i] tells whether q[i] is in the
/// subgroup; the product has a meaning only if all of them are.
Fq12 miller_product(const Affine<G1>* p, const Affine<G2>* q, std::size_t n, bool* member);

}  // namespace zkc
