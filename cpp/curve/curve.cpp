#include "curve/curve.hpp"

#include "field/batch_invert.hpp"

namespace zkc {

template <class G>
Xyzz<G> Xyzz<G>::doubled() const {
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

template <class G>
Xyzz<G> Xyzz<G>::operator+(const Xyzz& q) const {
    const Xyzz& p = *this;
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

template <class G>
void Xyzz<G>::add(const Affine<G>& q, bool negate) {
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

template <class G>
Affine<G> Xyzz<G>::to_affine() const {
    if (is_infinity()) return Affine<G>::infinity();
    const F inverse = (zz * zzz).inverse();
    return {x * (inverse * zzz), y * (inverse * zz)};
}

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

template <class G>
Affine<G> multiply_naive(const Affine<G>& p, const Fr::Int& scalar) {
    Affine<G> out = Affine<G>::infinity();
    for (std::size_t i = bit_length(scalar); i-- > 0;) {
        out = add_naive(out, out);
        if (bit(scalar, i)) out = add_naive(out, p);
    }
    return out;
}

template struct Xyzz<G1>;
template struct Xyzz<G2>;
template void batch_to_affine(const Xyzz<G1>*, Affine<G1>*, std::size_t);
template void batch_to_affine(const Xyzz<G2>*, Affine<G2>*, std::size_t);
template Xyzz<G1> multiply(const Affine<G1>&, const Fr::Int&);
template Xyzz<G2> multiply(const Affine<G2>&, const Fr::Int&);
template Xyzz<G2> multiply(const Affine<G2>&, const Limbs<1>&);
template Affine<G1> add_naive(const Affine<G1>&, const Affine<G1>&);
template Affine<G2> add_naive(const Affine<G2>&, const Affine<G2>&);
template Affine<G1> multiply_naive(const Affine<G1>&, const Fr::Int&);
template Affine<G2> multiply_naive(const Affine<G2>&, const Fr::Int&);

}  // namespace zkc
