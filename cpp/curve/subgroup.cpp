#include "curve/subgroup.hpp"

namespace zkc {

Affine<G2> twist_frobenius(const Affine<G2>& q, unsigned power) {
    const auto& gamma = FrobeniusTable::get().gamma[power];
    const bool odd = power % 2 == 1;
    return {(odd ? q.x.conjugate() : q.x) * gamma[2], (odd ? q.y.conjugate() : q.y) * gamma[3]};
}

bool in_subgroup(const Affine<G2>& q) {
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

bool in_subgroup_naive(const Affine<G2>& q) {
    return multiply_naive(q, Fr::Params::modulus).is_infinity();
}

}  // namespace zkc
