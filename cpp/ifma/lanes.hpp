// Eight field elements at once: 5 limbs of 52 bits, Montgomery form with R = 2^260.
//
// For the IFMA unit's own files only: everything is in an anonymous namespace, because a copy that
// the linker shared with other files would not run on other processors.
//
// Bounds. `Lanes` holds integers below 2^260 = 84.6 p; p stands for q or r. Limbs are "tidy" if
// each is below 2^52; otherwise they are signed 64-bit sums of a few tidy limbs.
//   product(x, y): both tidy; result tidy and below xy / 2^260 + 2p. For inputs whose product is
//                  below 42 p^2 that is below 2.5 p; 16p times 16p still fits the limbs.
//   reduced(v):    v in [2^210, 16p); result tidy and below 2.13 p.
//   tidy(v):       v in [0, 2^260); the same integer. Carries run in sequence: a carry may ripple
//                  through every limb, and extracting them side by side is wrong on such inputs.
// Product: Montgomery with p' = -1 in rounds 1 to 4. With mu = -1/p mod 2^52 and
// M = (p mu + 1) / 2^52, adding t0 p mu to t clears its low limb t0 and (t + t0 p mu) / 2^52 is
// floor(t / 2^52) + t0 M, so the quotient is never multiplied out.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#ifndef NDEBUG
#include <cstdlib>
#endif

#define ZKC_LANES inline __attribute__((always_inline))

