#include "field/tower.hpp"

namespace zkc {

// Inlined, these three would double the code of whatever uses F_q2 and make it slower.
#define ZKC_NOINLINE __attribute__((noinline))

ZKC_NOINLINE Fq2 operator*(const Fq2& a, const Fq2& b) {
    const Fq low = a.c0 * b.c0;
    const Fq high = a.c1 * b.c1;
    const Fq cross = (a.c0 + a.c1) * (b.c0 + b.c1);
    return {low - high, cross - low - high};
}

ZKC_NOINLINE Fq2 Fq2::square() const {
    const Fq cross = c0 * c1;
    return {(c0 + c1) * (c0 - c1), cross.twice()};
}

ZKC_NOINLINE Fq2 Fq2::times_xi() const {
    const Fq a = c0.twice().twice().twice() + c0;
    const Fq b = c1.twice().twice().twice() + c1;
    return {a - c1, b + c0};
}

#undef ZKC_NOINLINE

Fq2 Fq2::inverse() const {
    const Fq t = (c0.square() + c1.square()).inverse();
    return {c0 * t, -(c1 * t)};
}

Fq2 Fq2::pow(const Fq::Int& exponent) const {
    Fq2 out = one();
    for (std::size_t i = bit_length(exponent); i-- > 0;) {
        out = out.square();
        if (bit(exponent, i)) out *= *this;
    }
    return out;
}

Fq6 operator*(const Fq6& a, const Fq6& b) {
    const Fq2 t0 = a.c0 * b.c0;
    const Fq2 t1 = a.c1 * b.c1;
    const Fq2 t2 = a.c2 * b.c2;
    const Fq2 x = (a.c1 + a.c2) * (b.c1 + b.c2) - t1 - t2;
    const Fq2 y = (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1;
    const Fq2 z = (a.c0 + a.c2) * (b.c0 + b.c2) - t0 - t2;
    return {t0 + x.times_xi(), y + t2.times_xi(), z + t1};
}

Fq6 Fq6::times_sparse(const Fq2& b0, const Fq2& b1) const {
    const Fq2 t0 = c0 * b0;
    const Fq2 t1 = c1 * b1;
    const Fq2 y = (c0 + c1) * (b0 + b1) - t0 - t1;
    return {t0 + (c2 * b1).times_xi(), y, c2 * b0 + t1};
}

Fq6 Fq6::inverse() const {
    const Fq2 a = c0.square() - (c1 * c2).times_xi();
    const Fq2 b = c2.square().times_xi() - c0 * c1;
    const Fq2 c = c1.square() - c0 * c2;
    const Fq2 t = ((c2 * b + c1 * c).times_xi() + c0 * a).inverse();
    return {a * t, b * t, c * t};
}

Fq12 operator*(const Fq12& a, const Fq12& b) {
    const Fq6 t0 = a.c0 * b.c0;
    const Fq6 t1 = a.c1 * b.c1;
    return {t0 + t1.times_v(), (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1};
}

Fq12 Fq12::square() const {
    const Fq6 t = c0 * c1;
    return {(c0 + c1) * (c0 + c1.times_v()) - t - t.times_v(), t + t};
}

Fq12 Fq12::inverse() const {
    const Fq6 t = (c0 * c0 - (c1 * c1).times_v()).inverse();
    return {c0 * t, -(c1 * t)};
}

Fq12 Fq12::times_line(const Fq2& b0, const Fq2& b3, const Fq2& b4) const {
    const Fq6 t0 = c0 * b0;
    const Fq6 t1 = c1.times_sparse(b3, b4);
    return {t0 + t1.times_v(), (c0 + c1).times_sparse(b0 + b3, b4) - t0 - t1};
}

Fq12 Fq12::times_unit_line(const Fq2& b3, const Fq2& b4) const {
    return {c0 + c1.times_sparse(b3, b4).times_v(), c1 + c0.times_sparse(b3, b4)};
}

Fq12 Fq12::cyclotomic_square() const {
    // Three squarings in F_q4 = F_q2[s] / (s^2 - xi), each of a pair of coefficients.
    const auto pair_square = [](const Fq2& a, const Fq2& b, Fq2& x, Fq2& y) {
        const Fq2 t = a * b;
        x = (a + b) * (a + b.times_xi()) - t - t.times_xi();
        y = t.twice();
    };
    Fq2 a0, a1, b0, b1, d0, d1;
    pair_square(c0.c0, c1.c1, a0, a1);
    pair_square(c1.c0, c0.c2, b0, b1);
    pair_square(c0.c1, c1.c2, d0, d1);
    const auto minus = [](const Fq2& t, const Fq2& z) { return (t - z).twice() + t; };
    const auto plus = [](const Fq2& t, const Fq2& z) { return (t + z).twice() + t; };
    return {{minus(a0, c0.c0), minus(b0, c0.c1), minus(d0, c0.c2)},
            {plus(d1.times_xi(), c1.c0), plus(a1, c1.c1), plus(b1, c1.c2)}};
}

FrobeniusTable::FrobeniusTable() {
    // (q - 1) / 6, exact because q = 1 mod 6.
    Fq::Int exponent = Fq::Params::modulus;
    exponent[0] -= 1;
    exponent = divide(exponent, Fq::Int{6}).quotient;
    const Fq2 base = Fq2::xi().pow(exponent);
    gamma[0].fill(Fq2::one());
    for (unsigned power = 1; power <= 3; ++power) {
        // gamma_p = gamma_(p-1)^q * gamma_1, because (q^p - 1) = q (q^(p-1) - 1) + (q - 1).
        const Fq2 step = gamma[power - 1][1].conjugate() * base;
        gamma[power][0] = Fq2::one();
        for (unsigned k = 1; k < 6; ++k) gamma[power][k] = gamma[power][k - 1] * step;
    }
}

const FrobeniusTable& FrobeniusTable::get() {
    static const FrobeniusTable table;
    return table;
}

Fq12 Fq12::frobenius(unsigned power) const {
    const auto& g = FrobeniusTable::get().gamma[power];
    const auto map = [&](const Fq2& a, unsigned k) {
        return (power % 2 == 1 ? a.conjugate() : a) * g[k];
    };
    return {{map(c0.c0, 0), map(c0.c1, 2), map(c0.c2, 4)},
            {map(c1.c0, 1), map(c1.c1, 3), map(c1.c2, 5)}};
}

}  // namespace zkc
