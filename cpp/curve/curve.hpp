// Short Weierstrass curves y^2 = x^3 + b (a = 0); the group is a template argument.
//
// Affine points are (x, y), with (0, 0) for infinity: that pair is never on the curve, as b != 0.
// Sums are kept as XYZZ = (X, Y, ZZ, ZZZ): x = X/ZZ, y = Y/ZZZ, ZZ^3 = ZZZ^2, infinity when ZZ = 0.
// Formulas from the Explicit-Formulas Database, g1p/auto-shortw-xyzz: add-2008-s, madd-2008-s,
// dbl-2008-s-1, mdbl-2008-s-1. All exceptional cases (infinity, equal, opposite) are handled.
#pragma once

#include "field/batch_invert.hpp"
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

    Xyzz doubled() const {
        if (is_infinity()) return *this;
        const F u = y.twice();
        const F v = u.square();
        const F w = u * v;
        const F s = x * v;
        const F xx = x.square();
        const F m = xx.twice() + xx;
        const F x3 = m.square() - s.twice();
        return {x3, m * (s - x3) - w * y, v * zz, w * zzz};
    }

    friend Xyzz operator+(const Xyzz& p, const Xyzz& q) {
        if (p.is_infinity()) return q;
        if (q.is_infinity()) return p;
        const F u1 = p.x * q.zz;
        const F s1 = p.y * q.zzz;
        const F dx = q.x * p.zz - u1;
        const F dy = q.y * p.zzz - s1;
        if (dx.is_zero()) return dy.is_zero() ? p.doubled() : infinity();
        const F pp = dx.square();
        const F ppp = dx * pp;
        const F v = u1 * pp;
        const F x3 = dy.square() - ppp - v.twice();
        return {x3, dy * (v - x3) - s1 * ppp, p.zz * q.zz * pp, p.zzz * q.zzz * ppp};
    }

    /// *this += q, or -= q.
    void add(const Affine<G>& q, bool negate = false) {
        if (q.is_infinity()) return;
        const F qy = negate ? -q.y : q.y;
        if (is_infinity()) {
            *this = {q.x, qy, F::one(), F::one()};
            return;
        }
        const F dx = q.x * zz - x;
        const F dy = qy * zzz - y;
        if (dx.is_zero()) {
            *this = dy.is_zero() ? doubled() : infinity();
            return;
        }
        const F pp = dx.square();
        const F ppp = dx * pp;
        const F v = x * pp;
        const F x3 = dy.square() - ppp - v.twice();
        y = dy * (v - x3) - y * ppp;
        x = x3;
        zz = zz * pp;
        zzz = zzz * ppp;
    }

    Affine<G> to_affine() const {
        if (is_infinity()) return Affine<G>::infinity();
        const F inverse = (zz * zzz).inverse();
        return {x * (inverse * zzz), y * (inverse * zz)};
    }
};

/// Affine forms of n sums with one field inversion.
template <class G>
void batch_to_affine(const Xyzz<G>* sums, Affine<G>* out, std::size_t n) {
    using F = typename G::F;
    SecretVector<F> inverses(n);
    for (std::size_t i = 0; i < n; ++i) inverses[i] = sums[i].zz * sums[i].zzz;
    batch_invert(inverses.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
        // A zero stays zero, so infinity comes out as (0, 0).
        out[i] = {sums[i].x * (inverses[i] * sums[i].zzz), sums[i].y * (inverses[i] * sums[i].zz)};
    }
}

/// Scalar multiple by windows of four bits.
template <class G, std::size_t M>
Xyzz<G> multiply(const Affine<G>& p, const Limbs<M>& scalar) {
    std::array<Xyzz<G>, 16> table;
    table[0] = Xyzz<G>::infinity();
    for (std::size_t i = 1; i < 16; ++i) {
        table[i] = table[i - 1];
        table[i].add(p);
    }
    Xyzz<G> out = Xyzz<G>::infinity();
    for (std::size_t at = (bit_length(scalar) + 3) / 4; at-- > 0;) {
        for (int k = 0; k < 4; ++k) out = out.doubled();
        out = out + table[bits_at(scalar, 4 * at, 4)];
    }
    return out;
}

/// Slow twin of addition: the chord and tangent rule in affine coordinates.
template <class G>
Affine<G> add_naive(const Affine<G>& p, const Affine<G>& q) {
    using F = typename G::F;
    if (p.is_infinity()) return q;
    if (q.is_infinity()) return p;
    F slope;
    if (p.x == q.x) {
        if (!(p.y == q.y) || p.y.is_zero()) return Affine<G>::infinity();
        const F xx = p.x.square();
        slope = (xx + xx + xx) * (p.y + p.y).inverse();
    } else {
        slope = (q.y - p.y) * (q.x - p.x).inverse();
    }
    const F x = slope.square() - p.x - q.x;
    return {x, slope * (p.x - x) - p.y};
}

/// Slow twin of multiply: double and add.
template <class G, std::size_t M>
Affine<G> multiply_naive(const Affine<G>& p, const Limbs<M>& scalar) {
    Affine<G> out = Affine<G>::infinity();
    for (std::size_t i = bit_length(scalar); i-- > 0;) {
        out = add_naive(out, out);
        if (bit(scalar, i)) out = add_naive(out, p);
    }
    return out;
}

}  // namespace zkc