namespace zkc::ifma {
namespace {

using u64 = std::uint64_t;
using u128 = unsigned __int128;
using Z = __m512i;

constexpr u64 kMask = (u64{1} << 52) - 1;

struct Digits {
    u64 limb[5];
};

constexpr Digits split(const u64 (&v)[4]) {
    return {{v[0] & kMask, (v[0] >> 52 | v[1] << 12) & kMask, (v[1] >> 40 | v[2] << 24) & kMask,
             (v[2] >> 28 | v[3] << 36) & kMask, v[3] >> 16}};
}

constexpr Digits times(const Digits& a, u64 k) {
    Digits out{};
    u128 carry = 0;
    for (int i = 0; i < 5; ++i) {
        carry += static_cast<u128>(a.limb[i]) * k;
        out.limb[i] = static_cast<u64>(carry) & kMask;
        carry >>= 52;
    }
    return out;
}

/// -1/p mod 2^52 by Newton's iteration.
constexpr u64 minus_inverse(u64 p) {
    u64 x = 1;
    for (int i = 0; i < 6; ++i) x *= 2 - p * x;
    return (0 - x) & kMask;
}

/// (p mu + 1) / 2^52.
constexpr Digits round_factor(const Digits& p) {
    const u64 mu = minus_inverse(p.limb[0]);
    Digits out{};
    u128 carry = 1;
    for (int i = 0; i < 5; ++i) {
        carry += static_cast<u128>(p.limb[i]) * mu;
        if (i > 0) out.limb[i - 1] = static_cast<u64>(carry) & kMask;
        carry >>= 52;
    }
    out.limb[4] = static_cast<u64>(carry);
    return out;
}

/// Limb by limb, k * 2p for k = 0..7.
struct Multiples {
    alignas(64) u64 limb[5][8];
};

constexpr Multiples even_multiples(const Digits& p) {
    Multiples out{};
    for (u64 k = 0; k < 8; ++k) {
        const Digits d = times(p, 2 * k);
        for (int i = 0; i < 5; ++i) out.limb[i][k] = d.limb[i];
    }
    return out;
}

template <class P>
struct Card {
    static constexpr Digits p = split(P::modulus);
    static constexpr Digits m = round_factor(p);
    static constexpr u64 mu = minus_inverse(p.limb[0]);
    static constexpr Multiples even = even_multiples(p);
    static constexpr Digits kp[9] = {times(p, 0), times(p, 1), times(p, 2), times(p, 3),
                                     times(p, 4), times(p, 5), times(p, 6), times(p, 7),
                                     times(p, 8)};
};

struct QModulus {
    static constexpr u64 modulus[4] = {0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d,
                                       0x30644e72e131a029};
    /// 2^260 mod q.
    static constexpr u64 one[4] = {0x45520880f6fce4b4, 0x49890849baa989a8, 0x85a9201d818f014a,
                                   0x1f16424e1bb7724f};
};

struct RModulus {
    static constexpr u64 modulus[4] = {0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d,
                                       0x30644e72e131a029};
    /// 2^520 mod r.
    static constexpr u64 r2[4] = {0xce30b852d16da6f5, 0x43ffb6c621620cdd, 0x5e103e7c2af1b953,
                                  0x0281528fa122c3c1};
};

struct Lanes {
    Z a, b, c, d, e;  // low limb first
};

ZKC_LANES Z same(u64 v) { return _mm512_set1_epi64(static_cast<long long>(v)); }
ZKC_LANES Z zero() { return _mm512_setzero_si512(); }
ZKC_LANES Z lo(Z t, Z x, Z y) { return _mm512_madd52lo_epu64(t, x, y); }
ZKC_LANES Z hi(Z t, Z x, Z y) { return _mm512_madd52hi_epu64(t, x, y); }
ZKC_LANES Z plus(Z x, Z y) { return _mm512_add_epi64(x, y); }
ZKC_LANES Z minus(Z x, Z y) { return _mm512_sub_epi64(x, y); }
ZKC_LANES Z low52(Z x) { return _mm512_and_si512(x, same(kMask)); }
ZKC_LANES Z carry(Z x) { return _mm512_srai_epi64(x, 52); }

ZKC_LANES Lanes same(const Digits& v) {
    return {same(v.limb[0]), same(v.limb[1]), same(v.limb[2]), same(v.limb[3]), same(v.limb[4])};
}

/// Debug builds stop if a limb is not tidy or the number exceeds the bound of 16p.
template <class P>
ZKC_LANES void expect_factor([[maybe_unused]] const Lanes& x) {
#ifndef NDEBUG
    const Z limbs = _mm512_or_si512(_mm512_or_si512(x.a, x.b), _mm512_or_si512(x.c, x.d));
    if (_mm512_cmpgt_epu64_mask(limbs, same(kMask)) != 0) std::abort();
    if (_mm512_cmpgt_epu64_mask(x.e, same(16 * (Card<P>::p.limb[4] + 1))) != 0) std::abort();
#endif
}

ZKC_LANES Lanes operator+(const Lanes& x, const Lanes& y) {
    return {plus(x.a, y.a), plus(x.b, y.b), plus(x.c, y.c), plus(x.d, y.d), plus(x.e, y.e)};
}
ZKC_LANES Lanes operator-(const Lanes& x, const Lanes& y) {
    return {minus(x.a, y.a), minus(x.b, y.b), minus(x.c, y.c), minus(x.d, y.d), minus(x.e, y.e)};
}

ZKC_LANES Lanes tidy(Lanes v) {
    v.b = plus(v.b, carry(v.a));
    v.a = low52(v.a);
    v.c = plus(v.c, carry(v.b));
    v.b = low52(v.b);
    v.d = plus(v.d, carry(v.c));
    v.c = low52(v.c);
    v.e = plus(v.e, carry(v.d));
    v.d = low52(v.d);
    return v;
}

/// k p.
template <class P, int K>
ZKC_LANES Lanes multiple() {
    return same(Card<P>::kp[K]);
}

ZKC_LANES Lanes load(const u64* at) {
    return {_mm512_load_si512(at), _mm512_load_si512(at + 8), _mm512_load_si512(at + 16),
            _mm512_load_si512(at + 24), _mm512_load_si512(at + 32)};
}
ZKC_LANES void save(u64* at, const Lanes& v) {
    _mm512_store_si512(at, v.a);
    _mm512_store_si512(at + 8, v.b);
    _mm512_store_si512(at + 16, v.c);
    _mm512_store_si512(at + 24, v.d);
    _mm512_store_si512(at + 32, v.e);
}

template <class P>
ZKC_LANES Lanes reduced(const Lanes& v) {
    // floor(42 v.e / 2^52) is v / 2p, at most 0.8 % too small: 2^52 / (2p / 2^208) = 42.3.
    const Z q = hi(zero(), v.e, same(42));
    const auto& even = Card<P>::even.limb;
    const auto pick = [&](int i) {
        return _mm512_permutexvar_epi64(q, _mm512_load_si512(even[i]));
    };
    return tidy({minus(v.a, pick(0)), minus(v.b, pick(1)), minus(v.c, pick(2)),
                 minus(v.d, pick(3)), minus(v.e, pick(4))});
}

/// Six 64-bit accumulators; each sums at most some thirty 52-bit numbers.
struct Sum {
    Z t0, t1, t2, t3, t4, t5;
};

ZKC_LANES void add_row(Sum& s, Z x, const Lanes& y) {
    s.t0 = lo(s.t0, x, y.a);
    s.t1 = lo(s.t1, x, y.b);
    s.t2 = lo(s.t2, x, y.c);
    s.t3 = lo(s.t3, x, y.d);
    s.t4 = lo(s.t4, x, y.e);
    s.t1 = hi(s.t1, x, y.a);
    s.t2 = hi(s.t2, x, y.b);
    s.t3 = hi(s.t3, x, y.c);
    s.t4 = hi(s.t4, x, y.d);
    s.t5 = hi(s.t5, x, y.e);
}

template <class P>
ZKC_LANES void fold(Sum& s) {
    const Z q = s.t0;  // the instruction takes the low 52 bits
    s = {plus(s.t1, _mm512_srli_epi64(s.t0, 52)), s.t2, s.t3, s.t4, s.t5, zero()};
    add_row(s, q, same(Card<P>::m));
}

template <class P>
ZKC_LANES Lanes finish(Sum& s) {
    const Z q = lo(zero(), s.t0, same(Card<P>::mu));
    add_row(s, q, same(Card<P>::p));
    return tidy({plus(s.t1, _mm512_srli_epi64(s.t0, 52)), s.t2, s.t3, s.t4, s.t5});
}

template <class P>
ZKC_LANES Lanes product(const Lanes& x, const Lanes& y) {
    expect_factor<P>(x);
    expect_factor<P>(y);
    Sum s{zero(), zero(), zero(), zero(), zero(), zero()};
    add_row(s, x.a, y);
    fold<P>(s);
    add_row(s, x.b, y);
    fold<P>(s);
    add_row(s, x.c, y);
    fold<P>(s);
    add_row(s, x.d, y);
    fold<P>(s);
    add_row(s, x.e, y);
    return finish<P>(s);
}

/// x y + z w with one reduction; below (xy + zw) / 2^260 + 2p.
template <class P>
ZKC_LANES Lanes product_sum(const Lanes& x, const Lanes& y, const Lanes& z, const Lanes& w) {
    expect_factor<P>(x);
    expect_factor<P>(y);
    expect_factor<P>(z);
    expect_factor<P>(w);
    Sum s{zero(), zero(), zero(), zero(), zero(), zero()};
    add_row(s, x.a, y);
    add_row(s, z.a, w);
    fold<P>(s);
    add_row(s, x.b, y);
    add_row(s, z.b, w);
    fold<P>(s);
    add_row(s, x.c, y);
    add_row(s, z.c, w);
    fold<P>(s);
    add_row(s, x.d, y);
    add_row(s, z.d, w);
    fold<P>(s);
    add_row(s, x.e, y);
    add_row(s, z.e, w);
    return finish<P>(s);
}

/// The ten columns of an unreduced product.
struct Wide {
    Z t0, t1, t2, t3, t4, t5, t6, t7, t8, t9;
};

/// Montgomery reduction; same bound as `product`.
template <class P>
ZKC_LANES Lanes reduced(const Wide& w) {
    Sum s{w.t0, w.t1, w.t2, w.t3, w.t4, w.t5};
    fold<P>(s);
    s.t5 = plus(s.t5, w.t6);
    fold<P>(s);
    s.t5 = plus(s.t5, w.t7);
    fold<P>(s);
    s.t5 = plus(s.t5, w.t8);
    fold<P>(s);
    s.t5 = plus(s.t5, w.t9);
    return finish<P>(s);
}

/// Square; the mixed products are taken once and doubled as columns (a doubled limb might not fit).
template <class P>
ZKC_LANES Lanes square(const Lanes& x) {
    expect_factor<P>(x);
    const Z o = zero();
    Z t1 = lo(o, x.a, x.b), t2 = lo(o, x.a, x.c), t3 = lo(o, x.a, x.d), t4 = lo(o, x.a, x.e);
    t2 = hi(t2, x.a, x.b);
    t3 = hi(t3, x.a, x.c);
    t4 = hi(t4, x.a, x.d);
    Z t5 = hi(o, x.a, x.e);
    t3 = lo(t3, x.b, x.c);
    t4 = lo(t4, x.b, x.d);
    t5 = lo(t5, x.b, x.e);
    t4 = hi(t4, x.b, x.c);
    t5 = hi(t5, x.b, x.d);
    Z t6 = hi(o, x.b, x.e);
    t5 = lo(t5, x.c, x.d);
    t6 = lo(t6, x.c, x.e);
    t6 = hi(t6, x.c, x.d);
    Z t7 = hi(o, x.c, x.e);
    t7 = lo(t7, x.d, x.e);
    const Z t8 = hi(o, x.d, x.e);
    const auto twice = [](Z v) { return plus(v, v); };
    return reduced<P>(Wide{lo(o, x.a, x.a), hi(twice(t1), x.a, x.a), lo(twice(t2), x.b, x.b),
                           hi(twice(t3), x.b, x.b), lo(twice(t4), x.c, x.c),
                           hi(twice(t5), x.c, x.c), lo(twice(t6), x.d, x.d),
                           hi(twice(t7), x.d, x.d), lo(twice(t8), x.e, x.e), hi(o, x.e, x.e)});
}

/// Lanes in which two tidy vectors are the same integer.
ZKC_LANES __mmask8 same_lanes(const Lanes& x, const Lanes& y) {
    return _mm512_cmpeq_epi64_mask(x.a, y.a) & _mm512_cmpeq_epi64_mask(x.b, y.b) &
           _mm512_cmpeq_epi64_mask(x.c, y.c) & _mm512_cmpeq_epi64_mask(x.d, y.d) &
           _mm512_cmpeq_epi64_mask(x.e, y.e);
}

/// Lanes in which a tidy v below 8p is 0 mod p.
template <class P>
ZKC_LANES __mmask8 is_zero(const Lanes& v) {
    __mmask8 found = 0;
    for (int k = 0; k < 8; ++k) found |= same_lanes(v, same(Card<P>::kp[k]));
    return found;
}

/// mask ? y : x, lane by lane.
ZKC_LANES Lanes blend(__mmask8 mask, const Lanes& x, const Lanes& y) {
    return {_mm512_mask_blend_epi64(mask, x.a, y.a), _mm512_mask_blend_epi64(mask, x.b, y.b),
            _mm512_mask_blend_epi64(mask, x.c, y.c), _mm512_mask_blend_epi64(mask, x.d, y.d),
            _mm512_mask_blend_epi64(mask, x.e, y.e)};
}

/// mask ? -x : x, lane by lane and limb by limb: not tidy.
ZKC_LANES Lanes opposite(__mmask8 mask, const Lanes& x) {
    const auto minus_some = [mask](Z v) { return _mm512_mask_sub_epi64(v, mask, zero(), v); };
    return {minus_some(x.a), minus_some(x.b), minus_some(x.c), minus_some(x.d), minus_some(x.e)};
}

/// The representative below p of a tidy v below 3p.
template <class P>
ZKC_LANES Lanes canonical(Lanes v) {
    for (int k = 0; k < 2; ++k) {
        const Lanes less = tidy(v - multiple<P, 1>());
        v = blend(_mm512_movepi64_mask(less.e), less, v);
    }
    return v;
}

/// Four 64-bit limbs to five of 52 bits.
ZKC_LANES Lanes split(Z x0, Z x1, Z x2, Z x3) {
    return {low52(x0), low52(_mm512_shrdi_epi64(x0, x1, 52)),
            low52(_mm512_shrdi_epi64(x1, x2, 40)), low52(_mm512_shrdi_epi64(x2, x3, 28)),
            _mm512_srli_epi64(x3, 16)};
}

struct Words {
    Z w0, w1, w2, w3;
};

/// Five limbs of 52 bits back to four of 64; v is tidy and below 2^256.
ZKC_LANES Words join(const Lanes& v) {
    const auto or_shifted = [](Z low, Z high, unsigned n) {
        return _mm512_or_si512(low, _mm512_slli_epi64(high, n));
    };
    return {or_shifted(v.a, v.b, 52), or_shifted(_mm512_srli_epi64(v.b, 12), v.c, 40),
            or_shifted(_mm512_srli_epi64(v.c, 24), v.d, 28),
            or_shifted(_mm512_srli_epi64(v.d, 36), v.e, 16)};
}

/// Lane k from the four words at rows[k] + offset bytes.
ZKC_LANES Lanes gather(const unsigned char* const* rows, std::size_t offset) {
    const auto pair = [&](int low, int high) {
        const Z first = _mm512_castsi256_si512(
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[low] + offset)));
        return _mm512_inserti64x4(
            first, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[high] + offset)), 1);
    };
    const Z r02 = pair(0, 2), r13 = pair(1, 3), r46 = pair(4, 6), r57 = pair(5, 7);
    const Z even0 = _mm512_unpacklo_epi64(r02, r13), odd0 = _mm512_unpackhi_epi64(r02, r13);
    const Z even1 = _mm512_unpacklo_epi64(r46, r57), odd1 = _mm512_unpackhi_epi64(r46, r57);
    return split(_mm512_shuffle_i64x2(even0, even1, 0x88), _mm512_shuffle_i64x2(odd0, odd1, 0x88),
                 _mm512_shuffle_i64x2(even0, even1, 0xdd), _mm512_shuffle_i64x2(odd0, odd1, 0xdd));
}

