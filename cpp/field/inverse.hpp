// Modular inversion by division steps (Bernstein and Yang, "Fast constant-time gcd computation and
// modular inversion", TCHES 2019/3), variable-time form with 62 steps per matrix and the half-delta
// start, numbers in signed 62-bit limbs.
//
// The running time depends on the operand, so this is for local proving only, as the threat model
// says.
#pragma once

#include "field/limbs.hpp"

namespace zkc {

namespace divsteps {

using i64 = std::int64_t;
using i128 = __int128;

inline constexpr u64 kMask62 = ~u64{0} >> 2;

/// Signed number: sum of limb[i] * 2^(62 i); all limbs but the last are in [0, 2^62).
template <std::size_t L>
using Signed62 = std::array<i64, L>;

/// 62 steps, scaled by 2^62: (f, g) <- (u f + v g, q f + r g) / 2^62.
struct Matrix {
    i64 u, v, q, r;
};

template <std::size_t L, std::size_t N>
inline Signed62<L> to_signed(const Limbs<N>& a) {
    Signed62<L> out{};
    for (std::size_t i = 0; i < L; ++i) {
        const std::size_t from = 62 * i;
        const std::size_t limb = from / 64;
        const std::size_t shift = from % 64;
        u64 value = limb < N ? a[limb] >> shift : 0;
        if (shift > 2 && limb + 1 < N) value |= a[limb + 1] << (64 - shift);
        out[i] = static_cast<i64>(value & kMask62);
    }
    return out;
}

template <std::size_t N, std::size_t L>
inline Limbs<N> from_signed(const Signed62<L>& a) {
    Limbs<N> out{};
    for (std::size_t i = 0; i < L; ++i) {
        const std::size_t from = 62 * i;
        const std::size_t limb = from / 64;
        const std::size_t shift = from % 64;
        const u64 value = static_cast<u64>(a[i]);
        if (limb < N) out[limb] |= value << shift;
        if (shift > 2 && limb + 1 < N) out[limb + 1] |= value >> (64 - shift);
    }
    return out;
}

/// Runs 62 steps on the low bits of f (odd) and g; eta is minus delta.
inline i64 run(i64 eta, u64 f, u64 g, Matrix& t) {
    u64 u = 1, v = 0, q = 0, r = 1;
    int left = 62;
    for (;;) {
        const int zeros = std::countr_zero(g | (~u64{0} << left));
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) break;
        u64 w;
        if (eta < 0) {
            eta = -eta;
            u64 s = f;
            f = g;
            g = -s;
            s = u;
            u = q;
            q = -s;
            s = v;
            v = r;
            r = -s;
            // Cancel up to 6 low bits of g with w = -g / f mod 2^6 (Newton on f^-1 = f (2 - f^2)).
            const int limit = static_cast<int>(eta) + 1 > left ? left : static_cast<int>(eta) + 1;
            const u64 mask = (~u64{0} >> (64 - limit)) & 63;
            w = (f * g * (f * f - 2)) & mask;
        } else {
            // Up to 4 bits: f^-1 mod 16 in one step.
            const int limit = static_cast<int>(eta) + 1 > left ? left : static_cast<int>(eta) + 1;
            const u64 mask = (~u64{0} >> (64 - limit)) & 15;
            w = f + (((f + 1) & 4) << 1);
            w = (-w * g) & mask;
        }
        g += f * w;
        q += u * w;
        r += v * w;
    }
    t = {static_cast<i64>(u), static_cast<i64>(v), static_cast<i64>(q), static_cast<i64>(r)};
    return eta;
}

/// (f, g) <- t (f, g) / 2^62, exact.
template <std::size_t L>
inline void update_fg(Signed62<L>& f, Signed62<L>& g, const Matrix& t) {
    i128 cf = static_cast<i128>(t.u) * f[0] + static_cast<i128>(t.v) * g[0];
    i128 cg = static_cast<i128>(t.q) * f[0] + static_cast<i128>(t.r) * g[0];
    cf >>= 62;
    cg >>= 62;
    for (std::size_t i = 1; i < L; ++i) {
        cf += static_cast<i128>(t.u) * f[i] + static_cast<i128>(t.v) * g[i];
        cg += static_cast<i128>(t.q) * f[i] + static_cast<i128>(t.r) * g[i];
        f[i - 1] = static_cast<i64>(static_cast<u64>(cf) & kMask62);
        g[i - 1] = static_cast<i64>(static_cast<u64>(cg) & kMask62);
        cf >>= 62;
        cg >>= 62;
    }
    f[L - 1] = static_cast<i64>(cf);
    g[L - 1] = static_cast<i64>(cg);
}

/// (d, e) <- t (d, e) / 2^62 mod p, kept in (-2p, p); p_inverse = p^-1 mod 2^62.
template <std::size_t L>
inline void update_de(Signed62<L>& d, Signed62<L>& e, const Matrix& t, const Signed62<L>& p,
                      u64 p_inverse) {
    const i64 sd = d[L - 1] >> 63;
    const i64 se = e[L - 1] >> 63;
    i64 md = (t.u & sd) + (t.v & se);
    i64 me = (t.q & sd) + (t.r & se);
    i128 cd = static_cast<i128>(t.u) * d[0] + static_cast<i128>(t.v) * e[0];
    i128 ce = static_cast<i128>(t.q) * d[0] + static_cast<i128>(t.r) * e[0];
    // Multiples of p that clear the low 62 bits.
    md -= static_cast<i64>((p_inverse * static_cast<u64>(cd) + static_cast<u64>(md)) & kMask62);
    me -= static_cast<i64>((p_inverse * static_cast<u64>(ce) + static_cast<u64>(me)) & kMask62);
    cd += static_cast<i128>(p[0]) * md;
    ce += static_cast<i128>(p[0]) * me;
    cd >>= 62;
    ce >>= 62;
    for (std::size_t i = 1; i < L; ++i) {
        cd += static_cast<i128>(t.u) * d[i] + static_cast<i128>(t.v) * e[i];
        ce += static_cast<i128>(t.q) * d[i] + static_cast<i128>(t.r) * e[i];
        cd += static_cast<i128>(p[i]) * md;
        ce += static_cast<i128>(p[i]) * me;
        d[i - 1] = static_cast<i64>(static_cast<u64>(cd) & kMask62);
        e[i - 1] = static_cast<i64>(static_cast<u64>(ce) & kMask62);
        cd >>= 62;
        ce >>= 62;
    }
    d[L - 1] = static_cast<i64>(cd);
    e[L - 1] = static_cast<i64>(ce);
}

/// a <- sign * a, then into [0, p); a is in (-2p, p).
template <std::size_t L>
inline void normalise(Signed62<L>& a, bool negate, const Signed62<L>& p) {
    auto carry = [&a] {
        for (std::size_t i = 0; i + 1 < L; ++i) {
            a[i + 1] += a[i] >> 62;
            a[i] = static_cast<i64>(static_cast<u64>(a[i]) & kMask62);
        }
    };
    auto add_p = [&a, &p, &carry] {
        for (std::size_t i = 0; i < L; ++i) a[i] += p[i];
        carry();
    };
    if (a[L - 1] < 0) add_p();
    if (negate) {
        for (std::size_t i = 0; i < L; ++i) a[i] = -a[i];
        carry();
    }
    if (a[L - 1] < 0) add_p();
}

}  // namespace divsteps

/// a^-1 mod p for canonical a and odd p; 0 -> 0. p_inverse_62 = p^-1 mod 2^62.
template <std::size_t N>
inline Limbs<N> invert_mod(const Limbs<N>& a, const Limbs<N>& p, u64 p_inverse_62) {
    using namespace divsteps;
    constexpr std::size_t L = (64 * N + 2 + 61) / 62;
    const Signed62<L> modulus = to_signed<L>(p);
    Signed62<L> d{}, e{}, f = modulus, g = to_signed<L>(a);
    e[0] = 1;
    i64 eta = -1;
    for (;;) {
        Matrix t;
        eta = run(eta, static_cast<u64>(f[0]) | (static_cast<u64>(f[1]) << 62),
                  static_cast<u64>(g[0]) | (static_cast<u64>(g[1]) << 62), t);
        update_de(d, e, t, modulus, p_inverse_62);
        update_fg(f, g, t);
        i64 rest = 0;
        for (std::size_t i = 0; i < L; ++i) rest |= g[i];
        if (rest == 0) break;
    }
    normalise(d, f[L - 1] < 0, modulus);
    return from_signed<N>(d);
}

}  // namespace zkc
