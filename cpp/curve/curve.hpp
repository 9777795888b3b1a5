// Short Weierstrass curves y^2 = x^3 + b (a = 0); the group is a template argument.
//
// Affine points are (x, y), with (0, 0) for infinity: that pair is never on the curve, as b != 0.
// Sums are kept as XYZZ = (X, Y, ZZ, ZZZ): x = X/ZZ, y = Y/ZZZ, ZZ^3 = ZZZ^2, infinity when ZZ = 0.
// Formulas from the Explicit-Formulas Database, g1p/auto-shortw-xyzz: add-2008-s, madd-2008-s,
// dbl-2008-s-1, mdbl-2008-s-1. All exceptional cases (infinity, equal, opposite) are handled.
#pragma once

#include "field/tower.hpp"

namespace zkc {

/// E(F_q).
struct G1 {
    using F = Fq;
    static F b() { return Fq::from_u64(3); }
    static F generator_x() { return Fq::one(); }
    static F generator_y() { return Fq::from_u64(2); }
};

/// E'(F_q2); the subgroup of order r is smaller than the curve.
struct G2 {
    using F = Fq2;
    static F b() {
        static const F value = Fq2::from_u64(3, 0) * Fq2::xi().inverse();
        return value;
    }
    static F generator_x() {
        return {Fq::from_canonical({0x46debd5cd992f6ed, 0x674322d4f75edadd, 0x426a00665e5c4479,
                                    0x1800deef121f1e76}),
                Fq::from_canonical({0x97e485b7aef312c2, 0xf1aa493335a9e712, 0x7260bfb731fb5d25,
                                    0x198e9393920d483a})};
    }
    static F generator_y() {
        return {Fq::from_canonical({0x4ce6cc0166fa7daa, 0xe3d1e7690c43d37b, 0x4aab71808dcb408f,
                                    0x12c85ea5db8c6deb}),
                Fq::from_canonical({0x55acdadcd122975b, 0xbc4b313370b38ef3, 0xec9e99ad690c3395,
                                    0x090689d0585ff075})};
    }
};

template <class G>
struct Affine {
    using F = typename G::F;
    F x, y;

    static Affine infinity() { return {F::zero(), F::zero()}; }
    static Affine generator() { return {G::generator_x(), G::generator_y()}; }
    bool is_infinity() const { return x.is_zero() && y.is_zero(); }
    bool is_on_curve() const { return is_infinity() || y.square() == x.square() * x + G::b(); }
    Affine operator-() const { return {x, -y}; }
    friend bool operator==(const Affine& p, const Affine& q) { return p.x == q.x && p.y == q.y; }
};

template <class G>
struct Xyzz {
    using F = typename G::F;
    F x, y, zz, zzz;

    static Xyzz infinity() { return {F::zero(), F::zero(), F::zero(), F::zero()}; }
    static Xyzz from(const Affine<G>& p) {
        if (p.is_infinity()) return infinity();
        return {p.x, p.y, F::one(), F::one()};
    }
    bool is_infinity() const { return zz.is_zero(); }
    Xyzz operator-() const { return {x, -y, zz, zzz}; }

    Xyzz doubled() const;
    Xyzz operator+(const Xyzz& q) const;
    /// *this += q, or -= q.
    void add(const Affine<G>& q, bool negate = false);
    Affine<G> to_affine() const;
};

/// Affine forms of n sums with one field inversion.
template <class G>
void batch_to_affine(const Xyzz<G>* sums, Affine<G>* out, std::size_t n);

/// Scalar multiple by windows of four bits. M is 4, and 1 in G2.
template <class G, std::size_t M>
Xyzz<G> multiply(const Affine<G>& p, const Limbs<M>& scalar);

/// Slow twin of addition: the chord and tangent rule in affine coordinates.
template <class G>
Affine<G> add_naive(const Affine<G>& p, const Affine<G>& q);

/// Slow twin of multiply: double and add.
template <class G>
Affine<G> multiply_naive(const Affine<G>& p, const Fr::Int& scalar);

extern template struct Xyzz<G1>;
extern template struct Xyzz<G2>;

}  // namespace zkc
