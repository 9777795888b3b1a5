#include "pairing/pairing.hpp"

#include <array>

#include "field/batch_invert.hpp"

namespace zkc {

namespace {

std::vector<int> make_loop_digits() {
    u128 k = static_cast<u128>(kBnParameter) * 6 + 2;
    std::vector<int> digits;
    while (k != 0) {
        int digit = 0;
        if ((k & 1) != 0) {
            digit = (k & 3) == 1 ? 1 : -1;
            k -= static_cast<u128>(static_cast<__int128>(digit));
        }
        digits.push_back(digit);
        k >>= 1;
    }
    return digits;
}

/// Homogeneous projective point of the twist, x = X/Z, y = Y/Z.
struct Projective {
    Fq2 x, y, z;
};

const Fq& one_half() {
    static const Fq value = Fq::from_u64(2).inverse();
    return value;
}

/// Tangent at t, then t <- 2t (Aranha, Barreto, Longa, Ricardini, "The realm of the pairings",
/// SAC 2013, section 4).
Line double_step(Projective& t) {
    const Fq2 a = t.x * t.y * one_half();
    const Fq2 b = t.y.square();
    const Fq2 c = t.z.square();
    const Fq2 e = G2::b() * (c.twice() + c);
    const Fq2 f = e.twice() + e;
    const Fq2 g = (b + f) * one_half();
    const Fq2 h = (t.y + t.z).square() - (b + c);
    const Fq2 j = t.x.square();
    const Fq2 ee = e.square();
    t = {a * (b - f), g.square() - (ee.twice() + ee), b * h};
    return {-h, j.twice() + j, e - b};
}

/// Chord through t and q, then t <- t + q.
Line add_step(Projective& t, const Affine<G2>& q) {
    const Fq2 theta = t.y - q.y * t.z;
    const Fq2 lambda = t.x - q.x * t.z;
    const Fq2 c = theta.square();
    const Fq2 d = lambda.square();
    const Fq2 e = lambda * d;
    const Fq2 f = t.z * c;
    const Fq2 g = t.x * d;
    const Fq2 h = e + f - g.twice();
    t = {lambda * h, theta * (g - h) - e * t.y, t.z * e};
    return {lambda, -theta, theta * q.x - lambda * q.y};
}

/// Digits of x that are zero or odd and between -7 and 7, least significant first: at least three
/// zeros follow each that is not (width-4 non-adjacent form).
std::vector<int> make_power_digits() {
    std::vector<int> digits;
    for (u64 k = kBnParameter; k != 0; k >>= 1) {
        int digit = 0;
        if ((k & 1) != 0) {
            digit = static_cast<int>(k & 15);
            if (digit > 8) digit -= 16;
            k -= static_cast<u64>(static_cast<std::int64_t>(digit));
        }
        digits.push_back(digit);
    }
    return digits;
}

/// f^x for f in the cyclotomic subgroup, where the conjugate is the inverse.
Fq12 power_x(const Fq12& f) {
    static const std::vector<int> digits = make_power_digits();
    std::array<Fq12, 4> odd{f};  // f, f^3, f^5, f^7
    const Fq12 square = f.cyclotomic_square();
    for (std::size_t i = 1; i < odd.size(); ++i) odd[i] = odd[i - 1] * square;
    const auto power = [&](int digit) {
        return digit > 0 ? odd[static_cast<std::size_t>(digit) / 2]
                         : odd[static_cast<std::size_t>(-digit) / 2].conjugate();
    };
    Fq12 out = power(digits.back());
    for (std::size_t i = digits.size() - 1; i-- > 0;) {
        out = out.cyclotomic_square();
        if (digits[i] != 0) out *= power(digits[i]);
    }
    return out;
}

Fq12 easy_part(const Fq12& f) {
    const Fq12 t = f.conjugate() * f.inverse();
    return t.frobenius(2) * t;
}

}  // namespace

const std::vector<int>& loop_digits() {
    static const std::vector<int> digits = make_loop_digits();
    return digits;
}

bool prepare_member_lines(const Affine<G2>& q, Lines& out) {
    out.clear();
    if (q.is_infinity()) return true;
    const auto& digits = loop_digits();
    out.reserve(2 * digits.size());
    Projective t{q.x, q.y, Fq2::one()};
    for (std::size_t i = digits.size() - 1; i-- > 0;) {
        out.push_back(double_step(t));
        if (digits[i] != 0) out.push_back(add_step(t, digits[i] > 0 ? q : -q));
    }
    out.push_back(add_step(t, twist_frobenius(q, 1)));
    out.push_back(add_step(t, -twist_frobenius(q, 2)));
    // A point outside the subgroup may meet infinity on the way; then Z stays zero to the end.
    const Affine<G2> end = -twist_frobenius(q, 3);
    return !t.z.is_zero() && t.x == end.x * t.z && t.y == end.y * t.z;
}

Lines prepare_lines(const Affine<G2>& q) {
    Lines lines;
    prepare_member_lines(q, lines);
    return lines;
}

UnitLines prepare_unit_lines(const Affine<G2>& q) {
    const Lines lines = prepare_lines(q);
    std::vector<Fq2> inverse(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) inverse[i] = lines[i].c0;
    batch_invert(inverse.data(), inverse.size());
    UnitLines out(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out[i] = {lines[i].c3 * inverse[i], lines[i].c4 * inverse[i]};
    }
    return out;
}

Fq12 miller_loop(const std::vector<PairingTerm>& terms, const std::vector<UnitTerm>& unit_terms) {
    std::vector<PairingTerm> live;
    for (const PairingTerm& term : terms) {
        if (!term.p.is_infinity() && !term.lines->empty()) live.push_back(term);
    }
    struct Unit {
        Fq x, y;  // x_P / y_P and 1 / y_P
        const UnitLines* lines;
    };
    std::vector<Unit> units;
    for (const UnitTerm& term : unit_terms) {
        if (term.p.is_infinity() || term.lines->empty()) continue;
        const Fq y = term.p.y.inverse();  // the curve has odd order: y is never zero
        units.push_back({term.p.x * y, y, term.lines});
    }
    Fq12 f = Fq12::one();
    std::size_t at = 0;
    const auto take_lines = [&] {
        for (const PairingTerm& term : live) {
            const Line& line = (*term.lines)[at];
            f = f.times_line(line.c0 * term.p.y, line.c3 * term.p.x, line.c4);
        }
        for (const Unit& term : units) {
            const UnitLine& line = (*term.lines)[at];
            f = f.times_unit_line(line.c3 * term.x, line.c4 * term.y);
        }
        ++at;
    };
    const auto& digits = loop_digits();
    for (std::size_t i = digits.size() - 1; i-- > 0;) {
        f = f.square();
        take_lines();
        if (digits[i] != 0) take_lines();
    }
    take_lines();
    take_lines();
    return f;
}

Fq12 final_exponentiation(const Fq12& f) {
    const Fq12 m = easy_part(f);
    // Hard part, the exact (q^4 - q^2 + 1) / r: Scott, Benger, Charlemagne, Dominguez Perez, Kachisa,
    // "On the final exponentiation for calculating pairings on ordinary elliptic curves", 2009.
    const Fq12 mx = power_x(m);
    const Fq12 mx2 = power_x(mx);
    const Fq12 mx3 = power_x(mx2);
    const Fq12 y0 = m.frobenius(1) * m.frobenius(2) * m.frobenius(3);
    const Fq12 y1 = m.conjugate();
    const Fq12 y2 = mx2.frobenius(2);
    const Fq12 y3 = mx.frobenius(1).conjugate();
    const Fq12 y4 = (mx * mx2.frobenius(1)).conjugate();
    const Fq12 y5 = mx2.conjugate();
    const Fq12 y6 = (mx3 * mx3.frobenius(1)).conjugate();
    Fq12 t0 = y6.cyclotomic_square() * y4 * y5;
    Fq12 t1 = y3 * y5 * t0;
    t0 *= y2;
    t1 = (t1.cyclotomic_square() * t0).cyclotomic_square();
    t0 = t1 * y1;
    t1 *= y0;
    return t0.cyclotomic_square() * t1;
}

Fq12 final_exponentiation_naive(const Fq12& f) {
    // (q^4 - q^2 + 1) / r
    static constexpr Limbs<12> exponent = {
        0xe81bb482ccdf42b1, 0x5abf5cc4f49c36d4, 0xf1154e7e1da014fd, 0xdcc7b44c87cdbacf,
        0xaaa441e3954bcf8a, 0x6b887d56d5095f23, 0x79581e16f3fd90c6, 0x3b1b1355d189227d,
        0x4e529a5861876f6b, 0x6c0eb522d5b12278, 0x331ec15183177faf, 0x01baaa710b0759ad};
    const Fq12 m = easy_part(f);
    Fq12 out = Fq12::one();
    for (std::size_t i = bit_length(exponent); i-- > 0;) {
        out = out.square();
        if (bit(exponent, i)) out *= m;
    }
    return out;
}

}  // namespace zkc