/// Lane k to the eight words at rows[k] + offset bytes: x then y.
ZKC_LANES void scatter(unsigned char* const* rows, std::size_t offset, const Lanes& x,
                       const Lanes& y) {
    const Words a = join(x), b = join(y);
    const auto put = [&](int row, Z v) {
        _mm512_storeu_si512(reinterpret_cast<void*>(rows[row] + offset), v);
    };
    const auto four = [&](int row, Z p, Z q, Z r, Z s) {
        // p, q, r, s hold words 01, 23, 45, 67 of rows row, row+2, row+4, row+6.
        const Z pq02 = _mm512_shuffle_i64x2(p, q, 0x44), rs02 = _mm512_shuffle_i64x2(r, s, 0x44);
        const Z pq46 = _mm512_shuffle_i64x2(p, q, 0xee), rs46 = _mm512_shuffle_i64x2(r, s, 0xee);
        put(row, _mm512_shuffle_i64x2(pq02, rs02, 0x88));
        put(row + 2, _mm512_shuffle_i64x2(pq02, rs02, 0xdd));
        put(row + 4, _mm512_shuffle_i64x2(pq46, rs46, 0x88));
        put(row + 6, _mm512_shuffle_i64x2(pq46, rs46, 0xdd));
    };
    four(0, _mm512_unpacklo_epi64(a.w0, a.w1), _mm512_unpacklo_epi64(a.w2, a.w3),
         _mm512_unpacklo_epi64(b.w0, b.w1), _mm512_unpacklo_epi64(b.w2, b.w3));
    four(1, _mm512_unpackhi_epi64(a.w0, a.w1), _mm512_unpackhi_epi64(a.w2, a.w3),
         _mm512_unpackhi_epi64(b.w0, b.w1), _mm512_unpackhi_epi64(b.w2, b.w3));
}

}  // namespace
}  // namespace zkc::ifma
